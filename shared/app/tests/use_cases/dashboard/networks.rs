//! Cards, maps and histories of networks.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use portdelta_app::{
    AppError, CardFilter, CardSort, MapAddress, MapBlock, NetworkHistory, NetworkPlace, UNASSIGNED,
};
use portdelta_core::Block;
use portdelta_core::delta::Kind;
use portdelta_core::score::RunStatus;
use portdelta_testkit::{NmapHost, NmapText};

use super::{Desk, network, scan, usual_site};
use crate::runs::world::{Net, World};
use crate::store::Memory;

const BEFORE: &[(&str, &[u16])] =
    &[("192.0.2.1", &[22]), ("192.0.2.2", &[22, 25]), ("192.0.2.130", &[25]), ("192.0.2.131", &[])];

/// Something opens in the lab and in the office, something closes in the office, a host goes.
const AFTER: &[(&str, &[u16])] =
    &[("192.0.2.1", &[22, 23]), ("192.0.2.2", &[25]), ("192.0.2.130", &[25, 26, 27])];

async fn two_runs(desk: &Desk) {
    desk.network("Office", "192.0.2.0/24").await;
    desk.network("Lab", "192.0.2.128/25").await;
    desk.network("Elsewhere", "10.0.0.0/8").await;
    desk.run("first", scan(BEFORE)).await;
    desk.run("second", scan(AFTER)).await;
}

#[tokio::test]
async fn cards_split_the_changes_of_a_run_by_network() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.network("Office", "192.0.2.0/24").await;
        desk.network("Lab", "192.0.2.128/25").await;
        desk.run("first", scan(BEFORE)).await;
        assert_eq!(desk.cards().await, ["Lab: first 100 2 up 1 open", "Office: first 100 2 up 3 open"]);
        desk.run("second", scan(AFTER)).await;
        let expected = [
            "Lab: second 80 1 up 3 open 1 host-gone 2 port-opened",
            "Office: second 90 2 up 3 open 1 port-closed 1 port-opened",
        ];
        assert_eq!(desk.cards().await, expected);
        // A message that comes again, also that of the older run, changes nothing.
        for run in ["second", "first", "second"] {
            desk.service().notify_run(&crate::store::run_id(run)).await.expect("it is told again");
        }
        assert_eq!(desk.cards().await, expected);
        let filter = CardFilter { status: Some(RunStatus::Stable), ..CardFilter::default() };
        assert!(desk.cards_in(&filter, CardSort::Name).await.is_empty());
        let filter = CardFilter { name: Some("LAB".to_owned()), ..CardFilter::default() };
        assert_eq!(desk.cards_in(&filter, CardSort::Name).await, &expected[..1]);
        assert!(desk.cards_in(&CardFilter::default(), CardSort::HighestScore).await[0].starts_with("Office"));
        assert!(desk.cards_in(&CardFilter::default(), CardSort::LowestScore).await[0].starts_with("Lab"));
        assert!(desk.cards_in(&CardFilter::default(), CardSort::MostChanges).await[0].starts_with("Lab"));
    }
}

#[tokio::test]
async fn an_address_of_no_network_is_on_a_card_of_its_own() {
    let desk = Desk::in_memory();
    desk.run("first", scan(BEFORE)).await;
    assert_eq!(desk.cards().await, ["unassigned: first 100 4 up 4 open"]);
    // A network that is made later gets what the last runs found in it, and takes it from where it was.
    desk.run("second", scan(AFTER)).await;
    desk.network("Lab", "192.0.2.128/25").await;
    assert_eq!(
        desk.cards().await,
        [
            "Lab: second 80 1 up 3 open 1 host-gone 2 port-opened",
            "unassigned: second 90 2 up 3 open 1 port-closed 1 port-opened"
        ]
    );
    let service = desk.service();
    service.app().delete_network("Lab").await.expect("it is gone");
    let whole = "unassigned: second 70 3 up 6 open 1 host-gone 1 port-closed 3 port-opened";
    assert_eq!(desk.cards().await, [whole]);
    let taken = service.app().create_network(&network(UNASSIGNED, "192.0.2.0/24")).await;
    assert!(
        matches!(&taken, Err(AppError::Invalid(invalid)) if invalid.code == "name_reserved"),
        "{taken:?}"
    );
}

#[tokio::test]
async fn a_run_without_changes_is_the_last_run_all_the_same() {
    let desk = Desk::in_memory();
    two_runs(&desk).await;
    desk.run("third", scan(AFTER)).await;
    assert_eq!(
        desk.cards().await,
        ["Elsewhere: nothing", "Lab: third 100 1 up 3 open", "Office: third 100 2 up 3 open"]
    );
    let lines = desk.service().app().network_runs(&usual_site(), "Lab", None, NonZeroUsize::MAX).await;
    let lines: Vec<_> =
        lines.expect("readable").into_iter().map(|line| (line.run.to_string(), line.score)).collect();
    let expected =
        [("third", 100), ("second", 80), ("first", 100)].map(|(run, score)| (run.to_owned(), score));
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_line_says_when_the_hosts_were_looked_at() {
    const DAY: i64 = 86_400;
    let desk = Desk::in_memory();
    desk.network("Office", "192.0.2.0/24").await;
    let now = desk.service().app().now();
    let other = NmapText::of("-sS -p40 192.0.2.0/24").tcp("40").of_total(256).host(NmapHost::up("192.0.2.1"));
    for (run, ago, text) in [("first", 9, scan(BEFORE)), ("second", 2, scan(BEFORE)), ("late", 5, other)] {
        desk.clock.advance(60);
        let id = desk.looked(run, ago * DAY, text).await;
        desk.service().notify_run(&id).await.expect("everybody is told");
    }
    let lines = desk.service().app().network_runs(&usual_site(), "Office", None, NonZeroUsize::MAX).await;
    let lines: Vec<_> = lines
        .expect("readable")
        .into_iter()
        .map(|line| (line.run.to_string(), (now.seconds() - line.evidence.seconds()) / DAY))
        .collect();
    let expected = [("late", 4), ("second", 1), ("first", 8)].map(|(run, days)| (run.to_owned(), days));
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn of_what_is_imported_within_a_second_the_card_shows_what_looked_last() {
    const DAY: i64 = 86_400;
    for order in [["a", "b", "c"], ["c", "b", "a"]] {
        let desk = Desk::in_memory();
        desk.network("Office", "192.0.2.0/24").await;
        for (run, days) in order.into_iter().zip([9, 6, 3]) {
            let id = desk.looked(run, days * DAY, scan(BEFORE)).await;
            desk.service().notify_run(&id).await.expect("everybody is told");
        }
        assert_eq!(desk.cards().await, [format!("Office: {} 100 4 up 4 open", order[2])]);
    }
}

#[tokio::test]
async fn runs_that_ended_without_a_server_are_noted_by_the_sweep() {
    let memory = Memory::new();
    let desk = Desk::on(&memory);
    desk.network("Office", "192.0.2.0/24").await;
    desk.result("first", scan(BEFORE)).await;
    desk.result("second", scan(AFTER)).await;
    assert_eq!(desk.cards().await, ["Office: nothing"]);
    for _ in 0..2 {
        let report = desk.service().sweep(desk.service().app().now()).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        let card = "Office: second 70 3 up 6 open 1 host-gone 1 port-closed 3 port-opened";
        assert_eq!(desk.cards().await, [card]);
    }
}

#[tokio::test]
async fn runs_of_scans_count_for_the_networks_that_they_were_to_cover() {
    let world = World::new();
    let desk = Desk::on(&world.memory);
    desk.network("Office", "192.0.2.0/25").await;
    desk.network("Empty", "198.51.100.0/30").await;
    let scan = world.scan("192.0.2.0/24, 198.51.100.0/30", "20-30").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22]), ("192.0.2.200", &[22])])).await;
    world.memory.clock.advance(600);
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 23]), ("192.0.2.200", &[22])])).await;
    desk.service().notify_run(&report.run).await.expect("everybody is told");
    assert_eq!(
        desk.cards().await,
        [
            format!("Empty: {} 100 0 up 0 open", report.run),
            format!("Office: {} 90 1 up 2 open 1 port-opened", report.run),
            format!("unassigned: {} 100 1 up 1 open", report.run)
        ]
    );
}

async fn history(desk: &Desk, name: &str, wanted: &NetworkHistory, limit: usize) -> Vec<String> {
    let service = desk.service();
    let network = service.app().network_or_rest(name).await.expect("readable").expect("there");
    let mut place = NetworkPlace::default();
    let mut all = Vec::new();
    loop {
        let words = |batch: &portdelta_app::repositories::Batch, delta: &portdelta_core::delta::Delta| {
            format!("{} {} {}", batch.run, delta.address, delta.kind.name())
        };
        let app = service.app();
        let (items, next) =
            app.network_history(&network, wanted, limit, place, &words).await.expect("it is readable");
        assert!(items.len() <= limit);
        all.extend(items);
        match next {
            Some(next) => place = next,
            None => return all,
        }
    }
}

#[tokio::test]
async fn the_history_of_a_network_has_every_change_once_newest_run_first() {
    let desk = Desk::in_memory();
    two_runs(&desk).await;
    desk.run("third", scan(AFTER)).await;
    desk.run("fourth", scan(BEFORE)).await;
    let wanted = NetworkHistory { sites: vec![usual_site()], ..NetworkHistory::default() };
    let lab = [
        "fourth 192.0.2.130 port-closed",
        "fourth 192.0.2.130 port-closed",
        "fourth 192.0.2.131 host-back",
        "second 192.0.2.130 port-opened",
        "second 192.0.2.130 port-opened",
        "second 192.0.2.131 host-gone",
    ];
    for limit in [1, 2, 3, 5, 100] {
        assert_eq!(history(&desk, "Lab", &wanted, limit).await, lab, "{limit}");
    }
    assert_eq!(history(&desk, "Office", &wanted, 2).await.len(), 4);
    assert!(history(&desk, UNASSIGNED, &wanted, 2).await.is_empty());
    let opened = NetworkHistory { kinds: vec![Kind::HostGone], ..wanted.clone() };
    assert_eq!(history(&desk, "Lab", &opened, 2).await, ["second 192.0.2.131 host-gone"]);
    let looks = NetworkHistory { first_looks: true, kinds: vec![Kind::HostNew], ..wanted };
    assert_eq!(
        history(&desk, "Lab", &looks, 1).await,
        ["first 192.0.2.130 host-new", "first 192.0.2.131 host-new"]
    );
}

async fn map(desk: &Desk, name: &str, page: usize) -> Vec<MapAddress> {
    let service = desk.service();
    let network = service.app().network_or_rest(name).await.expect("readable").expect("there");
    let (mut all, mut after): (Vec<MapAddress>, Option<Block>) = (Vec::new(), None);
    loop {
        let (mut some, before) = (0, after);
        let mut take = |block: MapBlock| {
            let fits = some < page;
            if fits {
                some += 1;
                after = Some(block.block);
                all.extend(block.addresses);
            }
            fits
        };
        let app = service.app();
        if app.network_map(&usual_site(), &network, before, &mut take).await.expect("it is readable") {
            return all;
        }
    }
}

#[tokio::test]
async fn a_map_shows_every_address_once_and_what_became_of_it() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        two_runs(&desk).await;
        let lab = map(&desk, "Lab", 4_096).await;
        assert_eq!(lab.len(), 128);
        assert!(lab.is_sorted_by_key(|address| address.address));
        let words = |last: u8| {
            let one = lab.iter().find(|one| one.address == IpAddr::from([192, 0, 2, last])).expect("listed");
            format!("{} {} {}", one.state.name(), one.open, one.changed.is_some())
        };
        assert_eq!(words(130), "up 3 true");
        assert_eq!(words(131), "gone 0 true");
        assert_eq!(words(132), "never_up 0 false");
        assert!(lab.iter().all(|address| address.covered.is_some()));
        // Of four blocks one belongs to the lab and the office.
        desk.network("Around", "192.0.0.0/22").await;
        let around = map(&desk, "Around", 4).await;
        assert_eq!(around.len(), 3 * 256);
        assert!(around.is_sorted_by_key(|address| address.address));
        for page in [1, 2, 3] {
            assert_eq!(map(&desk, "Around", page).await, around, "{page}");
        }
        desk.service().app().delete_network("Around").await.expect("it is gone");
        let office = map(&desk, "Office", 100).await;
        assert_eq!(office.len(), 128, "the lab took the other half");
        // Large networks, and what is in none, list what something is known of.
        assert!(map(&desk, "Elsewhere", 100).await.is_empty());
        let app = desk.service();
        app.app().delete_network("Office").await.expect("it is gone");
        assert_eq!(map(&desk, UNASSIGNED, 50).await, office);
    }
}

#[tokio::test]
async fn what_was_open_at_the_first_look_did_not_change() {
    let desk = Desk::in_memory();
    desk.network("Office", "192.0.2.0/24").await;
    desk.run("first", scan(BEFORE)).await;
    assert!(map(&desk, "Office", 500).await.iter().all(|address| address.changed.is_none()));
}
