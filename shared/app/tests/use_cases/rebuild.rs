//! State and deltas anew from the raw results.

use std::collections::BTreeSet;

use portdelta_app::{App, RebuildReport};
use portdelta_core::delta::DeltaId;
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{
    Memory, batches, changes, damped, ingest, of_run, run, run_id, scan, site, state, told, upload,
};

fn office(seconds: i64, open: &[u16], second: bool) -> NmapText {
    let scan = NmapText::of("-sT -p20-30 192.0.2.1-2").at(seconds).tcp("20-30").of_total(2);
    let scan = scan.host(NmapHost::up("192.0.2.1").open(open).name("a.example.org"));
    if second { scan.host(NmapHost::up("192.0.2.2").open(&[22])) } else { scan }
}

async fn rebuilt(memory: &Memory) -> (Memory, RebuildReport) {
    let target = memory.beside();
    let report = memory.app().rebuild(&target.app(), &|_, _| {}).await.expect("the rebuild goes through");
    (target, report)
}

async fn delta_ids(app: &App) -> BTreeSet<DeltaId> {
    let batches = batches(app).await;
    batches.iter().flat_map(|batch| &batch.deltas).map(|delta| delta.id).collect()
}

#[tokio::test]
async fn results_that_came_in_order_give_the_same_items_again() {
    let memory = Memory::new();
    let app = memory.app();
    for (number, (open, second)) in
        [(&[22][..], true), (&[22, 25], true), (&[25], false), (&[25, 30], true), (&[25, 30], true)]
            .into_iter()
            .enumerate()
    {
        memory.clock.advance(100);
        let seconds = i64::try_from(number).expect("a small number") * 1_000;
        let text = office(seconds, open, second);
        ingest(&app, of_run(damped(upload(text.bytes()), 1, 2), &format!("run-{number}"))).await;
    }
    ingest(&app, upload(b"<html>".to_vec())).await;
    memory.clock.advance(100_000);
    let (target, report) = rebuilt(&memory).await;
    assert_eq!((report.results, report.withdrawn), (6, 0));
    assert!(report.deltas >= 3, "{report:?}");
    // Not only state and delta ids: every item with its counts and times.
    let (items, expected) = (target.table.items(), told(memory.table.items()));
    for (item, expected) in items.iter().zip(&expected) {
        if item.key.partition.starts_with("RUN#") {
            let id = run_id(item.key.partition.trim_start_matches("RUN#"));
            assert_eq!(run(&target.app(), &id).await, run(&memory.app(), &id).await);
        } else {
            assert_eq!(item, expected);
        }
    }
    assert_eq!(items.len(), expected.len());
}

#[tokio::test]
async fn what_came_in_another_order_is_put_in_order_and_what_is_lost_is_marked() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0, &[22], true)).await;
    // 25 is seen at 2,000 and reported; then comes a result of 1,000 that had seen it before.
    let wide = office(2_000, &[22, 25], true);
    scan(&app, &wide).await;
    let late =
        NmapText::of("-sT -p25 192.0.2.1").at(1_000).tcp("25").host(NmapHost::up("192.0.2.1").open(&[25]));
    let report = scan(&app, &late).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    let reported = delta_ids(&app).await;

    let (target, report) = rebuilt(&memory).await;
    assert_eq!((report.results, report.deltas, report.withdrawn), (3, 1, 1));
    let anew = target.app();
    assert_eq!(state(&anew).await.hosts.len(), 2);
    let derived: Vec<_> = batches(&anew).await;
    let of_late: Vec<_> =
        derived.iter().flat_map(|batch| &batch.deltas).filter(|delta| !delta.first_look).collect();
    assert_eq!(of_late.len(), 1, "now the result of 1,000 opened it");
    assert!(!reported.contains(&of_late[0].id));
    let withdrawn: Vec<_> =
        target.table.items().into_iter().filter(|item| item.key.sort.starts_with("W#")).collect();
    assert_eq!(withdrawn.len(), 1, "what had been reported stays");

    // And it stays through the next rebuild.
    let (second, report) = rebuilt(&target).await;
    assert_eq!((report.deltas, report.withdrawn), (1, 0));
    assert!(second.table.items().contains(&withdrawn[0]));
    assert_eq!(state(&second.app()).await, state(&anew).await);
}

#[tokio::test]
async fn rebuilding_with_every_site_and_network_keeps_names() {
    let memory = Memory::new();
    let app = memory.app();
    let network = portdelta_app::repositories::Network {
        name: "Office".to_owned(),
        prefixes: ["192.0.2.0/24".parse().expect("a block")]
            .into_iter()
            .flat_map(|block: portdelta_core::Block| (0..=255).map(move |index| block.address(index)))
            .collect(),
        owner: "it@example.org".to_owned(),
        notes: String::new(),
        labels: vec!["lan".to_owned()],
    };
    app.add_network(&network).await.expect("the network is new");
    scan(&app, &office(0, &[22], true)).await;
    let (target, _) = rebuilt(&memory).await;
    assert_eq!(target.app().networks().await.expect("networks"), [network]);
    assert_eq!(target.app().sites().await.expect("sites"), app.sites().await.expect("sites"));
    assert_eq!(app.sites().await.expect("sites")[0].id, site());
}
