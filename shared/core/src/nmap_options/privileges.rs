//! What only root may do, and what is left without.

use std::collections::BTreeSet;

use super::{Discovery, NmapOptions, PortProbe, Switch, Technique};

/// Options that nmap cannot honour without the right to send raw packets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} needs root or the right to send raw packets", options.join(", "))]
pub struct NeedsRoot {
    /// The options, in nmap's spelling.
    pub options: Vec<String>,
}

impl NeedsRoot {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "options_need_root"
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "run as root, give nmap the capability cap_net_raw, or leave these options and UDP and SCTP ports out"
    }
}

impl NmapOptions {
    /// The options that need root, in nmap's spelling; empty if there are none.
    ///
    /// `-PS` and `-PA` need it not: nmap connects instead. [`Self::for_ports`] comes first, as UDP and SCTP
    /// ports need it too.
    #[must_use]
    pub fn needs_root(&self) -> Vec<String> {
        let mut options = Vec::new();
        if let Discovery::Probes(probes) = &self.discovery {
            options.extend(probes.plain.iter().map(|probe| format!("-P{}", probe.letter())));
            let raw = probes
                .to_ports
                .keys()
                .filter(|probe| !matches!(probe, PortProbe::TcpSyn | PortProbe::TcpAck));
            options.extend(raw.map(|probe| format!("-P{}", probe.letter())));
        }
        let raw = self.techniques.iter().filter(|technique| **technique != Technique::Connect);
        options.extend(raw.map(|technique| format!("-s{}", technique.letter())));
        options.extend(self.os.map(|_| "-O".to_owned()));
        options
    }

    /// The same scan without raw packets: `-sS` becomes `-sT`, which finds the same ports open.
    pub fn unprivileged(&self) -> Result<Self, NeedsRoot> {
        let mut options = self.clone();
        if options.techniques.remove(&Technique::Syn) {
            options.techniques.insert(Technique::Connect);
            // It only speeds a SYN scan up, and nmap refuses it with any other.
            options.switches.remove(&Switch::DefeatRstRatelimit);
        }
        let left: BTreeSet<String> = options.needs_root().into_iter().collect();
        if left.is_empty() { Ok(options) } else { Err(NeedsRoot { options: left.into_iter().collect() }) }
    }
}
