//! Reads an export as a whole before anything of it is taken.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use sha2::{Digest, Sha256};

use super::error::MoveError;
use super::file::FrameReader;
use super::frame::{BlobPart, Entry, Frame, MoveHead, chained};
use super::kind::{Wanted, blob_of, content_hash, is_blob_of_export, kind_of};
use crate::ports::BlobKey;
use crate::repositories::Site;

/// What stands in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveSummary {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub made: UnixTime,
    /// How many frames it has.
    pub frames: u32,
    /// Its sites.
    pub sites: Vec<SiteId>,
    /// How much of what kind there is.
    pub counts: BTreeMap<String, u64>,
    /// Raw results are in it.
    pub results: bool,
    /// Secrets are in it.
    pub secrets: bool,
}

/// Reads an export to its end and checks everything that can be checked without an installation: every checksum, every
/// item, that nothing is missing, and that nothing is in it that no export holds. Holds one frame at a time.
///
/// `progress` hears how many frames were read.
pub fn verify(input: impl Read, progress: &dyn Fn(u32)) -> Result<MoveSummary, MoveError> {
    let mut reader = FrameReader::new(input)?;
    let (mut chain, mut last, mut checked) = ([0; 32], 0, None::<Checked>);
    while let Some((number, sealed)) = reader.next_sealed()? {
        last = number + 1;
        let frame = Frame::open(number, &sealed)?;
        match (frame, &mut checked) {
            (Frame::Head(head), None) => checked = Some(Checked::begin(&head, number)?),
            (Frame::Entries(entries), Some(checked)) => checked.entries(entries, number)?,
            (Frame::End(end), Some(checked)) => {
                if end.frames != number + 1 || end.chain != chain || !checked.parts.is_empty() {
                    return Err(MoveError::damaged(number, "frames before it are missing or were replaced"));
                }
                if reader.next_sealed()?.is_some() {
                    return Err(MoveError::damaged(number + 1, "it comes after the last one"));
                }
                let summary = checked.summary.clone();
                return Ok(MoveSummary { frames: number + 1, counts: end.counts, ..summary });
            }
            _ => return Err(MoveError::damaged(number, "it is not the one that belongs here")),
        }
        chain = chained(chain, &sealed);
        progress(last);
    }
    Err(MoveError::CutOff { frame: last })
}

/// What was read of an export.
struct Checked {
    summary: MoveSummary,
    sites: BTreeSet<SiteId>,
    /// Blobs that are whole.
    blobs: BTreeSet<String>,
    /// Blobs of which the last part has not come: parts so far, and their hash.
    parts: HashMap<String, (u32, Sha256)>,
}

impl Checked {
    fn begin(head: &MoveHead, number: u32) -> Result<Self, MoveError> {
        let sites: Vec<SiteId> = sites_of(head, number)?.into_iter().map(|site| site.id).collect();
        let summary = MoveSummary {
            id: head.id.clone(),
            made: head.made,
            frames: 0,
            sites: sites.clone(),
            counts: BTreeMap::new(),
            results: head.results,
            secrets: head.secrets,
        };
        let sites = sites.into_iter().collect();
        Ok(Self { summary, sites, blobs: BTreeSet::new(), parts: HashMap::new() })
    }

    fn entries(&mut self, entries: Vec<Entry>, number: u32) -> Result<(), MoveError> {
        for entry in entries {
            match entry {
                Entry::Blob(part) => self.part(&part, number)?,
                Entry::Item(item) => {
                    let item = item.item();
                    kind_of(&item, &self.wanted(), number)?;
                    if let Some(blob) = blob_of(&item)
                        && !self.blobs.contains(blob)
                    {
                        return Err(MoveError::foreign(number, format!("{} without its blob", item.key)));
                    }
                }
            }
        }
        Ok(())
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { sites: &self.sites, secrets: self.summary.secrets }
    }

    fn part(&mut self, part: &BlobPart, number: u32) -> Result<(), MoveError> {
        let key = blob_key(part, &self.wanted(), number)?;
        let (mut parts, mut hash) = self.parts.remove(&part.key).unwrap_or_default();
        if part.number != parts {
            return Err(MoveError::damaged(number, format!("a part of blob {key} is missing")));
        }
        hash.update(&part.bytes);
        parts += 1;
        let Some(whole) = part.whole else {
            self.parts.insert(part.key.clone(), (parts, hash));
            return Ok(());
        };
        check_blob(&key, hash.finalize().into(), whole, number)?;
        self.blobs.insert(part.key.clone());
        Ok(())
    }
}

/// The sites in the head of an export.
pub(super) fn sites_of(head: &MoveHead, number: u32) -> Result<Vec<Site>, MoveError> {
    let is_id = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !is_id(&head.id) {
        return Err(MoveError::damaged(number, "it has no id"));
    }
    let mut sites = Vec::new();
    for moved in &head.sites {
        let item = moved.clone().item();
        let what = || portdelta_core::escape::escape(&item.key.to_string()).into_owned();
        let site = Site::read(&item).map_err(|source| MoveError::Unreadable {
            frame: number,
            what: what(),
            source,
        })?;
        let is_plain = item.index.is_none() && item.expires.is_none() && item.attributes.is_empty();
        if item.key.partition != "SITES" || item.key.sort != site.id.as_str() || !is_plain {
            return Err(MoveError::Foreign { frame: number, what: what() });
        }
        sites.push(site);
    }
    Ok(sites)
}

/// The key of a blob that an export may hold.
pub(super) fn blob_key(part: &BlobPart, wanted: &Wanted<'_>, number: u32) -> Result<BlobKey, MoveError> {
    let foreign = || MoveError::foreign(number, format!("a blob called {}", part.key));
    let key: BlobKey = part.key.parse().map_err(|_| foreign())?;
    if is_blob_of_export(&key, wanted) { Ok(key) } else { Err(foreign()) }
}

/// Refuses a blob that does not have the hash that was written, or that its name promises.
pub(super) fn check_blob(
    key: &BlobKey,
    is: [u8; 32],
    written: [u8; 32],
    number: u32,
) -> Result<(), MoveError> {
    if is != written || content_hash(key).is_some_and(|named| named != is) {
        return Err(MoveError::damaged(number, format!("blob {key} is not what it should be")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::file::FrameWriter;
    use crate::moving::frame::{MovedItem, PART_BYTES};
    use crate::ports::{Item, Key};
    use crate::stored::pack;

    /// What an export with these entries is refused for.
    fn refusal(entries: Vec<Entry>) -> String {
        let site = Site::new("office".parse().expect("an id"), "Office", UnixTime::EPOCH);
        let head = MoveHead {
            id: "an-export".to_owned(),
            made: UnixTime::EPOCH,
            program: "1".to_owned(),
            results: true,
            secrets: false,
            sites: vec![MovedItem::from(&site.item().expect("an item"))],
        };
        let mut file = Vec::new();
        let mut writer = FrameWriter::new(&mut file).expect("it is written");
        writer.frame(&Frame::Head(head)).expect("it is written");
        writer.frame(&Frame::Entries(entries)).expect("it is written");
        writer.end(BTreeMap::new(), None).expect("it is written");
        match verify(&file[..], &|_| {}) {
            Ok(_) => String::new(),
            Err(error) => format!("{} {error}", error.code()),
        }
    }

    fn item(partition: &str, sort: &str, value: Vec<u8>) -> Entry {
        Entry::Item(MovedItem::from(&Item::new(Key::new(partition, sort), value)))
    }

    fn part(key: &str, number: u32, bytes: &[u8], last: bool) -> Entry {
        let whole = last.then(|| Sha256::digest(bytes).into());
        Entry::Blob(BlobPart { key: key.to_owned(), number, whole, bytes: bytes.to_vec() })
    }

    #[test]
    fn what_nobody_exports_is_refused_whatever_it_says_it_is() {
        let text = |value: &str| pack(1, &value).expect("it packs");
        for (partition, sort) in [
            ("TOKENS", "t"),
            ("LENTACCESS", "t"),
            ("USERS", "u"),
            ("SESSIONS", "s"),
            ("ENROLMENTS", "t"),
            ("SETUP", "FIRSTTOKEN"),
            ("SITES", "other"),
            ("SITE#other", "HEAD#40a0000"),
            ("BLK#other#40a0000", "BODY"),
            ("RESULT#other", "r"),
            ("SCHEDULES", "s"),
            ("MOVES", "an-export"),
            ("SWEEP", "blobs"),
            ("WATCHED", "OTHER"),
            ("RUN#r", "SOMETHING"),
            ("\u{1b}[2J", "x"),
        ] {
            let refusal = refusal(vec![item(partition, sort, text("x"))]);
            assert!(refusal.starts_with("move.foreign"), "{partition}: {refusal}");
            assert!(!refusal.contains('\u{1b}'));
        }
        for (partition, sort) in [
            ("SITE#office", "HEAD#40a0000"),
            ("SITE#office", "SCOPE#1"),
            ("BLK#office#40a0000", "BODY"),
            ("RESULT#office", "r"),
            ("RUN#r", "RUN"),
            ("RUN#r", "TASK#1"),
            ("NETWORKS", "n"),
            ("ALERT#a", "a"),
            ("CHANNELS", "CHANNEL#c"),
            ("SCANS", "s"),
            ("SENT#c", "n"),
        ] {
            let damaged = refusal(vec![item(partition, sort, b"\x01damaged".to_vec())]);
            assert!(damaged.starts_with("move.damaged"), "{partition}/{sort}: {damaged}");
            let newer = refusal(vec![item(partition, sort, pack(200, &"x").expect("it packs"))]);
            assert!(newer.starts_with("move.newer"), "{partition}/{sort}: {newer}");
        }
    }

    #[test]
    fn an_item_is_in_the_lists_of_its_kind_only() {
        let open = Item::new(Key::new("OPEN", "run-1"), Vec::new());
        assert_eq!(refusal(vec![Entry::Item(MovedItem::from(&open))]), "");
        let listed = open.indexed(Key::new("REPORTS", "000"));
        assert!(refusal(vec![Entry::Item(MovedItem::from(&listed))]).starts_with("move.foreign"));
    }

    #[test]
    fn blobs_are_what_their_names_and_hashes_say() {
        let named =
            |bytes: &[u8]| format!("bodies/{}", data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)));
        assert_eq!(refusal(vec![part(&named(b"a"), 0, b"a", true)]), "");
        assert_eq!(refusal(vec![part("results/office/ab", 0, b"a", true)]), "");
        for foreign in ["results/other/ab", "uploads/a/b", "bodies/short", "../x", "moves/a/b", "results"] {
            assert!(refusal(vec![part(foreign, 0, b"a", true)]).starts_with("move.foreign"), "{foreign}");
        }
        for broken in [
            vec![part(&named(b"b"), 0, b"a", true)],
            vec![part("results/office/ab", 1, b"a", true)],
            vec![part("results/office/ab", 0, b"a", false)],
            vec![part("results/office/ab", 0, b"a", false), part("results/office/ab", 1, b"b", true)],
        ] {
            assert!(refusal(broken).starts_with("move.damaged"));
        }
        let pointing = Item::new(Key::new("BLK#office#40a0000", "BODY"), Vec::new());
        let pointing = pointing.with(crate::repositories::BLOB, named(&vec![0; PART_BYTES]));
        assert!(refusal(vec![Entry::Item(MovedItem::from(&pointing))]).starts_with("move.foreign"));
    }
}
