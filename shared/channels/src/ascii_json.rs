//! JSON in which every character outside of printable ASCII is an escape: what receivers log or print of it as it comes
//! moves no cursor and reverses no text. A reader gets the same text back.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// `value` as one line of JSON.
pub(crate) fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut json, Ascii))?;
    Ok(json)
}

struct Ascii;

impl Formatter for Ascii {
    // Quotes, backslashes and controls below the space come elsewhere.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = fragment;
        while let Some(at) = plain.find(|character| !matches!(character, ' '..='~')) {
            let (before, rest) = plain.split_at(at);
            writer.write_all(before.as_bytes())?;
            let Some(character) = rest.chars().next() else { break };
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = &rest[character.len_utf8()..];
        }
        writer.write_all(plain.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_in_ascii_is_escaped_and_reads_back() {
        let text = "a\u{7f}\u{9b}2J \u{202e}é\u{1f600}\n\"\\ z";
        let json = to_vec(&text).expect("JSON");
        let seen = String::from_utf8(json).expect("ASCII");
        assert_eq!(seen, r#""a\u007f\u009b2J \u202e\u00e9\ud83d\ude00\n\"\\ z""#);
        assert_eq!(serde_json::from_str::<String>(&seen).expect("JSON"), text);
        assert_eq!(to_vec(&[1, 2]).expect("JSON"), b"[1,2]");
    }
}
