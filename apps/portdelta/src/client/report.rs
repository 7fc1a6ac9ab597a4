//! Reports and changes from a server, in the shape from which every output is written.

use std::net::IpAddr;

use portdelta_formats::report as view;
use portdelta_protocol::admin::{Cover, Delta, Missing, Report, Tally};

/// The report of a run with its changes.
pub fn report_view(report: &Report, deltas: &[Delta]) -> view::ReportView {
    let count = |tally: Tally| view::Count { hosts: tally.hosts, ports: tally.ports };
    let mut deltas: Vec<_> = deltas.iter().map(report_delta).collect();
    deltas.sort_by_cached_key(|delta| delta.address.parse::<IpAddr>().ok());
    view::ReportView {
        run: report.run.to_string(),
        title: report.scan_name.clone(),
        scan: Some(report.scan.clone()),
        site: report.site.to_string(),
        networks: report.networks.clone(),
        agents: report.agents.iter().map(|agent| agent.name.clone()).collect(),
        state: report.state.name().to_owned(),
        started: report.started.0,
        finished: Some(report.finished.0),
        score: view::ScoreView {
            value: report.score.value,
            class: report.score.class.clone(),
            status: report.score.status.clone(),
        },
        posture: report.posture.clone(),
        counts: report.changes.clone(),
        unchanged: count(report.unchanged),
        first_looks: count(report.first_looks),
        superseded: count(report.superseded),
        coverage: view::CoverageView {
            percent: report.coverage.percent,
            missing: report.coverage.missing.iter().map(missing_text).collect(),
        },
        warnings: report
            .warnings
            .iter()
            .map(|warning| view::WarningView { code: warning.code.clone(), message: warning.message.clone() })
            .collect(),
        deltas,
    }
}

fn missing_text(missing: &Missing) -> String {
    view::missing_text(&missing.targets, &missing.ports, &missing.reasons)
}

/// One change.
pub fn report_delta(delta: &Delta) -> view::ReportDelta {
    let cover = |cover: &Cover| view::Cover { time: cover.time.to_string(), result: cover.result.clone() };
    view::ReportDelta {
        id: delta.id.clone(),
        time: delta.time.0,
        first_seen: delta.first_seen.0,
        kind: delta.kind.clone(),
        address: delta.address.clone(),
        protocol: delta.protocol.clone(),
        port: delta.port,
        script: delta.script.clone(),
        cause: delta.cause.clone(),
        before: delta.before.clone(),
        after: delta.after.clone(),
        change: delta.change.clone(),
        why: view::WhyView {
            sentence: delta.why.sentence.clone(),
            previous: delta.why.previous.as_ref().map(cover),
            agreed: delta.why.agreed.iter().map(cover).collect(),
            needed: delta.why.needed,
            blackout: delta.why.blackout,
        },
        first_look: delta.first_look,
        late: delta.late,
    }
}
