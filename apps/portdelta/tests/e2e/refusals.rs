//! Every refusal is a sentence and a hint, and nothing is begun.

use crate::support::Program;

#[track_caller]
fn refused(arguments: &[&str], words: &str) {
    let program = Program::new();
    let run = program.run(arguments);
    run.refused(words);
    assert_eq!(run.out, "", "{run:?}");
    assert!(!program.data().exists(), "{arguments:?} began something");
}

#[test]
fn targets_with_a_mistake() {
    refused(&["scan", "192.0.2.256"], "column");
    refused(&["scan", "192.0.2.0/33"], "prefix length");
    refused(&["scan", "office.example"], "host name");
    refused(&["scan", "https://192.0.2.1/"], "URL");
    refused(&["scan", "192.0.2.9-3"], "ends before it begins");
    refused(&["scan", "192.0.2.1:22"], "");
    refused(&["scan", "2001:db8::/64"], "");
    refused(&["scan", "fe80::1%eth0"], "zone");
    refused(&["scan", ""], "");
    refused(&["scan", "192.0.2.1", "--exclude", "192.0.2.0/24"], "no address");
    refused(&["scan", "192.0.2.1", "--exclude", "192.0.2"], "");
}

#[test]
fn the_place_of_a_mistake_is_shown() {
    let run = Program::new().line("scan 192.0.2.1,192.0.2.300");
    run.refused("column");
    let lines: Vec<_> = run.err.lines().collect();
    let shown =
        lines.iter().position(|line| line.contains("192.0.2.1,192.0.2.300") && line.starts_with("  "));
    let caret = shown.and_then(|place| lines.get(place + 1)).and_then(|line| line.find('^'));
    assert!(caret.is_some_and(|caret| caret >= 12), "{run:?}");
}

#[test]
fn ports_with_a_mistake() {
    refused(&["scan", "192.0.2.1", "--ports", "22,http"], "service name");
    refused(&["scan", "192.0.2.1", "--ports", "65536"], "65535");
    refused(&["scan", "192.0.2.1", "--ports", "80-22"], "");
    refused(&["scan", "192.0.2.1", "--ports", "top:0"], "top:");
    refused(&["scan", "192.0.2.1", "--ports", "X:22"], "");
    refused(&["scan", "192.0.2.1", "--ports", ""], "no ports");
}

#[test]
fn options_that_are_unknown_or_dangerous() {
    let options = |text: &str, words: &str| {
        refused(&["scan", "192.0.2.1", &format!("--options={text}")], words);
    };
    options("--frobnicate", "--frobnicate");
    options("-oX /etc/passwd", "-oX");
    options("-oN out.txt", "-oN");
    options("-iL /etc/shadow", "-iL");
    options("--script /tmp/evil.nse", "");
    options("--script ../../evil", "");
    options("--script vuln", "");
    options("--resume x", "--resume");
    options("-D 198.51.100.1", "-D");
    options("-p 22", "-p");
    options("192.0.2.2", "192.0.2.2");
    options("-T9", "");
    options("--host-timeout 5 minutes", "");
    options("-sS -sT", "");
    options("; id", ";");
    options("$(id)", "");
    options("-sV\n--script=x", "");
}

#[test]
fn other_arguments() {
    refused(&["scan", "192.0.2.1", "--preset", "everything"], "everything");
    for (command, words) in [
        ("hosts --port http", "not a port"),
        ("hosts --port 53/quic", "not a port"),
        ("hosts 192.0.2", ""),
        ("deltas --since sometime", "not a time"),
        ("import missing.xml --time never", "not a time"),
    ] {
        refused(&command.split(' ').collect::<Vec<_>>(), words);
    }
}

/// These are refused by the reader of the command line, which has words of its own.
#[test]
fn arguments_that_do_not_parse() {
    for command in [
        "",
        "scna 192.0.2.1",
        "scan",
        "scan 192.0.2.1 --confirm-close 0",
        "scan 192.0.2.1 --confirm-close 21",
        "scan 192.0.2.1 --format yaml",
        "scan 192.0.2.1 --site a/b",
        "hosts --site ../up",
        "deltas --kind port-ajar",
        "deltas --runs 0",
        "history",
        "history office.example",
        "import",
        "import x --timezone Nowhere/Land",
        "import x --input-format pdf",
        "diff one.xml",
        "diff one.xml two.xml three.xml",
        "completions",
    ] {
        let program = Program::new();
        let run = program.line(command).code(2);
        assert!(run.out.is_empty() && run.err.contains("Usage") | run.err.contains("--help"), "{run:?}");
        assert!(!program.data().exists(), "{command} began something");
    }
}

#[test]
fn commands_that_read_begin_nothing() {
    for command in ["hosts", "deltas", "history 192.0.2.1", "rebuild"] {
        refused(&command.split(' ').collect::<Vec<_>>(), "nothing is remembered");
    }
}

#[test]
fn files_that_cannot_be_read() {
    let program = Program::new();
    program.line("import missing.xml").refused("missing.xml");
    program.line("import .").refused("directory");
    program.line("parse .").refused("directory");
    program.line("diff . .").refused("directory");
}
