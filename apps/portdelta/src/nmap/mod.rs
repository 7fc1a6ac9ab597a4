//! nmap as a process: found, checked, run without a shell, listened to.

pub mod bar;
mod progress;

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use portdelta_core::AddressSet;
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::cidrs;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::output::plural;
use progress::Progress;

/// The oldest nmap whose XML says why a port is what it is.
const OLDEST: (u32, u32) = (7, 0);

/// For failures that are nmap's.
const LOOK_AT_NMAP: &str =
    "See whether `nmap --version` and a small scan with nmap itself work for this user.";

/// How long after an nmap that ended badly an interrupt may still be heard.
const HEARING: Duration = Duration::from_millis(200);

/// How long an interrupted nmap may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// An nmap that is good enough.
pub struct Nmap {
    version: String,
    privileged: bool,
}

/// What to scan, and how.
pub struct Scan<'a> {
    /// Addresses of one family.
    pub targets: &'a AddressSet,
    /// Ports; `None` where hosts only are looked for.
    pub ports: Option<&'a PortSpec>,
    /// Options that fit the ports and the privileges.
    pub options: &'a NmapOptions,
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

impl Nmap {
    /// Finds nmap on the path and checks its version.
    pub async fn find() -> Result<Self, Failure> {
        let output = Command::new("nmap").arg("--version").stdin(Stdio::null()).output().await;
        let output = output.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::new("nmap_missing", "nmap is not installed")
                .hint("Install it: apt install nmap, dnf install nmap, or brew install nmap."),
            _ => not_started(&error),
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = version_of(&text).ok_or_else(|| {
            Failure::new("nmap_unknown", "the nmap on the path does not tell its version")
                .hint("Check what `nmap --version` prints.")
        })?;
        if number_of(&version) < Some(OLDEST) {
            let message = format!("nmap {version} is too old");
            return Err(Failure::new("nmap_too_old", message).hint("Install nmap 7.0 or newer."));
        }
        // What nmap itself goes by, unless it was given capabilities, which NMAP_PRIVILEGED tells it.
        let privileged =
            rustix::process::geteuid().is_root() || std::env::var_os("NMAP_PRIVILEGED").is_some();
        Ok(Self { version, privileged })
    }

    /// `7.93`
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it may send raw packets.
    pub fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Runs a scan and shows how far it is. Ctrl-C ends nmap; what it had written by then counts.
    pub async fn run(&self, scan: &Scan<'_>) -> Result<Output, Failure> {
        let arguments = arguments(scan);
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
            let mut progress = Progress::begin();
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

/// Ctrl-C, and the polite request of a service manager to end. Heard from when it is made: none falls between
/// two turns of a loop.
struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    fn begin() -> Result<Self, Failure> {
        let hear = |kind| {
            signal(kind).map_err(|error| {
                Failure::new("no_signals", format!("could not listen for Ctrl-C: {error}"))
                    .hint("Look at the limits of this user's processes.")
            })
        };
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
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

fn arguments(scan: &Scan<'_>) -> Vec<String> {
    let mut arguments = scan.options.to_args();
    if let Some(ports) = scan.ports {
        arguments.extend(ports.nmap_arguments());
    }
    if scan.targets.ranges().iter().any(|range| range.first().is_ipv6()) {
        arguments.push("-6".to_owned());
    }
    // With -v hosts that are down are listed with their reason.
    let ours = ["-v", "--noninteractive", "--stats-every", "1s", "-oX", "-", "-iL", "-"];
    arguments.extend(ours.map(str::to_owned));
    arguments
}

fn version_of(text: &str) -> Option<String> {
    let rest = text.split_once("Nmap version ")?.1;
    rest.split_whitespace().next().map(str::to_owned)
}

/// Major and minor version of `7.93`, `7.94SVN`.
fn number_of(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Why nmap failed, as far as it says so.
fn reason(complaint: &[u8]) -> String {
    complaints(complaint).unwrap_or_else(|| "no reason given".to_owned())
}

/// The first line that nmap complained in, and how many more there are.
fn complaints(complaint: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(complaint);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?.to_owned();
    Some(match lines.count() {
        0 => first,
        more => format!("{first} (and {} more)", plural(more as u64, "line")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(version_of("\nNmap version 7.94SVN ( x )").as_deref(), Some("7.94SVN"));
        assert!(number_of("7.94SVN") > Some(OLDEST) && number_of("6.47") < Some(OLDEST));
        assert!(number_of("10.1") > Some(OLDEST));
    }

    #[test]
    fn targets_are_no_arguments() {
        let targets = portdelta_core::targets::parse("192.0.2.1").expect("an address");
        let scan =
            Scan { targets: &targets, ports: Some(&PortSpec::Top(10)), options: &NmapOptions::default() };
        let arguments = arguments(&scan);
        assert!(arguments.iter().all(|argument| !argument.contains("192.0.2")), "{arguments:?}");
    }
}
