//! What a reader was told already, as far as the id with which it comes again says that.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use portdelta_core::UnixTime;
use sha2::{Digest, Sha256};

/// What others commit may carry a time that is a little past; in seconds.
pub(super) const LOOK_BACK: i64 = 10;

/// An id of more is too long for a header.
const MOST: usize = 64;

/// The second part of an id that tells what was seen.
const SEEN: &str = "seen";

/// Bytes of a mark: two events of one minute hardly ever have the same.
const MARK_BYTES: usize = 5;

/// What a reader was told.
pub(super) struct Seen {
    last: String,
    marks: BTreeSet<String>,
}

impl Seen {
    /// By the id of the last event that it saw.
    pub(super) fn of(last: &str) -> Self {
        let marks = match last.splitn(3, '#').collect::<Vec<_>>()[..] {
            [_, SEEN, marks] => marks.split('.').take(MOST).map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        Self { last: last.to_owned(), marks }
    }

    /// Whether this event was among it.
    pub(super) fn has(&self, id: &str) -> bool {
        id == self.last || self.marks.contains(&mark(id))
    }
}

/// What follows the time in the id of an event that closes an answer: the newest of what happened so lately that it is
/// looked at again.
pub(super) fn closing<'a>(now: UnixTime, happened: impl DoubleEndedIterator<Item = &'a str>) -> String {
    let lately =
        happened.rev().filter(|id| super::since(id).is_some_and(|time| now.since(time) <= LOOK_BACK));
    let marks: Vec<String> = lately.take(MOST).map(mark).collect();
    format!("{SEEN}#{}", marks.join("."))
}

fn mark(id: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(id)[..MARK_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_was_seen_lately() {
        let now = UnixTime::from_seconds(1_000).expect("a time");
        let ids = ["000000000989#a", "000000000990#b", "000000001000#c#000001"];
        let closing = format!("000000001000#{}", closing(now, ids.into_iter()));
        let seen = Seen::of(&closing);
        assert_eq!(ids.map(|id| seen.has(id)), [false, true, true]);
        let seen = Seen::of(ids[2]);
        assert_eq!(ids.map(|id| seen.has(id)), [false, false, true]);
        for text in ["", "#", "seen", "000000001000#seen", "000000001000#seen#", "000000001000#seen#..#."] {
            assert!(!Seen::of(text).has(ids[1]), "{text}");
        }
    }

    #[test]
    fn an_id_stays_short_enough_for_a_header() {
        let now = UnixTime::from_seconds(1_000).expect("a time");
        let ids: Vec<String> = (0..1_000).map(|number| format!("000000000999#{number:04}")).collect();
        let closing = format!("000000001000#{}", closing(now, ids.iter().map(String::as_str)));
        assert!(closing.len() < 1_000, "{}", closing.len());
        let seen = Seen::of(&closing);
        // The newest of them.
        assert_eq!(ids.iter().position(|id| seen.has(id)), Some(1_000 - MOST));
    }
}
