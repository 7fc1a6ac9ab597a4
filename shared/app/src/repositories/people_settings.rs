//! How people come in: one item.

use portdelta_protocol::admin::PeopleSettings;

use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Item, Key, TableError};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
fn key() -> Key {
    Key::new("PEOPLE", "SETTINGS")
}

impl App {
    /// How people come in, with the secret of the provider: not for showing. And the version that
    /// [`App::store_people_settings`] wants, 0 while nobody has changed it.
    pub(crate) async fn loaded_people_settings(&self) -> Result<(PeopleSettings, i64), AppError> {
        let operation = || "read how people come in".to_owned();
        let Some(item) = self.table.get(&key()).await.during(operation)? else {
            return Ok((PeopleSettings::default(), 0));
        };
        Ok((read(&item).during(operation)?, item.number(LOCK).unwrap_or(0)))
    }

    /// Stores how people come in, unless somebody else did since `version` was read.
    pub(crate) async fn store_people_settings(
        &self,
        settings: &PeopleSettings,
        version: i64,
    ) -> Result<(), AppError> {
        let operation = || "store how people come in".to_owned();
        // As JSON: fields that are left out when they are empty can't be told in postcard.
        let text = serde_json::to_string(settings)
            .map_err(|_| StoredError::Damaged { what: "settings", detail: "of people".to_owned() })
            .during(operation)?;
        let item = Item::new(key(), pack(VERSION, &text).during(operation)?).with(LOCK, version + 1);
        let unchanged = at_version((version != 0).then_some(version));
        match self.table.transact(vec![Action::put(item).when(unchanged)]).await {
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: "how people come in".to_owned() })
            }
            other => other.during(operation),
        }
    }
}

fn read(item: &Item) -> Result<PeopleSettings, StoredError> {
    let text: String = unpack("settings", VERSION, &item.value)?;
    // What is wrong is not told: it could quote the secret.
    serde_json::from_str(&text)
        .map_err(|_| StoredError::Damaged { what: "settings", detail: "of people".to_owned() })
}
