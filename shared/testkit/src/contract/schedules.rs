//! The suite of the schedules port.
//!
//! It is about what is kept. That schedules fire is up to the service behind an adapter, or to a loop of its own, and
//! tested there.

use std::any::Any;
use std::sync::Arc;

use portdelta_app::ports::{ErrorClass, ScheduleEntry, ScheduleError, Schedules};
use portdelta_core::UnixTime;

/// Schedules to be tested; there may be others whose scans do not begin with `salt`.
pub struct SchedulesUnderTest {
    /// One way to the schedules.
    pub schedules: Arc<dyn Schedules>,
    /// Another way to the same schedules, as another process has it; may be the same.
    pub second: Arc<dyn Schedules>,
    /// Begins every scan that a case uses; at most 20 characters.
    pub salt: String,
    /// How many to make where many are made: more than a page of the service, where it has pages.
    pub many: usize,
    /// What must live as long as the schedules.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl SchedulesUnderTest {
    /// A schedule that could be anybody's.
    fn entry(&self, name: &str) -> ScheduleEntry {
        ScheduleEntry {
            scan: format!("{}{name}", self.salt),
            expression: "cron(0 3 ? * MON-FRI *)".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            spread_minutes: 30,
            enabled: true,
            since: UnixTime::EPOCH.shifted(1_900_000_000),
        }
    }

    async fn put(&self, entry: &ScheduleEntry) {
        self.schedules.put(entry).await.expect("a schedule can be put");
    }

    /// The schedules of this case, as the other side lists them.
    async fn listed(&self) -> Vec<ScheduleEntry> {
        let all = self.second.list().await.expect("schedules can be listed");
        all.into_iter().filter(|entry| entry.scan.starts_with(&self.salt)).collect()
    }
}

/// Each kind of expression, with and without spread, switched on and off.
pub async fn a_schedule_is_listed_as_it_was_put(t: SchedulesUnderTest) {
    let mut entries = Vec::new();
    for (number, (expression, time_zone, spread_minutes, enabled)) in [
        ("rate(15 minutes)", "UTC", 0, true),
        ("rate(1 hour)", "UTC", 0, false),
        ("rate(2 days)", "Asia/Kolkata", 1_440, true),
        ("cron(0/5 8-17 ? * MON-FRI *)", "America/New_York", 1, true),
        ("cron(30 2 L * ? 2030-2040)", "Europe/Berlin", 59, true),
        ("at(2150-12-24T18:00:00)", "Australia/Lord_Howe", 0, true),
    ]
    .into_iter()
    .enumerate()
    {
        let entry = ScheduleEntry {
            expression: expression.to_owned(),
            time_zone: time_zone.to_owned(),
            spread_minutes,
            enabled,
            ..t.entry(&format!("kind-{number}"))
        };
        t.put(&entry).await;
        entries.push(entry);
    }
    assert_eq!(t.listed().await, entries);
}

/// One schedule a scan: what is put again is replaced whole, and what is the same stays.
pub async fn a_put_replaces_the_schedule(t: SchedulesUnderTest) {
    let first = t.entry("edited");
    t.put(&first).await;
    t.put(&first).await;
    assert_eq!(t.listed().await, std::slice::from_ref(&first));
    let second = ScheduleEntry {
        expression: "rate(7 days)".to_owned(),
        time_zone: "UTC".to_owned(),
        spread_minutes: 0,
        since: first.since.shifted(60),
        ..first.clone()
    };
    t.second.put(&second).await.expect("a schedule can be put");
    assert_eq!(t.listed().await, [second]);
    t.put(&first).await;
    assert_eq!(t.listed().await, [first]);
}

/// It is kept, as nobody wants to type it again.
pub async fn a_schedule_can_be_switched_off_and_on(t: SchedulesUnderTest) {
    for enabled in [true, false, true] {
        let entry = ScheduleEntry { enabled, ..t.entry("paused") };
        t.put(&entry).await;
        assert_eq!(t.listed().await, [entry]);
    }
}

/// Only that one, and again does no harm.
pub async fn a_deleted_schedule_is_gone(t: SchedulesUnderTest) {
    let (gone, stays) = (t.entry("gone"), t.entry("gone-not"));
    t.put(&gone).await;
    t.put(&stays).await;
    for _ in 0..2 {
        t.second.delete(&gone.scan).await.expect("a schedule can be removed");
        assert_eq!(t.listed().await, std::slice::from_ref(&stays));
    }
    t.put(&gone).await;
    assert_eq!(t.listed().await, [gone, stays]);
}

/// More than a page of any service, by scan.
pub async fn all_schedules_are_listed_by_scan(t: SchedulesUnderTest) {
    let mut entries: Vec<_> = (0..t.many).map(|number| t.entry(&format!("s{number:03}"))).collect();
    for entry in entries.iter().rev() {
        t.put(entry).await;
    }
    assert_eq!(t.listed().await, entries);
    for entry in entries.split_off(3) {
        t.schedules.delete(&entry.scan).await.expect("a schedule can be removed");
    }
    assert_eq!(t.listed().await, entries);
}

/// The caller's fault, told in a sentence; what was there stays.
pub async fn what_can_not_fire_is_refused(t: SchedulesUnderTest) {
    let good = t.entry("refused");
    t.put(&good).await;
    let with = |expression: &str, time_zone: &str, spread_minutes| ScheduleEntry {
        expression: expression.to_owned(),
        time_zone: time_zone.to_owned(),
        spread_minutes,
        ..good.clone()
    };
    for entry in [
        with("", "UTC", 0),
        with("rate(0 minutes)", "UTC", 0),
        with("rate(1 fortnight)", "UTC", 0),
        with("cron(0 3 * * MON-FRI *)", "UTC", 0),
        with("cron(0 3 31 2 ? *)", "UTC", 0),
        with("at(2026-02-30T18:00:00)", "UTC", 0),
        with("rate(1 hour", "UTC", 0),
        with("rate(1 hour)", "Mars/Olympus", 0),
        with("rate(1 hour)", "../../etc/passwd", 0),
        with("rate(1 hour)", "UTC", 1_441),
    ] {
        let result = t.schedules.put(&entry).await;
        let Err(error @ ScheduleError::Invalid { .. }) = result else { panic!("{entry:?}: {result:?}") };
        assert_eq!(error.class(), ErrorClass::Caller);
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(t.listed().await, [good]);
}

/// Ids are 1 to 64 characters of `a-z`, `A-Z`, `0-9`, `-`, `_` and `.`, so that they fit everywhere.
pub async fn only_scans_with_ids_have_schedules(t: SchedulesUnderTest) {
    let longest = "x".repeat(64 - t.salt.len());
    let entry = t.entry(&longest);
    t.put(&entry).await;
    for name in ["a b", "a/b", "ä", "a\nb", &format!("{longest}x")] {
        let result = t.schedules.put(&t.entry(name)).await;
        assert!(matches!(result, Err(ScheduleError::Invalid { .. })), "{name:?}: {result:?}");
        t.schedules.delete(&t.entry(name).scan).await.expect("there is none to remove");
    }
    assert_eq!(t.listed().await, [entry]);
}

/// Whoever comes last, nothing is mixed.
pub async fn of_several_puts_one_stays_whole(t: SchedulesUnderTest) {
    // From two on: one day is written in another way than it was put.
    let entries: Vec<_> = (2..=9)
        .map(|number: u16| ScheduleEntry {
            expression: format!("rate({number} days)"),
            spread_minutes: number,
            enabled: number.is_multiple_of(2),
            since: UnixTime::EPOCH.shifted(number.into()),
            ..t.entry("contended")
        })
        .collect();
    let mut puts = tokio::task::JoinSet::new();
    for entry in entries.clone() {
        let schedules = if entry.enabled { &t.schedules } else { &t.second };
        let schedules = Arc::clone(schedules);
        puts.spawn(async move { schedules.put(&entry).await });
    }
    while let Some(put) = puts.join_next().await {
        put.expect("a put does not panic").expect("a schedule can be put");
    }
    let listed = t.listed().await;
    assert!(listed.len() == 1 && entries.contains(&listed[0]), "{listed:?}");
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`SchedulesUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is.
#[macro_export]
macro_rules! schedules_contract {
    ($fixture:path) => {
        $crate::schedules_contract!(@tests $fixture, [
            a_schedule_is_listed_as_it_was_put,
            a_put_replaces_the_schedule,
            a_schedule_can_be_switched_off_and_on,
            a_deleted_schedule_is_gone,
            all_schedules_are_listed_by_scan,
            what_can_not_fire_is_refused,
            only_scans_with_ids_have_schedules,
            of_several_puts_one_stays_whole,
        ]);
    };
    (@tests $fixture:path, [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::schedules::$case(under_test).await;
                }
            }
        )*
    };
}
