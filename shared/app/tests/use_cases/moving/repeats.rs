//! Imports that are repeated, cut off, or meet something.

use portdelta_app::moving::MOST_FRAME_BYTES;
use portdelta_app::ports::{Item, Table};
use portdelta_app::repositories::Site;
use portdelta_testkit::{Fault, NmapHost, NmapText};

use super::{all, blobs, checked, exported, frames, import, import_frames};
use crate::store::{Memory, ingest, of_run, scan, site, upload};

fn office(seconds: i64, open: &[u16]) -> NmapText {
    let text = NmapText::of("-sT -p20-30 192.0.2.1-2").at(seconds).tcp("20-30").of_total(2);
    text.host(NmapHost::up("192.0.2.1").open(open))
}

/// Some changes, and a raw result that does not fit into one part.
async fn source() -> Memory {
    let memory = Memory::new();
    let app = memory.app();
    for (number, open) in (0..).zip([&[22][..], &[22, 25], &[25]]) {
        memory.clock.advance(60);
        scan(&app, &office(number * 1_000, open)).await;
    }
    let mut random = fastrand::Rng::with_seed(7);
    let noise: String = std::iter::repeat_with(|| random.alphanumeric()).take(2_150_000).collect();
    let text = String::from_utf8(office(9_000, &[25, 30]).bytes()).expect("text");
    ingest(&app, upload(text.replace("</nmaprun>", &format!("<!-- {noise} --></nmaprun>")).into_bytes()))
        .await;
    memory
}

fn content(memory: &Memory) -> Vec<Item> {
    memory.table.items().into_iter().filter(|item| item.key.partition != "MOVES").collect()
}

#[tokio::test]
async fn importing_again_changes_nothing_and_undoes_nothing() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    assert!(checked(&file).frames >= 4, "{:?}", checked(&file));
    assert!(frames(&file).iter().all(|frame| frame.len() < MOST_FRAME_BYTES));
    let target = Memory::new();
    let first = import(&target.app(), &file).await.expect("it is imported");
    // Life goes on.
    scan(&target.app(), &office(20_000, &[22])).await;
    let renamed = Site::new(site(), "Another name", first.begun);
    target.app().edit_site(&renamed, None).await.expect("it is there");
    let before = (target.table.items(), blobs(&target).await);
    let again = import(&target.app(), &file).await.expect("it was imported before");
    assert_eq!(again, first);
    assert_eq!((target.table.items(), blobs(&target).await), before);
}

#[tokio::test]
async fn an_import_that_dies_at_any_operation_goes_on_where_it_stopped() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let (id, all_frames) = (checked(&file).id, frames(&file));
    let undisturbed = Memory::new();
    import_frames(&undisturbed.app(), &id, &all_frames).await.expect("nothing fails");
    let operations = undisturbed.faults.operations();
    assert!(operations > 20, "{operations}");
    let expected = (content(&undisturbed), blobs(&undisturbed).await);
    for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Conflict] {
        for nth in 1..=operations {
            let target = Memory::new();
            target.faults.plan(nth, fault);
            let crashed = import_frames(&target.app(), &id, &all_frames).await;
            let case = format!("{fault:?} at operation {nth} of {operations}: {crashed:?}");
            target.faults.revive();
            // Nothing begins at a site that is not there as a whole.
            let known = target.app().site(&site()).await.expect("readable");
            if crashed.is_err() && fault == Fault::KillBefore && nth < operations {
                assert!(known.is_none_or(|site| !site.active), "{case}");
            }
            let done = import_frames(&target.app(), &id, &all_frames)
                .await
                .unwrap_or_else(|error| panic!("{case}: {error:?}"));
            assert!(done.ended.is_some() && done.kept.is_empty(), "{case}");
            assert_eq!(content(&target), expected.0, "{case}");
            assert_eq!(blobs(&target).await, expected.1, "{case}");
        }
    }
}

#[tokio::test]
async fn two_who_import_the_same_at_once_do_it_once() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let id = checked(&file).id;
    let target = Memory::new();
    for (number, sealed) in (0..).zip(frames(&file)) {
        let (one, other) = (target.app(), target.app());
        let (one, other) =
            tokio::join!(one.take_frame(&id, number, &sealed), other.take_frame(&id, number, &sealed));
        assert_eq!(one.expect("taken").next, other.expect("taken").next);
    }
    let alone = Memory::new();
    import(&alone.app(), &file).await.expect("nothing fails");
    assert_eq!(content(&target), content(&alone));
}

#[tokio::test]
async fn what_is_there_is_not_mixed_with_what_comes() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let target = Memory::new();
    scan(&target.app(), &office(0, &[443])).await;
    let before = target.content();
    let refused = import(&target.app(), &file).await.expect_err("the site is in use");
    assert_eq!(refused.code(), "move.sites_taken");
    assert!(refused.to_string().contains("office") && refused.hint().is_some(), "{refused}");
    assert_eq!(target.content(), before);
    // Another export of the same installation is another one.
    let target = Memory::new();
    import(&target.app(), &file).await.expect("it is imported");
    source.clock.advance(60);
    let mut other = Vec::new();
    let app = portdelta_app::App::new(
        source.table.clone(),
        source.blobs.clone(),
        source.clock.clone(),
        std::sync::Arc::new(Fixed("another-export")),
    );
    app.export_all(&all(), &mut other, &|_, _| {}).await.expect("it is exported");
    assert_eq!(import(&target.app(), &other).await.expect_err("taken").code(), "move.sites_taken");
    // Nor may it come in between.
    let target = Memory::new();
    let id = checked(&file).id;
    target.app().take_frame(&id, 0, &frames(&file)[0]).await.expect("it begins");
    assert_eq!(import(&target.app(), &other).await.expect_err("another one").code(), "move.busy");
}

struct Fixed(&'static str);

impl portdelta_app::ports::Ids for Fixed {
    fn new_id(&self) -> String {
        self.0.to_owned()
    }
}

#[tokio::test]
async fn a_site_with_nothing_in_it_and_other_sites_are_in_nobodys_way() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let target = Memory::new();
    // As the first start of a server makes it.
    target.app().ensure_site(&site()).await.expect("it is made");
    let mut elsewhere = upload(office(0, &[443]).bytes());
    elsewhere.site = "elsewhere".parse().expect("an id");
    ingest(&target.app(), of_run(elsewhere, "elsewhere")).await;
    let before = target.table.items();
    let progress = import(&target.app(), &file).await.expect("it is imported");
    assert!(progress.kept.is_empty());
    let after = target.table.items();
    for item in before.iter().filter(|item| item.key.partition != "SITES") {
        assert!(after.contains(item), "{}", item.key);
    }
    assert!(target.app().site(&site()).await.expect("readable").expect("there").active);
}

#[tokio::test]
async fn what_people_named_alike_stays_and_is_said() {
    let source = crate::golden::everything().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let target = Memory::new();
    let app = target.app();
    let draft = portdelta_app::repositories::NetworkDraft {
        name: "Office".to_owned(),
        prefixes: "203.0.113.0/24".to_owned(),
        ..Default::default()
    };
    let mine = app.create_network(&draft).await.expect("it is new");
    let progress = import(&app, &file).await.expect("it is imported");
    assert_eq!(progress.kept, ["NETWORKS/Office"]);
    assert_eq!(app.networks().await.expect("readable"), [mine]);
}

#[tokio::test]
async fn what_came_to_a_site_while_it_was_moved_is_told() {
    let source = source().await;
    let (file, _) = exported(&source.app(), &all()).await;
    let id = checked(&file).id;
    let target = Memory::new();
    let frames = frames(&file);
    target.app().take_frame(&id, 0, &frames[0]).await.expect("it begins");
    scan(&target.app(), &office(0, &[443])).await;
    let before = target.table.items();
    let refused = import(&target.app(), &file).await.expect_err("somebody wrote there");
    assert_eq!(refused.code(), "move.conflict", "{refused}");
    for item in before.iter().filter(|item| item.key.partition.starts_with("BLK#")) {
        assert_eq!(target.table.get(&item.key).await.expect("readable").as_ref(), Some(item));
    }
}
