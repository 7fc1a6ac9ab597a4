//! What a result is evidence about: which addresses, and for each which pairs and attributes.
//!
//! No evidence, no change: all rules that keep a narrower, broken or blind scan from closing anything are here.

mod covering;
mod pairs;
mod unite;

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::address::{AddressSet, Block};
use crate::evidence::{BlockEvidence, HostEvidence, Origin};
use crate::ids::{Order, ResultId, RunId, SiteId};
use crate::observation::{Document, Reason};
use crate::ports::PortSet;
use crate::scope::Hosts;
use crate::time::UnixTime;

pub use covering::Covering;

/// What is known about a result besides what stands in it.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The site that it is evidence for.
    pub site: SiteId,
    /// Its run; an import is one of its own.
    pub run: RunId,
    /// Its id.
    pub result: ResultId,
    /// How it looked for hosts.
    pub lens: Lens<'a>,
    /// The addresses of its task, or those named with an import; else the recorded command's count.
    pub targets: Option<&'a AddressSet>,
    /// The ports of its task, or those named with an import, for formats that do not name them.
    pub ports: Option<&'a PortSet>,
    /// When it was received: later times in it are corrected to this.
    pub received: UnixTime,
    /// The time of all its evidence, whatever it says itself (`diff` is told the order).
    pub time: Option<UnixTime>,
    /// The time of a result that has none.
    pub default_time: UnixTime,
    /// Results that must agree on something new; 1 or more.
    pub confirm_open: u16,
    /// Results that must agree on something gone; 1 or more.
    pub confirm_close: u16,
    /// First looks are wanted as deltas, not only as counts.
    pub lists_first_looks: bool,
}

/// What the lens of a result is derived from, besides its discovery options.
#[derive(Clone, Copy, Debug)]
pub enum Lens<'a> {
    /// A result of the scan with this id.
    Scan(&'a str),
    /// An import.
    Import,
    /// One lens for all, whatever the options: the two files of a `diff`.
    Same,
}

/// What a document is evidence for, block by block.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Where it comes from; the same for all blocks.
    pub origin: Origin,
    /// The document is whole, and the scanner ended well.
    pub complete: bool,
    /// What was corrected or could not be covered, for people.
    pub warnings: Vec<CoverageWarning>,
    result: ResultId,
    /// The time of blocks whose hosts have none.
    fallback_time: UnixTime,
    fixed_time: Option<UnixTime>,
    received: UnixTime,
    hosts: BTreeMap<Block, ListedHosts>,
    unlisted_down: AddressSet,
}

#[derive(Clone, Debug, Default)]
struct ListedHosts {
    hosts: Vec<HostEvidence>,
    end: Option<UnixTime>,
}

/// Something that limits what a result is evidence for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageWarning {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Works out what `document` is evidence for.
#[must_use]
pub fn cover(document: Document, basis: &Basis<'_>) -> Evidence {
    let mut covering = Covering::begin(document.scanner);
    for record in document.hosts {
        covering.host(record);
    }
    covering.end(document.summary);
    covering.evidence(basis)
}

impl Evidence {
    /// The blocks that there is evidence for, ascending. Lazy: targets may be a /8.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        let mut listed = self.hosts.keys().copied().peekable();
        let mut down = self.unlisted_down.blocks().peekable();
        std::iter::from_fn(move || match (listed.peek().copied(), down.peek().copied()) {
            (Some(a), Some(b)) => {
                let next = a.min(b);
                listed.next_if_eq(&next);
                down.next_if_eq(&next);
                Some(next)
            }
            (Some(_), None) => listed.next(),
            (None, _) => down.next(),
        })
    }

    /// The blocks that hold a listed address, ascending.
    pub fn listed_blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.hosts.keys().copied()
    }

    /// What is said about one address, if it is listed and its block was not taken out.
    #[must_use]
    pub fn host(&self, address: IpAddr) -> Option<&HostEvidence> {
        let hosts = &self.hosts.get(&Block::of(address))?.hosts;
        let place = hosts.binary_search_by_key(&Block::index_of(address), |host| host.index).ok()?;
        Some(&hosts[place])
    }

    /// The evidence for one block, taken out: a second call gives only what is not listed.
    pub fn take_block(&mut self, block: Block) -> BlockEvidence {
        let listed = self.hosts.remove(&block).unwrap_or_default();
        let down: Hosts = self.unlisted_down.within(block).addresses().map(Block::index_of).collect();
        let time = self.fixed_time.or(listed.end).unwrap_or(self.fallback_time).min(self.received);
        BlockEvidence {
            block,
            order: Order { time, result: self.result },
            hosts: listed.hosts,
            unlisted_down: down,
        }
    }
}

/// Whether a reason is the scanner's own trouble, and so no evidence for host or port.
fn is_own_trouble(reason: Reason) -> bool {
    reason == Reason::NetUnreach
}
