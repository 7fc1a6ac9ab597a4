//! What differs between the two files of a pair.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::hosts::{Turn, host_facts};
use super::plan::{Fate, Plan};

/// The kinds of delta that a pair can have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A host is in the new file only.
    HostNew,
    /// A host is in the old file only.
    HostGone,
    /// A port is open in the new file only.
    PortOpened,
    /// A port is open in the old file only.
    PortClosed,
    /// A service has another version.
    ServiceChanged,
}

impl Kind {
    /// The name, as in truth files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostNew => "host-new",
            Self::HostGone => "host-gone",
            Self::PortOpened => "port-opened",
            Self::PortClosed => "port-closed",
            Self::ServiceChanged => "service-changed",
        }
    }
}

/// Whether a port came or went by itself or with its host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// With its host.
    Host,
    /// By itself.
    Port,
}

impl Cause {
    /// The name, as in truth files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Port => "port",
        }
    }
}

/// One line of a truth file: `{"kind":"port-opened","address":"10.20.0.1","protocol":"tcp","port":22,"cause":"port"}`.
///
/// Fields that do not apply are absent.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct TrueChange {
    /// The address.
    pub address: Ipv4Addr,
    /// The port number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What happened.
    pub kind: Kind,
    /// Always `tcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Only of ports that opened or closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// Everything that differs between the two files, by address and port.
pub fn true_changes(plan: &Plan) -> impl Iterator<Item = TrueChange> {
    (0..plan.hosts).flat_map(|host| changes_of(plan, host))
}

fn changes_of(plan: &Plan, host: u32) -> Vec<TrueChange> {
    let facts = host_facts(plan, host);
    let of_port = |port: u16, kind, cause| TrueChange {
        address: facts.address,
        port: Some(port),
        kind,
        protocol: Some("tcp".to_owned()),
        cause,
    };
    let with_host = |host_kind, port_kind| {
        let first =
            TrueChange { address: facts.address, port: None, kind: host_kind, protocol: None, cause: None };
        let ports = facts.ports.iter().map(|port| of_port(port.service.port, port_kind, Some(Cause::Host)));
        std::iter::once(first).chain(ports).collect()
    };
    match plan.fate(host) {
        Fate::Goes => with_host(Kind::HostGone, Kind::PortClosed),
        Fate::Comes => with_host(Kind::HostNew, Kind::PortOpened),
        Fate::Stays => facts
            .ports
            .iter()
            .filter_map(|port| {
                let (kind, cause) = match port.turn {
                    Turn::Stays => return None,
                    Turn::Opens => (Kind::PortOpened, Some(Cause::Port)),
                    Turn::Closes => (Kind::PortClosed, Some(Cause::Port)),
                    Turn::ChangesVersion => (Kind::ServiceChanged, None),
                };
                Some(of_port(port.service.port, kind, cause))
            })
            .collect(),
    }
}

/// Writes the truth file, and gives the number of its lines.
pub fn write_truth(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    let mut lines = 0;
    for change in true_changes(plan) {
        serde_json::to_writer(&mut *out, &change)?;
        out.write_all(b"\n")?;
        lines += 1;
    }
    Ok(lines)
}
