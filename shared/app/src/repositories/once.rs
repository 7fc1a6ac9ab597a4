//! What was asked for with an idempotency key, so that it is done at most once.

use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key};
use crate::secret;
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;

/// A key is remembered for so long, in seconds: a day.
pub const KEYS_KEPT_SECONDS: i64 = 86_400;

/// A request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedOnce {
    /// What the key is good for: who asks, the method and path, and the key, as one word.
    of: String,
    /// What it asks for.
    body: [u8; 32],
}

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The version of what was made, as its header has it.
    pub etag: Option<String>,
    /// JSON; none where it held a secret, which is kept nowhere.
    pub body: Option<Vec<u8>>,
}

/// What is known of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Nothing until now: go on, and tell how it ended.
    New,
    /// It was done, with this answer.
    Done(KeptAnswer),
    /// It was begun. Whether it was done is not known, or not yet.
    Begun,
    /// It stands for a request with another body.
    OtherBody,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    body: [u8; 32],
    answer: Option<KeptAnswer>,
}

impl AskedOnce {
    /// A request of `caller` for `what`, a method and a path, with a key.
    #[must_use]
    pub fn new(caller: &str, what: &str, key: &str, body: &[u8]) -> Self {
        let part = |text: &str| format!("{}:{text}", text.len());
        let of = secret::hash_text(&[caller, what, key].map(part).concat());
        Self { of, body: secret::hash_bytes(body) }
    }

    fn key(&self) -> Key {
        Key::new(format!("ONCE#{}", self.of), "-")
    }

    fn item(&self, app: &App, answer: Option<KeptAnswer>) -> Result<Item, AppError> {
        let stored = Stored { body: self.body, answer };
        let bytes = pack(VERSION, &stored).during(|| "keep an idempotency key".to_owned())?;
        Ok(Item::new(self.key(), bytes).expiring(app.now().shifted(KEYS_KEPT_SECONDS)))
    }
}

impl App {
    /// Takes an idempotency key. Of several who do so at once, one is told [`KeyUse::New`].
    pub async fn begin_once(&self, asked: &AskedOnce) -> Result<KeyUse, AppError> {
        let operation = || "read an idempotency key".to_owned();
        let take = Action::put(asked.item(self, None)?).when(Condition::MustNotExist);
        if self.all_or_nothing(vec![take], operation).await? {
            return Ok(KeyUse::New);
        }
        let Some(item) = self.table.get(&asked.key()).await.during(operation)? else {
            // It was given back just now: whoever asks again may have it.
            return Ok(KeyUse::Begun);
        };
        let stored: Stored = unpack("idempotency key", VERSION, &item.value).during(operation)?;
        Ok(match stored.answer {
            _ if stored.body != asked.body => KeyUse::OtherBody,
            Some(answer) => KeyUse::Done(answer),
            None => KeyUse::Begun,
        })
    }

    /// Keeps how it ended.
    pub async fn end_once(&self, asked: &AskedOnce, answer: KeptAnswer) -> Result<(), AppError> {
        let kept = Action::put(asked.item(self, Some(answer))?);
        self.table.transact(vec![kept]).await.during(|| "keep the answer of an idempotency key".to_owned())
    }

    /// Gives a key back with which nothing was done.
    pub async fn forget_once(&self, asked: &AskedOnce) -> Result<(), AppError> {
        let gone = self.table.transact(vec![Action::delete(asked.key())]).await;
        gone.during(|| "give an idempotency key back".to_owned())
    }
}
