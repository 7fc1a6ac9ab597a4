//! Errors as one line of a log.

use portdelta_core::escape::escape;

/// An error with all its causes, harmless to terminals and logs: `could not read a: no such table: closed`.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    escape(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Outer(Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("could not read")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_follow_and_are_harmless() {
        let error = Outer(Error::new(ErrorKind::NotFound, "no \u{1b}[31mtable"));
        assert_eq!(with_causes(&error), "could not read: no \\x1b[31mtable");
    }
}
