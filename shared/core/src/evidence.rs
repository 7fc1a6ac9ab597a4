//! What a result is evidence for, block by block: the input of [`crate::reconcile`].

use std::sync::Arc;

use compact_str::CompactString;

use crate::address::Block;
use crate::ids::{LensId, Order, RunId, SiteId};
use crate::observation::{PortStatus, Reason, ScriptRecord};
use crate::ports::{Port, PortSet};
use crate::scope::{Attributes, Hosts};
use crate::service::Service;
use crate::time::UnixTime;

/// Where a result comes from and how it is judged; the same for all its blocks.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The site whose state it is evidence for.
    pub site: SiteId,
    /// The run it belongs to; results of one run never count as two for damping.
    pub run: RunId,
    /// How it looked for hosts.
    pub lens: LensId,
    /// When the scanner started, corrected.
    pub start: UnixTime,
    /// When it ended, corrected.
    pub end: UnixTime,
    /// How many results in a row must agree before something new is reported; 1 or more.
    pub confirm_open: u16,
    /// How many results in a row must agree before something gone is reported; 1 or more.
    pub confirm_close: u16,
    /// First looks are given as deltas; where not, they are only counted.
    pub lists_first_looks: bool,
}

/// What one result says about one block.
#[derive(Clone, Debug)]
pub struct BlockEvidence {
    /// Which block.
    pub block: Block,
    /// Its place in time.
    pub order: Order,
    /// The addresses listed there that are evidence for anything, by ascending index, one each.
    pub hosts: Vec<HostEvidence>,
    /// Addresses that the result does not list and that it found down all the same.
    pub unlisted_down: Hosts,
}

/// Whether a host was found up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusEvidence {
    /// At least one probe was answered.
    Up,
    /// Host discovery got no answer.
    Down,
    /// There was no host discovery, and none of the covered ports answered.
    Silent,
    /// Nothing can be said.
    Unknown,
}

/// What one result says about one address, records united.
#[derive(Clone, Debug)]
pub struct HostEvidence {
    /// Its place in the block.
    pub index: u8,
    /// Whether it was found up.
    pub status: StatusEvidence,
    /// Why, in the scanner's words.
    pub reason: Reason,
    /// The pairs that this is evidence for: open if in `open`, else not open.
    pub covered: Arc<PortSet>,
    /// The pairs that were looked at without evidence.
    pub looked: Arc<PortSet>,
    /// The attributes that were looked for.
    pub attributes: Attributes,
    /// The covered pairs that are open, ascending.
    pub open: Vec<OpenPort>,
    /// Other pairs that are listed singly, ascending: not open, or without evidence.
    pub listed: Vec<(Port, PortStatus, Reason)>,
    /// What covered pairs are that are not listed.
    pub collapsed: PortStatus,
    /// PTR names, sorted; `None` where nothing was looked up or an empty answer is no evidence.
    pub names: Option<Vec<CompactString>>,
    /// Names that the user gave.
    pub aliases: Vec<CompactString>,
    /// The MAC address, where seen.
    pub mac: Option<[u8; 6]>,
    /// (family, generation) of the good matches, sorted; `None` where there is none or nobody looked.
    pub os: Option<Vec<(CompactString, CompactString)>>,
    /// Output of host scripts, by id.
    pub scripts: Vec<ScriptRecord>,
}

/// One open port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPort {
    /// Which.
    pub port: Port,
    /// Why.
    pub reason: Reason,
    /// The service, where it was looked at.
    pub service: Option<Service>,
    /// Output of scripts, by id.
    pub scripts: Vec<ScriptRecord>,
}

/// A digest of evidence: equal digests say the same, whatever clocks and round-trip times were.
pub type EvidenceDigest = [u8; 16];

impl HostEvidence {
    /// Whether a state that knows this address from `before` only is sure to give no change by this evidence: it
    /// answers in both, and all that can be compared is the same. Ports that are not open in either, and what they
    /// are called, change nothing then; neither does what else was covered.
    #[must_use]
    pub fn only_repeats(&self, before: &Self) -> bool {
        self.status == StatusEvidence::Up
            && before.status == StatusEvidence::Up
            && self.open == before.open
            && self.scripts == before.scripts
            && self.os == before.os
            && self.mac == before.mac
            // A name that was looked up in vain may become known as such only later.
            && self.names.as_deref().unwrap_or_default() == before.names.as_deref().unwrap_or_default()
    }

    /// Adds all that may change state to the `bytes` to be digested; neither times nor the split of what is not open.
    pub(crate) fn digest_into(&self, bytes: &mut Vec<u8>) {
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        let scripts = |bytes: &mut Vec<u8>, scripts: &[ScriptRecord]| {
            bytes.extend_from_slice(&(scripts.len() as u64).to_le_bytes());
            for script in scripts {
                text(bytes, &script.id);
                bytes.extend_from_slice(&script.digest.to_le_bytes());
            }
        };
        bytes.extend_from_slice(&[self.index, self.status as u8]);
        bytes.extend_from_slice(&(self.open.len() as u64).to_le_bytes());
        for open in &self.open {
            bytes.extend_from_slice(&[open.port.protocol as u8, u8::from(open.service.is_some())]);
            bytes.extend_from_slice(&open.port.number.to_le_bytes());
            if let Some(service) = &open.service {
                for part in
                    [&service.name, &service.tunnel, &service.product, &service.version, &service.extra_info]
                {
                    text(bytes, part);
                }
            }
            scripts(bytes, &open.scripts);
        }
        for (port, status, _) in self.listed.iter().filter(|(_, status, _)| !status.is_evidence()) {
            bytes.extend_from_slice(&[port.protocol as u8, *status as u8, 1]);
            bytes.extend_from_slice(&port.number.to_le_bytes());
        }
        for names in [self.names.as_deref(), Some(&self.aliases)] {
            bytes.extend_from_slice(&names.map_or(u64::MAX, |names| names.len() as u64).to_le_bytes());
            names.unwrap_or_default().iter().for_each(|name| text(bytes, name));
        }
        bytes.extend_from_slice(&self.mac.unwrap_or_default());
        let os = self.os.as_deref().unwrap_or_default();
        bytes.extend_from_slice(&(os.len() as u64).to_le_bytes());
        for (family, generation) in os {
            text(bytes, family);
            text(bytes, generation);
        }
        scripts(bytes, &self.scripts);
    }
}
