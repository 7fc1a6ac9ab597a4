//! Cleaning up what is too much for one call: each goes on where the one before stopped.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use portdelta_app::ports::{Action, Clock, Item, Key, Page, Query, Table, TableError};
use portdelta_app::repositories::{CleanUp, CleanUpCounts, HostNote, NetworkDraft};
use portdelta_app::{App, AppError, CleanUpDraft, Service, SweepReport};
use portdelta_testkit::{MemoryTable, NmapHost, NmapText};

use crate::alerts::office::Office;
use crate::dashboard::{Desk, scan};
use crate::races::unhurried_table;
use crate::runs::world::{Mailbox, Nowhere, Timetable};
use crate::store::{Memory, app_on, site};

/// Counts what is read, and remembers which runs.
struct Counted {
    table: Arc<dyn Table>,
    items: AtomicU64,
    runs: Mutex<BTreeSet<String>>,
}

impl Counted {
    fn over(memory: &Memory) -> Arc<Self> {
        Arc::new(Self { table: memory.table.clone(), items: AtomicU64::new(0), runs: Mutex::default() })
    }

    fn page(&self, page: Page) -> Page {
        // A page that holds nothing is a read as well.
        self.items.fetch_add(page.items.len().max(1) as u64, Ordering::Relaxed);
        page
    }
}

#[async_trait]
impl Table for Counted {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.items.fetch_add(1, Ordering::Relaxed);
        if key.partition.starts_with("RUN#") {
            self.runs.lock().expect("no test panics here").insert(key.partition.clone());
        }
        self.table.get(key).await
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        self.table.query(query).await.map(|page| self.page(page))
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        self.table.query_index(query).await.map(|page| self.page(page))
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        self.table.transact(actions).await
    }
}

/// A server over a table.
fn server(memory: &Memory, table: Arc<dyn Table>) -> Service {
    let app = app_on(table, memory.blobs.clone(), memory.clock.clone());
    let queue = Arc::new(Mailbox::new(MemoryTable::new(memory.clock.clone())));
    Service::new(app, queue, Arc::new(Timetable::default()), Arc::new(Nowhere), Arc::new(Nowhere))
}

/// A site with `size` of everything, less than 40 or so many times 40: blocks, batches of one block, alerts, notes, runs and results.
async fn office(size: u32) -> Memory {
    let there = Office::new();
    let address = |number: u32| format!("10.{}.{}.1", number / 40, number % 40);
    let all = match size {
        ..40 => format!("10.0.0-{}.1", size - 1),
        _ => format!("10.0-{}.0-39.1", size / 40 - 1),
    };
    for (run, seconds, open) in [("one", 0, 22), ("two", 100, 23)] {
        let wide = NmapText::of(&format!("-sT -p20-30 {all}"));
        let wide = wide.at(seconds).tcp("20-30").of_total(size.into());
        let wide =
            (0..size).fold(wide, |scan, number| scan.host(NmapHost::up(&address(number)).open(&[open])));
        there.run(run, &wide).await;
    }
    let service = there.service();
    for number in 0..size {
        let open: &[u16] = if number % 2 == 0 { &[22] } else { &[22, 25] };
        let scan =
            NmapText::of("-sT -p20-30 192.0.2.1-2").at(200 + i64::from(number) * 20).tcp("20-30").of_total(2);
        there.result(&format!("run-{number}"), &scan.host(NmapHost::up("192.0.2.1").open(open))).await;
        let note = HostNote { owner: "anna".to_owned(), ..HostNote::default() };
        let address = address(number).parse().expect("an address");
        service.app().set_host_note(&site(), address, &note, 0).await.expect("it is noted");
    }
    for run in service.app().untold_runs().await.expect("listed") {
        service.app().run_was_told(&run).await.expect("it is noted");
    }
    let report = service.sweep(there.memory.clock.now()).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    there.memory.clock.advance(2_000_000);
    there.memory
}

fn whole_site() -> CleanUpDraft {
    CleanUpDraft { site: site(), network: None, targets: None }
}

fn part_of_it() -> CleanUpDraft {
    CleanUpDraft { targets: Some("10.0.0.0/16, 192.0.2.0/24".to_owned()), ..whole_site() }
}

async fn state_of(app: &App) -> CleanUp {
    app.clean_ups().await.expect("they are listed").remove(0)
}

/// Everything but how far the sweep is, what was counted, and how often the cards of networks were written.
fn left(memory: &Memory) -> Vec<Item> {
    let is_kept = |item: &Item| !["CLEANUPS", "SWEEP"].contains(&item.key.partition.as_str());
    let mut items: Vec<Item> = memory.table.items().into_iter().filter(is_kept).collect();
    for card in items.iter_mut().filter(|item| item.key.partition == "NETCARDS") {
        card.attributes.remove("version");
    }
    items
}

fn assert_same(are: &[Item], expected: &[Item]) {
    let only = |some: &[Item], others: &[Item]| -> Vec<Item> {
        some.iter().filter(|item| !others.contains(item)).cloned().collect()
    };
    let (more, less) = (only(are, expected), only(expected, are));
    assert!(more.is_empty() && less.is_empty(), "left over: {more:?}, gone as well: {less:?}");
}

/// Sweeps until it is done, and what was being written when it began was looked for as well.
async fn sweep_until_done(memory: &Memory, service: &Service) -> CleanUpCounts {
    for _ in 0..2 {
        loop {
            let report = service.sweep(memory.clock.now()).await;
            assert!(report.failures.is_empty(), "{:?}", report.failures);
            if state_of(service.app()).await.is_done() {
                break;
            }
        }
        memory.clock.advance(600);
    }
    service.sweep(memory.clock.now()).await;
    state_of(service.app()).await.removed
}

/// A sweep for which there is time until it was asked so often.
async fn sweep_a_little(memory: &Memory, service: &Service, times: u64) -> SweepReport {
    let left = AtomicU64::new(times);
    let goes_on =
        || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    service.sweep_while(memory.clock.now(), &goes_on).await
}

/// What an undisturbed clean-up leaves, and what it says that went.
async fn undisturbed(size: u32, draft: &CleanUpDraft) -> (Vec<Item>, CleanUpCounts) {
    let memory = office(size).await;
    let service = server(&memory, memory.table.clone());
    service.app().begin_clean_up(draft, "user anna").await.expect("it is begun");
    let counts = sweep_until_done(&memory, &service).await;
    (left(&memory), counts)
}

#[tokio::test]
async fn what_is_read_grows_as_the_site_does() {
    let mut read = Vec::new();
    for size in [80, 640] {
        let memory = office(size).await;
        let counted = Counted::over(&memory);
        let service = server(&memory, counted.clone());
        let told = service.app().preview_clean_up(&whole_site(), &|| true).await.expect("it can be asked");
        service.app().begin_clean_up(&whole_site(), "user anna").await.expect("it is begun");
        counted.items.store(0, Ordering::Relaxed);
        let counts = sweep_until_done(&memory, &service).await;
        let size = u64::from(size);
        assert_eq!((counts, false), (told.counts, told.at_least));
        assert_eq!((counts.hosts, counts.alerts, counts.notes), (size + 1, 2 * size, size));
        assert_eq!((counts.runs, counts.results), (size + 2, size + 2));
        read.push(counted.items.load(Ordering::Relaxed));
    }
    // Eight times as much, and a tenth for ends of pages.
    assert!(read[1] < read[0] * 88 / 10, "{read:?} items were read");
}

#[tokio::test]
async fn it_comes_to_the_same_whenever_time_ends() {
    for draft in [whole_site(), part_of_it()] {
        let (expected, all) = undisturbed(8, &draft).await;
        for steps in [2, 3, 5, 8, 13, 30] {
            let memory = office(8).await;
            let service = server(&memory, memory.table.clone());
            let mut begun = service.app().begin_clean_up(&draft, "user anna").await.expect("it is begun");
            service.app().clean_first_slice(&mut begun, &|| false).await.expect("a little of it is done");
            let mut sweeps = 0;
            while !state_of(service.app()).await.is_done() {
                // Not always the same, or it might end before the same part of the sweep each time.
                let report = sweep_a_little(&memory, &service, steps + sweeps % 2).await;
                assert!(report.failures.is_empty(), "{:?}", report.failures);
                sweeps += 1;
                assert!(
                    sweeps < 5_000,
                    "with {steps} steps it comes to no end: {:?}",
                    state_of(service.app()).await
                );
            }
            assert!(steps > 10 || sweeps > 5, "with {steps} steps it took {sweeps} sweeps");
            let counts = sweep_until_done(&memory, &service).await;
            assert_eq!(counts, all, "{steps} steps");
            assert_same(&left(&memory), &expected);
        }
    }
}

#[tokio::test]
async fn two_at_once_remove_and_count_the_same() {
    let (expected, all) = undisturbed(20, &whole_site()).await;
    for seed in 0..10 {
        let memory = office(20).await;
        let services = [seed, seed + 1_000].map(|seed| server(&memory, unhurried_table(&memory, seed)));
        services[0].app().begin_clean_up(&whole_site(), "user anna").await.expect("it is begun");
        let now = memory.clock.now();
        let goes_on = &|| true;
        let (one, other) =
            tokio::join!(services[0].sweep_while(now, goes_on), services[1].sweep_while(now, goes_on));
        for report in [one, other] {
            assert!(report.failures.is_empty(), "{seed}: {:?}", report.failures);
        }
        let counts = sweep_until_done(&memory, &services[0]).await;
        assert_eq!(counts, all, "{seed}");
        assert_same(&left(&memory), &expected);
    }
}

#[tokio::test]
async fn a_run_of_many_tasks_goes_in_pieces() {
    let memory = office(4).await;
    let marks =
        (0..1_000).map(|number| Item::new(Key::new("RUN#run-0", format!("MARK#{number:06}")), vec![1]));
    for some in marks.collect::<Vec<_>>().chunks(100) {
        memory.table.transact(some.iter().cloned().map(Action::put).collect()).await.expect("they are put");
    }
    let left = || memory.table.items().iter().filter(|item| item.key.partition == "RUN#run-0").count();
    let service = server(&memory, memory.table.clone());
    service.app().begin_clean_up(&whole_site(), "user anna").await.expect("it is begun");
    let (mut sweeps, mut seen) = (0, BTreeSet::from([left()]));
    while left() > 0 {
        sweep_a_little(&memory, &service, 2 + sweeps % 2).await;
        sweeps += 1;
        seen.insert(left());
        assert!(sweeps < 5_000, "it comes to no end");
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert_eq!(sweep_until_done(&memory, &service).await.runs, 6);
}

/// A site of which so many runs were told.
async fn told(runs: u32) -> Memory {
    let memory = Memory::new();
    let desk = Desk::on(&memory);
    for number in 0..runs {
        let open: &[u16] = if number % 2 == 0 { &[22] } else { &[22, 25] };
        desk.run(&format!("run-{number}"), scan(&[("192.0.2.1", open)])).await;
    }
    memory
}

/// Sweeps a little again and again until no card is left; how many there were in between.
async fn cards_go(memory: &Memory, service: &Service) -> BTreeSet<usize> {
    let left = || memory.table.items().iter().filter(|item| item.key.sort.starts_with("office#")).count();
    let (mut sweeps, mut seen) = (0, BTreeSet::new());
    while left() > 0 {
        seen.insert(left());
        let report = sweep_a_little(memory, service, 2 + sweeps % 2).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        sweeps += 1;
        assert!(sweeps < 5_000, "it comes to no end");
    }
    seen
}

#[tokio::test]
async fn days_and_cards_of_networks_go_in_pieces_those_of_today_first() {
    let memory = told(2).await;
    let card = memory.table.items().into_iter().find(|item| item.key.sort.starts_with("office#"));
    let card = card.filter(|card| card.key.partition == "NETCARDS").expect("a card");
    let today = memory.clock.now().seconds() / 86_400;
    let day = |day: i64, kind: &str| {
        Item::new(Key::new("DAYS#office", format!("{day:06}#{kind}")), Vec::new()).with("n", 1)
    };
    let days = (0..300).map(|ago| day(today - ago, "port-opened"));
    let cards =
        (0..60).map(|number| Item { key: Key::new("NETCARDS", format!("office#{number}")), ..card.clone() });
    for some in days.chain(cards).collect::<Vec<_>>().chunks(60) {
        memory.table.transact(some.iter().cloned().map(Action::put).collect()).await.expect("they are put");
    }
    let service = server(&memory, memory.table.clone());
    let mut begun = service.app().begin_clean_up(&whole_site(), "user anna").await.expect("it is begun");
    service.app().clean_first_slice(&mut begun, &|| false).await.expect("a little of it is done");
    let key = day(today, "port-opened").key;
    assert_eq!(memory.table.get(&key).await.expect("readable"), None, "what came later would go with it");
    // A scan ends before the days before are gone.
    memory.table.transact(vec![Action::put(day(today, "port-closed"))]).await.expect("it is counted");
    for sweep in 0..100 {
        sweep_a_little(&memory, &service, 2 + sweep % 2).await;
    }
    let days: Vec<Item> =
        memory.table.items().into_iter().filter(|item| item.key.partition == "DAYS#office").collect();
    assert_eq!(days.iter().filter(|item| item.key.sort != "REPORTS").count(), 1, "{days:?}");
    let cards = cards_go(&memory, &service).await;
    assert!(cards.len() > 10, "{cards:?}");
    sweep_until_done(&memory, &service).await;
    assert!(memory.table.items().iter().any(|item| item.key.sort.ends_with("#port-closed")));
}

#[tokio::test]
async fn the_networks_of_many_runs_are_worked_out_anew_in_pieces() {
    let memory = told(25).await;
    let lines = || {
        let items = memory.table.items().into_iter();
        items
            .filter(|item| item.key.partition.starts_with("NETRUNS#"))
            .map(|item| item.key)
            .collect::<Vec<_>>()
    };
    let before = lines();
    assert_eq!(before.len(), 25, "{before:?}");
    // But that of the newest: its card says so as well.
    let gone = before.iter().take(24).cloned().map(Action::delete).collect();
    memory.table.transact(gone).await.expect("they are removed");
    let service = server(&memory, memory.table.clone());
    let draft = CleanUpDraft { targets: Some("192.0.2.7".to_owned()), ..whole_site() };
    service.app().begin_clean_up(&draft, "user anna").await.expect("it is begun");
    let (mut sweeps, mut seen) = (0, BTreeSet::new());
    while !state_of(service.app()).await.is_done() {
        sweep_a_little(&memory, &service, 2 + sweeps % 2).await;
        sweeps += 1;
        seen.insert(lines().len());
        assert!(sweeps < 5_000, "it comes to no end");
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert_eq!(lines().len(), 20, "{:?}", lines());
}

#[tokio::test]
async fn a_preview_counts_as_far_as_there_is_time() {
    let memory = office(40).await;
    let app = memory.app();
    let told = app.preview_clean_up(&whole_site(), &|| false).await.expect("it can be asked");
    let CleanUpCounts { hosts, open_ports, deltas, alerts, notes, runs, results, bytes } = told.counts;
    assert!(told.at_least);
    assert_eq!((deltas, alerts, notes, runs, results), (0, 1, 1, 1, 1));
    // Heads say how many.
    assert!(hosts > 1 && open_ports > 1 && bytes > 1, "{told:?}");
    let part = app.preview_clean_up(&part_of_it(), &|| false).await.expect("it can be asked").counts;
    assert_eq!((part.runs, part.results, part.notes), (0, 0, 1));
}

#[tokio::test]
async fn a_network_of_too_many_ranges_is_named_as_what_is_wrong() {
    let memory = Memory::new();
    let app = memory.app();
    app.ensure_site(&site()).await.expect("it is made");
    let prefixes: Vec<String> =
        (0..5_001).map(|number| format!("10.{}.{}.1", number / 200, number % 200)).collect();
    let draft =
        NetworkDraft { name: "Odd".to_owned(), prefixes: prefixes.join(", "), ..NetworkDraft::default() };
    app.create_network(&draft).await.expect("it is made");
    let odd = CleanUpDraft { network: Some("Odd".to_owned()), ..whole_site() };
    let refused = app.begin_clean_up(&odd, "user anna").await;
    let Err(AppError::Invalid(invalid)) = refused else { panic!("{refused:?}") };
    assert_eq!((invalid.field, invalid.code), ("network", "too_many"));
    assert!(invalid.hint.contains("clean up the site"), "{invalid:?}");
}

#[tokio::test]
async fn each_open_run_has_its_turn_however_short_a_sweep_is() {
    let memory = Memory::new();
    for number in 0..8 {
        let open = Item::new(Key::new("OPEN", format!("run-{number}")), Vec::new());
        memory.table.transact(vec![Action::put(open)]).await.expect("it is put");
    }
    let counted = Counted::over(&memory);
    let service = server(&memory, counted.clone());
    for sweep in 0..60 {
        let report = sweep_a_little(&memory, &service, 3 + sweep % 2).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
    assert_eq!(counted.runs.lock().expect("no test panics here").len(), 8);
}
