//! How far the telling of a run is that takes longer than a function may: the next message goes on from there.

use portdelta_core::Block;
use portdelta_core::ids::RunId;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Cursor, Key};
use crate::repositories::{LOCK, at_version};
use crate::stored::{pack, unpack, version_of};
use crate::sweep::GoesOn;

const VERSION: u8 = 2;

/// Nobody goes on with what stood still for so long, in seconds: the sweep has begun anew since.
const KEPT_SECONDS: i64 = 60 * 86_400;

/// What a call may do: one step at least, so that every call gets further, and as many as there is time for.
pub(crate) struct Slice<'a> {
    goes_on: GoesOn<'a>,
    begun: bool,
}

impl<'a> Slice<'a> {
    /// As long as there is time.
    pub fn lasting(goes_on: GoesOn<'a>) -> Self {
        Self { goes_on, begun: false }
    }

    /// Whether the next step may be done.
    pub fn begins(&mut self) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        first || (self.goes_on)()
    }
}

impl Slice<'static> {
    /// Without an end.
    pub fn whole() -> Self {
        Self::lasting(&|| true)
    }
}

/// What comes next of the telling of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DigestStep {
    /// Its batches, behind this place.
    Batches(Option<BatchPlace>),
    /// Alerts whose host went, from this block on.
    Sleeping(Option<Block>),
    /// What is expected, from this block on.
    Expected(Option<Block>),
    /// What it found in each network.
    Networks,
    /// The digests go out.
    Digests,
}

/// The last batch that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BatchPlace {
    /// Of a run of a scan: so many batches of a task, and all of those before it.
    Task(u32, usize),
    /// Of an import: its key, and its place in the index.
    Import(Key, Key),
}

impl BatchPlace {
    /// Behind a place in the batches of an import.
    pub fn of_import(cursor: Cursor) -> Option<Self> {
        Some(Self::Import(cursor.key, cursor.index?))
    }
}

/// How far the telling of a run is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DigestProgress {
    /// What comes next.
    pub step: DigestStep,
    /// What the channels are told, by their ids: what was added up so far.
    pub digests: Vec<(String, Digest)>,
}

impl DigestStep {
    /// What comes behind it.
    pub fn next(&self) -> Self {
        match self {
            Self::Batches(_) => Self::Sleeping(None),
            Self::Sleeping(_) => Self::Expected(None),
            Self::Expected(_) => Self::Networks,
            Self::Networks | Self::Digests => Self::Digests,
        }
    }
}

impl DigestProgress {
    /// Something came since: what was never open makes no batch, and may be expected.
    pub fn look_again(&mut self) {
        if matches!(self.step, DigestStep::Expected(_) | DigestStep::Networks | DigestStep::Digests) {
            self.step = DigestStep::Expected(None);
        }
    }
}

fn key(run: &RunId) -> Key {
    Key::new("TELLING", run.as_str())
}

impl App {
    /// How far the telling of a run is, and its number; `None` where nothing is stored of it. One that another version
    /// wrote begins anew.
    pub(crate) async fn digest_progress(
        &self,
        run: &RunId,
    ) -> Result<Option<(Option<DigestProgress>, i64)>, AppError> {
        let operation = || format!("read how far the telling of run {run} is");
        let Some(item) = self.table.get(&key(run)).await.during(operation)? else { return Ok(None) };
        let bytes = self.item_value(&item).await?;
        let number = item.number(LOCK).unwrap_or(0);
        let is_ours = version_of(&bytes) == VERSION;
        let progress = is_ours.then(|| unpack("digest that is made", VERSION, &bytes).ok()).flatten();
        Ok(Some((progress, number)))
    }

    /// Stores how far it is, with the next number; `None` where somebody else was faster.
    pub(crate) async fn keep_digest_progress(
        &self,
        run: &RunId,
        progress: &DigestProgress,
        before: Option<i64>,
    ) -> Result<Option<i64>, AppError> {
        let operation = || format!("store how far the telling of run {run} is");
        let bytes = pack(VERSION, progress).during(operation)?;
        let number = before.unwrap_or(0) + 1;
        let item = self.item_or_blob(key(run), bytes, "deliveries").await?.with(LOCK, number);
        let item = item.expiring(self.now().shifted(KEPT_SECONDS));
        let put = vec![Action::put(item).when(at_version(before))];
        Ok(self.all_or_nothing(put, operation).await?.then_some(number))
    }

    /// It has come to its end; nothing where somebody began anew.
    pub(crate) async fn forget_digest_progress(&self, run: &RunId, number: i64) -> Result<(), AppError> {
        let gone = vec![Action::delete(key(run)).when(Condition::equals(LOCK, number))];
        let forgotten = self.all_or_nothing(gone, || format!("forget how far the telling of run {run} was"));
        forgotten.await.map(drop)
    }
}
