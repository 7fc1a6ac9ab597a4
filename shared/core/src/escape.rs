//! Makes text that others chose harmless: for one line of a terminal, and for a cell of a spreadsheet.
//!
//! Banners, host names, script output and file names come from whoever runs the scanned machine. Printed as
//! they are they could move the cursor, retitle the window, reverse the reading direction or hide themselves.
//! [`escape`] leaves what people can see and writes everything else as a visible escape; its output is one
//! line and can be read back unambiguously, as a backslash is doubled. It keeps the text: JSON and exports that
//! machines read have escapes of their own and want the original.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// How many characters without a width of their own may follow one another.
///
/// Four are more than any living script stacks; hundreds of them paint over the lines above and below.
pub const MAX_STACKED_MARKS: usize = 4;

/// `text` as one harmless line: `\n`, `\x1b`, `\u{202e}`, `\\`. Borrowed where nothing is to escape.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\');
    if plain || pieces(text).all(|piece| matches!(piece, Piece::Plain(..))) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Escaped(text).to_string())
}

/// Displays text as [`escape`] does, without building a string first.
///
/// Width and alignment of the format string are not looked at: use [`EscapedWithin`] where columns count.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pieces(self.0).try_for_each(|piece| write!(f, "{piece}"))
    }
}

/// Displays text as [`escape`] does in at most `columns` columns; what is cut off is shown by `…`.
///
/// An escape is never cut in the middle. Wide characters (CJK, emoji) count as two columns.
#[derive(Clone, Copy, Debug)]
pub struct EscapedWithin<'a> {
    text: &'a str,
    columns: usize,
}

/// `text` within `columns` columns, see [`EscapedWithin`].
#[must_use]
pub fn escape_within(text: &str, columns: usize) -> EscapedWithin<'_> {
    EscapedWithin { text, columns }
}

impl fmt::Display for EscapedWithin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut used, mut fits) = (0_usize, 0_usize);
        // The place of the mark must be known before the piece that would take its column is written.
        for piece in pieces(self.text) {
            let width = piece.columns();
            if used + width > self.columns {
                pieces(self.text).take(fits).try_for_each(|piece| write!(f, "{piece}"))?;
                return if self.columns == 0 { Ok(()) } else { f.write_char('…') };
            }
            used += width;
            if used < self.columns {
                fits += 1;
            }
        }
        write!(f, "{}", Escaped(self.text))
    }
}

/// `text` as the content of a CSV cell that no spreadsheet takes for a formula; quoting is the writer's work.
///
/// Cells that begin with `=`, `+`, `-`, `@`, a tab, a line break or a full-width form of these signs, also
/// after spaces and quotes, get a leading `'`. Numbers stay numbers: `-5` and `+3.5` are no formulas. So does what
/// stands behind a `;`, which separates cells where the comma is for decimals.
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let starts_with_control = text.starts_with(['\t', '\r', '\n']);
    let quoted = starts_with_control || (begins_formula(text) && !is_number(text));
    if !quoted && !text.contains(';') {
        return Cow::Borrowed(text);
    }
    let mut cell = String::from(if quoted { "'" } else { "" });
    for (number, part) in text.split(';').enumerate() {
        if number > 0 {
            cell.push(';');
            cell.push_str(if begins_formula(part) { "'" } else { "" });
        }
        cell.push_str(part);
    }
    if cell.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(cell) }
}

fn begins_formula(text: &str) -> bool {
    let start =
        text.trim_start_matches(|character: char| character.is_whitespace() || "\"'".contains(character));
    // The second row is full-width and small forms, and the minus of mathematics.
    start.starts_with(|sign| {
        "=+-@".contains(sign)
            || "\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}\u{fe66}\u{fe62}\u{fe63}\u{fe6b}\u{2212}".contains(sign)
    })
}

/// A sign, digits, and a fraction at most.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// One character as it is written.
#[derive(Clone, Copy)]
enum Piece {
    /// As it is, with its columns.
    Plain(char, usize),
    /// `\\`, `\n`, `\r`, `\t`
    Short(char),
    /// `\x1b`
    Byte(u8),
    /// `\u{202e}`
    Code(u32),
}

impl Piece {
    fn columns(self) -> usize {
        match self {
            Self::Plain(_, columns) => columns,
            Self::Short(_) => 2,
            Self::Byte(_) => 4,
            Self::Code(code) => 4 + (code.max(1).ilog2() / 4 + 1) as usize,
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Plain(character, _) => f.write_char(character),
            Self::Short(letter) => write!(f, "\\{letter}"),
            Self::Byte(byte) => write!(f, "\\x{byte:02x}"),
            Self::Code(code) => write!(f, "\\u{{{code:x}}}"),
        }
    }
}

fn pieces(text: &str) -> impl Iterator<Item = Piece> + '_ {
    // A mark at the very start would join whatever the caller printed before.
    let mut marks = MAX_STACKED_MARKS;
    text.chars().map(move |character| match character {
        '\\' => Piece::Short('\\'),
        '\n' => Piece::Short('n'),
        '\r' => Piece::Short('r'),
        '\t' => Piece::Short('t'),
        ' '..='~' => {
            marks = 0;
            Piece::Plain(character, 1)
        }
        '\0'..='\x7f' => Piece::Byte(character as u8),
        _ if is_hidden(character) => Piece::Code(character.into()),
        _ => match unicode_width::UnicodeWidthChar::width(character) {
            None => Piece::Code(character.into()),
            Some(0) if marks >= MAX_STACKED_MARKS => Piece::Code(character.into()),
            Some(0) => {
                marks += 1;
                Piece::Plain(character, 0)
            }
            Some(columns) => {
                marks = 0;
                Piece::Plain(character, columns)
            }
        },
    })
}

/// Whether a character outside ASCII shows nothing, or steers how others are shown.
fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    matches!(code,
        // C1 controls; soft hyphen; grapheme joiner; Arabic letter mark
        0x80..=0x9f | 0xad | 0x34f | 0x61c
        // letters that show nothing: Hangul fillers, Khmer inherent vowels
        | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x3164 | 0xffa0
        // Mongolian selectors; other selectors
        | 0x180b..=0x180f | 0xfe00..=0xfe0f
        // zero width, marks of direction; line and paragraph separators, embeddings and overrides
        | 0x200b..=0x200f | 0x2028..=0x202e
        // word joiner, invisible operators, isolates, deprecated format characters
        | 0x2060..=0x206f
        // byte order mark; interlinear annotation, object replacement
        | 0xfeff | 0xfff0..=0xfffc
        // formats of shorthand and music
        | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a
        // tags, and selectors of the supplement
        | 0xe_0000..=0xe_0fff
        // private use, which every font draws otherwise or not at all
        | 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff
        // non-characters
        | 0xfdd0..=0xfdef)
        || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn controls_and_invisible_characters_become_visible() {
        for (text, expected) in [
            ("plain text, 1.2.3", "plain text, 1.2.3"),
            ("\x1b[2J\x07", "\\x1b[2J\\x07"),
            ("a\tb\r\nc\0\x7f", "a\\tb\\r\\nc\\x00\\x7f"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("gnp.\u{202e}exe", "gnp.\\u{202e}exe"),
            ("a\u{200b}b\u{feff}\u{2028}\u{2066}", "a\\u{200b}b\\u{feff}\\u{2028}\\u{2066}"),
            ("\u{e000}\u{10fffd}\u{e0041}\u{ffff}", "\\u{e000}\\u{10fffd}\\u{e0041}\\u{ffff}"),
            ("C:\\x1b", "C:\\\\x1b"),
            ("Grüße, 世界 🦀", "Grüße, 世界 🦀"),
            ("e\u{301}", "e\u{301}"),
            ("\u{301}e", "\\u{301}e"),
        ] {
            assert_eq!(escape(text), expected);
            assert_eq!(Escaped(text).to_string(), expected);
        }
    }

    #[test]
    fn nothing_to_escape_allocates_nothing() {
        assert!(matches!(escape("Grüße"), Cow::Borrowed(_)));
        assert!(matches!(csv_cell("Grüße"), Cow::Borrowed(_)));
    }

    #[test]
    fn stacked_marks_stop() {
        let text = format!("Z{}", "\u{334}".repeat(50));
        assert_eq!(escape(&text).matches("\\u{334}").count(), 50 - MAX_STACKED_MARKS);
    }

    #[test]
    fn width_is_limited_without_cutting_an_escape() {
        for (text, columns, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("abc\x1bdef", 7, "abc…"),
            ("abc\x1bdef", 8, "abc\\x1b…"),
            ("世界世", 5, "世界…"),
            ("世界世", 4, "世…"),
            ("世", 1, "…"),
            ("a", 0, ""),
            ("", 0, ""),
        ] {
            assert_eq!(escape_within(text, columns).to_string(), expected, "{text:?} within {columns}");
        }
    }

    #[test]
    fn formulas_are_quoted_and_numbers_are_not() {
        for text in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1)",
            "\tx",
            "\r=x",
            " =1",
            "\u{ff1d}1+1",
            "\u{ff20}x",
            "-",
            "--5",
            "\"=1",
            "' \"@x",
        ] {
            assert_eq!(csv_cell(text), format!("'{text}"));
        }
        assert_eq!(csv_cell("a;=1;b; +2;c"), "a;'=1;b;' +2;c");
        for text in ["", "-5", "+3.5", "a=b", "192.0.2.1", "http", "a;b; c"] {
            assert_eq!(csv_cell(text), text);
        }
    }

    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            if character != '\\' {
                out.push(character);
                continue;
            }
            let code = match rest.next().expect("an escape has a letter") {
                '\\' => '\\'.into(),
                'n' => '\n'.into(),
                'r' => '\r'.into(),
                't' => '\t'.into(),
                'x' => {
                    u32::from_str_radix(&rest.by_ref().take(2).collect::<String>(), 16).expect("two digits")
                }
                _ => {
                    let digits: String = rest.by_ref().skip(1).take_while(|&digit| digit != '}').collect();
                    u32::from_str_radix(&digits, 16).expect("digits in braces")
                }
            };
            out.push(char::from_u32(code).expect("a character"));
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_harmless_and_unambiguous(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert!(escaped.chars().all(|character| !character.is_control() && !is_hidden(character)));
            prop_assert_eq!(unescape(&escaped), text.clone());
            prop_assert_eq!(Escaped(&text).to_string(), escaped.as_ref());
        }

        #[test]
        fn what_is_limited_fits(text in any::<String>(), columns in 0_usize..40) {
            let limited = escape_within(&text, columns).to_string();
            let width: usize = limited.chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)).sum();
            prop_assert!(width <= columns);
        }

        #[test]
        fn a_cell_never_starts_a_formula(text in any::<String>()) {
            let cell = csv_cell(&text);
            prop_assert!(is_number(&cell) || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        }
    }
}
