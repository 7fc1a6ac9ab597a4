//! nmap for one scan by hand: run without a shell, listened to, ended by Ctrl-C.

pub mod bar;
mod progress;

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use portdelta_agent::nmap::{Nmap, arguments, complaints};
use portdelta_core::AddressSet;
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::cidrs;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::interrupts::Interrupts;
use progress::ProgressLine;

/// For failures that are nmap's.
const LOOK_AT_NMAP: &str =
    "See whether `nmap --version` and a small scan with nmap itself work for this user.";

/// How long after an nmap that ended badly an interrupt may still be heard.
const HEARING: Duration = Duration::from_millis(200);

/// How long an interrupted nmap may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to scan, and how.
pub struct Scan<'a> {
    /// Addresses of one family.
    pub targets: &'a AddressSet,
    /// Ports; `None` where hosts only are looked for.
    pub ports: Option<&'a PortSpec>,
    /// Options that fit the ports and the privileges.
    pub options: &'a NmapOptions,
    /// Whether nmap may send raw packets.
    pub raw_packets: bool,
}

/// What a scan gave.
pub struct Output {
    /// The XML, cut where nmap was ended early.
    pub xml: Vec<u8>,
    /// The arguments that nmap was given.
    pub arguments: String,
    /// What went wrong, where the XML counts all the same.
    pub trouble: Option<String>,
    /// Somebody pressed Ctrl-C.
    pub interrupted: bool,
}

/// Finds nmap on the path and checks its version.
pub async fn find() -> Result<Nmap, Failure> {
    Nmap::find().await.map_err(|error| Failure::new(error.code(), error.to_string()).hint(error.hint()))
}

/// Runs a scan and shows how far it is. Ctrl-C ends nmap; what it had written by then counts.
pub async fn run(scan: &Scan<'_>) -> Result<Output, Failure> {
    let arguments = arguments(scan.raw_packets, scan.targets, scan.ports, scan.options, "-");
    let mut child = Command::new("nmap")
        .args(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| not_started(&error))?;
    let mut input = child.stdin.take();
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    // Targets go through standard input: none can be taken for an option, and there may be many.
    let targets: String = cidrs(scan.targets).map(|target| target + "\n").collect();
    let feed = async {
        if let Some(mut input) = input.take() {
            // An nmap that refuses its options does not read them.
            let _ = input.write_all(targets.as_bytes()).await;
        }
    };
    let complain = async {
        let mut text = Vec::new();
        if let Some(stderr) = &mut stderr {
            let _ = stderr.take(64 << 10).read_to_end(&mut text).await;
        }
        text
    };
    let mut xml = Vec::new();
    let mut interrupted = false;
    let mut interrupts = Interrupts::begin()?;
    let listen = async {
        let mut progress = ProgressLine::begin();
        let mut chunk = vec![0; 64 << 10];
        let Some(stdout) = &mut stdout else { return };
        let mut deadline = Instant::now();
        loop {
            tokio::select! {
                read = stdout.read(&mut chunk) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(read) => {
                        xml.extend_from_slice(&chunk[..read]);
                        progress.hear(&chunk[..read]);
                    }
                },
                () = interrupts.next(), if !interrupted => {
                    interrupted = true;
                    deadline = Instant::now() + PATIENCE;
                    interrupt(&child);
                }
                () = tokio::time::sleep_until(deadline), if interrupted => {
                    // Its end closes the pipes: only then the others are done, too.
                    let _ = child.start_kill();
                    return;
                }
            }
        }
    };
    let ((), complaint, ()) = tokio::join!(feed, complain, listen);
    let status = end(&mut child, interrupted).await?;
    if !interrupted && !status.success() {
        // From a terminal nmap gets the interrupt as well, and may be gone before we have heard of ours.
        interrupted = tokio::time::timeout(HEARING, interrupts.next()).await.is_ok();
    }
    let trouble = match status.success() {
        _ if interrupted => Some("interrupted: what nmap had finished counts".to_owned()),
        // It goes on without a route, and leaves out what it could not reach.
        true => complaints(&complaint).map(|complaint| format!("nmap says: {complaint}")),
        false => Some(format!("nmap ended with {status}: {}", reason(&complaint))),
    };
    if xml.is_empty() && !interrupted {
        let message = format!("nmap wrote nothing: {}", reason(&complaint));
        return Err(Failure::new("nmap_failed", message).hint(LOOK_AT_NMAP));
    }
    Ok(Output { xml, arguments: arguments.join(" "), trouble, interrupted })
}
fn not_started(error: &std::io::Error) -> Failure {
    Failure::new("nmap_failed", format!("could not start nmap: {error}")).hint(LOOK_AT_NMAP)
}

/// Asks nmap to end. One that had the interrupt from the terminal already does not mind a second.
fn interrupt(child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process(id, Signal::INT);
    }
}

/// Waits for nmap's end.
async fn end(child: &mut Child, interrupted: bool) -> Result<ExitStatus, Failure> {
    if interrupted {
        let _ = child.start_kill();
    }
    child.wait().await.map_err(|error| {
        Failure::new("nmap_failed", format!("could not wait for nmap: {error}")).hint(LOOK_AT_NMAP)
    })
}

/// Why nmap failed, as far as it says so.
fn reason(complaint: &[u8]) -> String {
    complaints(complaint).unwrap_or_else(|| "no reason given".to_owned())
}
