//! What the other side said, for people.

use portdelta_core::escape::escape_within;

/// How much of an answer is told, in columns.
const MAX_SAID: usize = 200;

/// The first line of an answer, harmless, behind a colon; empty where there is none.
pub(crate) fn said(answer: &str) -> String {
    let line = answer.lines().map(str::trim).find(|line| !line.is_empty());
    line.map(|line| format!(": {}", escape_within(line, MAX_SAID))).unwrap_or_default()
}
