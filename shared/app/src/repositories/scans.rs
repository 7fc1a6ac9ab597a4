//! Scans: what people want to be scanned, where and when.

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::LOCK;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query, ScheduleEntry, TableError};
use crate::schedule::{BlackoutWindows, Schedule};
use crate::stored::{StoredError, pack, unpack, version_of};

const VERSION: u8 = 2;
const NOTE_VERSION: u8 = 1;
const PARTITION: &str = "SCANS";

/// A saved scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// A UUID.
    pub id: String,
    /// What people wrote.
    pub draft: ScanDraft,
    /// Runs begin. A scan that was deactivated keeps its history and never runs.
    pub active: bool,
    /// When it was made.
    pub created: UnixTime,
    /// When it was changed last.
    pub edited: UnixTime,
    /// Grows with every change, from 1; what an edit must name.
    pub version: i64,
}

/// What people write of a scan; checked by [`App::check_scan`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanDraft {
    /// One line of at most 100 characters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Addresses, blocks and ranges; may be empty where networks are named.
    pub targets: String,
    /// Networks by name whose addresses are scanned too, as they are when a run begins.
    pub networks: Vec<String>,
    /// What must not be touched, in the grammar of targets.
    pub exclusions: String,
    /// `22,80,8000-8100`, `T:22,U:53`, `all`, `top:1000`; empty where the options look for hosts only.
    pub ports: String,
    /// nmap's options in its own spelling.
    pub options: String,
    /// Where it runs; at least one.
    pub sites: Vec<SiteId>,
    /// When it runs by itself.
    pub schedule: Option<ScanSchedule>,
    /// Off: the schedule is kept and does not fire.
    pub scheduled: bool,
    /// First looks are told of, in one digest a run.
    pub first_look_digest: bool,
    /// Results in a row that must agree on something new; 1 to 20.
    pub confirm_open: u16,
    /// Results in a row that must agree on something gone; 1 to 20.
    pub confirm_close: u16,
    /// A run ends this many minutes after it began; 1 to 10,080.
    pub deadline_minutes: u32,
    /// What happens when a run is due while another one of this scan and site goes on.
    pub overlap: Overlap,
    /// Times in which none of its tasks begins, see [`schedule`](crate::schedule::BlackoutWindow); counts at once, for
    /// runs that go on too.
    pub blackout_windows: Vec<String>,
}

impl Default for ScanDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            targets: String::new(),
            networks: Vec::new(),
            exclusions: String::new(),
            ports: String::new(),
            options: String::new(),
            sites: Vec::new(),
            schedule: None,
            scheduled: true,
            first_look_digest: true,
            confirm_open: 1,
            confirm_close: 1,
            deadline_minutes: 24 * 60,
            overlap: Overlap::Skip,
            blackout_windows: Vec::new(),
        }
    }
}

impl ScanDraft {
    /// As it is stored: the schedule in the dialect that every scheduler reads, and windows with their zone, whatever
    /// people wrote.
    fn tidy(&self) -> Self {
        let mut draft = self.clone();
        if let Some(schedule) = &mut draft.schedule
            && let Ok(read) = Schedule::parse(&schedule.expression, &schedule.time_zone)
        {
            schedule.expression = read.to_string();
            read.time_zone().clone_into(&mut schedule.time_zone);
        }
        if let Ok(windows) = BlackoutWindows::read(&draft.blackout_windows) {
            draft.blackout_windows = windows.texts();
        }
        draft
    }
}

/// When a scan runs by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSchedule {
    /// `rate(15 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2026-12-24T18:00:00)`.
    pub expression: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Each run begins up to this many minutes late, at random; 0 to 1,440.
    pub spread_minutes: u16,
}

/// What happens to a run that is due while another one of its scan and site goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// It does not begin; the scan says so.
    #[default]
    Skip,
    /// It waits for the other one; only one waits.
    Queue,
    /// The other one ends.
    Replace,
}

impl Overlap {
    /// `skip`, `queue` or `replace`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Replace => "replace",
        }
    }
}

/// Something that happened to a scan and belongs to no run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanNote {
    /// When.
    pub at: UnixTime,
    /// Where.
    pub site: SiteId,
    /// Stable: `run.skipped`, `schedule.missed`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A scan as version 1 stored it: without blackout windows.
#[derive(Deserialize)]
struct ScanV1 {
    id: String,
    draft: ScanDraftV1,
    active: bool,
    created: UnixTime,
    edited: UnixTime,
    version: i64,
}

#[derive(Deserialize)]
struct ScanDraftV1 {
    name: String,
    description: String,
    targets: String,
    networks: Vec<String>,
    exclusions: String,
    ports: String,
    options: String,
    sites: Vec<SiteId>,
    schedule: Option<ScanSchedule>,
    scheduled: bool,
    first_look_digest: bool,
    confirm_open: u16,
    confirm_close: u16,
    deadline_minutes: u32,
    overlap: Overlap,
}

impl ScanV1 {
    fn now(self) -> Scan {
        let Self { id, draft, active, created, edited, version } = self;
        let draft = ScanDraft {
            name: draft.name,
            description: draft.description,
            targets: draft.targets,
            networks: draft.networks,
            exclusions: draft.exclusions,
            ports: draft.ports,
            options: draft.options,
            sites: draft.sites,
            schedule: draft.schedule,
            scheduled: draft.scheduled,
            first_look_digest: draft.first_look_digest,
            confirm_open: draft.confirm_open,
            confirm_close: draft.confirm_close,
            deadline_minutes: draft.deadline_minutes,
            overlap: draft.overlap,
            blackout_windows: Vec::new(),
        };
        Scan { id, draft, active, created, edited, version }
    }
}

impl Scan {
    /// Its schedule as the scheduler wants it; `None` where it has none.
    #[must_use]
    pub fn schedule_entry(&self) -> Option<ScheduleEntry> {
        self.draft.schedule.as_ref().map(|schedule| ScheduleEntry {
            scan: self.id.clone(),
            expression: schedule.expression.clone(),
            time_zone: schedule.time_zone.clone(),
            spread_minutes: schedule.spread_minutes,
            enabled: self.active && self.draft.scheduled,
            since: self.created,
        })
    }

    /// Its blackout windows. What is stored was checked; where a time zone has vanished since there are none, and the
    /// next run says so.
    #[must_use]
    pub fn blackout_windows(&self) -> BlackoutWindows {
        BlackoutWindows::read(&self.draft.blackout_windows).unwrap_or_default()
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        if version_of(&item.value) == 1 {
            return unpack("scan", VERSION, &item.value).map(|scan: ScanV1| scan.now());
        }
        unpack("scan", VERSION, &item.value)
    }
}

fn key(id: &str) -> Key {
    // An id that no scan can have must not make a bad key.
    Key::new(PARTITION, if id.is_empty() { "-" } else { id })
}

impl App {
    /// Makes a scan of what people give.
    pub async fn create_scan(&self, draft: &ScanDraft) -> Result<Scan, AppError> {
        self.check_scan(draft).await?;
        let (id, now) = (self.ids.new_id(), self.clock.now());
        self.refuse_known_name(&id, &draft.tidy().name).await?;
        let scan = Scan { id, draft: draft.tidy(), active: true, created: now, edited: now, version: 1 };
        self.put_scan(&scan, Condition::MustNotExist).await?;
        Ok(scan)
    }

    /// Changes a scan, from its next run on. Fails with [`AppError::Stale`] where it has another version by now.
    pub async fn edit_scan(&self, id: &str, version: i64, draft: &ScanDraft) -> Result<Scan, AppError> {
        self.check_scan(draft).await?;
        self.refuse_known_name(id, &draft.tidy().name).await?;
        self.change_scan(id, Some(version), |scan| scan.draft = draft.tidy()).await
    }

    /// Switches the schedule of a scan off or on; its definition stays.
    pub async fn pause_scan(&self, id: &str, paused: bool) -> Result<Scan, AppError> {
        self.change_scan(id, None, |scan| scan.draft.scheduled = !paused).await
    }

    /// Lets a scan never run again, or again after all; its history stays.
    pub async fn deactivate_scan(&self, id: &str, active: bool) -> Result<Scan, AppError> {
        if active && let Some(scan) = self.scan(id).await? {
            self.refuse_known_name(id, &scan.draft.name).await?;
        }
        self.change_scan(id, None, |scan| scan.active = active).await
    }

    /// Makes a scan like another one, with its schedule switched off.
    pub async fn clone_scan(&self, id: &str, name: Option<&str>) -> Result<Scan, AppError> {
        let original = self.scan(id).await?.ok_or_else(|| no_scan(id))?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => copied(&original.draft.name, &self.scans().await?),
        };
        self.create_scan(&ScanDraft { name, scheduled: false, ..original.draft }).await
    }

    /// Refuses the name of another scan that is active: people and scripts call scans by their names. Two that take one
    /// name within the same moment both get it, and are told apart by their ids.
    async fn refuse_known_name(&self, id: &str, name: &str) -> Result<(), AppError> {
        let same = |scan: &Scan| scan.id != id && scan.active && scan.draft.name == name;
        if self.scans().await?.iter().any(same) {
            return Err(AppError::Exists { what: format!("scan {name}") });
        }
        Ok(())
    }

    /// A scan by its id.
    pub async fn scan(&self, id: &str) -> Result<Option<Scan>, AppError> {
        let operation = || format!("read scan {id}");
        let item = self.table.get(&key(id)).await.during(operation)?;
        item.map(|item| Scan::read(&item).during(operation)).transpose()
    }

    /// Until when no task of a scan begins; `None` where it is in no blackout window, or is gone.
    pub(crate) async fn held_until(&self, scan: &str) -> Result<Option<UnixTime>, AppError> {
        let now = self.clock.now();
        Ok(self.scan(scan).await?.and_then(|scan| scan.blackout_windows().until(now)))
    }

    /// All scans, those that are not active too, oldest first.
    pub async fn scans(&self) -> Result<Vec<Scan>, AppError> {
        let operation = || "list scans".to_owned();
        let items = all_items(&*self.table, Query::partition(PARTITION), false).await.during(operation)?;
        items.iter().map(|item| Scan::read(item).during(operation)).collect()
    }

    /// What happened to a scan and belongs to no run, newest first.
    pub async fn scan_notes(&self, id: &str) -> Result<Vec<ScanNote>, AppError> {
        let operation = || format!("read the notes of scan {id}");
        let query = Query::partition(format!("SCAN#{id}")).prefix("NOTE#").backward();
        let page = self.table.query(&query).await.during(operation)?;
        let notes =
            page.items.iter().map(|item| unpack("scan note", NOTE_VERSION, &item.value).during(operation));
        let mut notes: Vec<ScanNote> = notes.collect::<Result<_, _>>()?;
        notes.sort_by_key(|note| std::cmp::Reverse(note.at));
        Ok(notes)
    }

    /// Keeps a note about a run that does not begin, once; `false` where a condition of `more` does not hold.
    pub(crate) async fn keep_note(
        &self,
        scan: &str,
        run: &RunId,
        note: &ScanNote,
        more: Vec<Action>,
    ) -> Result<bool, AppError> {
        let operation = || format!("store a note of scan {scan}");
        // Notes are of no use after a season.
        let expires = note.at.shifted(90 * 86_400);
        let item = Item::new(note_key(scan, run.as_str()), pack(NOTE_VERSION, note).during(operation)?);
        let mut actions = vec![Action::put(item.expiring(expires)).when(Condition::MustNotExist)];
        actions.extend(more);
        self.all_or_nothing(actions, operation).await
    }

    /// The note about a run that did not begin.
    pub(crate) async fn scan_note(&self, scan: &str, run: &str) -> Result<Option<ScanNote>, AppError> {
        let operation = || format!("read the notes of scan {scan}");
        let item = self.table.get(&note_key(scan, run)).await.during(operation)?;
        item.map(|item| unpack("scan note", NOTE_VERSION, &item.value).during(operation)).transpose()
    }

    /// Changes a scan under its lock; with a version only that one.
    async fn change_scan(
        &self,
        id: &str,
        version: Option<i64>,
        change: impl Fn(&mut Scan),
    ) -> Result<Scan, AppError> {
        for _ in 0..crate::ingest::MOST_TRIES {
            let mut scan = self.scan(id).await?.ok_or_else(|| no_scan(id))?;
            if version.is_some_and(|version| version != scan.version) {
                return Err(AppError::Stale { what: format!("scan {}", scan.draft.name) });
            }
            let before = scan.clone();
            change(&mut scan);
            if scan == before {
                return Ok(scan);
            }
            scan.edited = self.clock.now();
            scan.version += 1;
            match self.put_scan(&scan, Condition::equals(LOCK, before.version)).await {
                Err(AppError::Stale { .. }) => {}
                other => return other.map(|()| scan),
            }
        }
        Err(AppError::Contended { what: format!("scan {id}"), tries: crate::ingest::MOST_TRIES })
    }

    async fn put_scan(&self, scan: &Scan, condition: Condition) -> Result<(), AppError> {
        let operation = || format!("store scan {}", scan.draft.name);
        let item = Item::new(key(&scan.id), pack(VERSION, scan).during(operation)?).with(LOCK, scan.version);
        match self.table.transact(vec![Action::put(item).when(condition)]).await {
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: format!("scan {}", scan.draft.name) })
            }
            other => other.during(operation),
        }
    }
}

/// The name of a copy that no other scan has: `Office (copy)`, `Office (copy 2)`, ...
fn copied(name: &str, scans: &[Scan]) -> String {
    let name: String = name.chars().take(80).collect();
    let numbered = |number: u32| match number {
        1 => format!("{name} (copy)"),
        _ => format!("{name} (copy {number})"),
    };
    let is_free = |name: &String| scans.iter().all(|scan| scan.draft.name != *name);
    (1..=u32::MAX).map(numbered).find(is_free).unwrap_or(name)
}

fn note_key(scan: &str, name: &str) -> Key {
    Key::new(format!("SCAN#{scan}"), format!("NOTE#{name}"))
}

pub(crate) fn no_scan(id: &str) -> AppError {
    AppError::Unknown { what: format!("scan {}", portdelta_core::escape::escape(id)) }
}

/// Whether it can be read.
pub(crate) fn check_note(item: &Item) -> Result<(), StoredError> {
    unpack::<ScanNote>("scan note", NOTE_VERSION, &item.value).map(drop)
}
