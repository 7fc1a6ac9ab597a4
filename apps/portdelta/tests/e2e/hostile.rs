//! Text that scanned machines chose: no output may steer a terminal, hide anything, or become a formula.

use portdelta_testkit::{NmapHost, NmapText};

use crate::support::{Program, Run, evening, write};

/// As they stand in XML; nmap writes most of them so, files from elsewhere may hold the rest.
const BANNERS: [&str; 14] = [
    "&#27;[2J&#27;]0;owned&#7;",
    "\u{9b}31m\u{85}",
    "user\u{202e}txt.exe\u{2066}\u{2069}",
    "in\u{200b}vis\u{200d}ible\u{2060}\u{feff}\u{ad}",
    "one&#10;two&#13;three&#9;four",
    "a&#0;b&#8;c&#127;d",
    "=HYPERLINK(&quot;http://192.0.2.1/&quot;,&quot;x&quot;)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "&#9;=1+1",
    "&#13;=1+1",
    "\u{ff1d}1+1",
    "\u{2028}line\u{2029}paragraph\u{e0041}\u{e0042}",
];

/// One host, and what it says in every place where it may say something.
pub fn scan(day: i64, shift: usize) -> NmapText {
    let host = BANNERS.iter().enumerate().fold(NmapHost::up("192.0.2.9"), |host, (place, _)| {
        let text = BANNERS[(place + shift) % BANNERS.len()];
        let inner = format!(
            "<service name=\"{text}\" product=\"{text}\" version=\"{text}\" extrainfo=\"{text}\" method=\"probed\" \
             conf=\"10\"/><script id=\"banner\" output=\"{text}\"/>"
        );
        host.port("tcp", 8000 + u16::try_from(place).expect("they are few"), "open", &inner)
    });
    let names = BANNERS.iter().skip(shift).take(3);
    let host = names.fold(host, |host, name| host.name(name));
    NmapText::of(&format!("-sV --script banner -p8000-8013 192.0.2.9 {}", BANNERS[0]))
        .tcp("8000-8013")
        .at(evening(day))
        .host(host)
}

/// Asserts that a terminal shows what was written, all of it, from left to right.
#[track_caller]
pub fn assert_harmless(run: &Run) {
    for text in [&run.out, &run.err] {
        let bad = text.chars().find(|character| {
            matches!(character,
                '\0'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}'
                | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        });
        assert_eq!(bad, None, "{text}");
    }
}

/// Asserts that no cell can be taken for a formula.
#[track_caller]
pub fn assert_no_formula(run: &Run) {
    let mut reader = csv::Reader::from_reader(run.out.as_bytes());
    for record in reader.records() {
        for cell in &record.expect("it is well-formed CSV") {
            let starts =
                cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']);
            assert!(!starts, "{cell:?} in {}", run.out);
        }
    }
}

#[test]
fn no_output_is_steered_by_what_was_scanned() {
    let program = Program::new();
    write(program.home(), "old.xml", scan(0, 0).bytes());
    write(program.home(), "new.xml", scan(1, 5).bytes());
    let mut shown = String::new();
    for command in [
        "parse old.xml new.xml",
        "diff old.xml new.xml",
        "diff --why old.xml new.xml",
        "import old.xml",
        "import --why new.xml",
        "hosts",
        "deltas --why --first-looks",
        "history 192.0.2.9",
        "history 192.0.2.9 --evidence",
        "deltas --evidence --first-looks",
    ] {
        for format in ["table", "json", "jsonl", "csv"] {
            let run = program.line(&format!("{command} --format {format}"));
            assert!(run.code < 2, "{command}: {run:?}");
            assert_harmless(&run);
            if format == "csv" && !command.starts_with("import") {
                assert_no_formula(&run);
            }
            shown += &run.out;
        }
    }
    let changes = program.line("deltas --evidence --format jsonl").code(0).lines();
    let result = changes[0]["evidence"][0]["id"].as_str().expect("an id");
    for format in ["table", "json", "jsonl", "csv"] {
        let run = program.line(&format!("result {result} --format {format}")).code(0);
        assert_harmless(&run);
        if format == "csv" {
            assert_no_formula(&run);
        }
    }
    // Harmless, and still there to be seen: escaped for people, escaped in JSON, quoted for spreadsheets.
    for seen in ["user\\u{202e}txt", "user\\u202etxt", "'=HYPERLINK", "'-2+3", "[2J"] {
        assert!(shown.contains(seen), "{seen} is lost");
    }
}

#[test]
fn colours_are_for_terminals() {
    let program = Program::new();
    write(program.home(), "old.xml", scan(0, 0).bytes());
    write(program.home(), "new.xml", scan(1, 5).bytes());
    let coloured = |name: &str, value: &str| {
        let run = Run::of(program.command(["diff", "old.xml", "new.xml"]).env(name, value));
        run.out.contains("\u{1b}[")
    };
    assert!(!coloured("TERM", "xterm-256color"), "standard output is a pipe");
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("NO_COLOR", "1"));
}

#[test]
fn names_of_files_and_arguments_are_harmless_too() {
    let program = Program::new();
    let name = "a\u{1b}[2J\u{202e}b.xml";
    assert_harmless(&program.run(["parse", name]));
    for format in ["json", "csv", "table"] {
        write(program.home(), name, scan(0, 0).bytes());
        assert_harmless(&program.run(["parse", "--format", format, name]));
        assert_harmless(&program.run(["diff", "--format", format, name, name]));
        assert_harmless(&program.run(["import", "--format", format, name]));
        assert_harmless(&program.run(["import", "--format", format, name, name]));
    }
    write(program.home(), name, "nothing that was scanned");
    assert_harmless(&program.run(["import", name]));
    assert_harmless(&program.line("deltas --first-looks"));
    for arguments in [
        ["scan", "192.0.2.1\u{1b}[2J"],
        ["hosts", "\u{202e}192.0.2.1"],
        ["scan", "--ports=22\u{1b}[2J"],
        ["scan", "--options=-sV\u{1b}[2J"],
        ["deltas", "--since=\u{9b}2J"],
        ["hosts", "--port=\u{1b}"],
        ["scan", "--preset=\u{1b}[2J"],
    ] {
        let more = arguments[1].starts_with("--").then_some("192.0.2.1");
        let run = program.run(arguments.into_iter().chain(more)).code(2);
        assert_harmless(&run);
    }
}

#[test]
fn a_reader_that_goes_is_no_error() {
    let program = Program::new();
    write(program.home(), "old.xml", scan(0, 0).bytes());
    program.line("import old.xml").code(0);
    for format in ["table", "json", "jsonl", "csv"] {
        let mut command = program.command(["deltas", "--first-looks", "--format", format]);
        // The reading end is closed before the program begins: what `| head -0` does at the latest.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let run = Run::of(command.stdout(writer));
        assert_eq!(run.err, "", "{format}");
    }
}
