//! `portdelta import` and what is remembered of it: repeats, order, rebuild, and the commands that read.

use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::{Program, Run, evening, office, write};

const NOTHING: [&str; 0] = [];
const HOST: &str = "192.0.2.9";

/// Three evenings of one host: 80 opens, then closes.
fn evenings(program: &Program) -> [String; 3] {
    [(0, &[22][..]), (1, &[22, 80]), (2, &[22])].map(|(day, open)| {
        let scan = NmapText::of(&format!("-p22,80 {HOST}")).tcp("22,80").at(evening(day));
        let name = format!("evening{day}.xml");
        write(program.home(), &name, scan.host(NmapHost::up(HOST).open(open)).bytes());
        name
    })
}

fn import(program: &Program, file: &str) -> Run {
    program.run(["import", "--format", "json", file]).code(0)
}

/// What is believed and reported, without what tells when and in which order that came about.
fn remembered(program: &Program) -> (Value, Vec<Value>) {
    let hosts = program.line("hosts --gone --format json").code(0).json();
    let deltas = program.line("deltas --first-looks --format jsonl").code(0);
    let mut deltas = deltas.lines();
    deltas.sort_by_key(|delta| delta["id"].to_string());
    (hosts, deltas)
}

#[test]
fn a_file_counts_once() {
    let program = Program::new();
    let files = evenings(&program);
    let changes: Vec<_> = files.iter().map(|file| import(&program, file).deltas()).collect();
    let opened = format!("port-opened {HOST} 80/tcp port");
    assert_eq!(changes, [vec![], vec![opened.clone()], vec![opened.replace("opened", "closed")]]);
    let before = remembered(&program);
    for file in &files {
        let run = import(&program, file);
        assert_eq!(run.json()["repeated"], true, "{run:?}");
    }
    let run = program.run(["import"].into_iter().chain(files.iter().map(String::as_str))).code(0);
    assert!(run.out.contains("taken in before"), "{run:?}");
    assert_eq!(remembered(&program), before);
    // Packed it is the same result.
    let bytes = std::fs::read(program.home().join(&files[1])).expect("it was written");
    let packed = zstd::stream::encode_all(&bytes[..], 3).expect("memory can be packed");
    write(program.home(), "packed.zst", packed);
    assert_eq!(import(&program, "packed.zst").json()["repeated"], true);
    assert_eq!(remembered(&program), before);
}

#[test]
fn late_files_are_read_at_their_own_time() {
    let program = Program::new();
    let [first, second, third] = evenings(&program);
    import(&program, &first);
    assert_eq!(import(&program, &third).deltas(), NOTHING);
    // What the second evening saw was over before the third: no news, and no open port.
    let run = import(&program, &second);
    assert_eq!(run.json()["superseded"]["hosts"], 1, "{run:?}");
    assert_eq!(run.deltas(), NOTHING);
    let hosts = program.line("hosts --format json").json();
    assert_eq!(hosts[0]["ports"].as_array().map(Vec::len), Some(1), "{hosts}");
}

#[test]
fn a_rebuild_says_the_same() {
    let program = Program::new();
    let files = evenings(&program);
    program.run(["import"].into_iter().chain(files.iter().map(String::as_str))).code(0);
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program.line("import --confirm-close 2 --site dmz old.xml new.xml").code(0);
    let before = remembered(&program);
    let dmz = program.line("deltas --site dmz --format json").code(0).out;
    let run = program.line("rebuild --format json").code(0);
    assert_eq!(run.json()["results"], 5);
    assert_eq!(run.json()["withdrawn"], 0);
    assert_eq!(remembered(&program), before);
    assert_eq!(program.line("deltas --site dmz --format json").out, dmz);
    // Again, and after the state was lost: the results are the truth.
    program.line("rebuild").code(0);
    assert_eq!(remembered(&program), before);
}

#[test]
fn a_rebuild_after_late_files_says_what_is_right() {
    let [late, right] = [[0, 2, 1], [0, 1, 2]].map(|order| {
        let program = Program::new();
        let files = evenings(&program);
        for place in order {
            import(&program, &files[place]);
        }
        program.line("rebuild").code(0);
        remembered(&program)
    });
    assert_eq!(late, right);
}

#[test]
fn refused_files_are_kept_and_the_others_count() {
    let program = Program::new();
    let [first, second, _] = evenings(&program);
    write(program.home(), "empty.xml", "");
    write(program.home(), "page.html", "<html><body>Sign in</body></html>");
    let run = program.run(["import", &first, "empty.xml", "page.html", "missing.xml", &second]).code(2);
    assert!(run.out.contains("80/tcp opened"), "{run:?}");
    assert!(run.err.contains("missing.xml"), "{run:?}");
    assert_eq!(program.line("deltas --format jsonl").lines().len(), 1);
    // A rebuild meets them again, and is not stopped by them.
    program.line("rebuild").code(0);
    assert_eq!(program.line("deltas --format jsonl").lines().len(), 1);
}

#[test]
fn a_cut_file_closes_nothing() {
    let program = Program::new();
    let [first, ..] = evenings(&program);
    import(&program, &first);
    let cut = NmapText::of(&format!("-p22,80 {HOST}")).tcp("22,80").at(evening(1)).cut();
    write(program.home(), "cut.xml", cut.bytes());
    let run = import(&program, "cut.xml");
    assert_eq!((run.deltas(), &run.json()["complete"]), (vec![], &json!(false)));
    let failed = NmapText::of(&format!("-p22,80 {HOST}")).tcp("22,80").at(evening(2)).failed();
    write(program.home(), "failed.xml", failed.of_total(1).bytes());
    assert_eq!(import(&program, "failed.xml").deltas(), NOTHING);
    let hosts = program.line("hosts --format json").json();
    assert_eq!(hosts[0]["status"], "up", "{hosts}");
    assert_eq!(hosts[0]["ports"].as_array().map(Vec::len), Some(1), "{hosts}");
}

#[test]
fn files_without_a_time_or_targets_get_them_from_the_command() {
    let program = Program::new();
    write(program.home(), "open.csv", "192.0.2.9,22,tcp\n192.0.2.10,22,tcp\n192.0.2.10,80,tcp\n");
    // A host that is not listed is unknown, a port that is not listed at a host that is, is not open.
    write(program.home(), "less.csv", "192.0.2.10,80,tcp\n");
    let import = |file: &str, time: &str| {
        let line = format!("import --format json --ports 22,80 --targets 192.0.2.8/29 --time {time} {file}");
        program.line(&line).code(0)
    };
    import("open.csv", "2026-01-05T02:00:00Z");
    let run = import("less.csv", "2026-01-06");
    assert_eq!(run.json()["counts"]["port-closed"], 1, "{run:?}");
    let last = program.line("hosts 192.0.2.10 --format json").json()[0]["last_covered"].clone();
    assert_eq!(last, "2026-01-06T00:00:00Z");
    program.line("import open.csv --time yesterday").refused("yesterday is not a time");
    program.line("import open.csv --ports top:10").refused("top:N");
    program.line("import open.csv --timezone Mars/Olympus").code(2);
}

#[test]
fn what_is_remembered_is_shown_in_every_format() {
    let program = Program::new();
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program.line("import old.xml new.xml").code(0);
    for (command, rows) in [
        ("hosts", 3),
        ("hosts --gone", 4),
        ("deltas", 9),
        ("deltas --kind port-opened", 3),
        ("history 192.0.2.2", 4),
    ] {
        let in_format = |format: &str| program.line(&format!("{command} --format {format}")).code(0);
        let json = in_format("json").json();
        let json = if command.starts_with("history") { json["changes"].clone() } else { json };
        let lines = in_format("jsonl").lines();
        assert_eq!(json.as_array(), Some(&lines), "{command}");
        assert_eq!(lines.len(), rows, "{command}: {json}");
        let csv = in_format("csv").out;
        assert_eq!(csv.lines().count(), rows + 1, "{command}: {csv}");
        let columns = csv.lines().next().map(|line| line.split(',').count());
        assert!(columns > Some(4), "{command}: {csv}");
        assert!(in_format("table").out.contains("192.0.2."), "{command}");
    }
    let ports = program.line("hosts --port 443 --format jsonl").lines();
    assert_eq!(ports.len(), 2, "{ports:?}");
    assert_eq!(program.line("deltas 192.0.2.100 --format jsonl").lines().len(), 1);
    assert_eq!(program.line("deltas --runs 2 --format jsonl").lines().len(), 9);
    assert_eq!(program.line("deltas --since 2999-01-01 --format jsonl").lines(), [Value::Null; 0]);
    assert!(program.line("history 192.0.2.77").code(0).out.contains("Nothing is known"));
    assert!(program.line("hosts --site nowhere").code(0).out.contains("No host is known"));
    assert_eq!(program.line("hosts --site nowhere --format json").json(), json!([]));
}

#[test]
fn what_stands_behind_a_change_can_be_asked_for() {
    let program = Program::new();
    let files = evenings(&program);
    for file in &files {
        import(&program, file);
    }
    let of_port = format!("history {HOST} --port 80");
    let run = program.line(&format!("{of_port} --evidence")).code(0);
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in ["80/tcp opened", "80/tcp closed", "evening1.xml, result ", "ran: nmap -p22,80 192.0.2.9"] {
        assert!(words.contains(told), "{told}: {}", run.out);
    }
    assert!(!words.contains("22/tcp opened"), "{}", run.out);
    let changes = program.line(&format!("{of_port} --evidence --format jsonl")).code(0).lines();
    assert_eq!(changes.len(), 2);
    assert_eq!((&changes[0]["kind"], &changes[1]["kind"]), (&json!("port-opened"), &json!("port-closed")));
    let made = &changes[0]["evidence"][0];
    assert_eq!(made["id"], changes[0]["why"]["agreed"][0]["result"]);
    let bytes = std::fs::read(program.home().join(&files[1])).expect("it was written");
    assert_eq!(made["sha256"], portdelta_protocol::upload::digest(&bytes));
    // The filters hold together, and a limit keeps the newest.
    let time = changes[0]["time"].as_str().expect("a time");
    for (more, kind) in [
        ("--limit 1".to_owned(), "port-closed"),
        ("--kind port-opened".to_owned(), "port-opened"),
        (format!("--until {time}"), "port-opened"),
        (format!("--since {time} --kind port-closed"), "port-closed"),
    ] {
        let found = program.line(&format!("{of_port} {more} --format jsonl")).code(0).lines();
        let kinds: Vec<_> = found.iter().map(|change| change["kind"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds, [kind], "{more}");
        assert_eq!(found[0].get("evidence"), None, "{more}");
    }
    program.line(&format!("history {HOST} --port ssh")).refused("ssh is not a port");

    let id = made["id"].as_str().expect("an id");
    let shown = program.line(&format!("result {id}")).code(0);
    for told in [id, "nmap 7.95", "evening1.xml", "nmap -p22,80 192.0.2.9", "results/local/", "applied"] {
        assert!(shown.out.contains(told), "{told}: {}", shown.out);
    }
    let json = program.line(&format!("result {id} --format json")).code(0).json();
    assert_eq!(&json, made);
    program.line(&format!("result {}", "0".repeat(64))).refused("there is no result");
    let short = program.line("result 0123").code(2);
    assert!(short.err.contains("64 hexadecimal digits"), "{short:?}");

    let deltas = program.line("deltas --evidence").code(0);
    assert_eq!(deltas.out.matches("by: nmap 7.95").count(), 2, "{}", deltas.out);
    assert_eq!(deltas.out.matches("why: ").count(), 2, "{}", deltas.out);
    let rows = program.line("deltas --evidence --format jsonl").code(0).lines();
    assert_eq!(rows[0]["evidence"][0]["source"], changes[1]["evidence"][0]["source"]);
}
