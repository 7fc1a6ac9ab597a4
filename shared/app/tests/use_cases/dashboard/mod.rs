//! What the dashboard shows.

mod golden;
mod networks;
mod overview;
mod search;

use std::sync::Arc;

use portdelta_app::repositories::NetworkDraft;
use portdelta_app::{App, CardFilter, CardSort, Service};
use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_testkit::{MemoryTable, NmapHost, NmapText, TestClock};

use crate::runs::world::{Mailbox, Nowhere, Timetable};
use crate::store::{Memory, OnDisk, ingest, of_run, run_id, site, upload};

/// A server that results come to, of which processes come and go.
pub struct Desk {
    pub clock: Arc<TestClock>,
    make: Box<dyn Fn() -> App>,
}

impl Desk {
    pub fn in_memory() -> Self {
        let memory = Memory::new();
        Self { clock: memory.clock.clone(), make: Box::new(move || memory.app()) }
    }

    pub fn on_disk() -> Self {
        let disk = OnDisk::new();
        Self { clock: disk.clock.clone(), make: Box::new(move || disk.app()) }
    }

    pub fn on(memory: &Memory) -> Self {
        let Memory { clock, table, blobs, .. } = memory;
        let (clock, table, blobs) = (clock.clone(), table.clone(), blobs.clone());
        let store = (clock.clone(), table, blobs);
        let make = move || crate::store::app_on(store.1.clone(), store.2.clone(), store.0.clone());
        Self { clock, make: Box::new(make) }
    }

    /// A process that has just started.
    pub fn service(&self) -> Service {
        let queue = Mailbox::new(MemoryTable::new(self.clock.clone()));
        let (nobody, timetable) = (Arc::new(Nowhere), Arc::new(Timetable::default()));
        Service::new((self.make)(), Arc::new(queue), timetable, nobody.clone(), nobody)
    }

    /// A result comes in as a run of its own, ten minutes after the one before; nobody is told yet.
    pub async fn result(&self, run: &str, text: NmapText) -> RunId {
        self.clock.advance(600);
        let seconds = self.service().app().now().seconds() - NmapText::BEGINNING;
        let text = text.at(seconds).lasting(0);
        ingest(self.service().app(), of_run(upload(text.bytes()), run)).await;
        run_id(run)
    }

    /// What was scanned so many seconds before comes in as a run of its own.
    pub async fn looked(&self, run: &str, ago: i64, text: NmapText) -> RunId {
        let seconds = self.service().app().now().seconds() - NmapText::BEGINNING - ago;
        let text = text.at(seconds).lasting(0);
        ingest(self.service().app(), of_run(upload(text.bytes()), run)).await;
        run_id(run)
    }

    /// The same, and everybody is told.
    pub async fn run(&self, run: &str, text: NmapText) -> RunId {
        let id = self.result(run, text).await;
        self.service().notify_run(&id).await.expect("everybody is told");
        id
    }

    pub async fn network(&self, name: &str, prefixes: &str) {
        self.service().app().create_network(&network(name, prefixes)).await.expect("the network is new");
    }

    /// All cards in words: network, score, hosts and ports, changes.
    pub async fn cards(&self) -> Vec<String> {
        self.cards_in(&CardFilter::default(), CardSort::Name).await
    }

    pub async fn cards_in(&self, filter: &CardFilter, sort: CardSort) -> Vec<String> {
        let service = self.service();
        let cards = service.app().network_cards(filter, sort).await.expect("cards are readable");
        let words = cards.iter().map(|card| {
            let Some(last) = &card.last else { return format!("{}: nothing", card.network.name) };
            let standing = last.standing.map_or("?".to_owned(), |standing| {
                format!("{} up {} open", standing.hosts_up, standing.open_ports)
            });
            let changes = last.changes.iter().map(|(kind, count)| format!(" {count} {kind}"));
            let changes = changes.collect::<String>();
            format!("{}: {} {} {standing}{changes}", card.network.name, last.run, last.score)
        });
        words.collect()
    }
}

pub fn network(name: &str, prefixes: &str) -> NetworkDraft {
    NetworkDraft { name: name.to_owned(), prefixes: prefixes.to_owned(), ..NetworkDraft::default() }
}

/// A scan of ports 20 to 30 of 192.0.2.0/24 that finds these hosts.
pub fn scan(hosts: &[(&str, &[u16])]) -> NmapText {
    let text = NmapText::of("-sS -p20-30 192.0.2.0/24").tcp("20-30").of_total(256);
    hosts.iter().fold(text, |text, (address, open)| text.host(NmapHost::up(address).open(open)))
}

/// The beginning of a day of UTC.
pub fn midnight(time: UnixTime) -> UnixTime {
    UnixTime::EPOCH.shifted(time.seconds() / 86_400 * 86_400)
}

pub fn usual_site() -> portdelta_core::ids::SiteId {
    site()
}
