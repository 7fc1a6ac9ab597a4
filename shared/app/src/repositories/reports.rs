//! What finished runs found. A report never changes; what comes later stands beside it.

use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::run::{CloseReason, RunOutcome, TaskCounts};
use portdelta_core::score::{ChangeCounts, RunStatus, ScoreClass};
use serde::{Deserialize, Serialize};

use super::RunTotals;
use super::scan_runs::run_partition;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Item, Key, Query};
use crate::stored::{StoredError, pack, unpack, version_of};

const VERSION: u8 = 2;
const INDEX: &str = "REPORTS";
/// The sort key of a report.
pub(super) const REPORT_SORT: &str = "REPORT";

/// The report of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// The scan; empty for an import or a scan of the command line.
    pub scan: String,
    /// The scan's name when the run was made; what was imported.
    pub scan_name: String,
    /// Where it ran.
    pub site: SiteId,
    /// The networks that it touched, by name.
    pub networks: Vec<String>,
    /// When its first tasks were sent, or it was made where none were.
    pub started: UnixTime,
    /// When this was written.
    pub finished: UnixTime,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Why nothing more was waited for.
    pub reason: CloseReason,
    /// How its tasks ended.
    pub tasks: TaskCounts,
    /// How many there were.
    pub tasks_total: u32,
    /// Changes, tallies and coverage.
    pub totals: RunTotals,
    /// Changes by what they count for.
    pub counts: ChangeCounts,
    /// 0 to 100.
    pub score: u8,
    /// The score in a word.
    pub class: ScoreClass,
    /// What it found in a word.
    pub status: RunStatus,
    /// First looks are told of.
    pub first_look_digest: bool,
    /// (code, message), each once; the first hundred.
    pub warnings: Vec<(String, String)>,
    /// What was not covered, as targets: what no agent could scan, and what nobody sent; the first hundred tasks.
    pub missing: Vec<Missing>,
    /// The agents whose results it is from, by name; the first hundred.
    pub agents: Vec<ReportAgent>,
}

/// An agent that brought results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportAgent {
    /// Its id.
    pub id: String,
    /// What it was called then.
    pub name: String,
}

/// What version 1 stored: nobody knew of agents.
#[derive(Deserialize)]
struct ReportV1 {
    run: RunId,
    scan: String,
    scan_name: String,
    site: SiteId,
    networks: Vec<String>,
    started: UnixTime,
    finished: UnixTime,
    outcome: RunOutcome,
    reason: CloseReason,
    tasks: TaskCounts,
    tasks_total: u32,
    totals: RunTotals,
    counts: ChangeCounts,
    score: u8,
    class: ScoreClass,
    status: RunStatus,
    first_look_digest: bool,
    warnings: Vec<(String, String)>,
    missing: Vec<Missing>,
}

impl From<ReportV1> for Report {
    fn from(old: ReportV1) -> Self {
        Self {
            run: old.run,
            scan: old.scan,
            scan_name: old.scan_name,
            site: old.site,
            networks: old.networks,
            started: old.started,
            finished: old.finished,
            outcome: old.outcome,
            reason: old.reason,
            tasks: old.tasks,
            tasks_total: old.tasks_total,
            totals: old.totals,
            counts: old.counts,
            score: old.score,
            class: old.class,
            status: old.status,
            first_look_digest: old.first_look_digest,
            warnings: old.warnings,
            missing: old.missing,
            agents: Vec::new(),
        }
    }
}

/// A task that was not covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its number.
    pub task: u32,
    /// Its addresses, as targets are written.
    pub targets: String,
    /// Its ports; empty where none are probed.
    pub ports: String,
    /// Why, in sentences; none where nobody sent a result.
    pub reasons: Vec<String>,
}

/// Which reports are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// Of this scan.
    pub scan: Option<String>,
    /// Of this site.
    pub site: Option<SiteId>,
    /// That touched this network.
    pub network: Option<String>,
    /// With this status.
    pub status: Option<RunStatus>,
    /// With this score class.
    pub class: Option<ScoreClass>,
    /// With this text in the scan's name, whatever its case.
    pub name: Option<String>,
    /// With a change of this kind, by its name.
    pub kind: Option<String>,
    /// Finished at or after this time.
    pub since: Option<UnixTime>,
}

/// A stretch of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportPage {
    /// Newest first.
    pub reports: Vec<Report>,
    /// What to ask for the next page; `None` when this is the last one.
    pub next: Option<String>,
}

impl Report {
    fn position(&self) -> String {
        format!("{:012}#{}", self.finished.seconds(), self.run)
    }

    /// The report as an item.
    pub(crate) fn item(&self) -> Result<Item, AppError> {
        let bytes = pack(VERSION, self).during(|| format!("store the report of run {}", self.run))?;
        Ok(Item::new(key(&self.run), bytes).indexed(Key::new(INDEX, self.position())))
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        if version_of(&item.value) == 1 {
            return Ok(unpack::<ReportV1>("report", VERSION, &item.value)?.into());
        }
        unpack("report", VERSION, &item.value)
    }
}

impl ReportFilter {
    fn wants(&self, report: &Report) -> bool {
        let is = |wanted: Option<&String>, is: &str| wanted.is_none_or(|wanted| wanted == is);
        is(self.scan.as_ref(), &report.scan)
            && self.site.as_ref().is_none_or(|site| *site == report.site)
            && self.network.as_ref().is_none_or(|network| report.networks.contains(network))
            && self.status.is_none_or(|status| status == report.status)
            && self.class.is_none_or(|class| class == report.class)
            && self.kind.as_ref().is_none_or(|kind| report.totals.changes.contains_key(kind))
            && self.since.is_none_or(|since| since <= report.finished)
            && self
                .name
                .as_ref()
                .is_none_or(|name| report.scan_name.to_lowercase().contains(&name.to_lowercase()))
    }
}

fn key(run: &RunId) -> Key {
    Key::new(run_partition(run), REPORT_SORT)
}

impl App {
    /// The report of a finished run.
    pub async fn report(&self, run: &RunId) -> Result<Option<Report>, AppError> {
        let operation = || format!("read the report of run {run}");
        let item = self.table.get(&key(run)).await.during(operation)?;
        item.map(|item| Report::read(&item).during(operation)).transpose()
    }

    /// The report that was written last; the index behind it may lag.
    pub(crate) async fn newest_report(&self) -> Result<Option<Report>, AppError> {
        let operation = || "read the newest report".to_owned();
        let query = Query::partition(INDEX).backward().limit(NonZeroUsize::MIN);
        let page = self.table.query_index(&query).await.during(operation)?;
        page.items.first().map(|item| Report::read(item).during(operation)).transpose()
    }

    /// The reports that were written from a time on, newest first, at most so many; the index behind it may lag.
    pub(crate) async fn reports_since(&self, since: UnixTime, most: usize) -> Result<Vec<Report>, AppError> {
        let operation = || "read the newest reports".to_owned();
        let range = SortRange::AtLeast(format!("{:012}", since.seconds()));
        let most = NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
        let query = Query::partition(INDEX).backward().range(range).limit(most);
        let page = self.table.query_index(&query).await.during(operation)?;
        page.items.iter().map(|item| Report::read(item).during(operation)).collect()
    }

    /// Reports, newest first; the timeline of a scan is its reports. `after` is [`ReportPage::next`] of the page
    /// before. A page may have fewer than `limit` while there are more.
    pub async fn reports(
        &self,
        filter: &ReportFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<ReportPage, AppError> {
        let operation = || "list reports".to_owned();
        let mut query = Query::partition(INDEX).backward();
        if let Some(after) = after {
            query = query.range(SortRange::Below(after.to_owned()));
        }
        let mut page = ReportPage::default();
        loop {
            let found = self.table.query_index(&query).await.during(operation)?;
            for item in &found.items {
                let report = Report::read(item).during(operation)?;
                if filter.since.is_some_and(|since| report.finished < since) {
                    return Ok(page);
                }
                if !filter.wants(&report) {
                    continue;
                }
                if page.reports.len() == limit.get() {
                    page.next = page.reports.last().map(Report::position);
                    return Ok(page);
                }
                page.reports.push(report);
            }
            let Some(next) = found.next else { return Ok(page) };
            query = query.after(Some(next));
        }
    }
}
