//! Takes in what an export holds, frame by frame.

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;

use portdelta_core::escape::escape;
use portdelta_core::ids::SiteId;
use sha2::{Digest, Sha256};

use super::error::MoveError;
use super::export::MOST_BLOB_BYTES;
use super::frame::{BlobPart, Entry, Frame, MoveEnd, MoveHead, PART_BYTES, chained};
use super::kind::{Kind, Wanted, kind_of};
use super::verify::{blob_key, check_blob, sites_of};
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::blobs::PutMode;
use crate::ports::{Action, BlobKey, Condition, Item, Key, Query, TableError};
use crate::repositories::{FIRST_VERSION, LOCK, MoveProgress, MoveRecord, Site};
use crate::{App, Service};

/// Items of one transaction, and their bytes; a table takes 100 and 4 MiB.
const MOST_ACTIONS: usize = 50;
const MOST_ACTION_BYTES: usize = 3 << 20;

impl App {
    /// Takes in one sealed frame of the export `id`, once, in the order of their numbers. A frame that was taken
    /// before changes nothing.
    ///
    /// The first frame reserves the sites, which must be new or have nothing in them; until the last one nothing runs
    /// there. Fails without having changed anything where the frame is damaged or holds what no export holds.
    pub async fn take_frame(&self, id: &str, number: u32, sealed: &[u8]) -> Result<MoveProgress, AppError> {
        let frame = Frame::open(number, sealed)?;
        let known = self.loaded_move(id).await?;
        let record = match (frame, known) {
            (Frame::Head(head), None) if number == 0 => {
                if head.id != id {
                    return Err(MoveError::damaged(number, "it is of another export").into());
                }
                return self.begin_move(&head, sealed).await;
            }
            (_, None) => return Err(MoveError::NotBegun { id: escape(id).into_owned() }.into()),
            (_, Some(record)) if number < record.progress.next => return Ok(record.progress),
            (_, Some(record)) if number > record.progress.next => {
                return Err(MoveError::Gap { frame: number, expected: record.progress.next }.into());
            }
            (Frame::Head(_), Some(_)) => {
                return Err(MoveError::damaged(number, "it is not the one that belongs here").into());
            }
            (Frame::Entries(entries), Some(mut record)) => {
                self.take_entries(&mut record, entries, number).await?;
                record
            }
            (Frame::End(end), Some(mut record)) => {
                self.end_move(&mut record, &end, number).await?;
                record
            }
        };
        let mut record = record;
        record.progress.next = number + 1;
        record.chain = chained(record.chain, sealed);
        if self.commit_move(&record, Some(number)).await? {
            return Ok(record.progress);
        }
        // Somebody else imports the same: what was done is the same too.
        let progress = self.move_progress(id).await?;
        progress.ok_or_else(|| AppError::Missing { what: format!("import {}", escape(id)) })
    }

    async fn begin_move(&self, head: &MoveHead, sealed: &[u8]) -> Result<MoveProgress, AppError> {
        let sites = sites_of(head, 0)?;
        for other in self.moves().await? {
            if other.progress.ended.is_some() {
                continue;
            }
            if let Some(site) =
                other.progress.sites.iter().find(|id| sites.iter().any(|site| site.id == **id))
            {
                return Err(MoveError::Busy { site: site.to_string() }.into());
            }
        }
        let mut taken = Vec::new();
        for site in &sites {
            if !self.is_untouched(&site.id).await? {
                taken.push(site.id.to_string());
            }
        }
        if !taken.is_empty() {
            return Err(MoveError::SitesTaken { sites: taken }.into());
        }
        for site in &sites {
            // Nothing begins at a site that is not active.
            let reserved = Site { active: false, ..site.clone() };
            let put = self.table.transact(vec![Action::put(reserved.item()?)]).await;
            put.during(|| format!("reserve site {}", site.id))?;
        }
        let progress = MoveProgress {
            id: head.id.clone(),
            made: head.made,
            begun: self.now(),
            ended: None,
            next: 1,
            sites: sites.iter().map(|site| site.id.clone()).collect(),
            created: sites.len() as u64,
            present: 0,
            kept: Vec::new(),
            kept_more: 0,
        };
        let sites = head.sites.iter().map(|site| site.clone().item().value).collect();
        let record = MoveRecord { progress, chain: chained([0; 32], sealed), sites, secrets: head.secrets };
        if !self.commit_move(&record, None).await? {
            let progress = self.move_progress(&head.id).await?;
            return progress.ok_or_else(|| AppError::Missing { what: "an import".to_owned() });
        }
        Ok(record.progress)
    }

    /// Whether nothing is known of a site, and nothing is to run there.
    async fn is_untouched(&self, site: &SiteId) -> Result<bool, AppError> {
        if self.site(site).await?.is_none() {
            return Ok(true);
        }
        let first = |partition: String| Query::partition(partition).limit(NonZeroUsize::MIN);
        for partition in [format!("SITE#{site}"), format!("RESULT#{site}")] {
            let page = self.table.query(&first(partition)).await;
            if !page.during(|| format!("look at site {site}"))?.items.is_empty() {
                return Ok(false);
            }
        }
        let runs = self.runs(site, Some(NonZeroUsize::MIN), None).await?;
        let scans = self.scans().await?;
        Ok(runs.runs.is_empty() && !scans.iter().any(|scan| scan.draft.sites.contains(site)))
    }

    async fn take_entries(
        &self,
        record: &mut MoveRecord,
        entries: Vec<Entry>,
        number: u32,
    ) -> Result<(), AppError> {
        let sites: BTreeSet<SiteId> = record.progress.sites.iter().cloned().collect();
        let wanted = Wanted { sites: &sites, secrets: record.secrets };
        // All of it is looked at before any of it is written.
        let (mut items, mut parts, mut keys) = (Vec::new(), Vec::new(), HashSet::new());
        for entry in entries {
            match entry {
                Entry::Blob(part) => parts.push((blob_key(&part, &wanted, number)?, part)),
                Entry::Item(item) => {
                    let item = item.item();
                    let kind = kind_of(&item, &wanted, number)?;
                    if !keys.insert(item.key.clone()) {
                        return Err(MoveError::foreign(number, format!("{} twice", item.key)).into());
                    }
                    if !item.is_expired(self.now()) {
                        items.push((kind, item));
                    }
                }
            }
        }
        for (key, part) in parts {
            self.take_part(&record.progress.id, &key, part, number).await?;
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        for (kind, item) in items {
            let size = item.size_bytes();
            if group.len() == MOST_ACTIONS || bytes + size > MOST_ACTION_BYTES {
                self.take_group(&mut record.progress, std::mem::take(&mut group)).await?;
                bytes = 0;
            }
            bytes += size;
            group.push((kind, item));
        }
        self.take_group(&mut record.progress, group).await
    }

    /// Puts items that are not there.
    async fn take_group(
        &self,
        progress: &mut MoveProgress,
        group: Vec<(Kind, Item)>,
    ) -> Result<(), AppError> {
        let put = |item: &Item| Action::put(item.clone()).when(Condition::MustNotExist);
        let actions: Vec<_> = group.iter().map(|(_, item)| put(item)).collect();
        match self.table.transact(actions).await {
            Ok(()) => {
                progress.created += group.len() as u64;
                return Ok(());
            }
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
            Err(error) => return Err(error).during(|| "store what is imported".to_owned()),
        }
        for (kind, item) in group {
            let operation = || format!("store {}", item.key);
            let mut tries = 0;
            loop {
                tries += 1;
                if let Some(known) = self.table.get(&item.key).await.during(operation)? {
                    if known == item {
                        progress.present += 1;
                    } else if kind.strict {
                        let what = escape(&item.key.to_string()).into_owned();
                        return Err(MoveError::Conflict { what }.into());
                    } else {
                        progress.keep(escape(&item.key.to_string()).into_owned());
                    }
                    break;
                }
                if self.all_or_nothing(vec![put(&item)], operation).await? {
                    progress.created += 1;
                    break;
                }
                if tries == MOST_TRIES {
                    return Err(AppError::Contended { what: item.key.to_string(), tries });
                }
            }
        }
        Ok(())
    }

    /// Keeps a part of a blob, and with the last one the blob.
    async fn take_part(&self, id: &str, key: &BlobKey, part: BlobPart, number: u32) -> Result<(), AppError> {
        let Some(whole) = part.whole else {
            if u64::from(part.number) * PART_BYTES as u64 > MOST_BLOB_BYTES || part.bytes.len() > PART_BYTES {
                return Err(MoveError::damaged(number, format!("blob {key} is too large")).into());
            }
            let staged = staged_key(id, key, part.number)?;
            let put = self.blobs.put(&staged, part.bytes, PutMode::Overwrite).await;
            return put.map(drop).during(|| format!("keep a part of blob {key}"));
        };
        let operation = || format!("store blob {key}");
        let staged = (0..part.number).map(|before| staged_key(id, key, before));
        let staged = staged.collect::<Result<Vec<_>, _>>()?;
        let mut bytes = Some(Vec::new());
        for before in &staged {
            match (self.blobs.get(before, PART_BYTES as u64).await.during(operation)?, &mut bytes) {
                (Some(known), Some(bytes)) => bytes.extend_from_slice(&known),
                _ => bytes = None,
            }
        }
        if let Some(mut bytes) = bytes {
            bytes.extend_from_slice(&part.bytes);
            check_blob(key, Sha256::digest(&bytes).into(), whole, number)?;
            self.blobs.put(key, bytes, PutMode::CreateOnly).await.during(operation)?;
        } else if self.blobs.open(key).await.during(operation)?.is_none() {
            // Parts are removed only when the blob is there.
            return Err(MoveError::damaged(number, format!("a part of blob {key} is missing")).into());
        }
        for before in &staged {
            self.blobs.delete(before).await.during(operation)?;
        }
        Ok(())
    }

    /// Lets runs begin at the sites.
    async fn end_move(&self, record: &mut MoveRecord, end: &MoveEnd, number: u32) -> Result<(), AppError> {
        if end.frames != number + 1 || end.chain != record.chain {
            return Err(MoveError::damaged(number, "frames before it are missing or were replaced").into());
        }
        for (id, value) in record.progress.sites.iter().zip(&record.sites) {
            let site = Item::new(Key::new("SITES", id.as_str()), value.clone()).with(LOCK, FIRST_VERSION);
            let put = self.table.transact(vec![Action::put(site)]).await;
            put.during(|| format!("store site {id}"))?;
        }
        if let Some(before) = end.gone {
            self.note_results_gone(before).await?;
        }
        record.progress.ended = Some(self.now());
        Ok(())
    }
}

impl Service {
    /// [`App::take_frame`], and with the last one the schedules begin.
    pub async fn take_frame(&self, id: &str, number: u32, sealed: &[u8]) -> Result<MoveProgress, AppError> {
        let progress = self.app().take_frame(id, number, sealed).await?;
        if progress.ended.is_some() {
            // Also where it had ended before: a crash may have come between.
            self.sweep_schedules().await?;
        }
        Ok(progress)
    }
}

fn staged_key(id: &str, key: &BlobKey, part: u32) -> Result<BlobKey, AppError> {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(key.as_str()));
    let name = format!("moves/{}/{}/{part:05}", id.to_ascii_lowercase(), &hash[..32]);
    name.parse().map_err(|_| AppError::Missing { what: format!("a place for {name}") })
}
