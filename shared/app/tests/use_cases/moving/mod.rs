//! From one installation into another one.

mod damage;
mod golden;
mod life;
mod repeats;
mod same;

use std::collections::BTreeMap;

use portdelta_app::moving::{ExportOptions, ExportReport, FrameReader, MoveSummary, verify};
use portdelta_app::ports::{BlobKey, Blobs, Item};
use portdelta_app::repositories::MoveProgress;
use portdelta_app::{App, AppError};

use sha2::{Digest, Sha256};

use crate::store::Memory;

/// Everything that can be asked for.
pub fn all() -> ExportOptions {
    ExportOptions { results: true, secrets: true, program: "1.2.3".to_owned() }
}

pub async fn exported(app: &App, options: &ExportOptions) -> (Vec<u8>, ExportReport) {
    let mut file = Vec::new();
    let report = app.export_all(options, &mut file, &|_, _| {}).await.expect("it is exported");
    (file, report)
}

pub fn checked(file: &[u8]) -> MoveSummary {
    verify(file, &|_| {}).expect("the export is whole")
}

/// The frames of a file, sealed.
pub fn frames(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = FrameReader::new(file).expect("it is an export");
    let mut frames = Vec::new();
    while let Some((_, sealed)) = reader.next_sealed().expect("it is whole") {
        frames.push(sealed);
    }
    frames
}

/// Takes the frames that are missing; as the command line does.
pub async fn import(app: &App, file: &[u8]) -> Result<MoveProgress, AppError> {
    import_frames(app, &checked(file).id, &frames(file)).await
}

/// The same of a file that was looked at.
pub async fn import_frames(app: &App, id: &str, frames: &[Vec<u8>]) -> Result<MoveProgress, AppError> {
    let known = app.move_progress(id).await?;
    let next = known.as_ref().filter(|known| known.ended.is_none()).map_or(0, |known| known.next);
    let mut last = known;
    for (number, sealed) in (0..).zip(frames).filter(|(number, _)| *number >= next) {
        last = Some(app.take_frame(id, number, sealed).await?);
    }
    Ok(last.expect("there are frames"))
}

/// All blobs: how long they are, and what they hash to.
pub async fn blobs(memory: &Memory) -> BTreeMap<BlobKey, (usize, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for key in memory.blobs.keys() {
        let bytes = memory.blobs.get(&key, u64::MAX).await.expect("it is readable").expect("it is there");
        all.insert(key, (bytes.len(), Sha256::digest(&bytes).to_vec()));
    }
    all
}

/// The items of some partitions.
pub fn in_partitions(items: Vec<Item>, wanted: impl Fn(&str) -> bool) -> Vec<Item> {
    items.into_iter().filter(|item| wanted(&item.key.partition)).collect()
}
