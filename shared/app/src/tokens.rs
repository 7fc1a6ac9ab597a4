//! Who calls: tokens of people and programs, made, checked and listed, and the access that agents are lent.

use std::sync::Arc;

use async_trait::async_trait;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::Role;
use subtle::ConstantTimeEq;

use crate::App;
use crate::check;
use crate::error::{AppError, Invalid};
use crate::ports::{Action, Clock, Condition, Credentials, CredentialsError, Item, Key, LentAccess, Table};
use crate::repositories::{LentToken, Token, keep_lent};
use crate::secret;

/// Begins the tokens of people and programs, whatever their role; it was made when all were administrators'.
const ADMIN_PREFIX: &str = "pda_";

/// Begins the tokens that agents are lent.
const AGENT_PREFIX: &str = "pdt_";

/// Access is lent for so long, in seconds.
const LENT_SECONDS: i64 = 3_600;

/// The last use of a token is noted as often as this, in seconds.
const USE_SECONDS: i64 = 3_600;

/// Bytes of a token's id, and in text.
const ID_BYTES: usize = 10;
const ID_TEXT: usize = 16;

/// A token that was just made; the only time at which its text is known.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedToken {
    /// What is kept of it.
    pub token: Token,
    /// For `Authorization: Bearer`: `pda_<id>_<secret>`.
    pub secret: String,
}

/// Who proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person or program, by a token.
    Token {
        /// The id of the token.
        token: String,
        /// What it is for.
        name: String,
        /// What it may do.
        role: Role,
    },
    /// An agent that is approved.
    Agent {
        /// Its id.
        agent: String,
        /// The site whose tasks it gets.
        site: SiteId,
    },
}

impl App {
    /// Makes a token with a role, valid for so many days (1 to 3,650), or for ever.
    pub async fn create_token(
        &self,
        name: &str,
        role: Role,
        expires_days: Option<u32>,
    ) -> Result<CreatedToken, AppError> {
        let created = self.new_token(name, role, expires_days)?;
        let action = crate::error::During::during(created.token.action(), || "store a token".to_owned())?;
        if self.all_or_nothing(vec![action], || "store a token".to_owned()).await? {
            return Ok(created);
        }
        Err(AppError::Contended { what: "a new token".to_owned(), tries: 1 })
    }

    /// The first token of an administrator, for a store in which none was ever made; `None` afterwards. Of several
    /// processes that start at once one gets it.
    pub async fn create_first_token(&self) -> Result<Option<CreatedToken>, AppError> {
        let operation = || "store the first token".to_owned();
        let key = Key::new("SETUP", "FIRSTTOKEN");
        let known = crate::error::During::during(self.table.get(&key).await, operation)?;
        if known.is_some() {
            return Ok(None);
        }
        let created = self.new_token("first start", Role::Admin, None)?;
        let once = Action::put(Item::new(key, Vec::new())).when(Condition::MustNotExist);
        let action = crate::error::During::during(created.token.action(), operation)?;
        Ok(self.all_or_nothing(vec![once, action], operation).await?.then_some(created))
    }

    fn new_token(&self, name: &str, role: Role, expires_days: Option<u32>) -> Result<CreatedToken, AppError> {
        let name = check::line("name", name)?;
        if let Some(days) = expires_days {
            check::number("expires_days", days, (1, 3_650), "days")?;
        }
        let id = data_encoding::BASE32_NOPAD.encode(&secret::random::<ID_BYTES>()?).to_ascii_lowercase();
        let text = secret::word(&format!("{ADMIN_PREFIX}{id}_"), &secret::random::<32>()?);
        let created = self.now();
        let expires = expires_days.map(|days| created.shifted(i64::from(days) * 86_400));
        let token = Token { id, name, hash: secret::hash(&text), created, expires, role };
        Ok(CreatedToken { token, secret: text })
    }

    /// Whose token this is; `None` where it is none, was revoked or has expired, without saying which.
    pub async fn check_token(&self, bearer: &str) -> Result<Option<Caller>, AppError> {
        if bearer.starts_with(AGENT_PREFIX) {
            return self.check_lent(bearer).await;
        }
        let Some(id) = bearer.strip_prefix(ADMIN_PREFIX).and_then(|rest| rest.get(..ID_TEXT)) else {
            return Ok(None);
        };
        if secret::read_word::<32>(&format!("{ADMIN_PREFIX}{id}_"), bearer).is_none() {
            return Ok(None);
        }
        let now = self.now();
        let Some(token) = self.token(id).await? else { return Ok(None) };
        let right: bool = token.hash.ct_eq(&secret::hash(bearer)).into();
        if !right || token.expires.is_some_and(|expires| expires <= now) {
            return Ok(None);
        }
        self.note_use(&token, now, USE_SECONDS).await?;
        Ok(Some(Caller::Token { token: token.id, name: token.name, role: token.role }))
    }

    /// The agent is asked for each time: who is revoked or moved is so at once, whatever was lent.
    async fn check_lent(&self, bearer: &str) -> Result<Option<Caller>, AppError> {
        if secret::read_word::<32>(AGENT_PREFIX, bearer).is_none() {
            return Ok(None);
        }
        let Some(lent) = self.lent_token(&secret::hash_text(bearer)).await? else { return Ok(None) };
        if lent.expires <= self.now() {
            return Ok(None);
        }
        let Some(agent) = self.agent(&lent.agent).await? else { return Ok(None) };
        // One that was moved asks anew, and learns of its site.
        if agent.approved.is_none() || agent.revoked.is_some() || agent.site != lent.site {
            return Ok(None);
        }
        Ok(Some(Caller::Agent { agent: agent.id, site: agent.site }))
    }
}

/// Lends access as tokens that the server itself checks, by [`App::check_token`].
pub struct TableCredentials {
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
}

impl TableCredentials {
    /// Tokens kept in a table, ending by `clock`.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }
}

#[async_trait]
impl Credentials for TableCredentials {
    async fn lend(&self, agent: &str, site: &SiteId) -> Result<LentAccess, CredentialsError> {
        let failed = |error: AppError| {
            let cause =
                std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            CredentialsError { agent: agent.to_owned(), reason: format!("{error}{cause}") }
        };
        let token = secret::word(AGENT_PREFIX, &secret::random::<32>().map_err(failed)?);
        let expires = self.clock.now().shifted(LENT_SECONDS);
        let lent = LentToken { agent: agent.to_owned(), site: site.clone(), expires };
        keep_lent(&*self.table, &secret::hash_text(&token), &lent).await.map_err(failed)?;
        Ok(LentAccess::Token { token, expires })
    }
}

impl std::fmt::Debug for CreatedToken {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedToken").field("token", &self.token.id).finish_non_exhaustive()
    }
}

/// What an enrolment or a token may last.
pub(crate) fn minutes(field: &'static str, minutes: u32, most: u32) -> Result<i64, Invalid> {
    check::number(field, minutes, (1, most), "minutes").map(|minutes| i64::from(minutes) * 60)
}
