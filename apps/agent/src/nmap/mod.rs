//! nmap as a process: found, checked, started without a shell, listened to, ended.

mod complaints;
mod leftovers;
mod progress;
mod scan;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use portdelta_core::AddressSet;
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::ports::PortSet;
use tokio::process::Command;

use crate::limits::Forbidden;

pub use complaints::complaints;
pub(crate) use leftovers::end_leftovers;
pub use progress::{Heard, Progress};
pub(crate) use scan::{Ending, Ran, ScanLimits, run};

/// The oldest nmap whose XML says why a port is what it is.
const OLDEST: (u32, u32) = (7, 0);

/// An nmap that is good enough.
#[derive(Clone, Debug)]
pub struct Nmap {
    version: String,
    privileged: bool,
    top_ports: Arc<Mutex<BTreeMap<u16, PortSet>>>,
}

/// Why there is no usable nmap.
#[derive(Debug, thiserror::Error)]
pub enum NmapError {
    /// It is not on the path.
    #[error("nmap is not installed")]
    Missing,
    /// It does not start.
    #[error("could not start nmap: {0}")]
    NotStarted(std::io::Error),
    /// Something else is called nmap here.
    #[error("the nmap on the path does not tell its version")]
    Unknown,
    /// It is from before version 7.
    #[error("nmap {version} is too old")]
    TooOld {
        /// Its version.
        version: String,
    },
}

impl NmapError {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "nmap_missing",
            Self::NotStarted(_) => "nmap_failed",
            Self::Unknown => "nmap_unknown",
            Self::TooOld { .. } => "nmap_too_old",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "Install it: apt install nmap, dnf install nmap, or brew install nmap.",
            Self::NotStarted(_) => {
                "See whether `nmap --version` and a small scan with nmap itself work for this user."
            }
            Self::Unknown => "Check what `nmap --version` prints.",
            Self::TooOld { .. } => "Install nmap 7.0 or newer.",
        }
    }
}

impl Nmap {
    /// Finds nmap on the path and checks its version.
    pub async fn find() -> Result<Self, NmapError> {
        let output = Command::new("nmap").arg("--version").stdin(Stdio::null()).output().await;
        let output = output.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => NmapError::Missing,
            _ => NmapError::NotStarted(error),
        })?;
        let version = version_of(&String::from_utf8_lossy(&output.stdout)).ok_or(NmapError::Unknown)?;
        if number_of(&version) < Some(OLDEST) {
            return Err(NmapError::TooOld { version });
        }
        // What nmap itself goes by, unless it was given capabilities, which NMAP_PRIVILEGED tells it.
        let privileged =
            rustix::process::geteuid().is_root() || std::env::var_os("NMAP_PRIVILEGED").is_some();
        Ok(Self { version, privileged, top_ports: Arc::default() })
    }

    /// `7.93`
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it may send raw packets.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Which ports this nmap takes for the most common ones.
    pub(crate) async fn top_ports(&self, count: u16) -> Result<PortSet, Forbidden> {
        let known =
            |nmap: &Self| nmap.top_ports.lock().unwrap_or_else(PoisonError::into_inner).get(&count).cloned();
        if let Some(ports) = known(self) {
            return Ok(ports);
        }
        // Without targets it only says what it would scan.
        let arguments = ["-v", "--noninteractive", "-sT", "--top-ports", &count.to_string(), "-oG", "-"]
            .map(str::to_owned);
        let output = Command::new("nmap").args(arguments).stdin(Stdio::null()).output().await;
        let text =
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let ports = top_ports_in(&text).ok_or_else(|| {
            Forbidden::new(
                "port_not_allowed",
                format!("which ports top:{count} are is not known, so none of them is allowed"),
            )
        })?;
        self.top_ports.lock().unwrap_or_else(PoisonError::into_inner).insert(count, ports.clone());
        Ok(ports)
    }
}

/// The arguments of a scan whose targets stand in `list` (`-` is standard input), and whose XML goes to standard
/// output. No target is among them, so none can be taken for an option.
///
/// Whether it sends raw packets is said in so many words, for it decides which hosts are found: the record of the
/// command tells it to whoever judges the result.
#[must_use]
pub fn arguments(
    raw_packets: bool,
    targets: &AddressSet,
    ports: Option<&PortSpec>,
    options: &NmapOptions,
    list: &str,
) -> Vec<String> {
    let mut arguments = options.to_args();
    if !raw_packets {
        arguments.push("--unprivileged".to_owned());
    }
    if let Some(ports) = ports {
        arguments.extend(ports.nmap_arguments());
    }
    if targets.ranges().iter().any(|range| range.first().is_ipv6()) {
        arguments.push("-6".to_owned());
    }
    // With -v hosts that are down are listed with their reason.
    let ours = ["-v", "--noninteractive", "--stats-every", "1s", "-oX", "-", "-iL", list];
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

/// `# Ports scanned: TCP(3;22,80,443) UDP(0;) ...`
fn top_ports_in(text: &str) -> Option<PortSet> {
    let list = text.split_once("# Ports scanned: TCP(")?.1.split_once(')')?.0.split_once(';')?.1;
    let spec: PortSpec = list.parse().ok()?;
    spec.set().cloned()
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
        let arguments = arguments(true, &targets, Some(&PortSpec::Top(10)), &NmapOptions::default(), "-");
        assert!(arguments.iter().all(|argument| !argument.contains("192.0.2")), "{arguments:?}");
    }

    #[tokio::test]
    async fn the_most_common_ports_are_known() {
        let nmap = Nmap::find().await.expect("nmap is installed");
        let ports = nmap.top_ports(3).await.expect("nmap tells them");
        assert_eq!(ports.count(), 3);
        assert!(ports.contains(portdelta_core::ports::Port::tcp(80)), "{ports}");
    }
}
