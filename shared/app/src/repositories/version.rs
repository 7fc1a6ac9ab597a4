//! The versions by which an edit finds that somebody else was first.

use crate::error::AppError;
use crate::ports::{Condition, Item};

/// The attribute that holds it.
pub(crate) const LOCK: &str = "version";

/// The version of what was made and never changed.
pub const FIRST_VERSION: i64 = 1;

/// The version of what is stored; 0 where nothing is, or where it was stored before such things had one.
pub(crate) fn version_of(known: Option<&Item>) -> i64 {
    known.and_then(|item| item.number(LOCK)).unwrap_or(0)
}

/// Holds as long as what is stored has this version; without one, as long as nothing is.
pub(crate) fn at_version(version: Option<i64>) -> Condition {
    version.map_or(Condition::MustNotExist, |version| Condition::equals(LOCK, version))
}

/// Holds as long as nobody changed what was read.
pub(crate) fn unchanged(known: Option<&Item>) -> Condition {
    match known {
        None => Condition::MustNotExist,
        Some(item) => match item.number(LOCK) {
            Some(version) => Condition::equals(LOCK, version),
            None => Condition::lacks(LOCK),
        },
    }
}

/// Refuses an edit by somebody who has seen another version of `what`.
pub(crate) fn check_seen(
    known: Option<&Item>,
    seen: Option<i64>,
    what: impl FnOnce() -> String,
) -> Result<(), AppError> {
    match seen {
        Some(seen) if seen != version_of(known) => Err(AppError::Stale { what: what() }),
        _ => Ok(()),
    }
}
