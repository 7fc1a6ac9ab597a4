//! Makes texts fit.

use portdelta_core::escape::escape;

/// A text without control characters but line feeds, of at most so many bytes: cut at the end of a line, with a last
/// line that says so.
pub(super) fn within(text: &str, max_bytes: usize) -> String {
    let plain: Vec<String> = text.lines().map(|line| escape(line).into_owned()).collect();
    let whole: usize = plain.iter().map(|line| line.len() + 1).sum();
    if whole <= max_bytes {
        return plain.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    }
    let told = |left: usize| format!("\n[cut here: {left} more lines do not fit; the report has them]\n");
    let room = max_bytes.saturating_sub(told(plain.len()).len());
    let mut cut = String::new();
    for (number, line) in plain.iter().enumerate() {
        if cut.len() + line.len() + 1 > room {
            cut.push_str(&told(plain.len() - number));
            break;
        }
        cut.push_str(line);
        cut.push('\n');
    }
    cut
}

/// A subject as SNS takes it: at most 100 characters of ASCII, no control characters, beginning with a letter, digit
/// or mark. `None` where nothing is left.
pub(super) fn subject(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|character| match character {
            ' '..='~' => character,
            control if control.is_control() => ' ',
            _ => '?',
        })
        .collect();
    let plain: String = plain.trim().chars().take(100).collect();
    Some(plain.trim_end().to_owned()).filter(|plain| !plain.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_is_whole() {
        assert_eq!(within("a\r\n\u{1b}[2Jb\n", 100), "a\n\\x1b[2Jb\n");
        assert_eq!(within("", 100), "");
    }

    #[test]
    fn a_cut_is_told() {
        let text = "0123456789\n".repeat(100);
        let cut = within(&text, 200);
        assert!(cut.len() <= 200 && cut.starts_with("0123456789\n0123456789\n"), "{cut}");
        assert!(cut.ends_with("\n\n[cut here: 88 more lines do not fit; the report has them]\n"), "{cut}");
    }

    #[test]
    fn subjects_are_plain() {
        assert_eq!(subject("a\r\nBcc: x").as_deref(), Some("a  Bcc: x"));
        assert_eq!(subject(" \n").as_deref(), None);
        assert_eq!(subject(&"ü".repeat(300)), Some("?".repeat(100)));
    }

    proptest! {
        #[test]
        fn any_text_fits(text in any::<String>(), max in 100_usize..400) {
            let fits = within(&text, max);
            prop_assert!(fits.len() <= max);
            prop_assert!(!fits.chars().any(|character| character.is_control() && character != '\n'));
        }

        #[test]
        fn any_subject_fits(text in any::<String>()) {
            if let Some(subject) = subject(&text) {
                prop_assert!((1..=100).contains(&subject.len()));
                prop_assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                prop_assert!(!subject.starts_with(' '));
            }
        }
    }
}
