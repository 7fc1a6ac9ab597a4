//! From one machine to AWS: everything is there, and life goes on.

use std::sync::Arc;

use portdelta_app::App;
use portdelta_app::moving::{ExportOptions, FrameReader, verify};
use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::Clock;
use portdelta_core::alert::Action;
use portdelta_protocol::admin::ChannelSettings;
use portdelta_testkit::{Fault, Faults, FaultyBlobs, FaultyTable, NmapHost, NmapText};

use crate::installation::{Cloud, Memory, app, seen, upload};
use crate::story::{Order, play};

/// Some days on one machine; somebody has dealt with an alert.
async fn lived() -> Memory {
    let memory = Memory::new();
    let ports = memory.ports();
    let settings =
        ChannelSettings::Slack { url: Some("https://team.example/secret".to_owned()), allow_private: false };
    play(&ports, settings, Order::AsSent, async |step| step.take(&ports).await.expect("nothing fails")).await;
    let app = memory.app();
    let many = std::num::NonZeroUsize::MAX;
    let alerts = app.alerts(&AlertFilter::default(), many, None).await.expect("readable").alerts;
    let alert = alerts.first().expect("there is one");
    let action = Action::Action { note: "blocked".to_owned() };
    app.act_on_alert(&alert.id().to_string(), "token-1", action).await.expect("it is dealt with");
    memory
}

async fn exported(app: &App) -> Vec<u8> {
    let options = ExportOptions { results: true, secrets: true, program: "1".to_owned() };
    let mut file = Vec::new();
    app.export_all(&options, &mut file, &|_, _| {}).await.expect("it is exported");
    file
}

/// Goes on where an import before stopped; `false` where it is cut off again.
async fn import(app: &App, file: &[u8]) -> bool {
    let id = verify(file, &|_| {}).expect("it is whole").id;
    let Ok(known) = app.move_progress(&id).await else { return false };
    let next = known.map_or(0, |known| known.next);
    let mut reader = FrameReader::new(file).expect("it is an export");
    while let Some((number, sealed)) = reader.next_sealed().expect("it is whole") {
        if number >= next && app.take_frame(&id, number, &sealed).await.is_err() {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn an_installation_in_aws_holds_what_one_on_a_machine_held() {
    let Some(cloud) = Cloud::new().await else { return };
    let source = lived().await;
    let file = exported(&source.app()).await;
    cloud.clock.set(source.clock.now());
    assert!(import(&cloud.app(), &file).await);
    let beside = Memory::new();
    beside.clock.set(source.clock.now());
    assert!(import(&beside.app(), &file).await);
    cloud.assert_same(&beside, "moved").await;
    let (here, there) = (seen(&source.app()).await, seen(&cloud.app()).await);
    assert_eq!(there, here);
    assert!(here.contains("blocked") && here.contains("192.0.2.1"), "{here}");
    // The next result is compared with what was known on the machine.
    let next = NmapText::of("-sT -p20-30,3389 192.0.2.0/30").at(9_000).tcp("20-30,3389").of_total(4);
    let next = upload("next", &next.host(NmapHost::up("192.0.2.1").open(&[22, 23, 30])));
    let report = cloud.app().ingest(next, &|_, _| {}).await.expect("it is taken in");
    let found: Vec<_> = report.deltas.iter().map(|delta| (delta.first_look, delta.kind.name())).collect();
    assert_eq!(found, [(false, "port-opened")]);
    // Once more changes nothing.
    let before = seen(&cloud.app()).await;
    assert!(import(&cloud.app(), &file).await);
    assert_eq!(seen(&cloud.app()).await, before);
}

#[tokio::test]
async fn an_import_into_aws_that_is_cut_off_again_and_again_comes_to_its_end() {
    let Some(cloud) = Cloud::new().await else { return };
    let source = lived().await;
    let file = exported(&source.app()).await;
    cloud.clock.set(source.clock.now());
    let (mut cuts, mut nth) = (0, 1);
    loop {
        let faults = Arc::new(Faults::default());
        let fault = if cuts % 2 == 0 { Fault::KillAfter } else { Fault::KillBefore };
        faults.plan(nth, fault);
        let table = Arc::new(FaultyTable::new(cloud.table(), faults.clone()));
        let blobs = Arc::new(FaultyBlobs::new(cloud.blobs(), faults));
        if import(&app(table, blobs, &cloud.clock), &file).await {
            break;
        }
        cuts += 1;
        nth += 1;
    }
    assert!(cuts >= 5, "{cuts}");
    let beside = Memory::new();
    beside.clock.set(source.clock.now());
    assert!(import(&beside.app(), &file).await);
    assert_eq!(seen(&cloud.app()).await, seen(&beside.app()).await);
}
