//! Two lists of the same scans, of which somebody edits one: the dashboard's presets are those of the command line.

use portdelta_core::nmap_options::PRESETS;

const PAGE: &str = include_str!("../../apps/web/src/pages/presets.ts");

/// What is written in quotes behind a name, in order.
fn texts(name: &str) -> Vec<&'static str> {
    let behind = PAGE.match_indices(name).map(|(place, _)| &PAGE[place + name.len()..]);
    behind.filter_map(|rest| rest.strip_prefix(": \"")?.split('"').next()).collect()
}

#[test]
fn the_dashboard_starts_from_the_presets_of_the_command_line() {
    let of = |field: fn(&portdelta_core::nmap_options::Preset) -> &str| {
        PRESETS.iter().map(field).collect::<Vec<_>>()
    };
    assert_eq!(texts("name"), of(|preset| preset.name));
    assert_eq!(texts("options"), of(|preset| preset.options));
    // The long one has a name of its own.
    let udp = PAGE.split("const UDP =").nth(1).and_then(|rest| rest.split('"').nth(1)).expect("it is there");
    let ports = PAGE.lines().filter_map(|line| line.trim().strip_prefix("{ name: ")?.split("ports: ").nth(1));
    let ports = ports.map(|rest| rest.trim_end_matches(" },").trim_matches('"'));
    let ports: Vec<_> = ports.map(|ports| if ports == "UDP" { udp } else { ports }).collect();
    assert_eq!(ports, of(|preset| preset.ports.unwrap_or("")));
}
