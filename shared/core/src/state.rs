//! What is believed about the hosts of one block.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::ids::{LensId, Order, RunId};
use crate::layers::Layers;
use crate::observation::{PortStatus, Reason};
use crate::ports::Port;
use crate::scope::Hosts;
use crate::service::Service;
use crate::time::UnixTime;

/// The state of one block: an aggregate that is read whole, decided on, and written whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockState {
    /// Grows by one with each result that changed anything in `hosts` or `lenses`.
    pub number: u64,
    /// What was covered when.
    pub layers: Layers,
    /// How each lens last saw each host.
    pub lenses: BTreeMap<LensId, LensView>,
    /// Everything that is known about a host, by its index. Hosts that never answered are not here.
    pub hosts: BTreeMap<u8, HostState>,
}

impl BlockState {
    /// How many hosts are up.
    #[must_use]
    pub fn up(&self) -> usize {
        self.hosts.values().filter(|host| host.presence == Presence::Up).count()
    }

    /// How many ports are open on all hosts together.
    #[must_use]
    pub fn open_ports(&self) -> usize {
        self.hosts.values().map(|host| host.open_ports().count()).sum()
    }

    /// Whether any change waits for more results that agree.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.hosts.values().any(HostState::is_pending)
    }
}

/// How one lens last saw the hosts of a block; a host is in at most one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LensView {
    /// It has itself seen the host up since the host last came; only then can it take the host down.
    pub up: Hosts,
    /// It found the host down, and has not seen it up since.
    pub down: Hosts,
}

/// Whether a host is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// It answered, but too few results agree so far.
    Awaited,
    /// It is up.
    Up,
    /// It was up, and is down.
    Gone,
}

/// What is believed about one address that answered at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// Whether it is there.
    pub presence: Presence,
    /// Why, in the scanner's words.
    pub reason: Reason,
    /// The order time at which it was first seen up.
    pub first_seen: UnixTime,
    /// The result with which it last came; the beginning of time where it was there when first looked at.
    pub came: Order,
    /// The result with which it last came or went; the same where it was there when first looked at.
    pub turned: Order,
    /// The opposite of `presence`, agreed on by too few results so far.
    pub pending: Option<Pending<()>>,
    /// Every port that was ever open or listed without evidence, ascending.
    pub ports: BTreeMap<Port, PortState>,
    /// PTR names; `None` before the first look-up.
    pub names: Option<Known<Vec<CompactString>>>,
    /// Names that came and went here, with the time at which they were last current.
    pub former_names: Vec<(CompactString, UnixTime)>,
    /// Names that the user gave, as last seen.
    pub aliases: Vec<CompactString>,
    /// The MAC address.
    pub mac: Option<Known<[u8; 6]>>,
    /// (family, generation) of the good matches.
    pub os: Option<Known<Vec<(CompactString, CompactString)>>>,
    /// Host scripts, by id.
    pub scripts: BTreeMap<CompactString, Known<ScriptOutput>>,
}

impl HostState {
    /// A host that answers for the first time, in the result at `order`.
    #[must_use]
    pub fn first_seen_at(order: Order, presence: Presence, reason: Reason) -> Self {
        Self {
            presence,
            reason,
            first_seen: order.time,
            came: order,
            turned: order,
            pending: None,
            ports: BTreeMap::new(),
            names: None,
            former_names: Vec::new(),
            aliases: Vec::new(),
            mac: None,
            os: None,
            scripts: BTreeMap::new(),
        }
    }

    /// The ports that are believed open, ascending.
    pub fn open_ports(&self) -> impl Iterator<Item = (Port, &PortState)> + '_ {
        self.ports
            .iter()
            .filter(|(_, state)| state.belief == Belief::Open)
            .map(|(&port, state)| (port, state))
    }

    /// Whether anything about this host waits for more results that agree.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
            || self.names.as_ref().is_some_and(Known::is_pending)
            || self.mac.as_ref().is_some_and(Known::is_pending)
            || self.os.as_ref().is_some_and(Known::is_pending)
            || self.scripts.values().any(Known::is_pending)
            || self.ports.values().any(PortState::is_pending)
    }
}

/// What is believed about a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Belief {
    /// It is open.
    Open,
    /// It was open, and is not.
    NotOpen,
    /// It was never known to be open: an opening is pending, or it was listed without evidence.
    NeverOpen,
}

/// What is known about one port of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortState {
    /// Whether it is open.
    pub belief: Belief,
    /// What the scanner last called it, as evidence or not.
    pub shown: PortStatus,
    /// Why, in the scanner's words.
    pub reason: Reason,
    /// When it was first seen open; for [`Belief::NeverOpen`] when it was first listed.
    pub first_seen: UnixTime,
    /// The order time of the result that last changed `belief`.
    pub changed: UnixTime,
    /// It closed because its host went.
    pub closed_with_host: bool,
    /// Its host came back without a look at it.
    pub unconfirmed: bool,
    /// The opposite of `belief`, agreed on by too few results so far.
    pub pending: Option<Pending<PendingPort>>,
    /// The service, where known.
    pub service: Option<Known<Service>>,
    /// Scripts, by id.
    pub scripts: BTreeMap<CompactString, Known<ScriptOutput>>,
}

impl PortState {
    fn is_pending(&self) -> bool {
        self.pending.is_some()
            || self.service.as_ref().is_some_and(Known::is_pending)
            || self.scripts.values().any(Known::is_pending)
    }
}

/// How a pending port would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PendingPort {
    /// It would open; nothing had looked at it before.
    FirstLook,
    /// It would open.
    Open,
    /// It would close.
    Close,
}

/// What a script printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptOutput {
    /// The start of it, times blanked.
    pub excerpt: CompactString,
    /// A digest of all of it, times blanked.
    pub digest: u64,
}

/// An attribute that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known<T> {
    /// What is believed.
    pub value: T,
    /// Another value, agreed on by too few results so far.
    pub pending: Option<Pending<T>>,
}

impl<T> Known<T> {
    /// A value that nothing contradicts.
    pub fn new(value: T) -> Self {
        Self { value, pending: None }
    }

    fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

/// A change that too few results agree on so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending<T> {
    /// The change.
    pub candidate: T,
    /// The results that agree, in order; each started after the one before had ended.
    pub agreed: Vec<Agreement>,
}

/// One result that agrees with a pending change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Its place in time.
    pub order: Order,
    /// Its run.
    pub run: RunId,
    /// When it ended.
    pub end: UnixTime,
}
