//! Files that are no exports, or not any more.

use portdelta_app::moving::{ExportOptions, verify};
use portdelta_testkit::{NmapHost, NmapText};

use super::{all, checked, exported, frames, import};
use crate::store::{Memory, scan};

async fn small() -> Vec<u8> {
    let memory = Memory::new();
    let text = NmapText::of("-sT -p20-30 192.0.2.1-2").tcp("20-30").of_total(2);
    scan(&memory.app(), &text.host(NmapHost::up("192.0.2.1").open(&[22]))).await;
    exported(&memory.app(), &all()).await.0
}

/// The file with these frames.
fn of(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"PDMOVE\r\n\x01".to_vec();
    for frame in frames {
        file.extend(u32::try_from(frame.len()).expect("small").to_be_bytes());
        file.extend(frame);
    }
    file
}

fn refusal(file: &[u8]) -> &'static str {
    let error = verify(file, &|_| {}).expect_err("it is refused");
    assert!(!error.to_string().is_empty() && !error.hint().is_empty());
    error.code()
}

#[tokio::test]
async fn every_bit_counts_and_every_cut_is_seen() {
    let file = small().await;
    checked(&file);
    for place in 0..file.len() {
        let mut other = file.clone();
        other[place] ^= 0x10;
        let code = refusal(&other);
        let known = ["move.not_an_export", "move.newer", "move.damaged", "move.cut_off"];
        assert!(known.contains(&code), "{place}: {code}");
        assert!(matches!(refusal(&file[..place]), "move.not_an_export" | "move.cut_off"), "{place}");
    }
    assert_eq!(refusal(&[&file[..], b"\0"].concat()), "move.cut_off");
    assert_eq!(refusal(&[&file[..], &[0, 0, 0, 0]].concat()), "move.damaged");
}

#[tokio::test]
async fn frames_that_are_missing_doubled_swapped_or_foreign_are_seen() {
    let file = small().await;
    let all = frames(&file);
    assert!(all.len() >= 3);
    assert_eq!(of(&all), file);
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let mut swapped = all.clone();
    swapped.swap(1, 2);
    for broken in [
        of(&all[1..]),
        of(&[first.clone(), last.clone()]),
        of(&[first.clone(), first.clone(), last.clone()]),
        of(&swapped),
        of(&[]),
        of(std::slice::from_ref(last)),
    ] {
        assert!(matches!(refusal(&broken), "move.damaged" | "move.cut_off"));
    }
    assert_eq!(refusal(&of(&all[..all.len() - 1])), "move.cut_off");
    // A frame of another export of the same length.
    let other = frames(&small().await);
    let mut mixed = all.clone();
    mixed[1].clone_from(&other[1]);
    assert_eq!(mixed == all, verify(&of(&mixed)[..], &|_| {}).is_ok());
}

#[tokio::test]
async fn other_files_are_told_from_exports() {
    for other in [&b""[..], b"PDMOV", b"<?xml version=\"1.0\"?><nmaprun>", b"PDMOVE\n\x01", &[0; 4_096]] {
        assert_eq!(refusal(other), "move.not_an_export");
    }
    assert_eq!(refusal(b"PDMOVE\r\n\x02"), "move.newer");
    assert_eq!(refusal(b"PDMOVE\r\n\x01"), "move.cut_off");
    assert_eq!(refusal(b"PDMOVE\r\n\x01\xff\xff\xff\xff"), "move.damaged");
}

#[tokio::test]
async fn a_server_takes_frames_in_their_order_only() {
    let file = small().await;
    let (id, all) = (checked(&file).id, frames(&file));
    let target = Memory::new();
    let app = target.app();
    assert_eq!(app.take_frame(&id, 1, &all[1]).await.expect_err("not begun").code(), "move.not_begun");
    assert_eq!(app.take_frame("other", 0, &all[0]).await.expect_err("another id").code(), "move.damaged");
    assert!(target.table.items().is_empty());
    app.take_frame(&id, 0, &all[0]).await.expect("it begins");
    assert_eq!(app.take_frame(&id, 2, &all[2]).await.expect_err("too early").code(), "move.gap");
    assert_eq!(app.take_frame(&id, 1, &all[0]).await.expect_err("another one").code(), "move.damaged");
    let again = app.take_frame(&id, 0, &all[0]).await.expect("it was taken before");
    assert_eq!(again.next, 1);
    import(&app, &file).await.expect("it goes on");
}

#[tokio::test]
async fn an_installation_with_nothing_in_it_can_be_moved_too() {
    let (file, report) = exported(&Memory::new().app(), &ExportOptions::default()).await;
    assert_eq!(report.counts.values().sum::<u64>(), 0);
    let target = Memory::new();
    assert!(import(&target.app(), &file).await.expect("it is imported").ended.is_some());
}

#[tokio::test]
async fn what_can_not_be_read_is_told_when_it_is_exported() {
    let memory = crate::golden::holding(crate::golden::golden("v1")).await;
    let mut items = memory.table.items();
    let scope = items.iter_mut().find(|item| item.key.sort.starts_with("SCOPE#")).expect("a scope");
    scope.value[0] = u8::MAX;
    let broken = crate::golden::holding(items).await;
    let error = broken.app().export_all(&all(), &mut Vec::new(), &|_, _| {}).await.expect_err("newer");
    assert_eq!(error.code(), "move.newer", "{error}");
}
