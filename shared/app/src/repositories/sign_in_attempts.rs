//! How often signing in failed lately, for a name and for an address, and how many users an address made.

use portdelta_core::UnixTime;

use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Condition, Item, Key};
use crate::secret;

const PARTITION: &str = "SIGNINS";
const FAILURES: &str = "failures";
const LAST: &str = "last";

/// Failures are forgotten after so long, in seconds.
const FORGOTTEN_AFTER: i64 = 86_400;

/// The first wait, in seconds; each failure more doubles it.
const FIRST_WAIT: i64 = 10;

/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 900;

/// Who fails: a name or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    sort: String,
    /// So many failures have no wait.
    free: i64,
}

/// What is known of a suspect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    failures: Option<i64>,
    last: UnixTime,
    expires: Option<UnixTime>,
}

/// An attempt of a suspect that was counted as failed.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) suspect: Suspect,
    /// What was known before.
    pub(crate) before: Record,
}

impl Suspect {
    /// Whoever signs in with a name, whether or not there is such a user.
    pub(crate) fn name(name: &str) -> Self {
        Self { sort: format!("NAME#{}", secret::hash_text(&name.to_lowercase())), free: 5 }
    }

    /// Whoever comes from an address; many people may share it.
    pub(crate) fn address(address: &str) -> Self {
        Self { sort: format!("ADDRESS#{address}"), free: 30 }
    }

    /// Whoever makes themselves users from an address. Each counts, whether or not it succeeds, and none for those who
    /// sign in.
    pub(crate) fn registrations(address: &str) -> Self {
        Self { sort: format!("REGISTER#{address}"), free: 30 }
    }

    fn key(&self) -> Key {
        Key::new(PARTITION, self.sort.as_str())
    }

    /// How long nobody may try any more, in seconds; 0 where they may.
    pub(crate) fn wait(&self, record: &Record, now: UnixTime) -> i64 {
        let over = record.failures.unwrap_or(0) - self.free;
        if over < 0 {
            return 0;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << over.min(20)).min(LONGEST_WAIT);
        (wait - now.since(record.last)).clamp(0, wait)
    }

    /// Counts an attempt as failed, unless somebody else counted one since `record` was read.
    pub(crate) fn count(&self, record: &Record, now: UnixTime) -> Action {
        let failures = record.failures.unwrap_or(0) + 1;
        let item = Item::new(self.key(), Vec::new()).with(FAILURES, failures).with(LAST, now.seconds());
        let unchanged =
            record.failures.map_or(Condition::MustNotExist, |known| Condition::equals(FAILURES, known));
        Action::put(item.expiring(now.shifted(FORGOTTEN_AFTER))).when(unchanged)
    }

    /// Forgets all failures.
    pub(crate) fn forgiven(&self) -> Action {
        Action::delete(self.key())
    }
}

impl Counted {
    /// Where nothing is known.
    pub(crate) fn new(suspect: Suspect) -> Self {
        Self { suspect, before: Record::default() }
    }

    /// Makes everything what it was before, unless others counted or took back an attempt meanwhile. What failed
    /// earlier must not last longer, nor somebody have to wait, because an attempt succeeded.
    fn undone(&self) -> Action {
        let Record { failures, last, expires } = self.before;
        let key = self.suspect.key();
        let item = Item::new(key.clone(), Vec::new()).with(LAST, last.seconds());
        let action = match failures {
            Some(failures) => Action::put(Item { expires, ..item.with(FAILURES, failures) }),
            None => Action::delete(key),
        };
        action.when(Condition::equals(FAILURES, failures.unwrap_or(0) + 1))
    }

    /// Takes the attempt back, and leaves what others did.
    fn taken_back(&self) -> Action {
        Action::add(self.suspect.key(), FAILURES, -1).when(Condition::MustExist)
    }
}

impl App {
    pub(crate) async fn suspect(&self, suspect: &Suspect) -> Result<Record, AppError> {
        let item = self.table.get(&suspect.key()).await;
        let item = item.during(|| "read how often signing in failed".to_owned())?;
        let number = |name| item.as_ref().and_then(|item| item.number(name));
        let last = number(LAST).and_then(UnixTime::from_seconds).unwrap_or_default();
        let expires = item.as_ref().and_then(|item| item.expires);
        Ok(Record { failures: number(FAILURES), last, expires })
    }

    /// Takes an attempt back that did not fail.
    pub(crate) async fn take_back(&self, counted: &Counted) -> Result<(), AppError> {
        let operation = || "take back an attempt to sign in".to_owned();
        // Others may be in the way. Where the record is gone, there is nothing to take back.
        for _ in 0..MOST_TRIES {
            for action in [counted.undone(), counted.taken_back()] {
                if self.all_or_nothing(vec![action], operation).await? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let name = Suspect::name("anna");
        let now = UnixTime::EPOCH.shifted(1_000);
        let wait = |failures: i64, ago: i64| {
            let record = Record { failures: Some(failures), last: now.shifted(-ago), expires: None };
            name.wait(&record, now)
        };
        assert_eq!(
            [0, 4, 5, 6, 7, 11, 12, 60].map(|failures| wait(failures, 0)),
            [0, 0, 10, 20, 40, 640, 900, 900]
        );
        assert_eq!((wait(5, 9), wait(5, 10), wait(5, 900)), (1, 0, 0));
        // A clock that was set back locks nobody out for longer.
        assert_eq!(wait(5, -500), 10);
        assert_eq!(Suspect::name("ANNA"), name);
        assert!(!format!("{name:?}").contains("anna"));
    }
}
