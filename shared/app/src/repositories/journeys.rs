//! Sign-ins that are on their way to a provider and back; each comes back once, to the browser that began.

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key};
use crate::secret;
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "JOURNEYS";

/// A sign-in at a provider.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredJourney {
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    /// SHA-256 of what the browser holds.
    pub(crate) browser: [u8; 32],
    /// The page that was wanted.
    pub(crate) to: String,
    pub(crate) expires: UnixTime,
}

fn key(state: &str) -> Key {
    Key::new(PARTITION, secret::hash_text(state))
}

impl App {
    pub(crate) async fn keep_journey(&self, state: &str, journey: &StoredJourney) -> Result<(), AppError> {
        let operation = || "begin a single sign-on".to_owned();
        let item = Item::new(key(state), pack(VERSION, journey).during(operation)?);
        let action = Action::put(item.expiring(journey.expires)).when(Condition::MustNotExist);
        self.table.transact(vec![action]).await.during(operation)
    }

    /// The journey of a state, which ends by that; of several who ask for it one gets it.
    pub(crate) async fn take_journey(&self, state: &str) -> Result<Option<StoredJourney>, AppError> {
        let operation = || "end a single sign-on".to_owned();
        let key = key(state);
        let Some(item) = self.table.get(&key).await.during(operation)? else { return Ok(None) };
        let journey: StoredJourney = unpack("journey", VERSION, &item.value).during(operation)?;
        let taken = vec![Action::delete(key).when(Condition::MustExist)];
        let is_ours = self.all_or_nothing(taken, operation).await?;
        Ok(Some(journey).filter(|journey| is_ours && journey.expires > self.now()))
    }
}
