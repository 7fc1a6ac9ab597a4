//! The server that dies, and whoever starts it again.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use portdelta_testkit::wait_for;
use tempfile::TempDir;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than any lease of the server's own work and of a task: what a dead process held comes back.
const LEASES: i64 = 900;

/// A server on a folder of its own.
pub struct Mortal {
    folder: TempDir,
    address: SocketAddr,
    child: Child,
    ahead: i64,
    /// How often it died.
    pub deaths: u32,
}

impl Mortal {
    /// Starts on a copy of a data folder, or a new one; ends at `end`, such as `after 17`.
    pub fn start(template: Option<&Path>, end: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        if let Some(template) = template {
            copy(template, &folder.path().join("data"));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        drop(listener);
        let child = spawn(folder.path(), address, end);
        let mut mortal = Self { folder, address, child, ahead: 0, deaths: 0 };
        mortal.answers();
        mortal
    }

    /// Its data folder.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file of its clock.
    pub fn clock(&self) -> std::path::PathBuf {
        self.folder.path().join("clock")
    }

    /// Lets so much time go by that what a dead process held comes back.
    pub fn wait_for_leases(&mut self) {
        self.ahead += LEASES;
        // Whoever reads it meanwhile must not find half of it.
        let new = self.folder.path().join("clock.new");
        let written = fs::write(&new, self.ahead.to_string()).and_then(|()| fs::rename(&new, self.clock()));
        written.expect("the test may write into its folder");
    }

    /// Starts it again if it died, when its leases have run out.
    pub fn look_after(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            self.deaths += 1;
            self.wait_for_leases();
            self.child = spawn(self.folder.path(), self.address, None);
            self.answers();
        }
    }

    /// Waits until it answers, or has died at its first operations.
    fn answers(&mut self) {
        let (address, child) = (self.address, &mut self.child);
        wait_for("the server to answer", PATIENCE, || {
            let is_dead = !matches!(child.try_wait(), Ok(None));
            (is_dead || TcpStream::connect_timeout(&address, PATIENCE).is_ok()).then_some(())
        });
    }

    /// Ends it for good: kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("--- the server's log\n{log}");
        }
    }
}

fn spawn(folder: &Path, address: SocketAddr, end: Option<&str>) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"));
    let log = log.expect("the test may write into its folder");
    Command::new(env!("CARGO_BIN_EXE_mortal-server"))
        .arg(folder.join("data"))
        .arg(address.to_string())
        .arg(folder.join("clock"))
        .args(end)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the server starts")
}

/// A folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the test may write into its folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).expect("files can be copied");
        }
    }
}
