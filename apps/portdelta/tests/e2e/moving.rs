//! From one data folder into another one, and into a server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};
use std::time::Duration;

use portdelta_testkit::wait_for;

use crate::support::{Program, Run, evening, office, write};
use portdelta_testkit::{NmapHost, NmapText};

const PATIENCE: Duration = Duration::from_mins(1);

/// A folder that remembers two evenings, and an export of it.
fn exported(more: &str) -> (Program, Vec<u8>) {
    let program = Program::new();
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program.line("import old.xml new.xml").code(0);
    let run = program.line(&format!("export --all office.pdmove {more}")).code(0);
    assert!(run.out.contains("Exported to office.pdmove"), "{run:?}");
    let file = fs::read(program.home().join("office.pdmove")).expect("it was written");
    (program, file)
}

/// What people see; runs have other numbers in no installation.
fn seen(program: &Program) -> Vec<String> {
    let lines =
        ["hosts --gone --format json", "deltas --first-looks --why --format json", "history 192.0.2.2"];
    lines.into_iter().map(|line| program.line(line).code(0).out).collect()
}

/// One more evening, at which one port is open that was not.
fn third() -> NmapText {
    let text = NmapText::of("-sV -p22,80,443 192.0.2.2").tcp("22,80,443").of_total(1).at(evening(2));
    text.host(
        NmapHost::up("192.0.2.2").service(22, "ssh", "OpenSSH", "9.9").open(&[80]).mac("02:00:5E:10:00:22"),
    )
}

#[test]
fn another_folder_shows_the_same_and_goes_on_from_there() {
    let (source, file) = exported("");
    let mode = fs::metadata(source.home().join("office.pdmove")).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "others may read it");
    let target = Program::new();
    write(target.home(), "office.pdmove", &file);
    let run = target.line("import --all office.pdmove").code(0);
    assert!(run.out.contains("Imported") && run.out.contains("blocks"), "{run:?}");
    assert_eq!(seen(&target), seen(&source));
    write(target.home(), "third.xml", third().bytes());
    let next = target.line("import third.xml --format json").code(0).json();
    assert_eq!(next["first_looks"]["ports"], 0, "{next}");
    assert_eq!(next["counts"]["port-opened"], 1, "{next}");
    let before = seen(&target);
    let again = target.line("import --all office.pdmove").code(0);
    assert!(again.out.contains("imported before"), "{again:?}");
    assert_eq!(seen(&target), before);
}

#[test]
fn raw_results_come_along_where_they_are_asked_for() {
    let (source, file) = exported("--with-results");
    let target = Program::new();
    write(target.home(), "office.pdmove", &file);
    target.line("import --all office.pdmove").code(0);
    target.line("rebuild").code(0);
    assert_eq!(seen(&target)[0], seen(&source)[0]);
    let (_, without) = exported("");
    assert!(without.len() < file.len());
}

#[test]
fn what_is_no_whole_export_changes_nothing() {
    let (source, file) = exported("");
    let target = Program::new();
    let mut damaged = file.clone();
    damaged[file.len() / 2] ^= 1;
    for (name, content, said) in [
        ("cut", &file[..file.len() - 9], "ends in frame"),
        ("damaged", &damaged[..], "is damaged"),
        ("scan.xml", &office().0.bytes()[..], "no export of Portdelta"),
        ("newer", b"PDMOVE\r\n\x09", "format version 9"),
    ] {
        write(target.home(), name, content);
        let run = target.line(&format!("import --all {name}"));
        run.refused(said);
    }
    assert!(!target.data().exists(), "a folder was made");
    target.line("import --all").code(2);
    target.line("import --all one two").refused("one file");
    // A site that is in use, and a file that is there.
    source.line("import --all office.pdmove").refused("local");
    source.line("export --all office.pdmove").refused("is there already");
    assert!(!source.home().join("office.pdmove.part").exists());
    Program::new().line("export --all x").refused("nothing is remembered");
}

#[test]
fn an_export_can_go_through_a_pipe() {
    let (source, _) = exported("");
    let output = source.command(["export", "--all", "-"]).output().expect("it runs");
    assert!(output.status.success() && output.stdout.starts_with(b"PDMOVE\r\n"));
    let target = Program::new();
    write(target.home(), "piped", &output.stdout);
    target.line("import --all piped").code(0);
    assert_eq!(seen(&target), seen(&source));
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server on the data folder of a program; how to reach it stands in the folder.
fn serve(program: &Program) -> Server {
    let listen = {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        socket.local_addr().expect("bound").to_string()
    };
    let mut command = program.command(["serve", "--no-local-agent", "--listen", &listen]);
    let log = fs::File::create(program.home().join("server.log")).expect("a file");
    let child = command.stdout(log.try_clone().expect("shared")).stderr(log).spawn().expect("it starts");
    let address = listen.parse().expect("an address");
    wait_for("the server to answer", PATIENCE, || {
        std::net::TcpStream::connect_timeout(&address, PATIENCE).ok()
    });
    let file = program.data().join("server.json");
    wait_for("the server's address", PATIENCE, || {
        serde_json::from_str::<serde_json::Value>(&fs::read_to_string(&file).ok()?).ok()
    });
    Server(child)
}

/// A line for the server on this program's folder.
fn ask(program: &Program, line: &str) -> Run {
    let text = fs::read_to_string(program.data().join("server.json")).expect("it was written");
    let url: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut command: Command = program.command(line.split_whitespace());
    Run::of(command.arg("--server").arg(url["url"].as_str().expect("an address")))
}

#[test]
fn a_server_takes_an_export_in_pieces_and_nobody_works_on_its_folder_meanwhile() {
    let (source, file) = exported("--with-results");
    let target = Program::new();
    write(target.home(), "office.pdmove", &file);
    let server = serve(&target);
    target.line("import --all office.pdmove --data data").refused("another server is running");
    target.line("export --all other.pdmove").refused("another server is running");
    let run = ask(&target, "import --all office.pdmove").code(0);
    assert!(run.out.contains("Imported"), "{run:?}");
    let again = ask(&target, "import --all office.pdmove").code(0);
    assert!(again.out.contains("imported before"), "{again:?}");
    let (there, here) =
        (ask(&target, "hosts --format json").code(0), source.line("hosts --format json").code(0));
    let addresses = |run: &Run| -> Vec<serde_json::Value> {
        let hosts: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        hosts.as_array().expect("a list").iter().map(|host| host["address"].clone()).collect()
    };
    assert_eq!(addresses(&there), addresses(&here));
    assert!(!addresses(&there).is_empty());
    drop(server);
    assert_eq!(seen(&target), seen(&source));
}
