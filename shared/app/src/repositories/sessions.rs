//! Who is signed in. What the browser holds is kept as a hash, which is the key.

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "SESSIONS";

/// A session ends after so long without a request, in seconds: 12 hours.
pub const IDLE_SECONDS: i64 = 12 * 3_600;

/// A session ends so long after the sign-in, in seconds: 7 days.
pub const MOST_SECONDS: i64 = 7 * 86_400;

/// A session of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The user's id.
    pub(crate) user: String,
    /// When they signed in.
    pub(crate) created: UnixTime,
    /// When a request last came, to the quarter of an hour.
    pub(crate) seen: UnixTime,
    /// That of the user at the sign-in; it is void when the user has another one.
    pub(crate) epoch: i64,
}

impl Session {
    /// When it ends if no request comes.
    pub(crate) fn expires(&self) -> UnixTime {
        self.created.shifted(MOST_SECONDS).min(self.seen.shifted(IDLE_SECONDS))
    }

    /// Keeps it under the hash of what the browser holds.
    pub(crate) fn action(&self, hash: &str, condition: Condition) -> Result<Action, StoredError> {
        let item = Item::new(key(hash), pack(VERSION, self)?).expiring(self.expires());
        Ok(Action::put(item).when(condition))
    }
}

fn key(hash: &str) -> Key {
    Key::new(PARTITION, hash)
}

impl App {
    pub(crate) async fn session(&self, hash: &str) -> Result<Option<Session>, AppError> {
        let operation = || "read a session".to_owned();
        let item = self.table.get(&key(hash)).await.during(operation)?;
        let session: Option<Session> =
            item.map(|item| unpack("session", VERSION, &item.value).during(operation)).transpose()?;
        Ok(session.filter(|session| session.expires() > self.now()))
    }

    /// Notes a request; a session that was ended meanwhile stays ended.
    pub(crate) async fn touch_session(&self, hash: &str, session: &Session) -> Result<(), AppError> {
        let operation = || "note the use of a session".to_owned();
        let touched = Session { seen: self.now(), ..session.clone() };
        let action = touched.action(hash, Condition::MustExist).during(operation)?;
        self.all_or_nothing(vec![action], operation).await.map(drop)
    }

    /// Ends a session; one that has ended stays so.
    pub(crate) async fn end_session(&self, hash: &str) -> Result<(), AppError> {
        let gone = self.table.transact(vec![Action::delete(key(hash))]).await;
        gone.during(|| "end a session".to_owned())
    }
}

/// That a session ends.
pub(crate) fn ended(hash: &str) -> Action {
    Action::delete(key(hash))
}
