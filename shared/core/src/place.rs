//! Where in a text that a person wrote a mistake is.

use std::fmt;

use crate::escape::{Escaped, escape_within};

/// How much of a long line is shown on either side of a mistake, in characters.
const CONTEXT: usize = 40;

/// How much of the offending piece is kept, in bytes; the place tells where the rest is.
const MAX_PIECE_BYTES: usize = 80;

/// A piece of a text: where it begins, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes before the piece, from the start of the text.
    pub offset: usize,
    /// The line of the piece, the first is 1.
    pub line: usize,
    /// Its column in characters of that line, the first is 1.
    pub column: usize,
    /// The piece itself, cut after 80 bytes; empty where something is missing.
    pub piece: String,
}

impl Place {
    /// The place of `text[start..end]`; offsets beyond the text or inside a character are moved to the left.
    #[must_use]
    pub fn of(text: &str, start: usize, end: usize) -> Self {
        let start = text.floor_char_boundary(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text.floor_char_boundary(end.clamp(start, start.saturating_add(MAX_PIECE_BYTES)));
        Self {
            offset: start,
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            piece: text[start..end].to_owned(),
        }
    }

    /// The first place of `piece` in `text`; `None` where it is not there.
    #[must_use]
    pub fn find(text: &str, piece: &str) -> Option<Self> {
        text.find(piece).map(|start| Self::of(text, start, start + piece.len()))
    }

    /// Two lines that point at the piece in `text`, the text that was parsed; safe for a terminal.
    ///
    /// ```text
    /// 10.0.0.1, 10.0.0.300, 10.0.0.7
    ///           ^^^^^^^^^^
    /// ```
    #[must_use]
    pub fn point_at<'a>(&'a self, text: &'a str) -> PointedAt<'a> {
        PointedAt { place: self, text }
    }
}

/// `line 2, column 5`, or `column 5` on the first line.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}", self.column)
    }
}

/// Displays a line of text with a line of carets below it, see [`Place::point_at`].
#[derive(Clone, Copy, Debug)]
pub struct PointedAt<'a> {
    place: &'a Place,
    text: &'a str,
}

impl fmt::Display for PointedAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.text.floor_char_boundary(self.place.offset);
        let (before, from) = self.text.split_at(offset);
        let before = before.rsplit('\n').next().unwrap_or_default();
        let skipped = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(start, _)| start);
        let (piece, behind) = from
            .strip_prefix(self.place.piece.as_str())
            .map_or(("", from), |rest| (self.place.piece.as_str(), rest));
        let behind = behind.split('\n').next().unwrap_or_default();

        let mark = if skipped > 0 { "…" } else { "" };
        let lead = format!("{mark}{}", Escaped(&before[skipped..]));
        let shown = Escaped(piece).to_string();
        writeln!(f, "{lead}{shown}{}", escape_within(behind, CONTEXT))?;
        let indent = unicode_width::UnicodeWidthStr::width(lead.as_str());
        let carets = unicode_width::UnicodeWidthStr::width(shown.as_str()).max(1);
        write!(f, "{:indent$}{:^<carets$}", "", "")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let text = "192.0.2.1\nçé, 300";
        let place = Place::of(text, 16, 19);
        assert_eq!((place.line, place.column, place.piece.as_str()), (2, 5, "300"));
        assert_eq!(place.to_string(), "line 2, column 5");
        assert_eq!(place.point_at(text).to_string(), "çé, 300\n    ^^^");
    }

    #[test]
    fn long_and_hostile_lines_are_cut_and_escaped() {
        let text = format!("{}\x1b[2J bad {}", "x".repeat(100), "y".repeat(100));
        let place = Place::of(&text, 105, 108);
        let shown = place.point_at(&text).to_string();
        assert!(shown.starts_with('…') && !shown.contains('\x1b'));
        let (line, carets) = shown.split_once('\n').expect("two lines");
        let at = carets.find('^').expect("a caret");
        assert_eq!(line.chars().skip(at).take(3).collect::<String>(), "bad");
    }

    proptest! {
        #[test]
        fn any_offsets_are_fine(text in any::<String>(), start in 0_usize..40, end in 0_usize..40) {
            let place = Place::of(&text, start, end);
            prop_assert!(text[place.offset..].starts_with(&place.piece));
            prop_assert_eq!(place.point_at(&text).to_string().lines().count(), 2);
        }
    }
}
