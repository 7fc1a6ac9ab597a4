//! Single JSON objects out of a stream that is not always JSON: arrays that are cut, lines, stray commas.

use std::borrow::Cow;

use crate::read::Progress;
use crate::refusal::Refusal;
use crate::warnings::Odd;
use crate::window::{Ahead, Window};

/// The outermost `{...}` of a file, one after the other.
pub(crate) struct Objects<'w, 'a> {
    window: &'w mut Window<'a>,
    given: usize,
    /// The last byte outside of objects that is not blank.
    pub(crate) last_outside: u8,
    /// Something was too long or cut, and left out.
    pub(crate) skipped: bool,
}

/// How far the search for the end of an object has come.
#[derive(Default)]
struct Scan {
    depth: u32,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Goes over one byte of an object; whether it was its last.
    fn ends_with(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_text => self.escaped = true,
            b'"' => self.in_text = !self.in_text,
            b'{' if !self.in_text => self.depth = self.depth.saturating_add(1),
            b'}' if !self.in_text => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}

impl<'w, 'a> Objects<'w, 'a> {
    pub(crate) fn new(window: &'w mut Window<'a>) -> Self {
        Self { window, given: 0, last_outside: 0, skipped: false }
    }

    /// The next whole object; `None` at the end. One above the limit or without an end is left out with a warning.
    pub(crate) fn next(&mut self, progress: &mut Progress<'_>) -> Result<Option<Cow<'_, str>>, Refusal> {
        self.window.consume(self.given);
        self.given = 0;
        let mut scan = Scan::default();
        let mut searched = 0;
        let mut skipping = false;
        loop {
            let unread = self.window.unread();
            if scan.depth == 0 {
                let start = memchr::memchr(b'{', unread).unwrap_or(unread.len());
                let outside = unread[..start].iter().rfind(|byte| !byte.is_ascii_whitespace());
                self.last_outside = outside.copied().unwrap_or(self.last_outside);
                self.window.consume(start);
                searched = 0;
            }
            let unread = self.window.unread();
            let mut end = None;
            for place in searched..unread.len() {
                // A record begins at the start of a line, a part of one never does: the one before was cut.
                if unread[place] == b'{' && scan.depth > 0 && place > 0 && unread[place - 1] == b'\n' {
                    end = Some((place, false));
                    break;
                }
                if scan.ends_with(unread[place]) {
                    end = Some((place + 1, true));
                    break;
                }
            }
            if let Some((length, whole)) = end {
                self.last_outside = 0;
                if whole && !skipping {
                    self.given = length;
                    return Ok(Some(String::from_utf8_lossy(&self.window.unread()[..length])));
                }
                if !skipping {
                    progress
                        .warnings
                        .add(Odd::UnreadableRecord, &String::from_utf8_lossy(&unread[..length.min(200)]));
                }
                self.skipped = true;
                self.window.consume(length);
                (scan, skipping) = (Scan::default(), false);
                continue;
            }
            searched = unread.len();
            match self.window.fill(progress.limits.max_record_bytes)? {
                Ahead::More => {}
                Ahead::Nothing => {
                    self.skipped |= scan.depth > 0;
                    return Ok(None);
                }
                Ahead::Full => {
                    if !skipping {
                        progress.warnings.add(Odd::RecordTooLong, "");
                        (self.skipped, skipping) = (true, true);
                    }
                    self.window.consume(searched);
                    searched = 0;
                }
            }
        }
    }
}

/// An object whose names have no quotation marks, as old versions of masscan wrote it, with them.
pub(crate) fn with_quoted_names(object: &str) -> String {
    let mut quoted = String::with_capacity(object.len() + 32);
    let (mut in_text, mut escaped) = (false, false);
    let mut rest = object;
    while let Some(character) = rest.chars().next() {
        let word = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let word = &rest[..word.unwrap_or(rest.len())];
        if !in_text && !word.is_empty() {
            let is_name = rest[word.len()..].trim_start().starts_with(':');
            let mark = if is_name { "\"" } else { "" };
            quoted.extend([mark, word, mark]);
            rest = &rest[word.len()..];
            continue;
        }
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_text,
            '"' => in_text = !in_text,
            _ => {}
        }
        quoted.push(character);
        rest = &rest[character.len_utf8()..];
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_quotation_marks_get_them() {
        let old = r#"{ ip: "1.2.3.4", ports: [ {port: 80, text: "a: \"b: " } ] }"#;
        let new = r#"{ "ip": "1.2.3.4", "ports": [ {"port": 80, "text": "a: \"b: " } ] }"#;
        assert_eq!(with_quoted_names(old), new);
        assert_eq!(with_quoted_names(new), new);
    }
}
