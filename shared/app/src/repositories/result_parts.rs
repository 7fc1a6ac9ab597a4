//! Documents of appended files after the first: each is a result of its own, and says where it stands.
//!
//! A part is stored before anything that it changed, so that whoever reads a delta finds what made it.

use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::observation::Document;
use serde::{Deserialize, Serialize};

use super::DocumentNote;
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Item, Key, TableError, TableLimits};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;

/// Bytes of a recorded command line that are kept; one that names thousands of ports or targets is longer, and every task's
/// record would have it.
pub const MOST_ARGUMENT_BYTES: usize = 1024;

const MOST_VERSION_BYTES: usize = 100;

/// Parts of one transaction: as many as one may hold. Each has some kilobytes, and together they stay far below its limit.
const WRITTEN_AT_ONCE: usize = TableLimits::DYNAMODB.transaction_actions;

/// A document that stands behind others in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPart {
    /// The file: the id of its first document.
    pub file: ResultId,
    /// Its number in the file, from 1; the first document has 0 and is no part.
    pub number: u32,
    /// What it says of itself.
    pub document: DocumentNote,
}

/// The partition of the parts of a site.
pub(crate) fn result_parts_partition(site: &SiteId) -> String {
    format!("RESULTPART#{site}")
}

fn key(site: &SiteId, id: ResultId) -> Key {
    Key::new(result_parts_partition(site), id.to_string())
}

impl ResultPart {
    /// The id by which deltas name it.
    #[must_use]
    pub fn id(&self, site: &SiteId) -> ResultId {
        ResultId::derive(self.file.0, site, None, self.number)
    }
}

impl DocumentNote {
    /// What is kept of a document, whose times are corrected.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let Document { scanner, summary, .. } = document;
        Self {
            tool: scanner.tool,
            version: scanner.version.as_deref().map(|text| within(text, MOST_VERSION_BYTES)),
            arguments: scanner.args.as_deref().map(|text| both_ends(text, MOST_ARGUMENT_BYTES)),
            start: scanner.start,
            end: summary.end,
            complete: summary.complete,
        }
    }
}

/// At most so many bytes of a text, with a mark where it is cut.
fn within(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most_bytes);
    format!("{}…", &text[..end])
}

/// At most so many bytes of a command line, with a mark where something is left out: what it names in lists stands in the
/// middle, and options before and behind.
fn both_ends(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let begin = text.floor_char_boundary(most_bytes / 4 * 3);
    let end = text.ceil_char_boundary(text.len() - most_bytes / 4);
    format!("{}…{}", &text[..begin], &text[end..])
}

impl App {
    /// Notes the documents of a file after its first; the same again changes nothing.
    pub(crate) async fn keep_parts(
        &self,
        site: &SiteId,
        file: ResultId,
        documents: &[DocumentNote],
    ) -> Result<(), AppError> {
        let parts = documents.iter().zip(0..).skip(1);
        let parts = parts.map(|(document, number)| ResultPart { file, number, document: document.clone() });
        let parts: Vec<ResultPart> = parts.collect();
        for some in parts.chunks(WRITTEN_AT_ONCE) {
            self.keep_some_parts(site, some).await?;
        }
        Ok(())
    }

    async fn keep_some_parts(&self, site: &SiteId, parts: &[ResultPart]) -> Result<(), AppError> {
        let Some(last) = parts.last() else { return Ok(()) };
        let operation = || format!("note the documents of result {}", last.file.short());
        let mut actions = Vec::with_capacity(parts.len());
        for part in parts {
            let bytes = pack(VERSION, part).during(operation)?;
            actions.push(Action::put(Item::new(key(site, part.id(site)), bytes)));
        }
        for _ in 0..MOST_TRIES {
            // They were stored together, or one after the other: the last one says whether they were.
            if self.result_part(site, last.id(site)).await?.is_some() {
                return Ok(());
            }
            match self.table.transact(actions.clone()).await {
                // Somebody else is storing the same ones.
                Err(TableError::Conflict) => {}
                done => return done.during(operation),
            }
        }
        Err(AppError::Contended { what: format!("result {}", last.file.short()), tries: MOST_TRIES })
    }

    /// Removes what was noted of the documents of a file after its first, the last one first: what a crash leaves is found
    /// again.
    pub(crate) async fn remove_result_parts(&self, site: &SiteId, file: ResultId) -> Result<(), AppError> {
        let operation = || format!("remove the documents of result {}", file.short());
        let part = |number| ResultId::derive(file.0, site, None, number);
        // They are there up to some number: one in twice as many is looked for, then the last one between.
        let (mut there, mut beyond) = (0, 1);
        while self.result_part(site, part(beyond)).await?.is_some() {
            (there, beyond) = (beyond, beyond * 2);
        }
        while beyond - there > 1 {
            let middle = there + (beyond - there) / 2;
            let is_there = self.result_part(site, part(middle)).await?.is_some();
            (there, beyond) = if is_there { (middle, beyond) } else { (there, middle) };
        }
        let numbers: Vec<u32> = (1..=there).rev().collect();
        for some in numbers.chunks(WRITTEN_AT_ONCE) {
            let gone = some.iter().map(|&number| Action::delete(key(site, part(number))));
            self.table.transact(gone.collect()).await.during(operation)?;
        }
        Ok(())
    }

    /// The document after the first of a file that has this id, if any.
    pub(crate) async fn result_part(
        &self,
        site: &SiteId,
        id: ResultId,
    ) -> Result<Option<ResultPart>, AppError> {
        let operation = || format!("look up result {}", id.short());
        let item = self.table.get(&key(site, id)).await.during(operation)?;
        item.map(|item| unpack("part of a result", VERSION, &item.value).during(operation)).transpose()
    }
}

/// The part in an item and the key that it must have.
pub(crate) fn check_result_part(item: &Item, site: &SiteId) -> Result<bool, StoredError> {
    let part: ResultPart = unpack("part of a result", VERSION, &item.value)?;
    Ok(item.key == key(site, part.id(site)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(within("nmap -sS", 8), "nmap -sS");
        assert_eq!(within("aéé", 2), "a…");
        assert_eq!(both_ends("nmap -sS", 8), "nmap -sS");
        assert_eq!(both_ends("nmap -p 1,3,5 -sV", 8), "nmap -…sV");
        assert_eq!(both_ends("aéééééé", 4), "aé…");
    }
}
