//! What an alert is about.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::expectation::Unmet;
use crate::ids::{NotAnId, SiteId};
use crate::ports::Port;

/// What an alert is about: its identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlertSubject {
    /// A port that a rule watches is open.
    Port {
        /// Seen from there.
        site: SiteId,
        /// At this address.
        address: IpAddr,
        /// The port.
        port: Port,
        /// The rule's id.
        rule: String,
    },
    /// Something about Portdelta itself.
    Trouble(Trouble),
    /// Something is not as it is expected to be, whichever expectation says so: editing one begins no new episode.
    Expectation {
        /// Seen from there.
        site: SiteId,
        /// At this address.
        address: IpAddr,
        /// The port; `None` for a host that is down.
        port: Option<Port>,
        /// What is not as expected.
        unmet: Unmet,
    },
}

/// Something that is wrong with Portdelta's own work, not with an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trouble {
    /// What kind of trouble.
    pub kind: TroubleKind,
    /// Where; `None` where it is about no site.
    pub site: Option<SiteId>,
    /// Which agent, scan, run or message: an id, 1 to 200 characters.
    pub name: String,
}

/// The kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TroubleKind {
    /// An agent is not heard of.
    SilentAgent,
    /// A scan did not begin when it was due.
    MissedSchedule,
    /// A run has not ended in time.
    RunOverdue,
    /// A run covered too little.
    CoverageLow,
    /// A result was refused.
    ResultRefused,
    /// Work was given up after many tries.
    DeadLetter,
}

impl TroubleKind {
    /// `silent-agent`, `missed-schedule`, `run-overdue`, `coverage-low`, `result-refused`, `dead-letter`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SilentAgent => "silent-agent",
            Self::MissedSchedule => "missed-schedule",
            Self::RunOverdue => "run-overdue",
            Self::CoverageLow => "coverage-low",
            Self::ResultRefused => "result-refused",
            Self::DeadLetter => "dead-letter",
        }
    }
}

impl AlertSubject {
    /// The id of alerts about this.
    #[must_use]
    pub fn id(&self) -> AlertId {
        let parts = match self {
            Self::Port { site, address, port, rule } => {
                ["port".to_owned(), site.to_string(), address.to_string(), port.to_string(), rule.clone()]
            }
            Self::Trouble(Trouble { kind, site, name }) => {
                let site = site.as_ref().map(ToString::to_string).unwrap_or_default();
                [kind.name().to_owned(), site, name.clone(), String::new(), String::new()]
            }
            Self::Expectation { site, address, port, unmet } => {
                let port = port.map(|port| port.to_string()).unwrap_or_default();
                let (kind, rule) = ("expectation".to_owned(), unmet.name().to_owned());
                [kind, site.to_string(), address.to_string(), port, rule]
            }
        };
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        AlertId(id)
    }

    /// Its site.
    #[must_use]
    pub fn site(&self) -> Option<&SiteId> {
        match self {
            Self::Port { site, .. } | Self::Expectation { site, .. } => Some(site),
            Self::Trouble(trouble) => trouble.site.as_ref(),
        }
    }

    /// Its address, where it is about one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Port { address, .. } | Self::Expectation { address, .. } => Some(*address),
            Self::Trouble(_) => None,
        }
    }

    /// Its port, where it is about one.
    #[must_use]
    pub fn port(&self) -> Option<Port> {
        match self {
            Self::Port { port, .. } => Some(*port),
            Self::Expectation { port, .. } => *port,
            Self::Trouble(_) => None,
        }
    }

    /// The rule's id, the kind of trouble, or `unexpected-open` or `missing-expected`.
    #[must_use]
    pub fn rule(&self) -> &str {
        match self {
            Self::Port { rule, .. } => rule,
            Self::Trouble(trouble) => trouble.kind.name(),
            Self::Expectation { unmet, .. } => unmet.name(),
        }
    }
}

/// The id of an [`Alert`](super::Alert).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertId([u8; 16]);

/// 32 hexadecimal digits.
impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AlertId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(digit) {
            return Err(NotAnId);
        }
        u128::from_str_radix(text, 16).map(|bits| Self(bits.to_be_bytes())).map_err(|_| NotAnId)
    }
}
