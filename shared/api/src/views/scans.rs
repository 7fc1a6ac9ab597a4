//! Scans.

use portdelta_app::ports::ScheduleEntry;
use portdelta_app::repositories::{self, Scan, ScanSchedule};
use portdelta_app::schedule::BlackoutWindows;
use portdelta_app::{AppError, CheckedScan, Invalid};
use portdelta_core::UnixTime;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::tasks::TaskCutter;
use portdelta_protocol::admin::{self, Overlap, ScanDraft, ScanPreview, Schedule, SchedulePreview, Time};

use crate::error::ApiError;

/// So many tasks are reckoned one by one; the rest takes as long as the longest of them.
const RECKONED: u32 = 512;

/// What people decided about a scan, as the application takes it.
pub(crate) fn draft_of(draft: ScanDraft) -> repositories::ScanDraft {
    repositories::ScanDraft {
        name: draft.name,
        description: draft.description,
        targets: draft.targets,
        networks: draft.networks,
        exclusions: draft.exclusions,
        ports: draft.ports,
        options: draft.options,
        sites: draft.sites,
        schedule: draft.schedule.map(|schedule| ScanSchedule {
            expression: schedule.expression,
            time_zone: schedule.time_zone,
            spread_minutes: schedule.spread_minutes,
        }),
        scheduled: draft.scheduled,
        first_look_digest: draft.first_look_digest,
        confirm_open: draft.confirm_open,
        confirm_close: draft.confirm_close,
        deadline_minutes: draft.deadline_minutes,
        overlap: match draft.overlap {
            Overlap::Skip => repositories::Overlap::Skip,
            Overlap::Queue => repositories::Overlap::Queue,
            Overlap::Replace => repositories::Overlap::Replace,
        },
        blackout_windows: draft.blackout_windows,
    }
}

fn shown(draft: repositories::ScanDraft) -> ScanDraft {
    ScanDraft {
        name: draft.name,
        description: draft.description,
        targets: draft.targets,
        networks: draft.networks,
        exclusions: draft.exclusions,
        ports: draft.ports,
        options: draft.options,
        sites: draft.sites,
        schedule: draft.schedule.map(|schedule| Schedule {
            expression: schedule.expression,
            time_zone: schedule.time_zone,
            spread_minutes: schedule.spread_minutes,
        }),
        scheduled: draft.scheduled,
        first_look_digest: draft.first_look_digest,
        confirm_open: draft.confirm_open,
        confirm_close: draft.confirm_close,
        deadline_minutes: draft.deadline_minutes,
        overlap: match draft.overlap {
            repositories::Overlap::Skip => Overlap::Skip,
            repositories::Overlap::Queue => Overlap::Queue,
            repositories::Overlap::Replace => Overlap::Replace,
        },
        blackout_windows: draft.blackout_windows,
    }
}

/// A scan, with what happened to it.
pub(crate) fn view(scan: &Scan, now: UnixTime, notes: &[repositories::ScanNote]) -> admin::Scan {
    // What is stored was checked; a time zone may have vanished since.
    let entry = scan.schedule_entry();
    let schedule = entry.as_ref().and_then(|entry| entry.read().ok().map(|schedule| (entry, schedule)));
    let next = schedule.as_ref().filter(|(entry, _)| entry.enabled);
    let windows = scan.blackout_windows();
    admin::Scan {
        id: scan.id.clone(),
        draft: shown(scan.draft.clone()),
        active: scan.active,
        created: Time(scan.created),
        edited: Time(scan.edited),
        version: u64::try_from(scan.version).unwrap_or(0),
        next_run: next.and_then(|(entry, schedule)| windows.next_of(schedule, entry.since, now)).map(Time),
        schedule_text: schedule.as_ref().map(|(_, schedule)| schedule.words()),
        blackout_text: windows.words(),
        held_until: windows.until(now).filter(|_| scan.active).map(Time),
        notes: notes.iter().map(note).collect(),
    }
}

/// Something that happened to a scan.
pub(crate) fn note(note: &repositories::ScanNote) -> admin::ScanNote {
    let repositories::ScanNote { at, site, code, message } = note.clone();
    admin::ScanNote { time: Time(at), site, code, message }
}

/// Blackout windows as people wrote them.
pub(crate) fn windows(texts: &[String]) -> Result<BlackoutWindows, ApiError> {
    BlackoutWindows::read(texts).map_err(|mistake| AppError::from(Invalid::from(mistake)).into())
}

/// A schedule in words and times; those in the windows left out. A rate counts from `since`.
pub(crate) fn schedule_preview(
    schedule: &Schedule,
    windows: &BlackoutWindows,
    since: UnixTime,
    now: UnixTime,
    count: usize,
) -> Result<SchedulePreview, ApiError> {
    let entry = ScheduleEntry {
        scan: String::new(),
        expression: schedule.expression.clone(),
        time_zone: schedule.time_zone.clone(),
        spread_minutes: schedule.spread_minutes,
        enabled: true,
        since,
    };
    let read = entry.read().map_err(|mistake| ApiError::from(AppError::from(Invalid::from(mistake))))?;
    let next = windows.next_times(&read, since, now, count).into_iter().map(Time).collect();
    Ok(SchedulePreview { text: read.words(), next })
}

/// What a scan comes to.
pub(crate) fn preview(
    checked: &CheckedScan,
    schedule: Option<SchedulePreview>,
    windows: &BlackoutWindows,
) -> ScanPreview {
    let tasks = checked.cutter.tasks();
    let reckoned = (0..tasks.min(RECKONED)).filter_map(|number| checked.cutter.task(number));
    let seconds: Vec<u64> =
        reckoned.map(|part| TaskCutter::worst_case_seconds(&part, &checked.options).into()).collect();
    let rest = u64::from(tasks.saturating_sub(RECKONED));
    let longest = seconds.iter().copied().max().unwrap_or(0);
    let ports = match &checked.ports {
        None => 0,
        Some(PortSpec::Top(count)) => u32::from(*count),
        Some(named) => named.set().map_or(0, portdelta_core::PortSet::count),
    };
    ScanPreview {
        addresses: checked.addresses.count().to_string(),
        ports,
        needs_root: checked.needs_root.clone(),
        tasks: tasks.into(),
        worst_case_seconds: seconds.iter().sum::<u64>().saturating_add(longest.saturating_mul(rest)),
        schedule,
        blackout_text: windows.words(),
    }
}
