//! Saved scans.

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::Time;

/// A saved definition. `GET` gives its version as `ETag`; `PUT` wants it back as `If-Match`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scan {
    /// A UUID.
    pub id: String,
    /// What people decided.
    #[serde(flatten)]
    pub draft: ScanDraft,
    /// It runs and can be run; one that was deleted is not active and keeps its history.
    pub active: bool,
    /// When it was made.
    pub created: Time,
    /// When it was last edited.
    pub edited: Time,
    /// Grows with every edit.
    pub version: u64,
    /// When it runs next; absent where it is not scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Time>,
    /// Its schedule in words: `at 03:00 on weekdays, Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_text: Option<String>,
    /// Its blackout windows in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blackout_text: Vec<String>,
    /// Until when none of its tasks begins, where it is in a blackout window now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// What happened to it and belongs to no run, newest first: runs that were left out, missed times. In lists empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<ScanNote>,
}

/// `POST /scans`, `PUT /scans/{scan}` and `POST /scans/preview`: what people decide about a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanDraft {
    /// 1 to 100 characters.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Addresses, CIDR blocks, ranges: `10.0.0.0/24, 10.0.1.5-20`; may be empty where networks are named.
    #[serde(default)]
    pub targets: String,
    /// Networks by name whose addresses are scanned too, as they are when a run begins.
    #[serde(default)]
    pub networks: Vec<String>,
    /// What not to scan, written in the same way.
    #[serde(default)]
    pub exclusions: String,
    /// `22,80,8000-8100`, `T:22,U:53`, `all`, `top:1000`; empty where the options look for hosts only.
    #[serde(default = "default_ports")]
    pub ports: String,
    /// Options in nmap's spelling: `-sV -T4`.
    #[serde(default)]
    pub options: String,
    /// From where it is run, at least one.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub sites: Vec<SiteId>,
    /// When it runs; absent for *Run now* only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The schedule fires; off keeps the definition.
    #[serde(default = "yes")]
    pub scheduled: bool,
    /// What is seen for the first time is told in one digest a run.
    #[serde(default = "yes")]
    pub first_look_digest: bool,
    /// So many results in a row must agree before something new is reported, 1 to 10.
    #[serde(default = "one")]
    pub confirm_open: u16,
    /// So many results in a row must agree before something gone is reported, 1 to 10.
    #[serde(default = "one")]
    pub confirm_close: u16,
    /// A run ends so many minutes after it began, whatever is missing by then; 1 to 10,080.
    #[serde(default = "one_day")]
    pub deadline_minutes: u32,
    /// What happens when a run is due while the one before still runs.
    #[serde(default)]
    pub overlap: Overlap,
    /// Times in which none of its tasks begins, at most 20: `MON-FRI 08:00-18:00 Europe/Berlin`, `22:00-06:00 UTC`,
    /// `2026-12-24T18:00 to 2027-01-02T06:00 UTC`; by the clock on the wall of the zone, UTC where none is named. Its
    /// schedule does not fire then, and runs wait. They count at once, for runs that go on too; what an agent has begun
    /// it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blackout_windows: Vec<String>,
}

fn default_ports() -> String {
    "top:1000".to_owned()
}

fn yes() -> bool {
    true
}

fn one() -> u16 {
    1
}

fn one_day() -> u32 {
    24 * 60
}

/// Something that happened to a scan and belongs to no run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanNote {
    /// When.
    pub time: Time,
    /// Where.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// Stable: `run.skipped`, `schedule.missed`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// When a scan runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// `rate(15 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2026-12-24T18:00:00)`.
    #[cfg_attr(feature = "openapi", schema(example = "cron(0 3 ? * MON-FRI *)"))]
    pub expression: String,
    /// IANA name of the zone in which `cron` and `at` are read.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Each firing is put off by a random time up to this, 0 to 1,440.
    #[serde(default)]
    pub spread_minutes: u16,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What happens when a run is due while the one before still runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// The new one is left out, with a warning.
    #[default]
    Skip,
    /// The new one waits.
    Queue,
    /// The old one is cancelled.
    Replace,
}

/// `POST /scans/{scan}/clone`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloneScan {
    /// The copy's name; `<name> (copy)` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a scan would do: the answer to `POST /scans/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanPreview {
    /// Addresses, exclusions left out. A number in text: a block of IPv6 may have more than JSON's numbers can say.
    pub addresses: String,
    /// Pairs of protocol and port of each address; 0 where no port is probed.
    pub ports: u32,
    /// Options that agents can honour only with the right to send raw packets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs_root: Vec<String>,
    /// Tasks at each site.
    pub tasks: u64,
    /// How long all tasks take at worst, one after the other, in seconds; agents share it.
    pub worst_case_seconds: u64,
    /// The schedule in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<SchedulePreview>,
    /// The blackout windows in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blackout_text: Vec<String>,
}

/// `POST /schedules/preview`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskSchedule {
    /// When a scan would run.
    pub schedule: Schedule,
    /// Times in which it would not run, as those of a scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blackout_windows: Vec<String>,
    /// From when a rate counts: when the scan was made. From now where absent, as of a scan that is made now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// How many of the next runs, 1 to 50.
    #[serde(default = "five")]
    pub count: u32,
}

fn five() -> u32 {
    5
}

/// A schedule as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchedulePreview {
    /// `at 03:00 on weekdays, Europe/Berlin`
    pub text: String,
    /// The next times, spread left out; fewer than asked for where it ends before.
    pub next: Vec<Time>,
}

/// `POST /scans/{scan}/runs`, *Run now*. With the same `Idempotency-Key` it starts nothing a second time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartRuns {
    /// Only at these of its sites; all where empty.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub sites: Vec<SiteId>,
}

/// The runs that a request started, one a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartedRuns {
    /// In the order of the scan's sites.
    pub runs: Vec<StartedRun>,
}

/// What became of a run that a request asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartedRun {
    /// Where.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The run; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub id: Option<RunId>,
    /// It waits for another run of this scan and site.
    pub waiting: bool,
    /// Until when none of its tasks begins, as it is in a blackout window of the scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<ScanNote>,
}
