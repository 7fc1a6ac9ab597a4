//! Places between two pages, as opaque text.

use data_encoding::BASE64URL_NOPAD;
use portdelta_protocol::admin::{DEFAULT_PAGE, MAX_PAGE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// How many bytes of the digest stand before the place.
const CHECK_BYTES: usize = 8;

/// `?limit=&cursor=` of every list.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// At most so many things, 1 to 500; 100 where absent.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
}

impl Paging {
    /// How many things are wanted.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        match self.limit {
            None => Ok(DEFAULT_PAGE as usize),
            Some(limit) if (1..=MAX_PAGE).contains(&limit) => Ok(limit as usize),
            Some(_) => Err(ApiError::invalid("limit", "limit.out_of_range", "limit is not from 1 to 500")),
        }
    }

    /// The place where the page before ended; `of` is the list, with its filters, that the cursor must come from.
    pub(crate) fn place<T: DeserializeOwned>(&self, of: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let wrong = || {
            ApiError::invalid("cursor", "cursor.invalid", "this cursor does not come from this list").hint(
                "Take `next` of the page before, with the same filters, or begin anew without a cursor.",
            )
        };
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| wrong())?;
        let (check, json) = bytes.split_at_checked(CHECK_BYTES).ok_or_else(wrong)?;
        if check != digest(of, json) {
            return Err(wrong());
        }
        serde_json::from_slice(json).map(Some).map_err(|_| wrong())
    }
}

/// The text of a place. What it says is no secret: whoever may read the list may read all of it.
pub(crate) fn cursor(of: &str, place: &impl Serialize) -> Option<String> {
    let json = serde_json::to_vec(place).ok()?;
    let mut bytes = digest(of, &json).to_vec();
    bytes.extend(json);
    Some(BASE64URL_NOPAD.encode(&bytes))
}

/// Tells cursors that were changed, or that come from another list.
fn digest(of: &str, json: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new();
    hash.update(of.as_bytes());
    hash.update([0]);
    hash.update(json);
    let digest: [u8; 32] = hash.finalize().into();
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest[..CHECK_BYTES]);
    check
}

/// A page of a list that is held as a whole; the place is the key of the last thing given.
pub(crate) fn page_of<T>(
    all: Vec<T>,
    paging: &Paging,
    of: &str,
    key: impl Fn(&T) -> String,
) -> Result<portdelta_protocol::admin::Page<T>, ApiError> {
    let limit = paging.limit()?;
    let after: Option<String> = paging.place(of)?;
    let mut rest: Vec<T> = match after {
        Some(after) => {
            let start = all.iter().position(|thing| key(thing) == after).map_or_else(
                // What the cursor names is gone: go on with what comes after it.
                || all.iter().position(|thing| key(thing) > after).unwrap_or(all.len()),
                |place| place + 1,
            );
            all.into_iter().skip(start).collect()
        }
        None => all,
    };
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).and_then(|last| cursor(of, &key(last)));
    Ok(portdelta_protocol::admin::Page { items: rest, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(limit: u32, cursor: Option<String>) -> Paging {
        Paging { limit: Some(limit), cursor }
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let all: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let page = |cursor| page_of(all.clone(), &paging(2, cursor), "things", Clone::clone).expect("a page");
        let first = page(None);
        assert_eq!(first.items, ["a", "b"]);
        let second = page(first.next);
        assert_eq!((second.items, second.next), (vec!["c".to_owned()], None));
    }

    #[test]
    fn what_a_cursor_names_may_be_gone() {
        let next = cursor("things", &"b".to_owned());
        let all = vec!["a".to_owned(), "c".to_owned()];
        let page = page_of(all, &paging(2, next), "things", Clone::clone).expect("a page");
        assert_eq!(page.items, ["c"]);
    }

    #[test]
    fn a_changed_or_foreign_cursor_is_refused() {
        let good = cursor("things", &"b".to_owned()).expect("a cursor");
        let read = |of, text: &str| paging(1, Some(text.to_owned())).place::<String>(of);
        assert_eq!(read("things", &good).expect("good"), Some("b".to_owned()));
        assert!(read("other things", &good).is_err());
        for place in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(read("things", &changed).is_err(), "{place}");
        }
        assert!(read("things", "").is_err());
    }

    #[test]
    fn limits_are_from_1_to_500() {
        for limit in [0, 501, u32::MAX] {
            assert!(paging(limit, None).limit().is_err());
        }
        assert_eq!(paging(500, None).limit().expect("the most"), 500);
        assert_eq!(Paging::default().limit().expect("the default"), 100);
    }
}
