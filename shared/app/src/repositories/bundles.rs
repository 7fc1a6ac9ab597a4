//! Bundles: what is told together. Notices go in with the change of their alert, until the bundle is closed.

use std::net::IpAddr;

use portdelta_core::alert::{AlertId, Telling};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::watch::Severity;
use portdelta_core::{Port, UnixTime};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const OPEN: &str = "BUNDLES#open";
const CLOSED: &str = "CLOSED";

/// A bundle is of no use any more after so long, in seconds: messages do not come that late.
const KEPT_SECONDS: i64 = 60 * 86_400;

/// Something to tell about an alert, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The alert.
    pub alert: AlertId,
    /// Which episode of it.
    pub episode: u32,
    /// What is told.
    pub telling: Telling,
    /// How much it matters.
    pub severity: Severity,
    /// The alert's title. Not escaped.
    pub title: String,
    /// More about it. Not escaped.
    pub detail: String,
    /// Where.
    pub site: Option<SiteId>,
    /// The address, where it is about one.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: Option<Port>,
    /// The network of the address.
    pub network: Option<String>,
    /// The rule, or the kind of trouble.
    pub rule: String,
    /// Nothing had looked there before.
    pub first_look: bool,
    /// It opens again and again.
    pub flapping: bool,
    /// When the episode opened.
    pub opened: UnixTime,
    /// When this was to be told.
    pub time: UnixTime,
    /// The scan that found it.
    pub scan: Option<String>,
    /// The run that found it.
    pub run: Option<RunId>,
    /// The notification by which channels that want it at once get it; `None` where there is none.
    pub at_once: Option<String>,
}

impl Notice {
    /// Stands in notification ids and keys: each is told once.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-e{}-{}", self.alert, self.episode, self.telling.name())
    }
}

pub(crate) fn partition(bundle: &str) -> String {
    format!("BUNDLE#{bundle}")
}

fn closed_key(bundle: &str) -> Key {
    Key::new(partition(bundle), CLOSED)
}

fn open_key(bundle: &str) -> Key {
    Key::new(partition(bundle), "OPEN")
}

/// Puts a notice into a bundle, on the condition that the bundle is not closed. Nobody else closing it, it is closed
/// at `end`.
pub(crate) fn notice_actions(bundle: &str, notice: &Notice, end: UnixTime) -> Result<Vec<Action>, AppError> {
    let bytes = pack(VERSION, notice).during(|| format!("store a notice of alert {}", notice.alert))?;
    // The most severe first.
    let rank = Severity::Critical as u8 - notice.severity as u8;
    let expires = notice.time.shifted(KEPT_SECONDS);
    let key = Key::new(partition(bundle), format!("N#{rank}#{}", notice.name()));
    let open = Item::new(open_key(bundle), Vec::new()).expiring(expires);
    let open = open.indexed(Key::new(OPEN, format!("{:012}#{bundle}", end.seconds())));
    Ok(vec![
        Action::check(closed_key(bundle), Condition::MustNotExist),
        Action::put(Item::new(key, bytes).expiring(expires)),
        Action::put(open),
    ])
}

impl App {
    /// Closes a bundle: what is in it now is all that it will ever hold. Writes nothing where it is closed.
    pub(crate) async fn close_bundle(&self, bundle: &str) -> Result<(), AppError> {
        let operation = || format!("close bundle {bundle}");
        if self.table.get(&closed_key(bundle)).await.during(operation)?.is_some() {
            return Ok(());
        }
        let item = Item::new(closed_key(bundle), Vec::new()).expiring(self.clock.now().shifted(KEPT_SECONDS));
        self.table.transact(vec![Action::put(item)]).await.during(operation)
    }

    /// Whether a bundle that has notices was told.
    pub(crate) async fn is_bundle_told(&self, bundle: &str) -> Result<bool, AppError> {
        let open = self.table.get(&open_key(bundle)).await;
        Ok(open.during(|| format!("read whether bundle {bundle} was told"))?.is_none())
    }

    /// Marks a closed bundle as told; until then [`App::open_bundles`] lists it.
    pub(crate) async fn bundle_was_told(&self, bundle: &str) -> Result<(), AppError> {
        let gone = self.table.transact(vec![Action::delete(open_key(bundle))]).await;
        gone.during(|| format!("mark bundle {bundle} as told"))
    }

    /// A page of the notices of a bundle, the most severe first.
    pub async fn notices(
        &self,
        bundle: &str,
        after: Option<Cursor>,
    ) -> Result<(Vec<Notice>, Option<Cursor>), AppError> {
        let operation = || format!("read bundle {bundle}");
        let query = Query::partition(partition(bundle)).prefix("N#").after(after);
        let page = self.table.query(&query).await.during(operation)?;
        let notices = page.items.iter().map(|item| unpack("notice", VERSION, &item.value).during(operation));
        Ok((notices.collect::<Result<_, _>>()?, page.next))
    }

    /// Bundles that should have been closed and told by `now`. The index behind it may lag.
    pub(crate) async fn open_bundles(&self, now: UnixTime) -> Result<Vec<String>, AppError> {
        let due = SortRange::Below(format!("{:012}$", now.seconds()));
        let page = self.table.query_index(&Query::partition(OPEN).range(due)).await;
        let page = page.during(|| "list what is to be told".to_owned())?;
        let name = |item: Item| item.key.partition.strip_prefix("BUNDLE#").map(str::to_owned);
        Ok(page.items.into_iter().filter_map(name).collect())
    }
}

/// Whether it can be read.
pub(crate) fn check_notice(item: &Item) -> Result<(), crate::stored::StoredError> {
    unpack::<Notice>("notice", VERSION, &item.value).map(drop)
}

impl App {
    /// The names of all bundles that nobody was told of.
    pub(crate) async fn untold_bundles(&self) -> Result<Vec<String>, AppError> {
        let items = super::all_items(&*self.table, Query::partition(OPEN), true).await;
        let items = items.during(|| "list what is to be told".to_owned())?;
        Ok(items
            .iter()
            .filter_map(|item| item.key.partition.strip_prefix("BUNDLE#").map(str::to_owned))
            .collect())
    }
}
