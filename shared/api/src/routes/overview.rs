//! What people look at first.

use std::collections::BTreeMap;

use axum::extract::State;
use portdelta_app::notify::views::severity_out;
use portdelta_app::repositories::DayChanges;
use portdelta_app::{AgentCounts, Attention, AttentionKind, Overview, RunCounts};
use portdelta_core::delta::Kind;
use portdelta_core::watch::Severity;
use portdelta_protocol::admin;

use crate::Api;
use crate::answer::Answer;
use crate::error::ApiError;

/// How everything is
#[utoipa::path(get, path = "/overview", operation_id = "overview", tag = "overview", responses(
    (status = 200, body = admin::Overview),
))]
pub(crate) async fn overview(State(api): State<Api>) -> Result<Answer<admin::Overview>, ApiError> {
    let Overview { agents, runs, reports, open_alerts, changes, attention } =
        api.service.app().overview().await?;
    let AgentCounts { online, scanning, pending, offline } = agents;
    let RunCounts { complete, partial, failed, cancelled, running } = runs;
    let alerts = |wanted: Severity| {
        open_alerts.iter().filter(|(severity, _)| *severity == wanted).map(|(_, count)| count).sum()
    };
    Ok(Answer(admin::Overview {
        agents: admin::AgentCounts { online, scanning, pending, offline },
        runs_24h: admin::RunCounts { complete, partial, failed, cancelled, running },
        reports,
        open_alerts: admin::AlertCounts {
            critical: alerts(Severity::Critical),
            high: alerts(Severity::High),
            medium: alerts(Severity::Medium),
            low: alerts(Severity::Low),
        },
        changes: changes.iter().map(day).collect(),
        attention: attention.into_iter().map(attention_view).collect(),
    }))
}

fn day(day: &DayChanges) -> admin::DayChanges {
    let of = |kinds: &[Kind]| count(&day.changes, kinds);
    let time = admin::Time(day.day).to_string();
    admin::DayChanges {
        day: time.split('T').next().unwrap_or_default().to_owned(),
        opened: of(&[Kind::PortOpened]),
        closed: of(&[Kind::PortClosed]),
        reopened: of(&[Kind::PortReopened]),
        service: of(&[Kind::ServiceChanged]),
        host_new: of(&[Kind::HostNew, Kind::HostBack]),
        host_gone: of(&[Kind::HostGone]),
        other: of(&[Kind::HostnameChanged, Kind::MacChanged, Kind::OsChanged, Kind::ScriptChanged]),
    }
}

fn count(changes: &BTreeMap<String, u64>, kinds: &[Kind]) -> u64 {
    kinds.iter().filter_map(|kind| changes.get(kind.name())).sum()
}

fn attention_view(attention: Attention) -> admin::Attention {
    let (kind, link) = match attention.kind {
        AttentionKind::Alert(id) => ("alert", format!("/alerts/{id}")),
        AttentionKind::Trouble(kind, id) => (kind.name(), format!("/alerts/{id}")),
        AttentionKind::PendingAgent(id) => ("agent-pending", format!("/agents/{id}")),
        AttentionKind::PartialRun(id) => ("run-partial", format!("/runs/{id}")),
        AttentionKind::UnattendedRun(id) => ("run-unattended", format!("/runs/{id}")),
        AttentionKind::NoAgent => ("no-agent", "/agents".to_owned()),
        AttentionKind::NoScan => ("no-scan", "/scans".to_owned()),
    };
    admin::Attention {
        kind: kind.to_owned(),
        severity: severity_out(attention.severity),
        text: attention.text,
        hint: attention.hint.to_owned(),
        link,
    }
}
