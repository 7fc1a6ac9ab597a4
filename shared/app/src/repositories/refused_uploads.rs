//! Uploads that are kept and not applied, and why.

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, BlobKey, Condition, Cursor, Item, Key, Query, TableError};
use crate::raw::Raw;
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "REFUSED";

/// An upload that was not applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedUpload {
    /// The agent that may write under its key.
    pub agent: String,
    /// The run and task that the key names, as they stand there.
    pub place: String,
    /// Where the bytes are kept.
    pub blob: String,
    /// How many.
    pub bytes: u64,
    /// When it was refused.
    pub at: UnixTime,
    /// Stable: `upload.run_cancelled`, ...
    pub code: String,
    /// A sentence. What it quotes is escaped.
    pub message: String,
}

fn key_of(upload: &BlobKey) -> Key {
    Key::new(PARTITION, upload.as_str())
}

impl App {
    /// Moves an upload to those that are kept, with the reason. The same again changes nothing.
    pub(crate) async fn refuse_upload(
        &self,
        upload: &BlobKey,
        content: &Raw,
        (code, message): (&str, String),
    ) -> Result<RefusedUpload, AppError> {
        let operation = || format!("keep the refused upload {upload}");
        let rest = upload.as_str().strip_prefix("uploads/").unwrap_or(upload.as_str());
        let (agent, place) = rest.split_once('/').unwrap_or((rest, ""));
        let name = format!("refused/{rest}");
        let blob: BlobKey =
            name.parse().map_err(|_| AppError::Missing { what: format!("a place for {name}") })?;
        let refused = RefusedUpload {
            agent: agent.to_owned(),
            place: place.to_owned(),
            blob: name,
            bytes: content.bytes(),
            at: self.clock.now(),
            code: code.to_owned(),
            message,
        };
        self.keep_raw(&blob, content).await?;
        let item = Item::new(key_of(upload), pack(VERSION, &refused).during(operation)?);
        let index = Key::new(PARTITION, format!("{:012}#{rest}", refused.at.seconds()));
        let create = Action::put(item.indexed(index)).when(Condition::MustNotExist);
        match self.table.transact(vec![create]).await {
            Ok(()) | Err(TableError::ConditionFailed { .. }) => {}
            Err(error) => return Err(error).during(operation),
        }
        self.raise_refused(&refused).await?;
        self.blobs.delete(upload).await.during(operation)?;
        Ok(refused)
    }

    /// Uploads that were not applied, newest first.
    pub async fn refused_uploads(
        &self,
        after: Option<Cursor>,
    ) -> Result<(Vec<RefusedUpload>, Option<Cursor>), AppError> {
        let operation = || "list refused uploads".to_owned();
        let query = Query::partition(PARTITION).backward().after(after);
        let page = self.table.query_index(&query).await.during(operation)?;
        let uploads: Result<Vec<_>, AppError> = page
            .items
            .iter()
            .map(|item| unpack("refused upload", VERSION, &item.value).during(operation))
            .collect();
        Ok((uploads?, page.next))
    }
}

/// The name of the blob of a refused upload.
pub(crate) fn check_refused_upload(item: &Item) -> Result<String, crate::stored::StoredError> {
    unpack::<RefusedUpload>("refused upload", VERSION, &item.value).map(|refused| refused.blob)
}
