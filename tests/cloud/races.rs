//! Different results that come in at the same time, as two calls of a function bring them.

use std::collections::BTreeSet;

use portdelta_app::ports::ErrorClass;
use portdelta_app::{App, HostFilter};
use portdelta_core::ids::RunId;
use portdelta_testkit::{NmapHost, NmapText};
use tokio::task::JoinSet;

use crate::installation::{Cloud, Memory, upload};

/// So often a message is tried before it is a dead letter.
const MOST_TRIES: usize = 10;

/// One of eight pieces of a /24: 30 addresses, three of them up.
fn piece(number: u8, seconds: i64, open: &[u16]) -> NmapText {
    let (first, last) = (number * 30 + 1, number * 30 + 30);
    let scan =
        NmapText::of(&format!("-sT -p20-30 192.0.2.{first}-{last}")).at(seconds).tcp("20-30").of_total(30);
    (first..first + 3).fold(scan, |scan, last| scan.host(NmapHost::up(&format!("192.0.2.{last}")).open(open)))
}

/// Each result by a process of its own. Who loses too often is told to come again, as a message does.
async fn all_at_once(cloud: &Cloud, run: &'static str, texts: Vec<NmapText>) {
    let mut tasks = JoinSet::new();
    for text in texts {
        let app = cloud.app();
        tasks.spawn(async move {
            for _ in 0..MOST_TRIES {
                match app.ingest(upload(run, &text), &|_, _| {}).await {
                    Ok(_) => return,
                    Err(error) => assert_eq!(error.class(), ErrorClass::Retry, "{error:?}"),
                }
            }
            panic!("a result among others is never taken in");
        });
    }
    tasks.join_all().await;
}

/// What a run reports, and what is believed after it.
async fn outcome(app: &App, run: &str) -> (BTreeSet<String>, Vec<String>) {
    let run: RunId = run.parse().expect("an id");
    let record = app.run(&run).await.expect("readable").expect("it is there");
    let deltas = app.run_deltas(&record, false).await.expect("the deltas of the run");
    let told: BTreeSet<_> = deltas.iter().map(|delta| format!("{:?} {:?}", delta.id, delta.kind)).collect();
    assert_eq!(told.len(), deltas.len(), "nothing is told twice");
    let site = "office".parse().expect("an id");
    let hosts = app.hosts(&site, &HostFilter::default()).await.expect("hosts");
    (told, hosts.iter().map(|host| format!("{host:?}")).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_results_of_one_run_into_one_block_at_once_lose_nothing() {
    let Some(cloud) = Cloud::new().await else { return };
    let pieces = |seconds, open: &[u16]| (0..8).map(|number| piece(number, seconds, open)).collect();
    all_at_once(&cloud, "first", pieces(0, &[22])).await;
    all_at_once(&cloud, "second", pieces(1_000, &[22, 25])).await;
    let app = cloud.app();
    let (told, hosts) = outcome(&app, "second").await;
    assert_eq!((told.len(), hosts.len()), (24, 24));
    let record = app.run(&"second".parse().expect("an id")).await.expect("readable").expect("it is there");
    assert_eq!(record.results.len(), 8, "{:?}", record.results);
    assert_eq!(record.changes.get("port-opened"), Some(&24), "{record:?}");
    assert_eq!(record.unchanged.ports, 24, "{record:?}");
}

/// Two for the same addresses end as one of the two orders would.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_results_for_the_same_addresses_at_once_end_as_one_after_the_other() {
    let Some(cloud) = Cloud::new().await else { return };
    let (base, texts) = (piece(0, 0, &[22]), [piece(0, 1_000, &[22, 25]), piece(0, 1_500, &[22, 30])]);
    let mut allowed = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let memory = Memory::new();
        let app = memory.app();
        app.ingest(upload("base", &base), &|_, _| {}).await.expect("it is taken in");
        for index in order {
            app.ingest(upload("both", &texts[index]), &|_, _| {}).await.expect("it is taken in");
        }
        allowed.push(outcome(&app, "both").await);
    }
    all_at_once(&cloud, "base", vec![base]).await;
    all_at_once(&cloud, "both", texts.to_vec()).await;
    let seen = outcome(&cloud.app(), "both").await;
    assert!(allowed.contains(&seen), "{seen:#?} is neither of {allowed:#?}");
}
