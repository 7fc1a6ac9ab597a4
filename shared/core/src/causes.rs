//! Errors as texts that name their causes.

use std::error::Error;

use crate::escape::escape;

/// The message of an error and those of its causes: `could not read a: no such table: closed`. A message that one
/// before it holds already is left out. Not escaped: for whoever escapes what it shows.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

/// The same as one line that is harmless to terminals and logs.
#[must_use]
pub fn told(error: &(dyn Error + 'static)) -> String {
    escape(&with_causes(error)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn of(text: &'static str, source: Option<Layer>) -> Layer {
        Layer { text, source: source.map(Box::new) }
    }

    #[test]
    fn causes_follow_once_and_are_harmless() {
        let inner = of("no \u{1b}[31mtable", None);
        let error = of("could not read", Some(of("could not read a page", Some(inner))));
        assert_eq!(told(&error), "could not read: could not read a page: no \\x1b[31mtable");
        let error = of("could not read: closed", Some(of("closed", None)));
        assert_eq!(with_causes(&error), "could not read: closed");
    }
}
