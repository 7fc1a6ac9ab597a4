//! What the audit trail tells of a change that neither its address nor its answer names.

use portdelta_app::Change;

/// What a handler says of what it changed: noted where it stands among the extensions of an answer. Never a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    head: String,
    parts: Vec<String>,
}

impl Detail {
    /// A few words.
    pub(crate) fn new(head: impl Into<String>) -> Self {
        Self { head: head.into(), parts: Vec::new() }
    }

    /// A few words, and one by one what they are about.
    pub(crate) fn listing(head: impl Into<String>, parts: impl IntoIterator<Item = String>) -> Self {
        Self { head: head.into(), parts: parts.into_iter().collect() }
    }

    /// The texts of one entry or of several: each has room for so much only, and much that is listed must hide nothing.
    pub(super) fn texts(&self, before: &str) -> Vec<String> {
        let both = [before, &self.head].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let mut texts = vec![both.join(" ")];
        let mut joint = if both.is_empty() { "" } else { ": " };
        for part in &self.parts {
            let Some(last) = texts.last_mut() else { break };
            let more = format!("{last}{joint}{part}");
            if Change::has_room_for(&more) {
                *last = more;
            } else {
                texts.push(format!("and {part}"));
            }
            joint = ", ";
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_in_one_entry_goes_on_in_another() {
        assert_eq!(Detail::default().texts("name=Weekly"), ["name=Weekly"]);
        assert_eq!(Detail::new("all").texts(""), ["all"]);
        let few = Detail::listing("2 alerts", ["a".to_owned(), "b".to_owned()]);
        assert_eq!(few.texts("site=office"), ["site=office 2 alerts: a, b"]);
        // Text that steers a terminal is longer when it is harmless.
        let parts = (0..100).map(|number| format!("{number:010}\u{1b}\u{202e}"));
        let many = Detail::listing("100 alerts", parts.clone()).texts("");
        assert!(many.len() > 5 && many.iter().all(|text| Change::has_room_for(text)), "{many:?}");
        let whole = many.join(" ");
        assert!(parts.into_iter().all(|part| whole.contains(&part)), "{whole}");
        // One that has no room anywhere hides no other.
        let long = Detail::listing("3", ["a".to_owned(), "b".repeat(1_000), "c".to_owned()]).texts("");
        assert_eq!((long.len(), long[2].as_str()), (3, "and c"));
    }
}
