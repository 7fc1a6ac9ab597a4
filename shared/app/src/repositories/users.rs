//! Users, their names and when they last came in. At least one administrator who can sign in stays.

use portdelta_core::UnixTime;
use portdelta_core::escape::escape;
use portdelta_protocol::admin::Role;
use serde::{Deserialize, Serialize};

use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::password::PasswordHash;
use crate::ports::{Action, Condition, Item, Key};
use crate::secret;
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "USERS";
const NAMES: &str = "USERNAMES";
const SEEN: &str = "USERSEEN";
const AT: &str = "at";
/// Whose name or subject it is.
const USER: &str = "user";

/// Somebody who can sign in, or was invited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// To sign in with; of ASCII, unique whatever the case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They can't sign in, and nobody is signed in as them.
    pub disabled: bool,
    /// When the user was made.
    pub created: UnixTime,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) invitation: Option<Invitation>,
    /// Who they are for a provider of OpenID Connect.
    pub identity: Option<Identity>,
    /// Sessions of another epoch are void.
    pub(crate) epoch: i64,
    /// Grows with every change, from 1.
    pub version: i64,
}

/// What lets somebody set a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invitation {
    /// SHA-256 of its text.
    pub(crate) hash: [u8; 32],
    pub(crate) expires: UnixTime,
}

/// Somebody at a provider of OpenID Connect. Names and addresses can go to somebody else there; this can't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
}

impl User {
    /// They have a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Up to when their invitation can be accepted.
    #[must_use]
    pub fn invited_until(&self) -> Option<UnixTime> {
        self.invitation.as_ref().map(|invitation| invitation.expires)
    }

    /// An administrator who can sign in.
    pub(crate) fn is_working_admin(&self) -> bool {
        let can_sign_in = self.password.is_some() || self.identity.is_some();
        self.role == Role::Admin && !self.disabled && can_sign_in
    }

    fn action(&self, condition: Condition) -> Result<Action, StoredError> {
        let item = Item::new(Key::new(PARTITION, self.id.as_str()), pack(VERSION, self)?);
        Ok(Action::put(item.with(LOCK, self.version)).when(condition))
    }

    fn read(item: &Item) -> Result<Self, StoredError> {
        unpack("user", VERSION, &item.value)
    }
}

/// The item that keeps a name, or a subject, for one user.
fn taken(key: Key, user: &str) -> Action {
    Action::put(Item::new(key, Vec::new()).with(USER, user)).when(Condition::MustNotExist)
}

fn name_key(name: &str) -> Key {
    Key::new(NAMES, format!("NAME#{}", name.to_ascii_lowercase()))
}

fn identity_key(identity: &Identity) -> Key {
    let Identity { issuer, subject } = identity;
    Key::new(NAMES, format!("SUBJECT#{}", secret::hash_text(&format!("{issuer}\0{subject}"))))
}

/// Changes whenever there is one administrator less, so that two who go at once see each other.
fn admins_key() -> Key {
    Key::new("PEOPLE", "ADMINS")
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
}

pub(crate) fn no_user(id: &str) -> AppError {
    AppError::Unknown { what: format!("user {}", escape(id)) }
}

impl App {
    /// A user by their id.
    pub async fn user(&self, id: &str) -> Result<Option<User>, AppError> {
        let operation = || format!("read user {}", escape(id));
        if !is_id(id) {
            return Ok(None);
        }
        let item = self.table.get(&Key::new(PARTITION, id)).await.during(operation)?;
        item.map(|item| User::read(&item).during(operation)).transpose()
    }

    /// A user by their name, in any case. Reads as much where there is none.
    pub(crate) async fn user_named(&self, name: &str) -> Result<Option<User>, AppError> {
        // What no user is called must not make a bad key.
        let name = if crate::users::is_name(name) { name } else { "-" };
        self.user_at(&name_key(name)).await
    }

    /// Who somebody at a provider is here.
    pub(crate) async fn user_of(&self, identity: &Identity) -> Result<Option<User>, AppError> {
        self.user_at(&identity_key(identity)).await
    }

    async fn user_at(&self, key: &Key) -> Result<Option<User>, AppError> {
        let item = self.table.get(key).await.during(|| "look for a user".to_owned())?;
        self.user(item.as_ref().and_then(|item| item.text(USER)).unwrap_or("-")).await
    }

    /// All users by name, with when they last signed in.
    pub async fn users(&self) -> Result<Vec<(User, Option<UnixTime>)>, AppError> {
        let operation = || "list users".to_owned();
        let mut seen = std::collections::HashMap::new();
        for item in self.partition(SEEN).await? {
            let at = item.number(AT).and_then(UnixTime::from_seconds);
            seen.insert(item.key.sort, at);
        }
        let mut users = Vec::new();
        for item in self.partition(PARTITION).await? {
            let user = User::read(&item).during(operation)?;
            let at = seen.remove(&user.id).flatten();
            users.push((user, at));
        }
        users.sort_by_cached_key(|(user, _)| user.name.to_ascii_lowercase());
        Ok(users)
    }

    /// When a user last signed in.
    pub async fn last_sign_in(&self, id: &str) -> Result<Option<UnixTime>, AppError> {
        let item = self.table.get(&Key::new(SEEN, id)).await;
        let item = item.during(|| format!("read when user {id} last signed in"))?;
        Ok(item.and_then(|item| item.number(AT)).and_then(UnixTime::from_seconds))
    }

    /// Says that somebody signed in just now.
    pub(crate) fn signed_in(&self, id: &str) -> Action {
        Action::put(Item::new(Key::new(SEEN, id), Vec::new()).with(AT, self.now().seconds()))
    }

    /// Makes a user; fails where their name or subject is taken.
    pub(crate) async fn add_user(&self, user: &User, more: Vec<Action>) -> Result<(), AppError> {
        let operation = || format!("store user {}", user.id);
        let mut actions = vec![
            user.action(Condition::MustNotExist).during(operation)?,
            taken(name_key(&user.name), &user.id),
        ];
        actions.extend(user.identity.as_ref().map(|identity| taken(identity_key(identity), &user.id)));
        actions.extend(more);
        if self.all_or_nothing(actions, operation).await? {
            return Ok(());
        }
        let mut keys = vec![name_key(&user.name)];
        keys.extend(user.identity.as_ref().map(identity_key));
        for key in keys {
            if self.table.get(&key).await.during(operation)?.is_some() {
                return Err(AppError::Exists { what: format!("user {}", user.name) });
            }
        }
        Err(AppError::Contended { what: format!("user {}", user.name), tries: 1 })
    }

    /// Changes a user under their lock; `change` may refuse, and gives what is to be stored in the same transaction.
    pub(crate) async fn change_user(
        &self,
        id: &str,
        change: impl Fn(&mut User) -> Result<Vec<Action>, AppError>,
    ) -> Result<User, AppError> {
        for _ in 0..MOST_TRIES {
            let before = self.user(id).await?.ok_or_else(|| no_user(id))?;
            let mut user = before.clone();
            let more = change(&mut user)?;
            if user == before && more.is_empty() {
                return Ok(user);
            }
            user.version += 1;
            let operation = || format!("store user {id}");
            let unchanged = Condition::equals(LOCK, before.version);
            let mut actions = vec![user.action(unchanged).during(operation)?];
            let renamed = name_key(&user.name) != name_key(&before.name);
            if renamed {
                if self.table.get(&name_key(&user.name)).await.during(operation)?.is_some() {
                    return Err(AppError::Exists { what: format!("user {}", user.name) });
                }
                actions.push(Action::delete(name_key(&before.name)));
                actions.push(taken(name_key(&user.name), id));
            }
            if user.identity != before.identity {
                actions.extend(before.identity.as_ref().map(|old| Action::delete(identity_key(old))));
                actions.extend(user.identity.as_ref().map(|new| taken(identity_key(new), id)));
            }
            if before.is_working_admin() && !user.is_working_admin() {
                actions.push(self.one_admin_less(id).await?);
            }
            actions.extend(more);
            if self.all_or_nothing(actions, operation).await? {
                return Ok(user);
            }
        }
        Err(AppError::Contended { what: format!("user {id}"), tries: MOST_TRIES })
    }

    /// Removes a user; their sessions are void at once.
    pub async fn remove_user(&self, id: &str) -> Result<User, AppError> {
        for _ in 0..MOST_TRIES {
            let user = self.user(id).await?.ok_or_else(|| no_user(id))?;
            let key = Key::new(PARTITION, id);
            let mut actions = vec![
                Action::delete(key).when(Condition::equals(LOCK, user.version)),
                Action::delete(name_key(&user.name)),
                Action::delete(Key::new(SEEN, id)),
            ];
            actions.extend(user.identity.as_ref().map(|identity| Action::delete(identity_key(identity))));
            if user.is_working_admin() {
                actions.push(self.one_admin_less(id).await?);
            }
            if self.all_or_nothing(actions, || format!("remove user {id}")).await? {
                return Ok(user);
            }
        }
        Err(AppError::Contended { what: format!("user {id}"), tries: MOST_TRIES })
    }

    /// Whether an administrator can sign in.
    pub async fn has_working_admin(&self) -> Result<bool, AppError> {
        Ok(self.users().await?.iter().any(|(user, _)| user.is_working_admin()))
    }

    /// What keeps two administrators from going at once; refuses where nobody would be left.
    async fn one_admin_less(&self, id: &str) -> Result<Action, AppError> {
        let operation = || "count the administrators".to_owned();
        let known = self.table.get(&admins_key()).await.during(operation)?.and_then(|item| item.number(LOCK));
        let others = self.users().await?;
        if !others.iter().any(|(other, _)| other.id != id && other.is_working_admin()) {
            return Err(AppError::Refused {
                code: "user.last_admin",
                message: "nobody else who can sign in is an administrator".to_owned(),
                hint: "Make somebody else an administrator first, and let them sign in.",
            });
        }
        let item = Item::new(admins_key(), Vec::new()).with(LOCK, known.unwrap_or(0) + 1);
        let unchanged = at_version(known);
        Ok(Action::put(item).when(unchanged))
    }
}
