//! What became of alerts lately, for those who watch: kept for an hour, and no truth of anything.

use std::net::IpAddr;

use portdelta_core::alert::{Alert, AlertState, Truth};
use portdelta_core::ids::SiteId;
use portdelta_core::watch::Severity;
use portdelta_core::{Port, UnixTime};
use serde::{Deserialize, Serialize};

use super::all_items;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Item, Key, Query};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "EVENTS";

/// How long they are kept, in seconds.
pub const EVENTS_KEPT_SECONDS: i64 = 3_600;

/// Something that became of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertNews {
    /// When.
    pub time: UnixTime,
    /// What.
    pub what: AlertTurn,
    /// The alert's id.
    pub alert: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line for people. Not escaped.
    pub title: String,
    /// How it was then.
    pub state: AlertState,
    /// Its site.
    pub site: Option<SiteId>,
    /// Its address and port, where it is about one.
    pub place: Option<(IpAddr, Port)>,
    /// Tells it from others of the same second.
    number: u64,
}

/// What became of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertTurn {
    /// A new episode.
    Opened,
    /// It is resolved.
    Closed,
    /// Somebody did something, or its host went or came.
    Changed,
}

impl AlertNews {
    /// Unique, and ordered by time.
    #[must_use]
    pub fn position(&self) -> String {
        format!("{:012}#{}#{:06}", self.time.seconds(), self.alert, self.number)
    }

    fn of(before: Option<&Alert>, after: &Alert, now: UnixTime) -> Option<Self> {
        let is_live = |alert: &Alert| alert.truth != Truth::Fails && alert.episode > 0;
        let was_live = before.is_some_and(is_live);
        let episode = before.map_or(0, |before| before.episode);
        let what = match (was_live, is_live(after)) {
            (_, true) if !was_live || after.episode > episode => AlertTurn::Opened,
            (true, false) => AlertTurn::Closed,
            (true, true) if before.is_some_and(|before| before.state(now) != after.state(now)) => {
                AlertTurn::Changed
            }
            _ => return None,
        };
        let place = after.subject.address().zip(after.subject.port());
        Some(Self {
            time: now,
            what,
            alert: after.id().to_string(),
            severity: after.severity,
            title: after.title.clone(),
            state: after.state(now),
            site: after.subject.site().cloned(),
            place,
            number: u64::from(after.episode) * 1_000 + after.history.len() as u64,
        })
    }
}

/// Puts what became of an alert where those look who watch; `None` where nothing did that anybody sees.
pub(crate) fn news_action(
    before: Option<&Alert>,
    after: &Alert,
    now: UnixTime,
) -> Result<Option<Action>, AppError> {
    let Some(news) = AlertNews::of(before, after, now) else { return Ok(None) };
    let bytes = pack(VERSION, &news).during(|| format!("store what became of alert {}", news.alert))?;
    let item = Item::new(Key::new(PARTITION, news.position()), bytes);
    Ok(Some(Action::put(item.expiring(now.shifted(EVENTS_KEPT_SECONDS)))))
}

impl App {
    /// What became of alerts from a time on, oldest first; of the last hour only.
    pub async fn alert_news(&self, since: UnixTime) -> Result<Vec<AlertNews>, AppError> {
        let operation = || "read what became of alerts".to_owned();
        let range = SortRange::AtLeast(format!("{:012}", since.seconds()));
        let items = all_items(&*self.table, Query::partition(PARTITION).range(range), false).await;
        let items = items.during(operation)?;
        items.iter().map(|item| unpack("news", VERSION, &item.value).during(operation)).collect()
    }
}
