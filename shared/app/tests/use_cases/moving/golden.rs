//! What the first version exported can be imported for ever.
//!
//! `golden/move-v1` holds a file as that version wrote it, frozen as `golden/v1` is. `PORTDELTA_WRITE_GOLDEN=1` writes it
//! where it is not there.

use std::path::PathBuf;

use portdelta_app::moving::ExportOptions;
use portdelta_app::ports::{Clock, Item};

use super::{all, checked, exported, import};
use crate::golden::{folder, golden, holding};
use crate::store::Memory;

fn path() -> PathBuf {
    folder("move-v1").join("export.pdmove")
}

fn without_notes(memory: &Memory) -> Vec<Item> {
    memory.table.items().into_iter().filter(|item| item.key.partition != "MOVES").collect()
}

#[tokio::test]
async fn version_1_brings_what_it_brought() {
    let source = holding(golden("v2")).await;
    let options = ExportOptions { results: false, ..all() };
    let (fresh, _) = exported(&source.app(), &options).await;
    if std::env::var_os("PORTDELTA_WRITE_GOLDEN").is_some() && !path().exists() {
        std::fs::create_dir_all(folder("move-v1")).expect("the folder can be made");
        std::fs::write(path(), &fresh).expect("it can be written");
    }
    let file = std::fs::read(path()).expect("the golden export is there");
    let (old, new) = (checked(&file), checked(&fresh));
    assert_eq!((&old.sites, &old.counts, old.frames), (&new.sites, &new.counts, new.frames));
    assert!(old.counts.len() >= 10, "{:?}", old.counts);
    let (first, second) = (Memory::new(), Memory::new());
    for (target, file) in [(&first, &file), (&second, &fresh)] {
        target.clock.set(source.clock.now());
        import(&target.app(), file).await.expect("it is imported");
    }
    assert_eq!(without_notes(&first), without_notes(&second));
}
