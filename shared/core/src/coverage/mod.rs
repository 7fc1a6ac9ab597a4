//! What a result is evidence about: which addresses, and for each which pairs and attributes.
//!
//! No evidence, no change: all rules that keep a narrower, broken or blind scan from closing anything are here.

mod pairs;
mod unite;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{AddressSet, Block};
use crate::evidence::{BlockEvidence, HostEvidence, Origin};
use crate::ids::{LensId, Order, ResultId, RunId, SiteId};
use crate::observation::{Document, HostRecord, Reason, Scanner, Status, Tool};
use crate::ports::PortSet;
use crate::recorded_command::RecordedCommand;
use crate::scope::Hosts;
use crate::time::UnixTime;

use pairs::ProbedPairs;

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
    let Document { scanner, hosts: records, summary } = document;
    let command = match (scanner.tool, scanner.args.as_deref()) {
        (Tool::Nmap, Some(args)) => Some(RecordedCommand::read(args)),
        _ => None,
    };
    let rules = Rules::of(&scanner, command.as_ref(), basis, summary.complete, &records);
    let mut warnings = Vec::new();
    let in_time = |time: UnixTime| time.min(basis.received);
    let latest = records.iter().filter_map(|record| record.end).chain(scanner.start).chain(summary.end).max();
    if latest.is_some_and(|time| time > basis.received) && basis.time.is_none() {
        warnings.push(CoverageWarning {
            code: "time_in_future",
            message: "times after now were corrected to now".to_owned(),
        });
    }
    let unlisted_down = unlisted_down(&scanner, command.as_ref(), basis, &summary, &records, &mut warnings);
    let fallback_time = scanner.start.map_or(basis.default_time, in_time);
    let end = summary.end.or(records.iter().filter_map(|record| record.end).max());

    let mut hosts: BTreeMap<Block, ListedHosts> = BTreeMap::new();
    for (end, host) in unite::unite(records, &rules) {
        let listed = hosts.entry(Block::of(host.0)).or_default();
        listed.end = listed.end.max(end.map(in_time));
        listed.hosts.push(host.1);
    }
    Evidence {
        origin: Origin {
            site: basis.site.clone(),
            run: basis.run.clone(),
            lens: lens_of(basis.lens, &scanner, command.as_ref()),
            start: basis.time.unwrap_or(fallback_time),
            end: basis.time.or(end.map(in_time)).unwrap_or(fallback_time).max(fallback_time),
            confirm_open: basis.confirm_open.max(1),
            confirm_close: basis.confirm_close.max(1),
            lists_first_looks: basis.lists_first_looks,
        },
        complete: summary.complete,
        warnings,
        result: basis.result,
        fallback_time,
        fixed_time: basis.time,
        received: basis.received,
        hosts,
        unlisted_down,
    }
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

/// What holds for every record of a document.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one command line")]
struct Rules {
    pairs: ProbedPairs,
    no_pairs: Arc<PortSet>,
    skips_discovery: bool,
    looks_up_names: bool,
    some_name: bool,
    services: bool,
    scripts: bool,
    one_record_a_port: bool,
}

impl Rules {
    fn of(
        scanner: &Scanner,
        command: Option<&RecordedCommand>,
        basis: &Basis<'_>,
        complete: bool,
        records: &[HostRecord],
    ) -> Self {
        let flag = |flag: fn(&RecordedCommand) -> bool| command.is_some_and(flag);
        Self {
            pairs: ProbedPairs::of(scanner, command, basis.ports, complete),
            no_pairs: Arc::default(),
            skips_discovery: flag(|command| command.skips_discovery),
            looks_up_names: command.is_some_and(|command| !command.no_dns),
            some_name: records.iter().any(|record| !record.names.is_empty()),
            services: flag(|command| command.services_probed),
            scripts: flag(|command| command.scripts),
            one_record_a_port: scanner.tool != Tool::Nmap,
        }
    }
}

fn lens_of(lens: Lens<'_>, scanner: &Scanner, command: Option<&RecordedCommand>) -> LensId {
    let discovery = command.map_or("", |command| command.discovery_key.as_str());
    match lens {
        Lens::Scan(scan) => LensId::derive(["scan", scan, discovery]),
        Lens::Same => LensId::derive(["same"]),
        Lens::Import => {
            let mut types: Vec<_> =
                scanner.scan_infos.iter().map(|info| format!("{:?}", info.scan_type)).collect();
            types.sort_unstable();
            types.dedup();
            LensId::derive(["import", scanner.tool.name(), discovery, &types.join(",")])
        }
    }
}

/// The addresses that were found down without being listed: only if the result accounts for every address.
fn unlisted_down(
    scanner: &Scanner,
    command: Option<&RecordedCommand>,
    basis: &Basis<'_>,
    summary: &crate::observation::Summary,
    records: &[HostRecord],
    warnings: &mut Vec<CoverageWarning>,
) -> AddressSet {
    let none = AddressSet::default();
    let Some(command) = command.filter(|command| !command.skips_discovery && !command.list_only) else {
        return none;
    };
    let Some(targets) = basis.targets.or(command.targets.as_ref()) else {
        warnings.push(CoverageWarning {
            code: "targets_unknown",
            message: match &command.why_not {
                Some(why) => {
                    format!("{why}: only hosts that are listed are covered, unless targets are named")
                }
                None => "the targets are not known: only hosts that are listed are covered".to_owned(),
            },
        });
        return none;
    };
    let up: std::collections::HashSet<_> =
        records.iter().filter(|record| record.status == Status::Up).map(|record| record.address).collect();
    let accounted = scanner.tool == Tool::Nmap
        && summary.complete
        && summary.hosts.is_some_and(|counts| {
            counts.up == up.len() as u64 && u128::from(counts.total) == targets.count()
        });
    if !accounted {
        return none;
    }
    targets.without(&records.iter().map(|record| record.address).collect())
}

/// Whether a reason is the scanner's own trouble, and so no evidence for host or port.
fn is_own_trouble(reason: Reason) -> bool {
    reason == Reason::NetUnreach
}
