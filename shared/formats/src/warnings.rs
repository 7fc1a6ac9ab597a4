//! What was skipped, cut or odd in a file, counted: a hostile file can't flood anybody.

use serde::{Deserialize, Serialize};

/// Something that a reader noticed, once for all places where it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable, for programs.
    pub code: String,
    /// For people; harmless text with how often it occurred.
    pub message: String,
}

/// Warnings by code, in the order in which they first occurred.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    counted: Vec<(&'static str, &'static str, u64, String)>,
}

impl Warnings {
    /// Counts one more `code`. `what` says what occurred, in the plural; `example` is shown for the first one.
    pub(crate) fn add(&mut self, code: &'static str, what: &'static str, example: &str) {
        if let Some((_, _, count, _)) = self.counted.iter_mut().find(|(known, ..)| *known == code) {
            *count += 1;
        } else {
            let short = portdelta_core::escape::escape_within(example, 60).to_string();
            self.counted.push((code, what, 1, short));
        }
    }

    pub(crate) fn finish(self) -> Vec<Warning> {
        self.counted
            .into_iter()
            .map(|(code, what, count, example)| {
                let example = if example.is_empty() { String::new() } else { format!(", first: {example}") };
                Warning { code: code.to_owned(), message: format!("{what} ({count}{example})") }
            })
            .collect()
    }
}
