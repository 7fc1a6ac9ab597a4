use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;

fn written(plan: &Plan, side: Side) -> String {
    let mut out = Vec::new();
    write_scan(plan, side, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("nmap writes UTF-8")
}

const SHAPES: [Shape; 3] = [Shape::Full, Shape::Ss, Shape::Lean];

/// Per address: its open ports with product and version. Read naively, by text.
fn open_ports(xml: &str) -> BTreeMap<String, BTreeMap<u16, String>> {
    let mut hosts = BTreeMap::new();
    for host in xml.split("<host ").skip(1) {
        let after = |text: &str, key: &str| {
            let start = text.find(key).map(|place| place + key.len())?;
            text[start..].split('"').next().map(str::to_owned)
        };
        let address = after(host, "addr=\"").expect("every host has an address");
        let ports = host.split("</ports>").next().expect("text has a first part");
        let ports =
            ports.split("<port ").skip(1).filter(|port| port.contains("state=\"open\"")).map(|port| {
                let number =
                    after(port, "portid=\"").and_then(|text| text.parse().ok()).expect("a port number");
                (number, after(port, " version=\"").unwrap_or_default())
            });
        hosts.insert(address, ports.collect());
    }
    hosts
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for shape in SHAPES {
        let plan = Plan::new(shape, 40);
        assert_eq!(written(&plan, Side::New), written(&plan, Side::New));
        assert_ne!(written(&plan, Side::New), written(&plan, Side::Old), "times differ at least");
        assert_ne!(written(&plan, Side::Old), written(&Plan { seed: 2, ..plan }, Side::Old));
    }
}

#[test]
fn files_are_well_formed() {
    for shape in SHAPES {
        let xml = written(&Plan::new(shape, 40), Side::New);
        let mut reader = Reader::from_str(&xml);
        reader.config_mut().check_end_names = true;
        let mut depth = 0;
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(start) => {
                    depth += 1;
                    for attribute in start.attributes() {
                        attribute.expect("an attribute with a value");
                    }
                }
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
}

#[test]
fn sizes_are_near_their_targets() {
    for shape in SHAPES {
        let hosts = 400;
        let bytes = written(&Plan::new(shape, hosts), Side::Old).len() as u64 / u64::from(hosts);
        let target = shape.target_bytes_per_host();
        assert!(bytes.abs_diff(target) * 10 <= target, "{shape}: {bytes} bytes a host, want {target}");
    }
}

#[test]
fn listed_and_folded_ports_add_up_to_the_probed_ones() {
    for shape in SHAPES {
        let xml = written(&Plan::new(shape, 30), Side::New);
        let probed = port_list::count(&port_list::probed(shape).all);
        for host in xml.split("<host ").skip(1) {
            let listed = host.matches("<port ").count();
            let folded: usize = host
                .split("<extraports ")
                .skip(1)
                .map(|group| {
                    let count = group.split("count=\"").nth(1).and_then(|text| text.split('"').next());
                    count.and_then(|text| text.parse::<usize>().ok()).expect("a count")
                })
                .sum();
            assert_eq!(listed + folded, probed);
        }
    }
}

#[test]
fn the_truth_is_what_differs() {
    for shape in SHAPES {
        let plan = Plan { changed: 0.05, gone: 7, new: 9, ..Plan::new(shape, 300) };
        let (old, new) = (open_ports(&written(&plan, Side::Old)), open_ports(&written(&plan, Side::New)));
        let mut expected = BTreeSet::new();
        for address in old.keys().chain(new.keys()) {
            let none = BTreeMap::new();
            let (before, after) = (old.get(address), new.get(address));
            match (before, after) {
                (Some(_), None) => expected.insert((address.clone(), None, Kind::HostGone)),
                (None, Some(_)) => expected.insert((address.clone(), None, Kind::HostNew)),
                _ => false,
            };
            let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
            for port in before.keys().chain(after.keys()) {
                let kind = match (before.get(port), after.get(port)) {
                    (Some(_), None) => Kind::PortClosed,
                    (None, Some(_)) => Kind::PortOpened,
                    (before, after) if before != after => Kind::ServiceChanged,
                    _ => continue,
                };
                expected.insert((address.clone(), Some(*port), kind));
            }
        }
        let truth: Vec<_> = true_changes(&plan)
            .map(|change| (change.address.to_string(), change.port, change.kind))
            .collect();
        let told: BTreeSet<_> = truth.iter().cloned().collect();
        let wrong: Vec<_> = told.symmetric_difference(&expected).collect();
        assert!(wrong.is_empty(), "{shape}: {wrong:?}");
        assert_eq!(truth.len(), expected.len(), "{shape}: nothing twice");
        assert_eq!(truth.iter().filter(|(.., kind)| *kind == Kind::HostGone).count(), 7);
        assert_eq!(truth.iter().filter(|(.., kind)| *kind == Kind::HostNew).count(), 9);
        let kinds: BTreeSet<Kind> = truth.iter().map(|(.., kind)| *kind).collect();
        assert_eq!(kinds.contains(&Kind::ServiceChanged), shape == Shape::Full);
    }
}

#[test]
fn the_share_is_about_what_was_asked_for() {
    let plan = Plan::new(Shape::Full, 10_000);
    let changes = true_changes(&plan).count();
    assert!((900..1100).contains(&changes), "1 % of 100,000 ports, and not {changes}");
    assert_eq!(true_changes(&Plan { changed: 0.0, ..plan }).count(), 0);
}

#[test]
fn another_share_leaves_the_rest_as_it_is() {
    let plan = Plan { changed: 0.0, ..Plan::new(Shape::Ss, 50) };
    let quiet = open_ports(&written(&plan, Side::Old));
    let busy = open_ports(&written(&Plan { changed: 0.01, ..plan }, Side::Old));
    let same = quiet.iter().filter(|(address, ports)| busy.get(*address) == Some(ports)).count();
    assert!(same >= 40, "{same} of 50");
}

#[test]
fn the_truth_file_has_a_line_for_each_change() {
    let plan = Plan { changed: 0.1, gone: 1, ..Plan::new(Shape::Full, 20) };
    let mut out = Vec::new();
    let lines = write_truth(&plan, &mut out).expect("memory takes everything");
    let text = String::from_utf8(out).expect("JSON");
    let read: Vec<TrueChange> =
        text.lines().map(|line| serde_json::from_str(line).expect("one change a line")).collect();
    assert_eq!(read, true_changes(&plan).collect::<Vec<_>>());
    assert_eq!(lines, read.len() as u64);
    assert!(text.starts_with(r#"{"address":"10.20.0.0","kind":"host-gone"}"#), "{text}");
}

#[test]
fn plans_that_cannot_be_carried_out_are_refused() {
    let plan = Plan::new(Shape::Lean, 256);
    assert_eq!(plan.check(), Ok(()));
    assert_eq!(Plan { hosts: 65_537, ..plan }.check(), Err(PlanError::Hosts));
    assert_eq!(Plan { hosts: 0, ..plan }.check(), Err(PlanError::Hosts));
    assert_eq!(Plan { changed: f64::NAN, ..plan }.check(), Err(PlanError::Share));
    assert_eq!(Plan { gone: 100, new: 29, ..plan }.check(), Err(PlanError::ComingAndGoing));
}
