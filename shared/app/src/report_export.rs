//! A report as every output is written from it, and its changes block by block.

use portdelta_core::Block;
use portdelta_core::delta::Delta;
use portdelta_core::ids::RunId;
use portdelta_core::reconcile::Tally;
use portdelta_formats::report::{
    Count, CoverageView, ReportDelta, ReportView, ScoreView, WarningView, missing_text,
};

use crate::App;
use crate::error::AppError;
use crate::ports::Cursor;
use crate::repositories::{Batch, Report};

/// Batches read at once.
const BATCHES: std::num::NonZeroUsize = std::num::NonZeroUsize::new(16).expect("not zero");

/// The report without its changes, and without what [`App::report_postures`] reads elsewhere.
#[must_use]
pub fn report_view(report: &Report) -> ReportView {
    let count = |tally: Tally| Count { hosts: tally.hosts, ports: tally.ports };
    let missing = report.missing.iter();
    ReportView {
        run: report.run.to_string(),
        title: report.scan_name.clone(),
        scan: Some(report.scan.clone()).filter(|scan| !scan.is_empty()),
        site: report.site.to_string(),
        state: report.outcome.name().to_owned(),
        networks: report.networks.clone(),
        agents: report.agents.iter().map(|agent| agent.name.clone()).collect(),
        started: report.started,
        finished: Some(report.finished),
        score: ScoreView {
            value: report.score,
            class: report.class.name().to_owned(),
            status: report.status.name().to_owned(),
        },
        posture: std::collections::BTreeMap::new(),
        counts: report.totals.changes.clone(),
        unchanged: count(report.totals.unchanged),
        first_looks: count(report.totals.first_looks),
        superseded: count(report.totals.superseded),
        coverage: CoverageView {
            percent: report.totals.coverage_percent,
            missing: missing.map(|one| missing_text(&one.targets, &one.ports, &one.reasons)).collect(),
        },
        warnings: report
            .warnings
            .iter()
            .map(|(code, message)| WarningView { code: code.clone(), message: message.clone() })
            .collect(),
        deltas: Vec::new(),
    }
}

/// Reads the changes of a run, a block at a time.
#[derive(Debug)]
pub struct ChangeReader {
    run: RunId,
    first_looks: bool,
    after: Option<Cursor>,
    is_done: bool,
    /// What was read of the block that may go on.
    block: Option<Block>,
    waiting: Vec<(Delta, bool)>,
    read: std::collections::VecDeque<Batch>,
}

impl ChangeReader {
    /// From the beginning; first looks only where they are wanted.
    #[must_use]
    pub fn new(run: RunId, first_looks: bool) -> Self {
        Self {
            run,
            first_looks,
            after: None,
            is_done: false,
            block: None,
            waiting: Vec::new(),
            read: std::collections::VecDeque::new(),
        }
    }

    /// The changes of the next block by address; none at the end.
    pub async fn next(&mut self, app: &App) -> Result<Vec<ReportDelta>, AppError> {
        loop {
            let Some(batch) = self.read.pop_front() else {
                if self.is_done {
                    return Ok(self.take());
                }
                let page = app.run_batches(&self.run, Some(BATCHES), self.after.take()).await?;
                self.is_done = page.next.is_none();
                self.after = page.next;
                self.read = page.batches.into_iter().filter(|batch| !batch.withdrawn).collect();
                continue;
            };
            let ends = self.block.is_some_and(|block| block != batch.block) && !self.waiting.is_empty();
            self.block = Some(batch.block);
            let full = if ends { self.take() } else { Vec::new() };
            let late = batch.late;
            let wanted = batch.deltas.into_iter().filter(|delta| self.first_looks || !delta.first_look);
            self.waiting.extend(wanted.map(|delta| (delta, late)));
            if !full.is_empty() {
                return Ok(full);
            }
        }
    }

    fn take(&mut self) -> Vec<ReportDelta> {
        self.waiting.sort_by_key(|(delta, _)| (delta.address, delta.time, delta.kind, delta.port));
        self.waiting.drain(..).map(|(delta, late)| ReportDelta::of(&delta, late)).collect()
    }
}
