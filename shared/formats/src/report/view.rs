//! What a report says, as plain data: every format is written from it.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use portdelta_core::delta::Delta;
use serde::{Serialize, Serializer};

use super::{DeltaView, WhyView, change, rfc3339};

/// The report of one run. Texts stand in it as they came: each format makes them harmless in its own way.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView {
    /// The run's id.
    pub run: String,
    /// The scan's name, or what else ran.
    pub title: String,
    /// The scan's id; absent for imports and scans of the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// The vantage point.
    pub site: String,
    /// `complete`, `partial`, `cancelled`, `expired`
    pub state: String,
    /// The networks that it touched, by name.
    pub networks: Vec<String>,
    /// The agents whose results it is from, by name; empty for imports and scans of the command line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<String>,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub started: UnixTime,
    /// When its last result was in, or its deadline passed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_time")]
    pub finished: Option<UnixTime>,
    /// How much it changed.
    pub score: ScoreView,
    /// How well what was open then fitted what should be, 0 to 100, by network; empty where nobody knows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub posture: BTreeMap<String, u8>,
    /// Changes by their kind, first looks left out.
    pub counts: BTreeMap<String, u64>,
    /// Up or open before and now, covered both times, without a change.
    pub unchanged: Count,
    /// Seen where nothing had looked before: no change.
    pub first_looks: Count,
    /// Covered by later results before.
    pub superseded: Count,
    /// What was covered of what was asked.
    pub coverage: CoverageView,
    /// What was corrected, skipped or not covered.
    pub warnings: Vec<WarningView>,
    /// Changes by address, and first looks where they are wanted.
    pub deltas: Vec<ReportDelta>,
}

/// How much a run changed.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreView {
    /// 0 to 100.
    pub value: u8,
    /// `excellent`, `good`, `monitor`, `critical`
    pub class: String,
    /// `stable`, `changes`, `critical`
    pub status: String,
}

/// Hosts and ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Hosts.
    pub hosts: u64,
    /// Ports.
    pub ports: u64,
}

/// What a run was to cover, and what it did.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageView {
    /// Share of its tasks that were done, 0 to 100.
    pub percent: u8,
    /// What was not covered, and why, a sentence each; may be only the first of them.
    pub missing: Vec<String>,
}

/// Something that was corrected, skipped or not covered.
#[derive(Clone, Debug, Serialize)]
pub struct WarningView {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// One change of a report, or a first look; fields that do not apply are absent.
#[derive(Clone, Debug, Serialize)]
pub struct ReportDelta {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The time of the evidence that decided it.
    #[serde(serialize_with = "time")]
    pub time: UnixTime,
    /// The time of the first result that agreed.
    #[serde(serialize_with = "time")]
    pub first_seen: UnixTime,
    /// `port-opened`
    pub kind: String,
    /// `192.0.2.7`
    pub address: String,
    /// `tcp`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// 0 to 65,535
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The script's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// `host` where a port came or went with its host, else `port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What was believed, see [`value_json`](super::value_json).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// What is believed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
    /// In words, without the address: `22/tcp opened`.
    pub change: String,
    /// What made it.
    pub why: WhyView,
    /// Nothing had looked there before: no change.
    pub first_look: bool,
    /// A later result had been applied before.
    pub late: bool,
}

impl ReportDelta {
    /// The view of a change; `late` where a later result had been applied before.
    #[must_use]
    pub fn of(delta: &Delta, late: bool) -> Self {
        let view = DeltaView::of(delta);
        Self {
            id: delta.id.to_string(),
            time: delta.time,
            first_seen: delta.first_seen,
            kind: view.kind.to_owned(),
            address: view.address,
            protocol: view.protocol.map(str::to_owned),
            port: view.port,
            script: view.script,
            cause: view.cause.map(str::to_owned),
            before: view.before,
            after: view.after,
            change: change(delta),
            why: view.why,
            first_look: delta.first_look,
            late,
        }
    }

    /// `22/tcp`, where it is about a port.
    #[must_use]
    pub fn port_text(&self) -> Option<String> {
        let number = self.port?;
        Some(format!("{number}/{}", self.protocol.as_deref().unwrap_or("?")))
    }

    /// It came or went with its host.
    #[must_use]
    pub fn is_with_host(&self) -> bool {
        self.cause.as_deref() == Some("host")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn time<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

#[expect(clippy::ref_option, reason = "serde passes references")]
fn some_time<S: Serializer>(time: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}
