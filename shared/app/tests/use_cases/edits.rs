//! Two people edit the same thing: whoever comes second hears of it, and nothing is overwritten.

use std::sync::Arc;

use portdelta_app::ports::{Item, Key, Table};
use portdelta_app::repositories::{Network, NetworkDraft, Retention, Site};
use portdelta_app::{App, AppError};

use crate::races::unhurried;
use crate::store::{Memory, site};

const EDITORS: u64 = 3;

/// What editors read, and what each of them makes of it.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Site,
    Network,
    Retention,
}

impl Thing {
    /// Its version.
    async fn seen(self, app: &App) -> i64 {
        let seen = match self {
            Self::Site => app.versioned_site(&site()).await.map(|found| found.expect("it is there").1),
            Self::Network => app.versioned_network("Lab").await.map(|found| found.expect("it is there").1),
            Self::Retention => app.versioned_retention().await.map(|(_, version)| version),
        };
        seen.expect("readable")
    }

    /// What editor `number` makes of it.
    async fn edit(self, app: &App, number: u64, seen: Option<i64>) -> Result<i64, AppError> {
        match self {
            Self::Site => {
                let known = app.site(&site()).await?.expect("it is there");
                let edited = Site { name: format!("Office {number}"), ..known };
                app.edit_site(&edited, seen).await.map(|(_, version)| version)
            }
            Self::Network => {
                let known = app.network("Lab").await?.expect("it is there");
                app.edit_network(&Network { owner: format!("owner {number}"), ..known }, seen).await
            }
            Self::Retention => {
                let days = u32::try_from(number).expect("a few") + 100;
                app.set_retention(Retention { results_days: Some(days), ..Retention::default() }, seen).await
            }
        }
    }

    /// What is there now, in words.
    async fn now(self, app: &App) -> String {
        match self {
            Self::Site => app.site(&site()).await.expect("readable").expect("it is there").name,
            Self::Network => app.network("Lab").await.expect("readable").expect("it is there").owner,
            Self::Retention => format!("{:?}", app.retention().await.expect("readable").results_days),
        }
    }

    fn made_by(self, number: u64) -> String {
        match self {
            Self::Site => format!("Office {number}"),
            Self::Network => format!("owner {number}"),
            Self::Retention => format!("Some({})", number + 100),
        }
    }
}

const THINGS: [Thing; 3] = [Thing::Site, Thing::Network, Thing::Retention];

async fn memory() -> Memory {
    let memory = Memory::new();
    let app = memory.app();
    app.create_site(site(), "", "").await.expect("it is new");
    let (name, prefixes) = ("Lab".to_owned(), "192.0.2.0/24".to_owned());
    let lab = NetworkDraft { name, prefixes, ..NetworkDraft::default() };
    app.create_network(&lab).await.expect("it is new");
    memory
}

fn code(outcome: &Result<i64, AppError>) -> &str {
    outcome.as_ref().map_or_else(AppError::code, |_| "done")
}

#[tokio::test]
async fn who_has_not_seen_the_edit_before_is_refused() {
    for thing in THINGS {
        let memory = memory().await;
        let app = memory.app();
        let seen = thing.seen(&app).await;
        let next = thing.edit(&app, 0, Some(seen)).await.expect("nobody was first");
        assert_eq!((next, thing.seen(&app).await), (seen + 1, seen + 1), "{thing:?}");
        for wrong in [seen, next + 1, -1, i64::MAX] {
            let refused = thing.edit(&app, 1, Some(wrong)).await.expect_err("somebody was first");
            assert_eq!((refused.code(), refused.hint().is_some()), ("stale", true), "{thing:?}");
        }
        assert_eq!(thing.now(&app).await, thing.made_by(0), "what was refused changed nothing");
        thing.edit(&app, 1, Some(next)).await.expect("it was read again");
        assert_eq!(thing.now(&app).await, thing.made_by(1));
    }
}

#[tokio::test]
async fn of_those_who_edit_at_once_one_is_first() {
    for thing in THINGS {
        for seed in 0..30 {
            let memory = memory().await;
            let seen = thing.seen(&memory.app()).await;
            let mut editors = tokio::task::JoinSet::new();
            for number in 0..EDITORS {
                let app: Arc<App> = unhurried(&memory, seed * 10 + number);
                editors.spawn(async move { (number, thing.edit(&app, number, Some(seen)).await) });
            }
            let outcomes = editors.join_all().await;
            let (done, refused): (Vec<_>, Vec<_>) = outcomes.iter().partition(|(_, outcome)| outcome.is_ok());
            assert!(refused.iter().all(|(_, outcome)| code(outcome) == "stale"), "{thing:?} {outcomes:?}");
            let [(first, _)] = done[..] else { panic!("{thing:?} {outcomes:?}") };
            assert_eq!(thing.now(&memory.app()).await, thing.made_by(*first));
            assert_eq!(thing.seen(&memory.app()).await, seen + 1);
        }
    }
}

#[tokio::test]
async fn what_was_stored_without_a_version_is_edited_by_one_at_a_time_too() {
    for (thing, key) in [
        (Thing::Site, Key::new("SITES", "office")),
        (Thing::Network, Key::new("NETWORKS", "Lab")),
        (Thing::Retention, Key::new("RETENTION", "SETTING")),
    ] {
        let memory = memory().await;
        let app = memory.app();
        thing.edit(&app, 0, None).await.expect("nobody was first");
        let item = memory.table.get(&key).await.expect("readable").expect("it is there");
        let before = Item { attributes: portdelta_app::ports::table::Attributes::default(), ..item };
        memory.table.transact(vec![portdelta_app::ports::Action::put(before)]).await.expect("it is put");
        assert_eq!(thing.seen(&app).await, 0, "{thing:?}");
        assert_eq!(thing.edit(&app, 1, Some(0)).await.expect("nobody was first"), 1);
        let refused = thing.edit(&app, 2, Some(0)).await;
        assert_eq!(code(&refused), "stale", "{thing:?}");
        assert_eq!(thing.now(&app).await, thing.made_by(1));
    }
}

#[tokio::test]
async fn closing_a_site_does_not_lose_an_edit_that_comes_in_between() {
    for seed in 0..30 {
        let memory = memory().await;
        let (closing, renaming) = (unhurried(&memory, seed), unhurried(&memory, seed + 1_000));
        let close = tokio::spawn(async move { closing.deactivate_site(&site()).await });
        let rename = tokio::spawn(async move { Thing::Site.edit(&renaming, 1, None).await });
        close.await.expect("no panic").expect("it is closed whoever comes in between");
        let renamed = rename.await.expect("no panic");
        let now = memory.app().site(&site()).await.expect("readable").expect("it is there");
        match renamed {
            // Who named no version may have read the site as it was before, but never undoes what it did not read.
            Ok(_) => assert_eq!(now.name, "Office 1"),
            Err(error) => assert_eq!((error.code(), now.active), ("stale", false)),
        }
    }
}
