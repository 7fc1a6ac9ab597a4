//! What goes on right now, for those who watch, and what happened since they last looked.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::admin::AgentStatus;

use crate::error::AppError;
use crate::repositories::{AlertNews, Report};
use crate::{AgentFilter, App, RunProgress, RunStage};

/// Reports that one look gives at most.
const MOST_REPORTS: usize = 100;

/// What goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The runs whose report is not written yet.
    pub runs: BTreeMap<RunId, RunActivity>,
    /// Agents that are not hidden, by id.
    pub agents: BTreeMap<String, AgentActivity>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunActivity {
    /// Where it runs.
    pub site: SiteId,
    /// What runs.
    pub title: String,
    /// Its scan.
    pub scan: String,
    /// How far it is in a word.
    pub stage: RunStage,
    /// How far its tasks are.
    pub progress: RunProgress,
}

/// How an agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentActivity {
    /// What its owner calls it.
    pub name: String,
    /// Whose tasks it gets.
    pub site: SiteId,
    /// How it is.
    pub status: AgentStatus,
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Reports that were written, oldest first.
    pub reports: Vec<Report>,
    /// What became of alerts, oldest first; of the last hour only.
    pub alerts: Vec<AlertNews>,
}

impl App {
    /// What goes on right now.
    pub async fn activity(&self) -> Result<Activity, AppError> {
        let mut runs = BTreeMap::new();
        for id in self.open_runs().await? {
            let Some(view) = self.run_view(&id).await? else { continue };
            let (Some(run), Some(progress)) = (view.scan_run, view.progress) else { continue };
            if let RunStage::Ended(_) = view.stage {
                continue;
            }
            // The estimate changes every second, and nobody waits for that.
            let progress = RunProgress { estimated_end: None, ..progress };
            let (title, scan) = (view.record.title, run.scan);
            runs.insert(id, RunActivity { site: run.site, title, scan, stage: view.stage, progress });
        }
        let agents = self.agents(&AgentFilter::default()).await?.into_iter().map(|view| {
            let activity =
                AgentActivity { name: view.agent.name, site: view.agent.site, status: view.status };
            (view.agent.id, activity)
        });
        Ok(Activity { runs, agents: agents.collect() })
    }

    /// What happened from a time on; the newest hundred reports. What happened in that very second is among it.
    pub async fn news(&self, since: UnixTime) -> Result<News, AppError> {
        let mut reports = self.reports_since(since, MOST_REPORTS).await?;
        reports.reverse();
        Ok(News { reports, alerts: self.alert_news(since).await? })
    }
}
