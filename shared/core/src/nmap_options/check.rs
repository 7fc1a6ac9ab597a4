//! Which options go together.

use super::pace::{OPTIONS, ORDERED, PaceOption};
use super::{Discovery, MAX_VERBOSITY, NmapOptions, PortProbe, Probes, Switch, Technique};
use crate::ports::{PortSet, Protocol};

/// Options that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Neither hosts nor ports would be looked at, or both not and with probes.
    #[error("-Pn looks for no hosts, so it goes neither with discovery probes nor with -sn")]
    SkippedDiscovery,
    /// `-sn` and what needs ports.
    #[error("-sn looks at no ports, so it goes with no scan technique, -sV or -O")]
    DiscoveryOnly,
    /// Two techniques for one protocol.
    #[error("there are two scan techniques for {0}, and nmap takes one a protocol")]
    Techniques(Protocol),
    /// `-n` and `-R`.
    #[error("-n and -R contradict each other")]
    Names,
    /// A least value above the greatest.
    #[error("--{0} is above --{1}")]
    Order(&'static str, &'static str),
    /// An option of a detection that is not asked for.
    #[error("it does nothing without {0}")]
    Needs(&'static str),
    /// A value that the text form would not take.
    #[error("{0} is out of its range")]
    Range(&'static str),
}

impl Conflict {
    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::SkippedDiscovery => "leave -Pn out, or the probes",
            Self::DiscoveryOnly => "leave -sn out to scan ports",
            Self::Techniques(_) => "make a second scan for the other technique",
            Self::Names => "leave one of them out",
            Self::Order(..) => "give the least value first and not above the greatest",
            Self::Needs(_) => "add it, or leave this out",
            Self::Range(_) => "see the documentation of the field",
        }
    }
}

impl NmapOptions {
    /// Whether nmap would take these options together, and all values are in range.
    ///
    /// Options that were read from text always pass.
    pub fn check(&self) -> Result<(), Conflict> {
        if let Discovery::Probes(probes) = &self.discovery {
            let fits = |probe: PortProbe, ports: &PortSet| {
                let highest = if probe == PortProbe::IpProtocol { 255 } else { u16::MAX };
                ports.ranges().iter().all(|range| range.protocol == probe.protocol() && range.last <= highest)
                    && !ports.is_empty()
            };
            if *probes == Probes::default()
                || !probes.to_ports.iter().all(|(&probe, ports)| fits(probe, ports))
            {
                return Err(Conflict::Range("discovery"));
            }
        }
        if self.discovery == Discovery::Skip && self.discovery_only {
            return Err(Conflict::SkippedDiscovery);
        }
        if self.discovery_only
            && (!self.techniques.is_empty() || self.services.is_some() || self.os.is_some())
        {
            return Err(Conflict::DiscoveryOnly);
        }
        for protocol in Protocol::ALL {
            if self.techniques.iter().filter(|technique| technique.protocol() == protocol).count() > 1 {
                return Err(Conflict::Techniques(protocol));
            }
        }
        let tcp = self.techniques.iter().find(|technique| technique.protocol() == Protocol::Tcp);
        if self.switches.contains(&Switch::DefeatRstRatelimit) && tcp != Some(&Technique::Syn) {
            return Err(Conflict::Needs("-sS"));
        }
        for option in &OPTIONS {
            if (option.get)(&self.pace)
                .is_some_and(|value| !(option.least..=option.greatest).contains(&value))
            {
                return Err(Conflict::Range(option.name));
            }
        }
        for (least, greatest) in ORDERED {
            let value = |name| PaceOption::named(name).and_then(|option| (option.get)(&self.pace));
            if let (Some(low), Some(high)) = (value(least), value(greatest))
                && low > high
            {
                return Err(Conflict::Order(least, greatest));
            }
        }
        if self.services.and_then(|services| services.intensity).is_some_and(|intensity| intensity > 9) {
            return Err(Conflict::Range("version-intensity"));
        }
        if self.verbosity > MAX_VERBOSITY {
            return Err(Conflict::Range("verbosity"));
        }
        Ok(())
    }
}
