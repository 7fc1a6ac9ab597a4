//! JSON that is harmless on a terminal: what is invisible or steers a terminal is written as `\uXXXX`.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

/// Passes everything on, but escapes what JSON would let through.
struct Escaping<F>(F);

/// Control characters of Latin-1, bidirectional controls, separators and other invisible characters: JSON allows
/// them in strings, terminals and log viewers act on them.
pub(crate) fn is_unsafe(character: char) -> bool {
    matches!(character,
        '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $argument)*)
        })*
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut done = 0;
        for (place, character) in fragment.char_indices().filter(|&(_, character)| is_unsafe(character)) {
            writer.write_all(&fragment.as_bytes()[done..place])?;
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            done = place + character.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[done..])
    }
}

/// `value` on one line, without a line end.
pub fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Escaping(CompactFormatter)))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `value` indented by two spaces, without a final line end.
pub fn to_pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    let formatter = Escaping(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_reads_back_the_same() {
        let text = "a\u{1b}[31m\u{9b}31m\u{202e}b\u{7f}\u{2028}ä\u{e0041}";
        let json = to_line(&text).expect("a string");
        assert!(json.is_ascii() || json.chars().all(|character| !is_unsafe(character)), "{json}");
        assert!(json.contains("\\u001b[31m\\u009b31m\\u202e"), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).expect("valid"), text);
    }

    #[test]
    fn pretty_output_is_indented() {
        assert_eq!(to_pretty(&serde_json::json!({"a": [1]})).expect("valid"), "{\n  \"a\": [\n    1\n  ]\n}");
    }
}
