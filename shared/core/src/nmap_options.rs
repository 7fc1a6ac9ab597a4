//! Options of nmap: as typed fields, and as text in nmap's own spelling.
//!
//! What people may ask of an agent is an allow-list. Nothing here can write a file, read one, name a target or
//! a port, hide where the scan comes from, or run what harms a machine; whatever is not known is refused by
//! name. An agent's owner may allow less.

mod check;
pub(crate) mod discovery;
mod fields;
pub(crate) mod getopt;
mod mistake;
mod pace;
mod preset;
mod privileges;
mod refused;
mod scripts;
mod text;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ports::Protocol;

pub use check::Conflict;
pub use discovery::{Discovery, PlainProbe, PortProbe, Probes};
pub use fields::{OptionFields, ranges};
pub use mistake::{OptionMistake, OptionProblem};
pub use pace::Pace;
pub use preset::{PRESETS, Preset};
pub use privileges::NeedsRoot;
pub use refused::Refusal;
pub use scripts::{SUGGESTED_SCRIPTS, Script, ScriptProblem};
pub use text::Understood;

/// The options of a scan. The default is nmap's own choice in everything.
///
/// Fields can be combined to what nmap would refuse: [`Self::check`] says so. Stored and sent as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NmapOptions {
    /// `-T0` to `-T5`.
    pub timing: Option<Timing>,
    /// How hosts are looked for.
    pub discovery: Discovery,
    /// `-sn`: hosts are looked for, ports are not.
    pub discovery_only: bool,
    /// How ports are probed; empty for nmap's choice, or what [`Self::for_ports`] adds.
    pub techniques: BTreeSet<Technique>,
    /// `-sV`
    pub services: Option<ServiceDetection>,
    /// `-O`
    pub os: Option<OsDetection>,
    /// `-sC`, `--script`
    pub scripts: BTreeSet<Script>,
    /// Rates, timeouts and retries.
    pub pace: Pace,
    /// `-n`, `-R`
    pub names: NameLookup,
    /// `--open`, `--reason` and their like.
    pub switches: BTreeSet<Switch>,
    /// How many `-v`, at most [`MAX_VERBOSITY`]; agents add one of their own.
    pub verbosity: u8,
}

/// How many `-v` are of any use.
pub const MAX_VERBOSITY: u8 = 3;

/// A timing template, from slow to fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// `-T0`
    Paranoid,
    /// `-T1`
    Sneaky,
    /// `-T2`
    Polite,
    /// `-T3`
    Normal,
    /// `-T4`
    Aggressive,
    /// `-T5`
    Insane,
}

impl Timing {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Paranoid, "paranoid"),
        (Self::Sneaky, "sneaky"),
        (Self::Polite, "polite"),
        (Self::Normal, "normal"),
        (Self::Aggressive, "aggressive"),
        (Self::Insane, "insane"),
    ];

    /// 0 to 5.
    #[must_use]
    pub fn level(self) -> u8 {
        self as u8
    }

    /// Reads `4` or `aggressive`.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(timing, name)| text == timing.level().to_string() || text.eq_ignore_ascii_case(name))
            .map(|(timing, _)| timing)
    }
}

/// A way to probe ports. Only the first four open and close ports; the others tell whether a host is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technique {
    /// `-sS`
    Syn,
    /// `-sT`
    Connect,
    /// `-sU`
    Udp,
    /// `-sY`
    SctpInit,
    /// `-sA`
    Ack,
    /// `-sW`
    Window,
    /// `-sM`
    Maimon,
    /// `-sF`
    Fin,
    /// `-sN`
    Null,
    /// `-sX`
    Xmas,
    /// `-sZ`
    SctpCookieEcho,
}

impl Technique {
    /// All of them, in their canonical order.
    pub const ALL: [Self; 11] = [
        Self::Syn,
        Self::Connect,
        Self::Udp,
        Self::SctpInit,
        Self::Ack,
        Self::Window,
        Self::Maimon,
        Self::Fin,
        Self::Null,
        Self::Xmas,
        Self::SctpCookieEcho,
    ];

    /// The letter behind `-s`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Syn => 'S',
            Self::Connect => 'T',
            Self::Udp => 'U',
            Self::SctpInit => 'Y',
            Self::Ack => 'A',
            Self::Window => 'W',
            Self::Maimon => 'M',
            Self::Fin => 'F',
            Self::Null => 'N',
            Self::Xmas => 'X',
            Self::SctpCookieEcho => 'Z',
        }
    }

    /// The protocol whose ports it probes; nmap takes one technique a protocol.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Udp => Protocol::Udp,
            Self::SctpInit | Self::SctpCookieEcho => Protocol::Sctp,
            _ => Protocol::Tcp,
        }
    }

    /// Whether its answers can tell an open port from one that is not.
    #[must_use]
    pub fn opens_and_closes(self) -> bool {
        matches!(self, Self::Syn | Self::Connect | Self::Udp | Self::SctpInit)
    }

    fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|technique| technique.letter() == letter)
    }
}

/// Service detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceDetection {
    /// `--version-intensity`, 0 to 9; nmap's own is 7.
    pub intensity: Option<u8>,
}

/// Operating system detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OsDetection {
    /// `--osscan-limit`: only hosts with an open and a closed port.
    pub limit: bool,
    /// `--osscan-guess`: name near matches too.
    pub guess: bool,
}

/// When names are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameLookup {
    /// For hosts that are up.
    #[default]
    Up,
    /// `-n`
    Never,
    /// `-R`: for down hosts too.
    Always,
}

/// Options that are given or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// `--open`: leave out what is not open.
    Open,
    /// `--reason`
    Reason,
    /// `--defeat-rst-ratelimit`, for SYN scans.
    DefeatRstRatelimit,
}

impl Switch {
    const ALL: [Self; 3] = [Self::Open, Self::Reason, Self::DefeatRstRatelimit];

    /// nmap's spelling without dashes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reason => "reason",
            Self::DefeatRstRatelimit => "defeat-rst-ratelimit",
        }
    }
}

impl NmapOptions {
    /// How hosts are looked for, as a part of a lens: two options with equal keys look in the same way.
    #[must_use]
    pub fn discovery_key(&self) -> String {
        discovery::discovery_key(&self.discovery, [])
    }

    /// The options with a technique for each of `protocols`, and none for others: `-sS`, `-sU`, `-sY` where
    /// the options do not say. With `-sn` nothing is added.
    #[must_use]
    pub fn for_ports(&self, protocols: &[Protocol]) -> Self {
        let mut options = self.clone();
        if self.discovery_only {
            return options;
        }
        options.techniques.retain(|technique| protocols.contains(&technique.protocol()));
        for technique in [Technique::Syn, Technique::Udp, Technique::SctpInit] {
            let protocol = technique.protocol();
            let missing = options.techniques.iter().all(|technique| technique.protocol() != protocol);
            if protocols.contains(&protocol) && missing {
                options.techniques.insert(technique);
            }
        }
        options
    }
}

impl NmapOptions {
    /// Reads what can be read, for those who are still writing: what is wrong is left out, and named.
    ///
    /// Takes time by the square of the length, so that a text of strangers should be short.
    #[must_use]
    pub fn understand(text: &str) -> Understood {
        text::understand(text)
    }
}

impl FromStr for NmapOptions {
    type Err = OptionMistake;

    fn from_str(text: &str) -> Result<Self, OptionMistake> {
        text::parse(text)
    }
}

/// [`NmapOptions::to_args`] joined by spaces; read back as the same options.
impl fmt::Display for NmapOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_args().join(" "))
    }
}

impl From<NmapOptions> for String {
    fn from(options: NmapOptions) -> Self {
        options.to_string()
    }
}

impl TryFrom<String> for NmapOptions {
    type Error = OptionMistake;

    fn try_from(text: String) -> Result<Self, OptionMistake> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
