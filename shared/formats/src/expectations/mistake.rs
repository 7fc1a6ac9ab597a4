//! What can be wrong with a file, and where.

use std::fmt;

use portdelta_core::escape::escape;
use portdelta_core::place::Place;

/// A mistake in a file of expectations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FileMistake {
    /// Where.
    pub place: Place,
    /// What is wrong, without the place. Escaped.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// `line 4, column 7: there is no field "prots"`
impl fmt::Display for FileMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.place.line, self.place.column, self.message)
    }
}

impl FileMistake {
    /// A mistake at a place.
    #[must_use]
    pub fn at(place: &Place, message: impl AsRef<str>, hint: impl Into<String>) -> Self {
        let message = escape(message.as_ref()).into_owned();
        Self { place: place.clone(), message, hint: hint.into() }
    }
}
