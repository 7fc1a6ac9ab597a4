//! Tokens of people and programs, and of agents. Their secrets are kept as hashes.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::Role;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Table};
use crate::stored::{StoredError, pack, unpack, version_of};

const VERSION: u8 = 2;
const PARTITION: &str = "TOKENS";
const USE_PARTITION: &str = "TOKENUSE";
const LENT_VERSION: u8 = 1;
const LENT_PARTITION: &str = "LENTACCESS";

/// When a token was last used.
const AT: &str = "at";

/// A token of a person or program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id, a part of its text.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// SHA-256 of its text.
    pub(crate) hash: [u8; 32],
    /// When it was made.
    pub created: UnixTime,
    /// When it ends; never where there is none.
    pub expires: Option<UnixTime>,
    /// What it may do.
    pub role: Role,
}

/// A token as version 1 stored it: an administrator's.
#[derive(Deserialize)]
struct TokenV1 {
    id: String,
    name: String,
    hash: [u8; 32],
    created: UnixTime,
    expires: Option<UnixTime>,
}

/// Access that was lent to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LentToken {
    pub(crate) agent: String,
    pub(crate) site: SiteId,
    pub(crate) expires: UnixTime,
}

impl Token {
    pub(crate) fn action(&self) -> Result<Action, StoredError> {
        let mut item = Item::new(Key::new(PARTITION, self.id.as_str()), pack(VERSION, self)?);
        item.expires = self.expires;
        Ok(Action::put(item).when(Condition::MustNotExist))
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        if version_of(&item.value) == 1 {
            let TokenV1 { id, name, hash, created, expires } = unpack("token", VERSION, &item.value)?;
            return Ok(Self { id, name, hash, created, expires, role: Role::Admin });
        }
        unpack("token", VERSION, &item.value)
    }
}

impl App {
    pub(crate) async fn token(&self, id: &str) -> Result<Option<Token>, AppError> {
        let operation = || format!("read token {id}");
        let item = self.table.get(&Key::new(PARTITION, id)).await.during(operation)?;
        item.map(|item| Token::read(&item).during(operation)).transpose()
    }

    /// All tokens of people and programs that are valid, oldest first, with their last use, exact to the hour.
    pub async fn tokens(&self) -> Result<Vec<(Token, Option<UnixTime>)>, AppError> {
        let mut latest = std::collections::HashMap::new();
        for item in self.partition(USE_PARTITION).await? {
            let at = item.number(AT).and_then(UnixTime::from_seconds);
            latest.insert(item.key.sort, at);
        }
        let mut tokens = Vec::new();
        for item in self.partition(PARTITION).await? {
            let token = Token::read(&item).during(|| "list tokens".to_owned())?;
            let used = latest.remove(&token.id).flatten();
            tokens.push((token, used));
        }
        tokens.sort_by(|(one, _), (other, _)| (one.created, &one.id).cmp(&(other.created, &other.id)));
        Ok(tokens)
    }

    /// Voids a token at once.
    pub async fn revoke_token(&self, id: &str) -> Result<(), AppError> {
        let unknown = || AppError::Unknown { what: format!("token {}", portdelta_core::escape::escape(id)) };
        if id.is_empty() || id.len() > 64 {
            return Err(unknown());
        }
        let gone = vec![
            Action::delete(Key::new(PARTITION, id)).when(Condition::MustExist),
            Action::delete(Key::new(USE_PARTITION, id)),
        ];
        if self.all_or_nothing(gone, || format!("revoke token {id}")).await? {
            Ok(())
        } else {
            Err(unknown())
        }
    }

    /// Notes a use, at most once in `seconds`.
    pub(crate) async fn note_use(&self, token: &Token, now: UnixTime, seconds: i64) -> Result<(), AppError> {
        let operation = || format!("note the use of token {}", token.id);
        let key = Key::new(USE_PARTITION, token.id.as_str());
        let last = self.table.get(&key).await.during(operation)?.and_then(|item| item.number(AT));
        if last.is_some_and(|last| (0..seconds).contains(&(now.seconds() - last))) {
            return Ok(());
        }
        let mut item = Item::new(key, Vec::new()).with(AT, now.seconds());
        item.expires = token.expires;
        // Another request notes the same.
        self.all_or_nothing(vec![Action::put(item)], operation).await.map(drop)
    }

    pub(crate) async fn lent_token(&self, hash: &str) -> Result<Option<LentToken>, AppError> {
        let operation = || "read lent access".to_owned();
        let item = self.table.get(&Key::new(LENT_PARTITION, hash)).await.during(operation)?;
        item.map(|item| unpack("lent access", LENT_VERSION, &item.value).during(operation)).transpose()
    }
}

/// Keeps what was lent under the hash of its token, until it ends.
pub(crate) async fn keep_lent(table: &dyn Table, hash: &str, lent: &LentToken) -> Result<(), AppError> {
    let operation = || format!("lend access to agent {}", lent.agent);
    let value = pack(LENT_VERSION, lent).during(operation)?;
    let item = Item::new(Key::new(LENT_PARTITION, hash), value).expiring(lent.expires);
    table.transact(vec![Action::put(item)]).await.during(operation)
}
