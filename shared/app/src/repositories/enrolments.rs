//! One-time tokens by which agents come in.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "ENROLMENTS";

/// Who has used it: the id of the agent; absent while nobody has.
const USED: &str = "used";

/// Used and expired ones are kept for so long, to tell an agent what is wrong with its token, in seconds.
const KEPT_FOR: i64 = 30 * 86_400;

/// An enrolment. Its secret is kept as a hash, which is its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Names it in lists: a UUID.
    pub id: String,
    /// The site of the agent that uses it.
    pub site: SiteId,
    /// When it was made.
    pub created: UnixTime,
    /// After this nobody can use it.
    pub expires: UnixTime,
    /// The agent that has used it.
    pub used: Option<String>,
}

impl Enrolment {
    /// Keeps it under the hash of its secret.
    pub(crate) fn action(&self, hash: &str, condition: Condition) -> Result<Action, StoredError> {
        let item = Item::new(key(hash), pack(VERSION, self)?).expiring(self.expires.shifted(KEPT_FOR));
        let item = match &self.used {
            Some(agent) => item.with(USED, agent.as_str()),
            None => item.with(USED, ""),
        };
        Ok(Action::put(item).when(condition))
    }

    /// What holds while nobody has used it.
    pub(crate) fn unused() -> Condition {
        Condition::equals(USED, "")
    }

    fn read(item: &Item) -> Result<Self, StoredError> {
        unpack("enrolment", VERSION, &item.value)
    }
}

fn key(hash: &str) -> Key {
    Key::new(PARTITION, hash)
}

impl App {
    /// The enrolment whose secret has this hash.
    pub(crate) async fn enrolment(&self, hash: &str) -> Result<Option<Enrolment>, AppError> {
        let operation = || "read an enrolment".to_owned();
        let item = self.table.get(&key(hash)).await.during(operation)?;
        item.map(|item| Enrolment::read(&item).during(operation)).transpose()
    }

    /// Enrolments that can still be used, oldest first.
    pub async fn enrolments(&self) -> Result<Vec<Enrolment>, AppError> {
        let now = self.now();
        let mut all = Vec::new();
        for item in self.partition(PARTITION).await? {
            let enrolment = Enrolment::read(&item).during(|| "list enrolments".to_owned())?;
            if enrolment.used.is_none() && enrolment.expires > now {
                all.push(enrolment);
            }
        }
        all.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
        Ok(all)
    }

    /// Voids an enrolment that nobody has used.
    pub async fn delete_enrolment(&self, id: &str) -> Result<(), AppError> {
        let unknown =
            || AppError::Unknown { what: format!("enrolment {}", portdelta_core::escape::escape(id)) };
        for item in self.partition(PARTITION).await? {
            if Enrolment::read(&item).during(|| "list enrolments".to_owned())?.id == id {
                let gone = vec![Action::delete(item.key).when(Enrolment::unused())];
                let done = self.all_or_nothing(gone, || format!("void enrolment {id}")).await?;
                return if done { Ok(()) } else { Err(unknown()) };
            }
        }
        Err(unknown())
    }
}
