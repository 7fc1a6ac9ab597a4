//! What scanner outputs say, in one model for all formats.
//!
//! A reader of `portdelta-formats` turns a file into documents: one [`Scanner`] header, any number of
//! [`HostRecord`]s in file order, one [`Summary`]. Nothing is judged here: what a record is evidence for is
//! decided by [`crate::coverage`].

use std::net::IpAddr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::ports::{Port, PortSet, Protocol};
use crate::time::UnixTime;

/// The program that made an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// nmap, in any of its outputs.
    Nmap,
    /// masscan, in any of its outputs.
    Masscan,
    /// naabu.
    Naabu,
    /// rustscan.
    Rustscan,
    /// `address,port,protocol[,time]` lines of any origin.
    Plain,
}

impl Tool {
    /// The tool's own spelling of its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nmap => "nmap",
            Self::Masscan => "masscan",
            Self::Naabu => "naabu",
            Self::Rustscan => "rustscan",
            Self::Plain => "plain",
        }
    }
}

/// How a document says that its ports were probed (nmap DTD: `scaninfo/@type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScanType {
    /// `-sT`
    Connect,
    /// `-sS`, and masscan
    Syn,
    /// `-sU`
    Udp,
    /// `-sY`
    SctpInit,
    /// `-sO`
    IpProto,
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
    /// `-sI`
    Idle,
    /// `-b`
    Bounce,
    /// `-sZ`
    SctpCookieEcho,
    /// A type that this version does not know; it opens and closes nothing.
    Other,
}

impl ScanType {
    /// The value of `scaninfo/@type`; what is not in the DTD is [`ScanType::Other`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "connect" => Self::Connect,
            "syn" => Self::Syn,
            "udp" => Self::Udp,
            "sctpinit" => Self::SctpInit,
            "ipproto" => Self::IpProto,
            "ack" => Self::Ack,
            "window" => Self::Window,
            "maimon" => Self::Maimon,
            "fin" => Self::Fin,
            "null" => Self::Null,
            "xmas" => Self::Xmas,
            "idle" => Self::Idle,
            "bounce" => Self::Bounce,
            "sctpcookieecho" => Self::SctpCookieEcho,
            _ => Self::Other,
        }
    }

    /// Whether an answer to this scan can tell an open port from one that is not.
    #[must_use]
    pub fn opens_and_closes(self) -> bool {
        matches!(self, Self::Connect | Self::Syn | Self::Udp | Self::SctpInit | Self::IpProto)
    }
}

/// One list of probed ports (nmap DTD: `scaninfo`; grepable: a part of `Ports scanned`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanInfo {
    /// How they were probed.
    pub scan_type: ScanType,
    /// The protocol of all of them.
    pub protocol: Protocol,
    /// The ports probed; empty where the output does not name them (masscan XML).
    pub services: PortSet,
}

/// The head of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanner {
    /// The program.
    pub tool: Tool,
    /// Its version as it writes it, without control characters.
    pub version: Option<String>,
    /// The recorded command line, entities resolved, as one string.
    pub args: Option<String>,
    /// When it started. `None` where the file does not say or the value is no time.
    pub start: Option<UnixTime>,
    /// The lists of probed ports; none where the format does not name ports.
    pub scan_infos: Vec<ScanInfo>,
}

impl Scanner {
    /// A head that knows nothing but the program.
    #[must_use]
    pub fn of(tool: Tool) -> Self {
        Self { tool, version: None, args: None, start: None, scan_infos: Vec::new() }
    }
}

/// The end of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The end marker was there, nothing was cut or skipped on the way, and the scanner says `success`
    /// (formats without an end marker: the file ends with a whole record).
    pub complete: bool,
    /// When it ended (nmap DTD: `finished/@time`).
    pub end: Option<UnixTime>,
    /// The scanner's own counts (nmap DTD: `hosts`), where it gives them.
    pub hosts: Option<HostCounts>,
    /// The scanner's own error text (nmap DTD: `finished/@errormsg`).
    pub error: Option<String>,
}

/// What a scanner says it met (nmap DTD: `runstats/hosts`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCounts {
    /// Hosts that it found up.
    pub up: u64,
    /// Hosts that it found down.
    pub down: u64,
    /// All addresses that it tried.
    pub total: u64,
}

/// A whole document in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its head.
    pub scanner: Scanner,
    /// Its records in file order; one address may have several.
    pub hosts: Vec<HostRecord>,
    /// Its end.
    pub summary: Summary,
}

/// Whether a scanner calls a host up (nmap DTD: `status/@state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// `up`
    Up,
    /// `down`
    Down,
    /// `unknown`, `skipped`, or no status at all
    Unknown,
}

/// Why a scanner calls a host or port what it does (nmap DTD: `@reason`), as far as anything depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Not given.
    #[default]
    None,
    /// `user-set`: `-Pn` or its like; nobody looked.
    UserSet,
    /// `no-response`
    NoResponse,
    /// `localhost-response`
    LocalhostResponse,
    /// `net-unreach`, `net-prohibited`, `dest-unreach`, `time-exceeded`: the scanner's own way was broken.
    NetUnreach,
    /// `host-unreach`
    HostUnreach,
    /// `host-prohibited`, `admin-prohibited`
    Prohibited,
    /// `port-unreach`, `proto-unreach`
    PortUnreach,
    /// `syn-ack`
    SynAck,
    /// `reset`
    Reset,
    /// `conn-refused`
    ConnRefused,
    /// `conn-accept`
    ConnAccept,
    /// `echo-reply`
    EchoReply,
    /// `arp-response`, `nd-response`
    ArpResponse,
    /// `udp-response`, `proto-response`, `init-ack`, `abort`, `script-set`, `tcp-response` and all others:
    /// something answered.
    Response,
}

impl Reason {
    /// The reason that nmap calls `name`; its plural forms (`extrareasons`) count as the singular.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "" | "none" | "unknown-response" | "invalid" | "reason" => Self::None,
            "user-set" => Self::UserSet,
            "no-response" | "no-responses" => Self::NoResponse,
            "localhost-response" | "localhost-responses" => Self::LocalhostResponse,
            "net-unreach" | "net-unreaches" | "net-prohibited" | "net-prohibiteds" | "dest-unreach"
            | "dest-unreaches" | "time-exceeded" | "time-exceededs" => Self::NetUnreach,
            "host-unreach" | "host-unreaches" => Self::HostUnreach,
            "host-prohibited" | "host-prohibiteds" | "admin-prohibited" | "admin-prohibiteds" => {
                Self::Prohibited
            }
            "port-unreach" | "port-unreaches" | "proto-unreach" | "proto-unreaches" => Self::PortUnreach,
            "syn-ack" | "syn-acks" => Self::SynAck,
            "reset" | "resets" => Self::Reset,
            "conn-refused" => Self::ConnRefused,
            "conn-accept" | "conn-accepts" => Self::ConnAccept,
            "echo-reply" | "echo-replies" => Self::EchoReply,
            "arp-response" | "arp-responses" | "nd-response" | "nd-responses" => Self::ArpResponse,
            _ => Self::Response,
        }
    }

    /// nmap's singular spelling; empty for [`Reason::None`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::UserSet => "user-set",
            Self::NoResponse => "no-response",
            Self::LocalhostResponse => "localhost-response",
            Self::NetUnreach => "net-unreach",
            Self::HostUnreach => "host-unreach",
            Self::Prohibited => "prohibited",
            Self::PortUnreach => "port-unreach",
            Self::SynAck => "syn-ack",
            Self::Reset => "reset",
            Self::ConnRefused => "conn-refused",
            Self::ConnAccept => "conn-accept",
            Self::EchoReply => "echo-reply",
            Self::ArpResponse => "arp-response",
            Self::Response => "response",
        }
    }
}

/// What one host element or line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// The address; records without an IP address never get here.
    pub address: IpAddr,
    /// Up or down, as the scanner puts it.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// The scanner gave up on this host (nmap DTD: `host/@timedout`).
    pub timed_out: bool,
    /// When work on this host ended (nmap DTD: `host/@endtime`; masscan: the record's time).
    pub end: Option<UnixTime>,
    /// PTR names, in file order, lower case, without the final dot.
    pub names: Vec<CompactString>,
    /// Names that the user gave as targets.
    pub aliases: Vec<CompactString>,
    /// The MAC address, where the scanner saw it.
    pub mac: Option<[u8; 6]>,
    /// Ports listed singly, in file order; a pair may stand there twice.
    pub ports: Vec<PortRecord>,
    /// Ports counted by state (nmap DTD: `extraports`; grepable: `Ignored State`).
    pub extra: Vec<ExtraPorts>,
    /// The best operating system matches; `None` where the record has no match section.
    pub os: Option<Vec<OsMatch>>,
    /// Output of host scripts.
    pub scripts: Vec<ScriptRecord>,
}

impl HostRecord {
    /// A record that says nothing about `address` yet.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self {
            address,
            status: Status::Unknown,
            reason: Reason::None,
            timed_out: false,
            end: None,
            names: Vec::new(),
            aliases: Vec::new(),
            mac: None,
            ports: Vec::new(),
            extra: Vec::new(),
            os: None,
            scripts: Vec::new(),
        }
    }
}

/// What a scanner calls a port (nmap DTD: `state/@state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PortStatus {
    /// `open`
    #[serde(rename = "open")]
    Open,
    /// `closed`
    #[serde(rename = "closed")]
    Closed,
    /// `filtered`
    #[serde(rename = "filtered")]
    Filtered,
    /// `closed|filtered`
    #[serde(rename = "closed|filtered")]
    ClosedFiltered,
    /// `open|filtered`
    #[serde(rename = "open|filtered")]
    OpenFiltered,
    /// `unfiltered`
    #[serde(rename = "unfiltered")]
    Unfiltered,
    /// `unknown`, or a word that is not in the DTD
    #[serde(rename = "unknown")]
    Unknown,
}

impl PortStatus {
    /// The status that scanners call `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "open" => Self::Open,
            "closed" => Self::Closed,
            "filtered" => Self::Filtered,
            "closed|filtered" => Self::ClosedFiltered,
            "open|filtered" => Self::OpenFiltered,
            "unfiltered" => Self::Unfiltered,
            _ => Self::Unknown,
        }
    }

    /// The scanners' spelling.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Filtered => "filtered",
            Self::ClosedFiltered => "closed|filtered",
            Self::OpenFiltered => "open|filtered",
            Self::Unfiltered => "unfiltered",
            Self::Unknown => "unknown",
        }
    }

    /// Whether this says open or not open; the others are a look without evidence.
    #[must_use]
    pub fn is_evidence(self) -> bool {
        matches!(self, Self::Open | Self::Closed | Self::Filtered | Self::ClosedFiltered)
    }
}

/// One port listed singly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRecord {
    /// Which.
    pub port: Port,
    /// What the scanner calls it.
    pub status: PortStatus,
    /// Why.
    pub reason: Reason,
    /// When this very record was made, where the format says so (masscan, naabu, plain).
    pub time: Option<UnixTime>,
    /// The service as the scanner puts it, looked up or probed.
    pub service: Option<ServiceRecord>,
    /// Output of scripts that ran against the port.
    pub scripts: Vec<ScriptRecord>,
}

/// What a scanner says about a service (nmap DTD: `service`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// `http`
    pub name: CompactString,
    /// The tunnel, `ssl` where there is one, else empty.
    pub tunnel: CompactString,
    /// Empty where not known.
    pub product: CompactString,
    /// Empty where not known.
    pub version: CompactString,
    /// Empty where not known.
    pub extra_info: CompactString,
    /// `product` holds product, version and extra info as the grepable writer joins them.
    pub joined: bool,
    /// `method="probed"`: the service was talked to, not looked up by port number.
    pub probed: bool,
    /// 0 to 10; 10 where the format has none.
    pub confidence: u8,
}

/// Ports counted by state instead of listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraPorts {
    /// The state of all of them.
    pub status: PortStatus,
    /// How many.
    pub count: u32,
    /// The same by reason, where the scanner says so.
    pub reasons: Vec<ExtraReason>,
}

/// One reason for ports that are counted (nmap DTD: `extrareasons`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraReason {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: u32,
    /// Which; `None` before nmap 7.93, and where all groups of the host close: then nothing depends on it.
    pub ports: Option<PortSet>,
}

/// One operating system guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsMatch {
    /// Its name for people.
    pub name: CompactString,
    /// Per cent.
    pub accuracy: u8,
    /// (`osfamily`, `osgen`) of its classes; `osgen` is empty where not given.
    pub classes: Vec<(CompactString, CompactString)>,
}

/// What a script printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptRecord {
    /// The script's name.
    pub id: CompactString,
    /// The start of its output with times blanked , for people.
    pub excerpt: CompactString,
    /// A digest of the whole output with times blanked; equal digests, equal output.
    pub digest: u64,
}
