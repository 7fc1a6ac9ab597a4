//! Help, completions, the manual page, and what tables look like.

use crate::support::{Program, Run, office, write};

const COMMANDS: [&str; 112] = [
    "",
    "scan",
    "import",
    "export",
    "hosts",
    "deltas",
    "deltas accept",
    "history",
    "result",
    "parse",
    "diff",
    "rebuild",
    "serve",
    "agent",
    "agent enrol",
    "agent run",
    "agent status",
    "login",
    "logout",
    "sites",
    "sites list",
    "sites add",
    "sites edit",
    "sites remove",
    "networks",
    "networks list",
    "networks add",
    "networks edit",
    "networks remove",
    "note",
    "scans",
    "scans list",
    "scans show",
    "scans add",
    "scans edit",
    "scans clone",
    "scans pause",
    "scans resume",
    "scans run",
    "scans remove",
    "scans preview",
    "agents",
    "agents list",
    "agents show",
    "agents enrol",
    "agents approve",
    "agents revoke",
    "agents hide",
    "agents show-hidden",
    "agents move",
    "runs",
    "runs list",
    "runs show",
    "runs watch",
    "runs cancel",
    "reports",
    "reports list",
    "reports show",
    "reports export",
    "reports export-all",
    "alerts",
    "alerts list",
    "alerts show",
    "alerts acknowledge",
    "alerts action",
    "alerts ignore",
    "alerts reopen",
    "alerts accept",
    "alerts ports",
    "alerts watch",
    "alerts unwatch",
    "expectations",
    "expectations list",
    "expectations show",
    "expectations add",
    "expectations edit",
    "expectations remove",
    "expectations apply",
    "expectations export",
    "compliance",
    "channels",
    "channels list",
    "channels add",
    "channels add smtp",
    "channels add webhook",
    "channels add slack",
    "channels add program",
    "channels edit",
    "channels remove",
    "channels test",
    "users",
    "users list",
    "users add",
    "users invite",
    "users role",
    "users disable",
    "users enable",
    "users remove",
    "tokens",
    "tokens list",
    "tokens add",
    "tokens revoke",
    "audit",
    "logs",
    "retention",
    "retention show",
    "retention set",
    "clean-up",
    "watch",
    "doctor",
    "completions",
    "man",
];

fn help(command: &str, columns: Option<&str>) -> String {
    let program = Program::new();
    let mut process = program.command(command.split_whitespace().chain(["--help"]));
    match columns {
        Some(columns) => process.env("COLUMNS", columns),
        None => process.env_remove("COLUMNS"),
    };
    Run::of(process.env_remove("PORTDELTA_DATA")).code(0).out
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[test]
fn every_command_has_help_with_examples_that_fits() {
    for command in COMMANDS {
        let wide = help(command, None);
        assert!(widest(&wide) <= 100, "{command}: {wide}");
        let narrow = help(command, Some("80"));
        assert!(widest(&narrow) <= 80, "{command}: {narrow}");
        let examples = wide.split_once("Example").map(|(_, examples)| examples.to_owned());
        let wanted = format!("portdelta {command}");
        assert!(examples.is_some_and(|examples| examples.contains(wanted.trim())), "{command}: {wide}");
        let short = Program::new().run(command.split_whitespace().chain(["-h"])).code(0).out;
        assert!(widest(&short) <= 100 && short.contains("Usage: "), "{command}: {short}");
    }
}

#[test]
fn help_reads_like_this() {
    for command in COMMANDS {
        let name = if command.is_empty() {
            "help".to_owned()
        } else {
            format!("help-{}", command.replace(' ', "-"))
        };
        insta::assert_snapshot!(name, help(command, Some("80")));
    }
}

#[test]
fn without_a_command_help_is_shown() {
    let run = Program::new().line("").code(2);
    assert!(run.err.contains("Usage: portdelta") && run.out.is_empty(), "{run:?}");
    let version = Program::new().line("--version").code(0).out;
    assert_eq!(version.trim(), concat!("portdelta ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_the_commands() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = program.run(["completions", shell]).code(0).out;
        for word in ["history", "confirm-close", "rebuild"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    let run = program.line("completions tcsh").code(2);
    assert!(run.err.contains("possible values"), "{run:?}");
}

#[test]
fn the_manual_page_is_one() {
    let page = Program::new().line("man").code(0).out;
    assert!(page.contains(".TH portdelta 1"), "{page}");
    for word in ["SYNOPSIS", "portdelta\\-scan", "Exit codes", "Examples"] {
        assert!(page.contains(word), "no {word} in {page}");
    }
}

fn with_office() -> Program {
    let program = Program::new();
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program
}

/// As it stands on a terminal of 80 columns.
#[track_caller]
fn shown(run: Run, code: i32) -> String {
    let run = run.code(code);
    assert_eq!(run.err, "");
    assert!(widest(&run.out) <= 80, "{}", run.out);
    assert!(run.out.lines().all(|line| line == line.trim_end()), "{:?}", run.out);
    run.out
}

#[test]
fn files_are_shown_like_this() {
    let program = with_office();
    insta::assert_snapshot!("parse", shown(program.line("parse old.xml new.xml"), 0));
    insta::assert_snapshot!("diff", shown(program.line("diff old.xml new.xml"), 1));
    insta::assert_snapshot!("diff-why", shown(program.line("diff --why old.xml new.xml"), 1));
    insta::assert_snapshot!("diff-nothing", shown(program.line("diff old.xml old.xml"), 0));
    insta::assert_snapshot!("import", shown(program.line("import old.xml new.xml"), 0));
}

#[test]
fn what_is_remembered_is_shown_like_this() {
    let program = with_office();
    program.line("import old.xml new.xml").code(0);
    insta::assert_snapshot!("hosts", shown(program.line("hosts"), 0));
    insta::assert_snapshot!("hosts-gone", shown(program.line("hosts --gone"), 0));
    insta::assert_snapshot!("history", shown(program.line("history 192.0.2.2"), 0));
    insta::assert_snapshot!("history-gone", shown(program.line("history 192.0.2.3"), 0));
    // A run's own time is the test's.
    let deltas = shown(program.line("deltas --why"), 0);
    let (time, deltas) = deltas.split_once("  import").expect("the run has its heading");
    assert_eq!(time.len(), "2025-01-06 02:00:00Z".len());
    insta::assert_snapshot!("deltas", format!("TIME  import{deltas}"));
}

#[test]
fn narrow_and_wide_terminals_are_used() {
    let program = with_office();
    program.line("import old.xml new.xml").code(0);
    for columns in [40, 60, 200] {
        for command in
            ["hosts", "deltas --why", "history 192.0.2.2", "parse old.xml", "diff old.xml new.xml --why"]
        {
            let mut process = program.command(command.split_whitespace());
            let run = Run::of(process.env("COLUMNS", columns.to_string()));
            let text: Vec<_> = run.out.lines().map(str::trim_end).collect();
            // Columns of numbers are not broken, nor is a short sentence.
            let is_text = command.contains(' ') && !command.starts_with("parse");
            let most = columns.max(if is_text { 56 } else { 100 });
            assert!(widest(&text.join("\n")) <= most, "{command} in {columns}: {}", run.out);
        }
    }
}
