//! One reported change of state.

use std::fmt;
use std::net::IpAddr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{ResultId, SiteId};
use crate::observation::{PortStatus, Reason};
use crate::ports::Port;
use crate::service::Service;
use crate::time::UnixTime;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Up for the first time, and down before through the same lens.
    HostNew,
    /// Was up, now down.
    HostGone,
    /// Was gone, up again.
    HostBack,
    /// The PTR names changed.
    HostnameChanged,
    /// The MAC address changed.
    MacChanged,
    /// Open, and not open before.
    PortOpened,
    /// Was open, now not.
    PortClosed,
    /// Was open, then closed, open again.
    PortReopened,
    /// Another service, or another product, version or extra info.
    ServiceChanged,
    /// Another operating system.
    OsChanged,
    /// A script printed something else.
    ScriptChanged,
}

impl Kind {
    /// All kinds, in the order in which people read them.
    pub const ALL: [Self; 11] = [
        Self::HostNew,
        Self::HostGone,
        Self::HostBack,
        Self::HostnameChanged,
        Self::MacChanged,
        Self::PortOpened,
        Self::PortClosed,
        Self::PortReopened,
        Self::ServiceChanged,
        Self::OsChanged,
        Self::ScriptChanged,
    ];

    /// The name in every output: `port-opened`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HostNew => "host-new",
            Self::HostGone => "host-gone",
            Self::HostBack => "host-back",
            Self::HostnameChanged => "hostname-changed",
            Self::MacChanged => "mac-changed",
            Self::PortOpened => "port-opened",
            Self::PortClosed => "port-closed",
            Self::PortReopened => "port-reopened",
            Self::ServiceChanged => "service-changed",
            Self::OsChanged => "os-changed",
            Self::ScriptChanged => "script-changed",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether a port changed by itself or came and went with its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// With its host.
    Host,
    /// By itself.
    Port,
}

impl Cause {
    /// `host` or `port`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Port => "port",
        }
    }
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A host that is up, and why the scanner says so.
    HostUp(Reason),
    /// A host that is down, and why the scanner says so.
    HostDown(Reason),
    /// A port.
    Port(PortStatus, Reason),
    /// A port that went with its host.
    PortWithHost,
    /// A service.
    Service(Service),
    /// PTR names, sorted.
    Names(Vec<CompactString>),
    /// A MAC address.
    Mac([u8; 6]),
    /// (family, generation) of the good matches, sorted.
    Os(Vec<(CompactString, CompactString)>),
    /// The start of a script's output, times blanked.
    Script(CompactString),
}

/// What made a delta: the last cover before, the results that agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The last result with evidence about this thing before, and its time.
    pub previous: Option<(UnixTime, ResultId)>,
    /// The results that agreed, in order, the one that made the delta last.
    pub agreed: Vec<(UnixTime, ResultId)>,
    /// How many had to agree.
    pub needed: u16,
    /// Two were needed because nothing in the block answered.
    pub blackout: bool,
}

/// One reported change of state, or a first look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Derived from what it is about and from the result: the same change has the same id.
    pub id: DeltaId,
    /// What changed.
    pub kind: Kind,
    /// Of which address.
    pub address: IpAddr,
    /// Of which port, for kinds and scripts of ports.
    pub port: Option<Port>,
    /// Of which script, for `script-changed`.
    pub script: Option<CompactString>,
    /// For opened, closed and reopened ports.
    pub cause: Option<Cause>,
    /// What was believed before.
    pub before: Option<Value>,
    /// What is believed now.
    pub after: Option<Value>,
    /// Nothing had looked before: no change, never notified by itself.
    pub first_look: bool,
    /// The order time of the first result that agreed.
    pub first_seen: UnixTime,
    /// The order time of the result that made it.
    pub time: UnixTime,
    /// The result that made it.
    pub result: ResultId,
    /// What made it.
    pub why: Why,
}

/// The id of a [`Delta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeltaId([u8; 16]);

impl DeltaId {
    /// The id of the change of `kind` that `result` made at `site`.
    #[must_use]
    pub fn derive(
        site: &SiteId,
        address: IpAddr,
        port: Option<Port>,
        kind: Kind,
        script: Option<&str>,
        result: ResultId,
    ) -> Self {
        let mut hash = Sha256::new();
        let protocol = port.map_or("-", |port| port.protocol.name());
        let number = port.map_or(0, |port| port.number).to_string();
        let address = address.to_string();
        for part in [site.as_str(), &address, protocol, &number, kind.name(), script.unwrap_or("")] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(result.0);
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for DeltaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
