//! What to generate.

use std::fmt;
use std::net::Ipv4Addr;

/// Which nmap options a file looks as if it came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Shape {
    /// `-sV -O --script default --traceroute`: about 16.6 KB a host.
    Full,
    /// `-sS` of a thousand ports: about 6.1 KB a host.
    Ss,
    /// `-sS -p-`: about 2.2 KB a host.
    Lean,
}

impl Shape {
    /// The bytes a host is meant to take, on average.
    #[must_use]
    pub const fn target_bytes_per_host(self) -> u64 {
        match self {
            Self::Full => 16_600,
            Self::Ss => 6_100,
            Self::Lean => 2_200,
        }
    }

    /// Whether services, systems and scripts were looked at.
    pub(crate) const fn looks_at_services(self) -> bool {
        matches!(self, Self::Full)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Full => "full",
            Self::Ss => "ss",
            Self::Lean => "lean",
        })
    }
}

/// Which file of a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// The earlier file.
    Old,
    /// The later file, a day after.
    New,
}

/// A pair of files, or one of them.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The options that the scan looks as if it had.
    pub shape: Shape,
    /// How many hosts there are, counting those that come or go; spread over the /16.
    pub hosts: u32,
    /// Another seed is another network with other noise.
    pub seed: u64,
    /// The share of ports that open, close or change their version, from 0 to 1.
    pub changed: f64,
    /// Hosts that are only in the old file.
    pub gone: u32,
    /// Hosts that are only in the new file.
    pub new: u32,
}

/// A plan that cannot be carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlanError {
    /// More hosts than a /16 has addresses, or none.
    Hosts,
    /// The share is not between 0 and 1.
    Share,
    /// More than half of the hosts come or go.
    ComingAndGoing,
}

impl fmt::Display for PlanError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hosts => "the number of hosts must be between 1 and 65536",
            Self::Share => "the share of changed ports must be between 0 and 1",
            Self::ComingAndGoing => "at most half of the hosts can come or go",
        })
    }
}

impl std::error::Error for PlanError {}

/// Whether a host is in both files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Stays,
    Goes,
    Comes,
}

/// The addresses of the scanned /16.
pub(crate) const ADDRESSES: u32 = 65_536;

impl Plan {
    /// A plan without hosts that come or go.
    #[must_use]
    pub const fn new(shape: Shape, hosts: u32) -> Self {
        Self { shape, hosts, seed: 1, changed: 0.01, gone: 0, new: 0 }
    }

    /// Checks that the plan can be carried out.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.hosts == 0 || self.hosts > ADDRESSES {
            return Err(PlanError::Hosts);
        }
        if !(0.0..=1.0).contains(&self.changed) {
            return Err(PlanError::Share);
        }
        if u64::from(self.gone) + u64::from(self.new) > u64::from(self.hosts / 2) {
            return Err(PlanError::ComingAndGoing);
        }
        Ok(())
    }

    /// The address of a host: evenly spread, so that 5,000 hosts are about 20 a /24.
    pub(crate) fn address(&self, host: u32) -> Ipv4Addr {
        let offset = u64::from(host) * u64::from(ADDRESSES) / u64::from(self.hosts);
        let offset = u16::try_from(offset).unwrap_or(u16::MAX);
        let [high, low] = offset.to_be_bytes();
        Ipv4Addr::new(10, 20, high, low)
    }

    /// Hosts that come or go are never neighbours: a /24 with several hosts keeps one that answers, as
    /// a /24 that falls silent as a whole is a blackout, and no change.
    pub(crate) fn fate(&self, host: u32) -> Fate {
        let moving = self.gone + self.new;
        if moving == 0 {
            return Fate::Stays;
        }
        let step = (self.hosts / moving).max(2);
        match host / step {
            rank if !host.is_multiple_of(step) || rank >= moving => Fate::Stays,
            rank if rank < self.gone => Fate::Goes,
            _ => Fate::Comes,
        }
    }

    /// The hosts that a file lists, in the order of their addresses.
    pub(crate) fn listed(&self, side: Side) -> impl Iterator<Item = u32> {
        let missing = match side {
            Side::Old => Fate::Comes,
            Side::New => Fate::Goes,
        };
        (0..self.hosts).filter(move |host| self.fate(*host) != missing)
    }
}
