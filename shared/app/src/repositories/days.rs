//! How much changed on each day: counters that runs add to when they end, so that nobody has to walk through reports.
//!
//! A run is counted in the transaction that writes its report, and so once. What comes late is not counted, as it is
//! not in the report.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;

use super::all_items;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Cursor, Item, Key, Page, Query};
use crate::steps::{READ_AT_ONCE, Steps};

/// The partition of the counters of a site.
pub(crate) fn days_partition(site: &SiteId) -> String {
    format!("DAYS#{site}")
}

const COUNT: &str = "n";
const REPORTS: &str = "REPORTS";

/// A day, in seconds.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// What changed on a day of UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayChanges {
    /// When the day began.
    pub day: UnixTime,
    /// Changes by the name of their kind: of scans by when their reports were written, of imports by when the hosts
    /// were looked at.
    pub changes: BTreeMap<String, u64>,
}

fn day_of(time: UnixTime) -> i64 {
    time.seconds().div_euclid(DAY_SECONDS)
}

/// Adds what a report says more than `before` to the day of `seen`, and a report where there was none.
pub(crate) fn day_actions(
    site: &SiteId,
    seen: UnixTime,
    changes: &BTreeMap<String, u64>,
    before: Option<&BTreeMap<String, u64>>,
) -> Vec<Action> {
    let count = |changes: &BTreeMap<String, u64>, kind: &str| -> i64 {
        changes.get(kind).map_or(0, |&count| i64::try_from(count).unwrap_or(i64::MAX))
    };
    let none = BTreeMap::new();
    let known = before.unwrap_or(&none);
    let mut actions: Vec<_> = portdelta_core::delta::Kind::ALL
        .into_iter()
        .map(|kind| (kind, count(changes, kind.name()).saturating_sub(count(known, kind.name()))))
        .filter(|(_, more)| *more != 0)
        .map(|(kind, more)| {
            let sort = format!("{:06}#{}", day_of(seen), kind.name());
            let key = Key::new(days_partition(site), sort);
            Action::add(key, COUNT, more)
        })
        .collect();
    if before.is_none() {
        actions.push(Action::add(reports_key(site), COUNT, 1));
    }
    actions
}

/// A report is removed; what changed on its day stays so.
pub(crate) fn uncount_report(site: &SiteId) -> Action {
    Action::add(reports_key(site), COUNT, -1)
}

fn reports_key(site: &SiteId) -> Key {
    Key::new(days_partition(site), REPORTS)
}

impl App {
    /// The changes of the `days` days up to now, oldest first, each day once; today's may still grow.
    pub async fn day_changes(&self, days: u16) -> Result<Vec<DayChanges>, AppError> {
        let operation = || "read what changed on each day".to_owned();
        let last = day_of(self.clock.now());
        let first = last - i64::from(days.max(1)) + 1;
        let day = |number: i64| DayChanges {
            day: UnixTime::EPOCH.shifted(number * DAY_SECONDS),
            changes: BTreeMap::new(),
        };
        let mut all: BTreeMap<i64, DayChanges> = (first..=last).map(|number| (number, day(number))).collect();
        let range = SortRange::Between(format!("{:06}", first.max(0)), format!("{last:06}~"));
        for site in self.sites().await? {
            let query = Query::partition(days_partition(&site.id)).range(range.clone());
            for item in all_items(&*self.table, query, false).await.during(operation)? {
                let Some((number, kind)) = item.key.sort.split_once('#') else { continue };
                let entry = number.parse().ok().and_then(|number: i64| all.get_mut(&number));
                let count = item.number(COUNT).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
                if let Some(entry) = entry.filter(|_| count > 0) {
                    *entry.changes.entry(kind.to_owned()).or_default() += count;
                }
            }
        }
        Ok(all.into_values().collect())
    }

    /// Removes how much changed at a site on the days up to that of `at`: on that day first, at once, as it may change
    /// again; then from behind a position on. The last one that is gone where it did not come to the end.
    pub(crate) async fn remove_days(
        &self,
        site: &SiteId,
        at: UnixTime,
        behind: Option<&str>,
        steps: &mut Steps<'_>,
    ) -> Result<Option<String>, AppError> {
        let today = format!("{:06}", day_of(at));
        let days = |first: &str, last: &str| {
            let range = SortRange::Between(first.to_owned(), last.to_owned());
            Query::partition(days_partition(site)).range(range).limit(READ_AT_ONCE)
        };
        if behind.is_none() {
            // A page has more than there are kinds of changes.
            self.remove_some_days(site, &days(&today, &format!("{today}~"))).await?;
        }
        let mut query = days("0", &today).behind(behind);
        loop {
            let (last, next) = self.remove_some_days(site, &query).await?;
            steps.take(2);
            if next.is_none() || !steps.any() {
                return Ok(last.filter(|_| next.is_some()));
            }
            query = query.after(next);
        }
    }

    /// Removes a page of them; the last one, and where the next page begins.
    async fn remove_some_days(
        &self,
        site: &SiteId,
        query: &Query,
    ) -> Result<(Option<String>, Option<Cursor>), AppError> {
        let operation = || format!("remove what changed on each day at site {site}");
        let Page { items, next } = self.table.query(query).await.during(operation)?;
        let last = items.last().map(|item| item.key.sort.clone());
        let gone = items.into_iter().map(|item| Action::delete(item.key)).collect();
        self.table.transact(gone).await.during(operation)?;
        Ok((last, next))
    }

    /// How many reports there are.
    pub async fn report_count(&self) -> Result<u64, AppError> {
        let mut sum = 0;
        for site in self.sites().await? {
            let item = self.table.get(&reports_key(&site.id)).await.during(|| "count reports".to_owned())?;
            sum += item.and_then(|item| item.number(COUNT)).unwrap_or(0);
        }
        Ok(u64::try_from(sum).unwrap_or(0))
    }
}

/// Whether it is a counter.
pub(crate) fn is_day(item: &Item) -> bool {
    let kind = |sort: &str| {
        let (day, kind) = sort.split_once('#')?;
        let known = portdelta_core::delta::Kind::ALL.iter().any(|known| known.name() == kind);
        (known && day.len() == 6 && day.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
    };
    item.value.is_empty()
        && item.number(COUNT).is_some()
        && (item.key.sort == REPORTS || kind(&item.key.sort).is_some())
}
