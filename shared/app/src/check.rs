//! What people may write into fields.

use portdelta_core::targets::TargetMistake;

use crate::error::Invalid;

/// The longest line, in characters.
pub const MAX_LINE: usize = 100;

/// The longest paragraph, in characters.
pub const MAX_PARAGRAPH: usize = 2_000;

/// Most labels of a thing.
pub const MAX_WORDS: usize = 20;

/// A name: one line of 1 to 100 characters, trimmed, none of them a control character.
pub fn line(field: &'static str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let invalid = |code, message: String, hint: &str| Err(Invalid::field(field, code, message, hint));
    if text.is_empty() {
        return invalid("text_empty", format!("the {field} is empty"), "give it a few words");
    }
    let characters = text.chars().count();
    if characters > MAX_LINE {
        let message = format!("the {field} has {characters} characters, and at most {MAX_LINE} are allowed");
        return invalid("text_too_long", message, "put more into the description or notes");
    }
    if text.chars().any(is_hostile) {
        return invalid(
            "text_control",
            format!("the {field} has control characters"),
            "write letters, digits, spaces and signs in one line",
        );
    }
    Ok(text.to_owned())
}

/// Notes: at most 2,000 characters in any number of lines; may be empty.
pub fn paragraph(field: &'static str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let characters = text.chars().count();
    if characters > MAX_PARAGRAPH {
        let message =
            format!("the {field} has {characters} characters, and at most {MAX_PARAGRAPH} are allowed");
        return Err(Invalid::field(field, "text_too_long", message, "write less"));
    }
    if text.chars().any(|character| is_hostile(character) && !matches!(character, '\n' | '\r' | '\t')) {
        let message = format!("the {field} has control characters");
        return Err(Invalid::field(
            field,
            "text_control",
            message,
            "write letters, digits, spaces and signs",
        ));
    }
    Ok(text.to_owned())
}

/// Labels: at most 20 lines, each once.
pub fn words(field: &'static str, all: &[String]) -> Result<Vec<String>, Invalid> {
    if all.len() > MAX_WORDS {
        let message = format!("there are {} {field}, and at most {MAX_WORDS} are allowed", all.len());
        return Err(Invalid::field(field, "too_many", message, "leave some out"));
    }
    let mut words = Vec::new();
    for word in all {
        let word = line(field, word)?;
        if !words.contains(&word) {
            words.push(word);
        }
    }
    Ok(words)
}

/// A number within limits.
pub fn number<T: PartialOrd + std::fmt::Display>(
    field: &'static str,
    value: T,
    (least, most): (T, T),
    unit: &str,
) -> Result<T, Invalid> {
    if value < least || value > most {
        let message = format!("{value} is not from {least} to {most}");
        return Err(Invalid::field(
            field,
            "out_of_range",
            message,
            format!("give {unit} from {least} to {most}"),
        ));
    }
    Ok(value)
}

/// A mistake in targets as one of a field.
#[must_use]
pub fn invalid_target(field: &'static str, mistake: &TargetMistake) -> Invalid {
    Invalid::field(field, mistake.code(), mistake.to_string(), mistake.hint()).at(mistake.place.clone())
}

/// Control characters, and those that turn the direction of a text around.
pub(crate) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_harmless() {
        assert_eq!(line("name", " Büro \"4\" "), Ok("Büro \"4\"".to_owned()));
        for text in ["", "  ", "a\nb", "a\x1b[2J", "a\u{202e}b", &"ä".repeat(101)] {
            assert!(line("name", text).is_err(), "{text:?}");
        }
        assert!(line("name", &"ä".repeat(100)).is_ok());
        assert!(paragraph("notes", "one\ntwo").is_ok() && paragraph("notes", "a\0").is_err());
        assert_eq!(words("labels", &["a".to_owned(), "a ".to_owned()]), Ok(vec!["a".to_owned()]));
        assert!(number("confirm_open", 11_u16, (1, 10), "a number").is_err());
    }
}
