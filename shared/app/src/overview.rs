//! What people look at first: how everything is, what changed, and what needs attention.

use std::collections::BTreeSet;

use portdelta_core::alert::{Alert, AlertState, AlertSubject, TroubleKind};
use portdelta_core::expectation::Unmet;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::watch::Severity;
use portdelta_protocol::admin::AgentStatus;

use crate::error::AppError;
use crate::repositories::{DayChanges, RunRecord, RunState};
use crate::{AgentFilter, AgentView, App};

/// How many days of changes are shown.
const DAYS_SHOWN: u16 = 30;

/// How long a run counts as one of today, in seconds.
const RECENT: i64 = 86_400;

/// How much is named as needing attention.
const MOST_ATTENTION: usize = 20;

/// How everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Agents by how they are; those that were revoked or hidden are left out.
    pub agents: AgentCounts,
    /// Runs of the last 24 hours.
    pub runs: RunCounts,
    /// How many reports there are.
    pub reports: u64,
    /// Alerts that nobody has done anything about: (severity, how many), every severity once, the least first.
    pub open_alerts: Vec<(Severity, u64)>,
    /// What changed on each of the last 30 days, oldest first.
    pub changes: Vec<DayChanges>,
    /// What needs attention, most urgent first; the first twenty.
    pub attention: Vec<Attention>,
}

/// Agents by how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentCounts {
    /// They wait for work.
    pub online: u64,
    /// They work.
    pub scanning: u64,
    /// They wait for their approval.
    pub pending: u64,
    /// They say nothing.
    pub offline: u64,
}

/// Runs by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// All that was asked was covered.
    pub complete: u64,
    /// Not all was.
    pub partial: u64,
    /// Nothing was.
    pub failed: u64,
    /// Somebody ended them.
    pub cancelled: u64,
    /// They have not ended.
    pub running: u64,
}

/// Something that needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// What it is.
    pub kind: AttentionKind,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter, for people. Not escaped.
    pub text: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// What needs attention, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttentionKind {
    /// An alert about a port: its id.
    Alert(String),
    /// An alert about our own work: what kind, and its id.
    Trouble(TroubleKind, String),
    /// An agent that waits for its approval: its id.
    PendingAgent(String),
    /// The newest run of a scan that did not cover all: its id.
    PartialRun(String),
    /// A run of which the tasks wait, for no agent of its site is there: its id.
    UnattendedRun(String),
    /// There is no agent yet.
    NoAgent,
    /// There is no scan yet.
    NoScan,
}

impl App {
    /// How everything is now.
    pub async fn overview(&self) -> Result<Overview, AppError> {
        let now = self.now();
        // Who is hidden works all the same.
        let all = self.agents(&AgentFilter { site: None, hidden: true }).await?;
        let attended: BTreeSet<SiteId> =
            all.iter().filter(|view| view.is_able()).map(|view| view.agent.site.clone()).collect();
        let agents: Vec<_> = all.into_iter().filter(|view| !view.agent.hidden).collect();
        let mut attention: Vec<Attention> = Vec::new();
        let mut open_alerts: Vec<(Severity, u64)> = Severity::ALL.map(|severity| (severity, 0)).to_vec();
        for alert in self.live_alerts().await? {
            if alert.state(now) != AlertState::Open {
                continue;
            }
            for (severity, count) in &mut open_alerts {
                *count += u64::from(*severity == alert.severity);
            }
            attention.push(of_alert(&alert));
        }
        let mut runs = RunCounts::default();
        for site in self.sites().await? {
            self.count_runs(&site.id, &mut runs, &mut attention).await?;
        }
        let open = self.open_runs().await?;
        runs.running = open.len() as u64;
        attention.extend(agents.iter().filter(|view| view.status == AgentStatus::Pending).map(of_pending));
        attention.extend(self.unattended(&open, &attended).await?);
        if agents.is_empty() {
            attention.push(Attention {
                kind: AttentionKind::NoAgent,
                severity: Severity::Medium,
                text: "No agent has come in yet: nothing can be scanned.".to_owned(),
                hint: "Enrol one: an agent is a program near the network that you want to watch.",
            });
        }
        if self.scans().await?.is_empty() {
            attention.push(Attention {
                kind: AttentionKind::NoScan,
                severity: Severity::Low,
                text: "No scan is defined yet.".to_owned(),
                hint: "Define one: its targets, its ports and when it runs.",
            });
        }
        // Most urgent first; of equally urgent ones, newest first as they came.
        attention.sort_by_key(|one| std::cmp::Reverse(one.severity));
        attention.truncate(MOST_ATTENTION);
        Ok(Overview {
            agents: count_agents(&agents),
            runs,
            reports: self.report_count().await?,
            open_alerts,
            changes: self.day_changes(DAYS_SHOWN).await?,
            attention,
        })
    }

    /// A run at each site where runs wait for agents and none is there.
    async fn unattended(
        &self,
        open: &[RunId],
        attended: &BTreeSet<SiteId>,
    ) -> Result<Vec<Attention>, AppError> {
        let mut told = BTreeSet::new();
        let mut attention = Vec::new();
        for id in open {
            let Some(run) = self.scan_run(id).await? else { continue };
            let is_held = run.is_waiting() || run.machine.closed().is_some();
            if is_held || attended.contains(&run.site) || !told.insert(run.site.clone()) {
                continue;
            }
            attention.push(Attention {
                kind: AttentionKind::UnattendedRun(id.to_string()),
                severity: Severity::High,
                text: format!("No agent of the site {} is online: {} waits.", run.site, run.scan_name),
                hint: "Start its agent, or enrol one there: the run goes on by itself.",
            });
        }
        Ok(attention)
    }

    async fn count_runs(
        &self,
        site: &SiteId,
        counts: &mut RunCounts,
        attention: &mut Vec<Attention>,
    ) -> Result<(), AppError> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for run in self.runs_since(site, self.now().shifted(-RECENT)).await?.into_iter().rev() {
            let counter = match run.state {
                RunState::Complete => &mut counts.complete,
                RunState::Partial => &mut counts.partial,
                RunState::Expired => &mut counts.failed,
                RunState::Cancelled => &mut counts.cancelled,
                RunState::Running => continue,
            };
            *counter += 1;
            // A later run of the same scan says more.
            let is_newest = seen.insert(run.title.clone());
            if is_newest && matches!(run.state, RunState::Partial | RunState::Expired) {
                attention.push(of_run(&run));
            }
        }
        Ok(())
    }
}

fn count_agents(agents: &[AgentView]) -> AgentCounts {
    let of = |status| agents.iter().filter(|view| view.status == status).count() as u64;
    AgentCounts {
        online: of(AgentStatus::Online),
        scanning: of(AgentStatus::Scanning),
        pending: of(AgentStatus::Pending),
        offline: of(AgentStatus::Offline),
    }
}

fn of_alert(alert: &Alert) -> Attention {
    let id = alert.id().to_string();
    let (kind, hint) = match &alert.subject {
        AlertSubject::Port { .. } => (
            AttentionKind::Alert(id),
            "Close the port, or say why it is open: acknowledge it, or expect it from now on.",
        ),
        AlertSubject::Expectation { unmet: Unmet::UnexpectedOpen, .. } => {
            (AttentionKind::Alert(id), "Close the port, or accept it: then it is expected to be open.")
        }
        AlertSubject::Expectation { unmet: Unmet::Missing, .. } => {
            (AttentionKind::Alert(id), "Look why it is not there, or edit what is expected.")
        }
        AlertSubject::Trouble(trouble) => {
            (AttentionKind::Trouble(trouble.kind, id), trouble_hint(trouble.kind))
        }
    };
    Attention { kind, severity: alert.severity, text: alert.title.clone(), hint }
}

fn trouble_hint(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::SilentAgent => {
            "Look whether its machine is on, and what `portdelta agent status` says there."
        }
        TroubleKind::MissedSchedule => "Look whether the server was off, and whether runs overlap.",
        TroubleKind::RunOverdue => "Give the scan more time or more agents, or cut its targets or ports.",
        TroubleKind::CoverageLow => "Look at the run: it names what no agent could scan, and why.",
        TroubleKind::ResultRefused => "Look at what was refused, and update the agent if it is old.",
        TroubleKind::DeadLetter => "Look at the queue's dead letters, and try them again.",
    }
}

fn of_pending(view: &AgentView) -> Attention {
    Attention {
        kind: AttentionKind::PendingAgent(view.agent.id.clone()),
        severity: Severity::High,
        text: format!("Agent {} at {} waits for its approval.", view.agent.name, view.agent.site),
        hint: "Compare its key with what it prints, then approve it or revoke it.",
    }
}

fn of_run(run: &RunRecord) -> Attention {
    let what = if run.state == RunState::Expired { "covered nothing" } else { "did not cover everything" };
    Attention {
        kind: AttentionKind::PartialRun(run.id.to_string()),
        severity: Severity::Medium,
        text: format!("The last run of {} at {} {what}.", run.title, run.site),
        hint: "Look at its report: it names what is missing, and why.",
    }
}
