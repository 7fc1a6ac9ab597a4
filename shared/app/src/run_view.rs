//! How far runs are, for people who watch them.

use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::delta::Delta;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::run::{RunPhase, TaskCounts};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Cursor, Query};
use crate::repositories::{Batch, Report, RunRecord, RunState, ScanRun, TaskMark};

/// A run with how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunView {
    /// What lists show.
    pub record: RunRecord,
    /// How far it is.
    pub stage: RunStage,
    /// The run of a saved scan; `None` for imports and scans of the command line.
    pub scan_run: Option<ScanRun>,
    /// How far its tasks are; `None` where it has none.
    pub progress: Option<RunProgress>,
    /// Until when none of its tasks begins, as it is in a blackout window of its scan.
    pub held_until: Option<UnixTime>,
    /// Its report, once it is finished.
    pub report: Option<Report>,
}

/// How far a run is, in more words than [`RunState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStage {
    /// For another run of its scan and site.
    Waiting,
    /// Its tasks are being sent.
    Dispatching,
    /// Its tasks are being worked on, or its report is being made.
    Running,
    /// Its report is written.
    Ended(RunState),
}

impl RunStage {
    /// `waiting`, `dispatching`, `running`, `complete`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dispatching => "dispatching",
            Self::Running => "running",
            Self::Ended(state) => state.name(),
        }
    }
}

/// How far the tasks of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunProgress {
    /// All of them.
    pub total: u32,
    /// Sent to agents.
    pub sent: u32,
    /// Ended, by how.
    pub counts: TaskCounts,
    /// Share of tasks that have ended, 0 to 100.
    pub percent: u8,
    /// When it should end, if tasks go on ending as they did; `None` before the first one.
    pub estimated_end: Option<UnixTime>,
}

/// Which runs are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this scan.
    pub scan: Option<String>,
    /// Of this site.
    pub site: Option<SiteId>,
    /// Only those whose report is not written yet.
    pub open: bool,
    /// In this state; those that go on are all running.
    pub state: Option<RunState>,
}

/// A stretch of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunList {
    /// Newest first.
    pub runs: Vec<RunRecord>,
    /// What to ask for the next page; `None` when this is the last one.
    pub next: Option<String>,
}

impl App {
    /// A run as it is now.
    pub async fn run_view(&self, id: &RunId) -> Result<Option<RunView>, AppError> {
        let Some(run) = self.scan_run(id).await? else {
            let record = self.run(id).await?;
            return Ok(record.map(|record| RunView {
                stage: match record.state {
                    RunState::Running => RunStage::Running,
                    ended => RunStage::Ended(ended),
                },
                record,
                scan_run: None,
                progress: None,
                held_until: None,
                report: None,
            }));
        };
        let report = if run.finished.is_some() { self.report(id).await? } else { None };
        let counts = match &report {
            Some(report) => report.tasks,
            None => self.task_counts(id).await?,
        };
        let mut record = run.record();
        if let Some(report) = &report {
            record.warnings.clone_from(&report.warnings);
        }
        let stage = match run.machine.phase {
            RunPhase::Planned if run.began.is_none() => RunStage::Waiting,
            RunPhase::Planned | RunPhase::Dispatching { .. } => RunStage::Dispatching,
            RunPhase::Running | RunPhase::Closing(_) => RunStage::Running,
            RunPhase::Finished(..) => RunStage::Ended(record.state),
        };
        let held_until = if run.machine.is_open() { self.held_until(&run.scan).await? } else { None };
        let progress = progress(&run, counts, self.clock.now());
        Ok(Some(RunView { record, stage, scan_run: Some(run), progress: Some(progress), held_until, report }))
    }

    /// Runs of saved scans, imports and the command line, newest first. `after` is [`RunList::next`] of the page
    /// before.
    pub async fn run_list(
        &self,
        filter: &RunFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<RunList, AppError> {
        let mut found = match &filter.scan {
            Some(scan) => self.runs_of_scan(scan, filter, limit, after).await?,
            None => self.runs_of_sites(filter, limit, after).await?,
        };
        found.sort_by(|one, other| other.0.cmp(&one.0));
        let more = found.len() > limit.get();
        found.truncate(limit.get());
        let next = found.last().filter(|_| more).map(|(position, _)| position.clone());
        Ok(RunList { runs: found.into_iter().map(|(_, run)| run).collect(), next })
    }

    /// Up to one more than `limit` runs, each with its position.
    async fn runs_of_scan(
        &self,
        scan: &str,
        filter: &RunFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<Vec<(String, RunRecord)>, AppError> {
        let operation = || format!("list the runs of scan {scan}");
        let range = match after {
            Some(after) => SortRange::Between("RUN#".to_owned(), format!("RUN#{after}")),
            None => SortRange::Prefix("RUN#".to_owned()),
        };
        let mut query = Query::partition(format!("SCAN#{scan}")).range(range).backward();
        let mut found = Vec::new();
        loop {
            let page = self.table.query(&query).await.during(operation)?;
            for item in &page.items {
                let position = item.key.sort.trim_start_matches("RUN#").to_owned();
                let Some(id) = item.text("run").and_then(|id| id.parse().ok()) else { continue };
                if after == Some(position.as_str()) {
                    continue;
                }
                let Some(run) = self.run(&id).await? else { continue };
                if filter.wants(&run) {
                    found.push((position, run));
                }
                if found.len() > limit.get() {
                    return Ok(found);
                }
            }
            let Some(next) = page.next else { return Ok(found) };
            query = query.after(Some(next));
        }
    }

    /// Up to one more than `limit` runs of each site, each with its position.
    async fn runs_of_sites(
        &self,
        filter: &RunFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<Vec<(String, RunRecord)>, AppError> {
        let sites = match &filter.site {
            Some(site) => vec![site.clone()],
            None => self.sites().await?.into_iter().map(|site| site.id).collect(),
        };
        let mut found = Vec::new();
        for site in sites {
            let mut of_site = 0;
            let mut cursor = None;
            'site: loop {
                let (page, next) = self.runs_below(&site, after, cursor).await?;
                for (position, run) in page {
                    if filter.wants(&run) {
                        found.push((position, run));
                        of_site += 1;
                    }
                    if of_site > limit.get() {
                        break 'site;
                    }
                }
                if next.is_none() {
                    break;
                }
                cursor = next;
            }
        }
        Ok(found)
    }

    /// All changes of a run by task, read from its marks and so never behind; those that came late are marked.
    ///
    /// `after` is the task whose changes came last; the page ends with the task that fills it.
    pub async fn report_deltas(
        &self,
        run: &RunId,
        limit: NonZeroUsize,
        after: Option<u32>,
    ) -> Result<(Vec<ReportedDelta>, Option<u32>), AppError> {
        let Some(known) = self.scan_run(run).await? else { return Ok((Vec::new(), None)) };
        let late = self.late_marks(run).await?;
        let mut deltas = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let (marks, next) = self.task_marks(run, cursor).await?;
            for mark in marks.iter().filter(|mark| after.is_none_or(|after| mark.task > after)) {
                self.deltas_of_mark(&known.site, mark, false, &mut deltas).await?;
                for mark in late.iter().filter(|late| late.task == mark.task) {
                    self.deltas_of_mark(&known.site, mark, true, &mut deltas).await?;
                }
                if deltas.len() >= limit.get() {
                    return Ok((deltas, Some(mark.task)));
                }
            }
            if next.is_none() {
                break;
            }
            cursor = next;
        }
        // Tasks of which everything came late have no mark; they stand at the end.
        for mark in late {
            if self.task_mark(run, mark.task).await?.is_none() {
                self.deltas_of_mark(&known.site, &mark, true, &mut deltas).await?;
            }
        }
        Ok((deltas, None))
    }

    async fn deltas_of_mark(
        &self,
        site: &SiteId,
        mark: &TaskMark,
        late: bool,
        deltas: &mut Vec<ReportedDelta>,
    ) -> Result<(), AppError> {
        for (block, order) in &mark.batches {
            let batch: Option<Batch> = self.batch_of(site, *block, *order).await?;
            let all = batch.map(|batch| batch.deltas).unwrap_or_default();
            deltas.extend(all.into_iter().map(|delta| ReportedDelta { delta, task: mark.task, late }));
        }
        Ok(())
    }
}

/// A change of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedDelta {
    /// The change, or first look.
    pub delta: Delta,
    /// The task that brought it.
    pub task: u32,
    /// It came when the run was closed, and counts in no score of it.
    pub late: bool,
}

impl RunFilter {
    fn wants(&self, run: &RunRecord) -> bool {
        self.site.as_ref().is_none_or(|site| *site == run.site)
            && (!self.open || run.state == RunState::Running)
            && self.state.is_none_or(|state| state == run.state)
    }
}

fn progress(run: &ScanRun, counts: TaskCounts, now: UnixTime) -> RunProgress {
    let total = run.machine.total;
    let settled = counts.settled().min(total);
    let percent = u64::from(settled) * 100 / u64::from(total.max(1));
    let estimated_end = match (run.began, run.finished) {
        (Some(began), None) if settled > 0 => {
            let left = i64::from(total - settled);
            let each = now.since(began).max(1);
            Some(now.shifted(each.saturating_mul(left) / i64::from(settled)))
        }
        _ => None,
    };
    RunProgress {
        total,
        sent: match run.machine.phase {
            RunPhase::Planned => 0,
            RunPhase::Dispatching { cursor } => cursor,
            _ => total,
        },
        counts,
        percent: u8::try_from(percent).unwrap_or(100),
        estimated_end,
    }
}
