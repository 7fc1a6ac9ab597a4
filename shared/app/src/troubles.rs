//! What is wrong with the work itself: runs that end too late or cover too little, results that are refused, work that
//! was given up, agents that say nothing.

use portdelta_core::alert::{Trouble, TroubleKind};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::run::{CloseReason, RunOutcome};
use portdelta_core::watch::Severity;

use crate::error::{AppError, During};
use crate::ports::{QueueName, Work};
use crate::repositories::{RefusedUpload, Report, Scan};
use crate::{AgentFilter, App, Service};

/// A run that covers less than this is worth an alert, in per cent.
pub const LEAST_COVERAGE_PERCENT: u8 = 90;

/// Dead letters of a queue that one sweep looks at.
const MOST_DEAD_LETTERS: usize = 100;

/// Refusals that are nobody's mistake.
const EXPECTED_REFUSALS: [&str; 1] = ["upload.run_cancelled"];

impl App {
    /// Raises what is wrong with a finished run, and settles what is right again. The same report again changes nothing.
    pub(crate) async fn judge_run(&self, run: &RunId) -> Result<(), AppError> {
        let Some(report) = self.report(run).await? else { return Ok(()) };
        // An import was asked for nothing that it could miss.
        if report.outcome == RunOutcome::Cancelled || report.scan.is_empty() {
            return Ok(());
        }
        let Report { scan_name, site, totals, .. } = &report;
        let overdue = report.reason == CloseReason::Overdue && report.outcome != RunOutcome::Complete;
        let late = trouble(TroubleKind::RunOverdue, Some(site), &report.scan);
        let text = format!("run {run} of {scan_name} at {site} did not end in time");
        self.judge(overdue, &late, Severity::Medium, &text).await?;
        let low = totals.coverage_percent < LEAST_COVERAGE_PERCENT;
        let little = trouble(TroubleKind::CoverageLow, Some(site), &report.scan);
        let text =
            format!("run {run} of {scan_name} at {site} covered {} per cent of it", totals.coverage_percent);
        self.judge(low, &little, Severity::Medium, &text).await
    }

    /// Raises that something of an agent was refused.
    pub(crate) async fn raise_refused(&self, refused: &RefusedUpload) -> Result<(), AppError> {
        if EXPECTED_REFUSALS.contains(&refused.code.as_str()) {
            return Ok(());
        }
        let text = format!("an upload of agent {} was refused: {}", refused.agent, refused.message);
        let about = trouble(TroubleKind::ResultRefused, None, &refused.agent);
        self.raise(&about, Severity::Medium, &text).await
    }

    /// Settles it when something of the agent was applied.
    pub(crate) async fn settle_refused(&self, agent: &str) -> Result<(), AppError> {
        self.settle(&trouble(TroubleKind::ResultRefused, None, agent)).await
    }

    /// Raises that runs of a scan did not begin in their time, or settles it when one did again.
    pub(crate) async fn judge_schedule(
        &self,
        scan: &Scan,
        site: &SiteId,
        missed: Option<&str>,
    ) -> Result<(), AppError> {
        let about = trouble(TroubleKind::MissedSchedule, Some(site), &scan.id);
        let text = format!("{} at {site}: {}", scan.draft.name, missed.unwrap_or_default());
        self.judge(missed.is_some(), &about, Severity::Medium, &text).await
    }

    /// Raises that runs of a scan are left out again and again, or settles it when one begins in its time. Beside
    /// what [`App::judge_schedule`] tells of: that is settled whenever the schedule fires.
    pub(crate) async fn judge_left_out(
        &self,
        scan: &Scan,
        site: &SiteId,
        why: Option<&str>,
    ) -> Result<(), AppError> {
        let about = trouble(TroubleKind::MissedSchedule, Some(site), &format!("{}/left-out", scan.id));
        let text = format!("{} at {site}: {}", scan.draft.name, why.unwrap_or_default());
        self.judge(why.is_some(), &about, Severity::Medium, &text).await
    }

    /// Raises which agents say nothing, and settles it for those that do again or owe nothing any more.
    async fn judge_agents(&self) -> Result<(), AppError> {
        let now = self.now();
        let silent = self.silent_agents(now).await?;
        for view in self.agents(&AgentFilter { site: None, hidden: true }).await? {
            let agent = view.agent;
            let about = trouble(TroubleKind::SilentAgent, Some(&agent.site), &agent.id);
            let since = silent.iter().find(|silent| silent.id == agent.id).map(|silent| silent.since);
            let minutes = since.map_or(0, |since| now.since(since) / 60);
            let text = format!("agent {} has said nothing for {minutes} minutes", agent.name);
            self.judge(since.is_some(), &about, Severity::High, &text).await?;
        }
        Ok(())
    }

    async fn judge(
        &self,
        is_wrong: bool,
        about: &Trouble,
        severity: Severity,
        text: &str,
    ) -> Result<(), AppError> {
        if is_wrong { self.raise(about, severity, text).await } else { self.settle(about).await }
    }
}

impl Service {
    /// Raises and settles what only time and counters tell.
    pub(crate) async fn sweep_troubles(&self) -> Result<(), AppError> {
        let app = self.app();
        let mut queues: Vec<(Option<SiteId>, QueueName)> =
            Work::ALL.into_iter().map(|work| (None, QueueName::Work(work))).collect();
        for site in app.sites().await? {
            queues.push((Some(site.id.clone()), QueueName::Tasks(site.id)));
        }
        for (site, queue) in queues {
            // A site that never ran a scan has no queue.
            let dead = match self.queue().depth(&queue).await {
                Ok(depth) => depth.dead,
                Err(crate::ports::QueueError::NoQueue { .. }) => 0,
                Err(error) => return Err(error).during(|| format!("look at queue {queue}")),
            };
            if dead > 0 && matches!(queue, QueueName::Tasks(_)) {
                let looked_at = self.queue().dead_letters(&queue, MOST_DEAD_LETTERS).await;
                let letters = looked_at.during(|| format!("look at dead letters of {queue}"))?;
                if self.are_worth_another_try(&letters).await? {
                    self.queue()
                        .redrive(&queue)
                        .await
                        .during(|| format!("try dead letters of {queue} again"))?;
                    continue;
                }
            }
            let about = trouble(TroubleKind::DeadLetter, site.as_ref(), &queue.to_string());
            let text = format!("{dead} messages of queue {queue} were given up after many tries");
            app.judge(dead > 0, &about, Severity::High, &text).await?;
        }
        app.judge_agents().await?;
        app.sweep_alerts().await
    }
}

fn trouble(kind: TroubleKind, site: Option<&SiteId>, name: &str) -> Trouble {
    let name = if name.is_empty() { "-" } else { name };
    Trouble { kind, site: site.cloned(), name: name.to_owned() }
}
