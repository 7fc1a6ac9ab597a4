use proptest::prelude::*;

use super::*;
use crate::place::Place;
use crate::port_spec::PortSpec;
use crate::ports::PortSet;

fn show(text: &str) -> String {
    text.parse::<NmapOptions>().map_or_else(
        |mistake| format!("{} {}", mistake.code(), mistake.place.column),
        |options| options.to_string(),
    )
}

#[test]
fn text_is_read_and_written_in_one_order() {
    for (text, expected) in [
        ("", ""),
        ("-T4", "-T4"),
        ("-T aggressive", "-T4"),
        ("--timing=4 -sSV", "-sS -sV -T4"),
        ("-sU -sS", "-sS -sU"),
        ("--max-rate=300 --min-rate 10 -n", "-n --min-rate 10 --max-rate 300"),
        ("-max-rate 300 -ope", "--max-rate 300 --open"),
        (
            "--host-timeout 1800 --scan-delay 0.5s --max-retries 0",
            "--max-retries 0 --host-timeout 30m --scan-delay 500ms",
        ),
        ("-PS443,22 -PE -PA", "-PE -PS22,443 -PA80"),
        ("-Pn", "-Pn"),
        ("-P0", "-Pn"),
        ("-sP -v --reason", "-sn --reason -v"),
        ("--version-light -sV", "-sV --version-intensity 2"),
        ("-O --osscan-guess --osscan-limit", "-O --osscan-limit --osscan-guess"),
        ("-A", "-sV -O -sC"),
        ("-sC --script ssl-cert,banner", "--script banner,default,ssl-cert"),
        ("--script=default", "-sC"),
        ("-sS --defeat-rst-ratelimit", "-sS --defeat-rst-ratelimit"),
        ("--defeat-rst-ratelimit -sS -vvv", "-sS --defeat-rst-ratelimit -vvv"),
        ("-M 10 -R", "-R --max-parallelism 10"),
        ("-T4 -T4 -sV -sV", "-sV -T4"),
    ] {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn everything_else_is_refused_by_name() {
    for (text, expected) in [
        ("-sV -oN /etc/cron.d/x", "option_writes_output 5"),
        ("-oX-", "option_writes_output 1"),
        ("-oA=x", "option_writes_output 1"),
        ("--append-output", "option_writes_output 1"),
        ("--stylesheet x", "option_writes_output 1"),
        ("-iL /etc/passwd", "option_names_targets 1"),
        ("-iR 5", "option_names_targets 1"),
        ("--excludefile x", "option_names_targets 1"),
        ("-p 22", "option_names_ports 1"),
        ("-F", "option_names_ports 1"),
        ("--top-ports 10", "option_names_ports 1"),
        ("--datadir /tmp", "option_reads_files 1"),
        ("--resume x", "option_reads_files 1"),
        ("--script-args a=b", "option_script_arguments 1"),
        ("--script-args-file x", "option_reads_files 1"),
        ("-D 192.0.2.9", "option_disguises 1"),
        ("-S 192.0.2.9", "option_disguises 1"),
        ("-e eth0", "option_disguises 1"),
        ("--spoof-mac 0", "option_disguises 1"),
        ("--proxies http://x", "option_disguises 1"),
        ("-g 53", "option_disguises 1"),
        ("--data-string x", "option_disguises 1"),
        ("-f", "option_disguises 1"),
        ("-sI 192.0.2.9", "option_uses_third_party 1"),
        ("-b 192.0.2.9", "option_uses_third_party 1"),
        ("--privileged", "option_sets_privileges 1"),
        ("-6", "option_sets_family 1"),
        ("-sO", "option_scans_ip_protocols 1"),
        ("-sL", "option_lists_only 1"),
        ("--interactive", "option_is_no_scan 1"),
        ("-d", "option_debugs 1"),
        ("--dns-servers 192.0.2.9", "option_sets_name_servers 1"),
        ("--traceroute", "option_of_no_use 1"),
        ("-T4 192.0.2.1", "option_is_target 5"),
        ("-- 192.0.2.1", "option_is_target 4"),
        ("-T4 --nonesuch", "option_unknown 5"),
        ("--min-r 5", "option_unknown 1"),
        ("--max-rate", "option_unknown 1"),
        ("-sQ", "option_unknown 1"),
        ("-PZ", "option_unknown 1"),
        ("-T6", "option_bad_value 1"),
        ("--max-rate 0", "option_bad_value 1"),
        ("--max-rate 1e9", "option_bad_value 1"),
        ("--host-timeout 1d", "option_bad_value 1"),
        ("-sV --version-intensity 10", "option_bad_value 5"),
        ("-PSssh", "option_bad_value 1"),
        ("-vvvv", "option_bad_value 1"),
        ("-T4 -T3", "option_repeated 5"),
        ("-PS22 -PS80", "option_repeated 7"),
        ("--max-rate 5 --max-rate 6", "option_repeated 14"),
        ("--script /tmp/x.nse", "option_script_not_allowed 1"),
        ("--script vuln", "option_script_not_allowed 1"),
        ("--script banner,http-*", "option_script_not_allowed 1"),
        ("-Pn -PE", "options_conflict 5"),
        ("-sn -Pn", "options_conflict 5"),
        ("-sn -sV", "options_conflict 5"),
        ("-sS -sT", "options_conflict 5"),
        ("-n -R", "options_conflict 4"),
        ("--max-rate 5 --min-rate 6", "options_conflict 14"),
        ("--version-light", "options_conflict 1"),
        ("--osscan-limit", "options_conflict 1"),
        ("-sT --defeat-rst-ratelimit", "options_conflict 5"),
    ] {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn what_can_be_read_is_read_and_the_rest_named() {
    for (text, read, rest, codes) in [
        ("", "", "", ""),
        ("-T4 -sV", "-sV -T4", "", ""),
        ("-T4 --nonesuch -sV", "-sV -T4", "--nonesuch", "option_unknown 5"),
        ("-oN x  -T4 192.0.2.1", "-T4", "-oN x 192.0.2.1", "option_writes_output 1, option_is_target 12"),
        ("-T4 --max-rate", "-T4", "--max-rate", "option_unknown 5"),
        ("--max-rate 0 -n", "-n", "--max-rate 0", "option_bad_value 1"),
        ("-nfT4 -fD x", "", "-nfT4 -fD x", "option_disguises 1, option_disguises 7"),
        ("-sST -sU", "-sU", "-sST", "options_conflict 1"),
        ("-Pn -PE -sn", "-Pn", "-PE -sn", "options_conflict 5, options_conflict 9"),
        ("--version-light -T4", "-T4", "--version-light", "options_conflict 1"),
        (
            "--fuzzy -T4 --osscan-limit --version-all --defeat-rst-ratelimit",
            "-T4",
            "--fuzzy --osscan-limit --version-all --defeat-rst-ratelimit",
            "options_conflict 1, options_conflict 13, options_conflict 28, options_conflict 42",
        ),
    ] {
        let understood = NmapOptions::understand(text);
        let told = understood.mistakes.iter();
        let told: Vec<_> =
            told.map(|mistake| format!("{} {}", mistake.code(), mistake.place.column)).collect();
        let told = told.join(", ");
        assert_eq!(
            (understood.options.to_string().as_str(), understood.rest.as_str(), told.as_str()),
            (read, rest, codes),
            "{text}"
        );
    }
}

#[test]
fn fields_may_hold_what_is_refused_when_it_is_read() {
    let fields = OptionFields {
        probes: vec!["Sssh".to_owned()],
        scripts: vec!["vuln".to_owned()],
        pace: [("max-rate", "fast"), ("oN", "/etc/passwd"), ("min-rate", "3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        timing: Some(9),
        ..OptionFields::default()
    };
    let text = fields.to_args().join(" ");
    assert_eq!(text, "-PSssh --script vuln -T9 --min-rate 3 --max-rate fast --oN /etc/passwd");
    let understood = NmapOptions::understand(&text);
    assert_eq!(understood.options.to_string(), "--min-rate 3");
    assert_eq!(understood.mistakes.len(), 5, "{:?}", understood.mistakes);
}

#[test]
fn a_mistake_reads_well() {
    let text = "-T4  -oN out.txt -n";
    let mistake = text.parse::<NmapOptions>().expect_err("refused");
    assert_eq!(
        mistake.to_string(),
        "option `-oN out.txt` at column 6: options of output would write files on the agent"
    );
    assert_eq!(mistake.point_at(text).to_string(), format!("{text}\n     ^^^^^^^^^^^"));
    assert_eq!(mistake.place, Place::of(text, 5, 16));
    let script = "--script ../x\u{202e}".parse::<NmapOptions>().expect_err("refused");
    assert!(script.to_string().ends_with("script `../x\\u{202e}`: this is not the plain name of a script"));
}

#[test]
fn every_word_of_nmap_is_taken_or_has_its_refusal() {
    for (name, takes_value) in getopt::all_words() {
        let text = if takes_value { format!("--{name}=x") } else { format!("--{name}") };
        let code = text.parse::<NmapOptions>().map_err(|mistake| mistake.code()).err();
        assert_ne!(code, Some("option_unknown"), "{text}");
    }
}

#[test]
fn root_is_asked_for_by_name() {
    let needs = |text: &str| text.parse::<NmapOptions>().expect(text).needs_root().join(" ");
    assert_eq!(needs("-sT -PS22 -PA80 -sV -sC"), "");
    assert_eq!(needs("-sS -sU -O -PE -PU -PO"), "-PE -PU -PO -sS -sU -O");
    let unprivileged = |text: &str| match text.parse::<NmapOptions>().expect(text).unprivileged() {
        Ok(options) => options.to_string(),
        Err(reason) => reason.to_string(),
    };
    assert_eq!(unprivileged("-sS -T4 --defeat-rst-ratelimit"), "-sT -T4");
    assert_eq!(unprivileged("-sV"), "-sV");
    assert_eq!(unprivileged("-sSU -O"), "-O, -sU needs root or the right to send raw packets");
}

#[test]
fn techniques_follow_the_ports() {
    let with = |text: &str, ports: &str| {
        let ports: PortSpec = ports.parse().expect(ports);
        text.parse::<NmapOptions>().expect(text).for_ports(&ports.protocols()).to_string()
    };
    assert_eq!(with("-T4", "22"), "-sS -T4");
    assert_eq!(with("-sT", "T:22,U:53,S:2905"), "-sT -sU -sY");
    assert_eq!(with("-sSU", "U:53"), "-sU");
    assert_eq!(with("-sA", "top:10"), "-sA");
    assert_eq!(with("-sn", "22"), "-sn");
}

#[test]
fn presets_are_well_formed() {
    for preset in &PRESETS {
        let options: NmapOptions = preset.options.parse().expect(preset.name);
        assert_eq!(options.check(), Ok(()));
        assert_eq!(preset.ports.is_none(), options.discovery_only);
        if let Some(ports) = preset.ports {
            assert!(ports.parse::<PortSpec>().is_ok(), "{}", preset.name);
        }
        assert_eq!(Preset::named(preset.name), Some(preset));
    }
}

#[test]
fn only_discovery_is_in_its_key() {
    let key = |text: &str| text.parse::<NmapOptions>().expect(text).discovery_key();
    assert_eq!(key("-sS -sV -T4 -n --open"), "");
    assert_eq!(key("-PS80 -PE -T4"), key("-PE -sU -PS"));
    assert_eq!(key("-Pn -sV"), "-Pn");
    for options in ["-PE -PS80,22", "-Pn", "-sS"] {
        let recorded =
            crate::recorded_command::RecordedCommand::read(&format!("nmap {options} -oX - 192.0.2.1"));
        assert_eq!(recorded.discovery_key, key(options), "a lens is the same from both sides");
    }
}

fn options() -> impl Strategy<Value = NmapOptions> {
    let ports = prop::collection::btree_set(0_u16..300, 1..4);
    let probe = prop_oneof![
        Just(PortProbe::TcpSyn),
        Just(PortProbe::TcpAck),
        Just(PortProbe::Udp),
        Just(PortProbe::SctpInit),
        Just(PortProbe::IpProtocol),
    ];
    let probes = (
        prop::collection::btree_set(
            prop_oneof![Just(PlainProbe::IcmpEcho), Just(PlainProbe::IcmpNetmask), Just(PlainProbe::Arp)],
            0..3,
        ),
        prop::collection::btree_map(probe, ports, 0..4),
    )
        .prop_map(|(plain, to_ports)| {
            let to_ports = to_ports.into_iter().map(|(probe, numbers)| {
                let ports: PortSet = numbers
                    .into_iter()
                    .map(|number| crate::ports::Port { protocol: probe.protocol(), number: number.min(255) })
                    .collect();
                (probe, ports)
            });
            Probes { plain, to_ports: to_ports.collect() }
        });
    let discovery =
        prop_oneof![Just(Discovery::Normal), Just(Discovery::Skip), probes.prop_map(Discovery::Probes)];
    let scripts = prop::collection::btree_set(
        prop::sample::select(vec!["default", "banner", "ssl-cert", "version"]),
        0..3,
    );
    let pace = prop::collection::vec((0_usize..14, any::<u32>()), 0..6);
    let flags = prop::array::uniform6(any::<bool>());
    let techniques = prop::collection::btree_set(prop::sample::select(Technique::ALL.to_vec()), 0..3);
    (
        discovery,
        scripts,
        pace,
        flags,
        techniques,
        0_u8..=3,
        prop::option::of(0_usize..6),
        prop::option::of(0_u8..=9),
    )
        .prop_map(|(discovery, scripts, values, flags, techniques, verbosity, timing, intensity)| {
            let mut pace = Pace::default();
            for (at, value) in values {
                let option = &pace::OPTIONS[at];
                (option.set)(&mut pace, Some(option.least + value % (option.greatest - option.least + 1)));
            }
            NmapOptions {
                timing: timing.map(|level| Timing::ALL[level].0),
                discovery,
                discovery_only: flags[0],
                techniques,
                services: flags[1].then_some(ServiceDetection { intensity }),
                os: flags[2].then_some(OsDetection { limit: flags[3], guess: flags[4] }),
                scripts: scripts.into_iter().filter_map(|name| Script::parse(name).ok()).collect(),
                pace,
                names: if flags[5] { NameLookup::Never } else { NameLookup::Up },
                switches: Switch::ALL.into_iter().take(verbosity.into()).collect(),
                verbosity,
            }
        })
}

proptest! {
    #[test]
    fn options_that_pass_are_read_back_as_themselves(options in options()) {
        let text = options.to_string();
        match options.check() {
            Ok(()) => prop_assert_eq!(text.parse(), Ok(options), "{}", text),
            Err(_) => prop_assert!(text.parse::<NmapOptions>() != Ok(options), "{}", text),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([a-zA-Z0-9-]{0,12}[ =]){0,6}|\\PC{0,40}|(-{1,2}[a-zA-Z]{1,6} ){0,4}") {
        match text.parse::<NmapOptions>() {
            Ok(options) => {
                prop_assert_eq!(options.to_string().parse(), Ok(options.clone()));
                let understood = NmapOptions::understand(&text);
                prop_assert_eq!((understood.options, understood.rest), (options, String::new()));
            }
            Err(mistake) => {
                prop_assert!(!mistake.hint().is_empty() && !mistake.to_string().is_empty());
                let understood = NmapOptions::understand(&text);
                prop_assert_eq!(understood.options.check(), Ok(()));
                prop_assert!(!understood.mistakes.is_empty() && !understood.rest.is_empty());
            }
        }
    }
}
