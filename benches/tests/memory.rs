//! Files written to break parsers take no more memory than others.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use wait4::Wait4;

/// What reading any of them may take, with the process and its code.
const MOST_BYTES: u64 = 200 << 20;

/// The hostile files of the corpus, if there is one.
fn hostile() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
    let folder = std::env::var_os("PORTDELTA_CORPUS").map_or(beside, PathBuf::from).join("hostile");
    if !folder.is_dir() {
        println!("skipped: there is no corpus at {}", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn hostile_files_take_little_memory() {
    let Some(folder) = hostile() else { return };
    let mut read = 0;
    for file in fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        // A refusal is a right answer; which one is looked at elsewhere.
        let child = Command::new(env!("CARGO_BIN_EXE_read-scan"))
            .arg(&path)
            // To tell where an error came from takes more than to read: all that the compiler noted of the program.
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let peak = child.wait4().expect("the program ends").rusage.maxrss;
        println!("{}: {} KiB", path.display(), peak >> 10);
        assert!(peak < MOST_BYTES, "{}: {peak} bytes", path.display());
        read += 1;
    }
    assert!(read > 20, "{read}");
}
