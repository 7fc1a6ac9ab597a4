//! Data folders with trouble: clear words, and nothing lost.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use portdelta_testkit::{NmapHost, NmapText, wait_for};

use crate::support::{Program, Run, evening, is_root, office, skip, write};

fn with_office() -> Program {
    let program = Program::new();
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program
}

fn deltas(program: &Program) -> usize {
    program.line("deltas --format jsonl").code(0).lines().len()
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let program = with_office();
    program.line("import old.xml new.xml").code(0);
    let path = program.data().join("state.sqlite");
    let ours = std::fs::read(&path).expect("the state file is there");
    // Where SQLite keeps the user's version of a file: four bytes, big-endian.
    let mut newer = ours.clone();
    newer[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&path, &newer).expect("it is ours");
    for command in ["import old.xml", "hosts", "deltas", "rebuild", "scan 192.0.2.1"] {
        program.line(command).refused("format 9999");
    }
    assert!(std::fs::read(&path).expect("it is there") == newer, "it was written to");
    std::fs::write(&path, ours).expect("it is ours");
    assert_eq!(deltas(&program), 9);
}

#[test]
fn a_rebuild_beside_a_server_is_refused() {
    let program = with_office();
    program.line("import old.xml new.xml").code(0);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--no-local-agent"];
    let mut serve = program.command(arguments);
    let mut server = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    wait_for("the server to listen", Duration::from_secs(30), || {
        program.data().join("server.json").exists().then_some(())
    });
    let words = format!("a server works on {} (process {})", program.data().display(), server.id());
    let refused = program.line("rebuild");
    server.kill().expect("it is ours");
    server.wait().expect("it is ours");
    refused.refused(&words);
    assert!(!program.data().join("state.sqlite.before-rebuild").exists(), "nothing was put aside");
    program.line("rebuild").code(0);
    assert_eq!(deltas(&program), 9);
}

#[test]
fn a_data_folder_that_is_a_file_is_said() {
    let program = with_office();
    write(program.home(), "data", "not a folder");
    program.line("import old.xml").refused("data");
    program.line("scan 192.0.2.1").refused("data");
    program.line("hosts").refused("");
    assert_eq!(std::fs::read(program.data()).expect("it is there"), b"not a folder");
}

#[test]
fn a_state_file_that_is_something_else_is_left_alone() {
    let program = with_office();
    std::fs::create_dir(program.data()).expect("a fresh folder");
    let foreign =
        b"GIF89a, and nothing that SQLite wrote, for long enough to be more than a header of it. ".repeat(20);
    write(&program.data(), "state.sqlite", &foreign);
    for command in ["import old.xml", "hosts", "rebuild"] {
        program.line(command).refused("");
    }
    assert_eq!(std::fs::read(program.data().join("state.sqlite")).expect("it is there"), foreign);
}

#[test]
fn a_folder_that_may_not_be_written_is_said() {
    if is_root() {
        return skip("root may write everywhere");
    }
    let program = with_office();
    program.line("import old.xml").code(0);
    let allow = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(program.data(), mode).expect("it is ours");
    };
    allow(0o555);
    let run = program.line("import new.xml");
    allow(0o755);
    run.refused("");
    program.line("import new.xml").code(0);
    assert_eq!(deltas(&program), 9);
}

#[test]
fn a_full_disk_loses_nothing() {
    let program = with_office();
    std::fs::create_dir(program.data()).expect("a fresh folder");
    let binary = env!("CARGO_BIN_EXE_portdelta");
    // The small disk is seen by this shell only, and goes with it.
    let script = format!(
        "mount -t tmpfs -o size=600k portdelta \"$PORTDELTA_DATA\" || exit 99
         {binary} import old.xml >&2 || exit 3
         head -c 1000000 /dev/zero > \"$PORTDELTA_DATA/filler\" 2>&-
         {binary} import new.xml >&2; code=$?
         {binary} hosts --format csv | head -1 >&2
         rm \"$PORTDELTA_DATA/filler\"
         {binary} import new.xml >&2 || exit 4
         {binary} deltas --format json
         exit $code"
    );
    let mut command = Command::new("unshare");
    program.settle(command.args(["-m", "sh", "-c", &script]));
    let Ok(output) = command.output() else { return skip("there is no unshare") };
    let run = Run::from(output);
    if run.code == 99 || run.err.contains("Operation not permitted") {
        return skip("no file systems may be mounted here");
    }
    assert_eq!(run.code, 2, "{run:?}");
    let error = run.err.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(error.contains("full") || error.contains("space"), "{run:?}");
    assert!(run.err.contains("hint: Free some disk space"), "{run:?}");
    assert_eq!(run.json().as_array().map(Vec::len), Some(9), "{run:?}");
}

#[test]
fn several_processes_may_import_at_once() {
    let program = Program::new();
    let children: Vec<_> = (1..=4)
        .map(|last| {
            let address = format!("192.0.2.{last}");
            let scan = NmapText::of(&format!("-p22 {address}")).tcp("22").at(evening(last));
            let name = format!("{last}.xml");
            write(program.home(), &name, scan.host(NmapHost::up(&address).open(&[22])).bytes());
            program.command(["import", &name]).spawn().expect("the program starts")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(program.line("hosts --format jsonl").code(0).lines().len(), 4);
}

#[test]
fn results_that_were_removed_are_missed_by_a_rebuild() {
    let program = with_office();
    program.line("import old.xml new.xml").code(0);
    std::fs::remove_dir_all(program.data().join("blobs")).expect("it is ours");
    // State stays what it was where results are gone: a rebuild without them would forget.
    program.line("rebuild").refused("");
    assert_eq!(deltas(&program), 9);
}
