//! Documents become evidence record by record, so that nobody has to hold both.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::pairs::ProbedPairs;
use super::unite::{Judged, judge, judge_all, unite};
use super::{Basis, CoverageWarning, Evidence, Lens, ListedHosts};
use crate::address::{AddressSet, Block};
use crate::evidence::{HostEvidence, Origin};
use crate::ids::LensId;
use crate::observation::{HostRecord, Scanner, Status, Summary, Tool};
use crate::ports::PortSet;
use crate::recorded_command::RecordedCommand;
use crate::scope::Attributes;
use crate::time::UnixTime;

/// A document on its way to evidence: a head, its records in file order, its end.
#[derive(Debug)]
pub struct Covering {
    scanner: Scanner,
    command: Option<RecordedCommand>,
    /// `None` where what a record covers is only known at the end of the document.
    rules: Option<Rules>,
    /// Records until then.
    waiting: Vec<HostRecord>,
    /// What was judged, in file order.
    judged: Vec<Judged>,
    /// Every listed address, and whether its record says up.
    listed: Vec<(IpAddr, bool)>,
    /// Some record has a PTR name, so that no name is an answer as well.
    some_name: bool,
    last_end: Option<UnixTime>,
    summary: Summary,
}

impl Covering {
    /// A document begins.
    #[must_use]
    pub fn begin(scanner: Scanner) -> Self {
        let command = match (scanner.tool, scanner.args.as_deref()) {
            (Tool::Nmap, Some(args)) => Some(RecordedCommand::read(args)),
            _ => None,
        };
        let pairs = ProbedPairs::named_by(&scanner, command.as_ref());
        Self {
            rules: pairs.map(|pairs| Rules::of(pairs, &scanner, command.as_ref())),
            scanner,
            command,
            waiting: Vec::new(),
            judged: Vec::new(),
            listed: Vec::new(),
            some_name: false,
            last_end: None,
            summary: Summary::default(),
        }
    }

    /// Its next record.
    pub fn host(&mut self, record: HostRecord) {
        self.listed.push((record.address, record.status == Status::Up));
        self.some_name |= !record.names.is_empty();
        self.last_end = self.last_end.max(record.end);
        let Some(rules) = &self.rules else {
            self.waiting.push(record);
            return;
        };
        let mut judged = judge(record, rules);
        if self.some_name && rules.looks_up_names {
            no_name_is_an_answer(&mut judged.host);
        }
        self.judged.push(judged);
    }

    /// The document ends; one that never does is not complete.
    pub fn end(&mut self, summary: Summary) {
        self.summary = summary;
    }

    /// Its head.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// The latest time that stands in it.
    #[must_use]
    pub fn latest(&self) -> Option<UnixTime> {
        self.last_end.max(self.scanner.start).max(self.summary.end)
    }

    /// How many records were judged so far; those of documents that name no ports are judged at the end.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.judged.len()
    }

    /// The evidence of a record that was judged, by its place: to take parts out that are kept elsewhere, and to put
    /// them in again.
    pub fn judged_mut(&mut self, place: usize) -> Option<&mut HostEvidence> {
        self.judged.get_mut(place).map(|judged| &mut judged.host)
    }

    /// What it is evidence for.
    #[must_use]
    pub fn evidence(self, basis: &Basis<'_>) -> Evidence {
        let mut warnings = Vec::new();
        let in_time = |time: UnixTime| time.min(basis.received);
        if self.latest().is_some_and(|time| time > basis.received) && basis.time.is_none() {
            warnings.push(CoverageWarning {
                code: "time_in_future",
                message: "times after now were corrected to now".to_owned(),
            });
        }
        let unlisted_down = self.unlisted_down(basis, &mut warnings);
        let Self { scanner, command, rules, waiting, mut judged, some_name, last_end, summary, .. } = self;
        let rules = rules.unwrap_or_else(|| {
            let pairs = ProbedPairs::told(&scanner, command.as_ref(), basis.ports, summary.complete);
            Rules::of(pairs, &scanner, command.as_ref())
        });
        judged.extend(judge_all(waiting, &rules));
        let mut hosts: BTreeMap<Block, ListedHosts> = BTreeMap::new();
        for Judged { address, end, mut host } in unite(judged) {
            if some_name && rules.looks_up_names {
                no_name_is_an_answer(&mut host);
            }
            let listed = hosts.entry(Block::of(address)).or_default();
            listed.end = listed.end.max(end.map(in_time));
            listed.hosts.push(host);
        }
        let fallback_time = scanner.start.map_or(basis.default_time, in_time);
        let end = summary.end.or(last_end).map(in_time);
        Evidence {
            origin: Origin {
                site: basis.site.clone(),
                run: basis.run.clone(),
                lens: lens_of(basis.lens, &scanner, command.as_ref()),
                start: basis.time.unwrap_or(fallback_time),
                end: basis.time.or(end).unwrap_or(fallback_time).max(fallback_time),
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

    /// The addresses that were found down without being listed: only if the result accounts for every address.
    fn unlisted_down(&self, basis: &Basis<'_>, warnings: &mut Vec<CoverageWarning>) -> AddressSet {
        let none = AddressSet::default();
        let discovers = |command: &&RecordedCommand| !command.skips_discovery && !command.list_only;
        let Some(command) = self.command.as_ref().filter(discovers) else { return none };
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
        let mut up: Vec<_> = self.listed.iter().filter(|(_, up)| *up).map(|&(address, _)| address).collect();
        up.sort_unstable();
        up.dedup();
        let accounted = self.scanner.tool == Tool::Nmap
            && self.summary.complete
            && self.summary.hosts.is_some_and(|counts| {
                counts.up == up.len() as u64 && u128::from(counts.total) == targets.count()
            });
        if !accounted {
            return none;
        }
        targets.without(&self.listed.iter().map(|&(address, _)| address).collect())
    }
}

/// A look-up that gave nothing, where others gave something.
fn no_name_is_an_answer(host: &mut HostEvidence) {
    if host.names.is_none() {
        host.names = Some(Vec::new());
        host.attributes = host.attributes.and(Attributes::NAMES);
    }
}

/// What holds for every record of a document.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one command line")]
pub(super) struct Rules {
    pub(super) pairs: ProbedPairs,
    pub(super) no_pairs: Arc<PortSet>,
    pub(super) skips_discovery: bool,
    pub(super) looks_up_names: bool,
    pub(super) services: bool,
    pub(super) scripts: bool,
    pub(super) one_record_a_port: bool,
}

impl Rules {
    fn of(pairs: ProbedPairs, scanner: &Scanner, command: Option<&RecordedCommand>) -> Self {
        let flag = |flag: fn(&RecordedCommand) -> bool| command.is_some_and(flag);
        Self {
            pairs,
            no_pairs: Arc::default(),
            skips_discovery: flag(|command| command.skips_discovery),
            looks_up_names: command.is_some_and(|command| !command.no_dns),
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
