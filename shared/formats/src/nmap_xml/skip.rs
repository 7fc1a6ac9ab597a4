//! Passing over what says nothing.

use compact_str::CompactString;
use memchr::{memchr, memchr3_iter, memmem};

use super::Then;
use crate::window::Ahead;

/// Passes over bytes up to the end of an element, of a comment or of its like, window by window.
pub(super) struct Skip {
    /// The element; empty for a comment or its like on its own.
    name: CompactString,
    /// Elements of the same name inside.
    nested: u32,
    /// The end of the comment that is being passed over.
    until: Option<&'static [u8]>,
}

/// How far it came.
pub(super) enum Skipped {
    /// To the end, which is here.
    All(usize),
    /// Not to the end: so much may go, the rest has to be looked at again with more behind it.
    Part(usize),
}

impl Skip {
    /// What is to be passed over after the tag of `element`, if anything.
    #[inline]
    pub(super) fn of(then: &Then, element: &str) -> Option<Self> {
        let name = match then {
            Then::GoOn => return None,
            Then::SkipTo(name) => CompactString::const_new(name),
            Then::SkipOver => CompactString::from(element),
        };
        Some(Self { name, nested: 0, until: None })
    }

    /// A comment or its like that is too long to be looked at; `None` for a tag.
    pub(super) fn markup(markup: &[u8]) -> Option<Self> {
        let until: &[u8] = match markup {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!', b'[', ..] => b"]]>",
            [b'<', b'?', ..] => b"?>",
            _ => return None,
        };
        Some(Self { name: CompactString::default(), nested: 0, until: Some(until) })
    }

    /// The element whose end was reached.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn over(&mut self, bytes: &[u8], ahead: Ahead) -> Skipped {
        let mut place = 0;
        loop {
            if let Some(mark) = self.until {
                let Some(found) = memmem::find(&bytes[place..], mark) else {
                    // The mark may begin at the very end.
                    let kept = if ahead == Ahead::Nothing { 0 } else { mark.len() - 1 };
                    return Skipped::Part(bytes.len().saturating_sub(kept).max(place));
                };
                place += found + mark.len();
                self.until = None;
                if self.name.is_empty() {
                    return Skipped::All(place);
                }
            }
            let Some(found) = memchr(b'<', &bytes[place..]) else { return Skipped::Part(bytes.len()) };
            place += found;
            let markup = &bytes[place..];
            // `<![CDATA[`, or the end tag and what is behind its name.
            let waits = ahead == Ahead::More || ahead == Ahead::Full && place > 0;
            if waits && markup.len() < 9.max(self.name.len() + 3) {
                return Skipped::Part(place);
            }
            let step = match markup.get(1) {
                Some(b'/') if self.is_named(&markup[2..]) => match memchr(b'>', markup) {
                    Some(end) if self.nested == 0 => return Skipped::All(place + end + 1),
                    Some(end) => {
                        self.nested -= 1;
                        end + 1
                    }
                    None if waits => return Skipped::Part(place),
                    None => return Skipped::Part(bytes.len()),
                },
                Some(b'!') if markup.starts_with(b"<!--") => {
                    self.until = Some(b"-->");
                    4
                }
                Some(b'!') if markup.starts_with(b"<![CDATA[") => {
                    self.until = Some(b"]]>");
                    9
                }
                Some(_) if self.is_named(&markup[1..]) => match tag_end(markup) {
                    Some(end) => {
                        self.nested += u32::from(markup[end - 1] != b'/');
                        end + 1
                    }
                    None if waits => return Skipped::Part(place),
                    None => return Skipped::Part(bytes.len()),
                },
                _ => 1,
            };
            place += step;
        }
    }

    fn is_named(&self, tag: &[u8]) -> bool {
        // Most tags inside differ in their first letter, and need no comparison of slices.
        tag.first() == self.name.as_bytes().first()
            && tag
                .strip_prefix(self.name.as_bytes())
                .is_some_and(|rest| matches!(rest.first(), Some(b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n')))
    }
}

/// Where the `>` of a tag is: one in a value does not count.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    memchr3_iter(b'>', b'"', b'\'', tag).find(|&place| {
        match (quote, tag[place]) {
            (None, b'>') => return true,
            (None, mark) => quote = Some(mark),
            (Some(open), mark) if open == mark => quote = None,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left behind the end of the element `a`, read whole and in pieces.
    fn rest_behind(text: &str) -> Option<&str> {
        let whole = {
            let mut skip = Skip::of(&Then::SkipTo("a"), "a").expect("to skip");
            match skip.over(text.as_bytes(), Ahead::Nothing) {
                Skipped::All(used) => Some(&text[used..]),
                Skipped::Part(used) => {
                    assert_eq!(used, text.len());
                    None
                }
            }
        };
        let mut skip = Skip::of(&Then::SkipTo("a"), "a").expect("to skip");
        let mut start = 0;
        for end in 0..=text.len() {
            let ahead = if end == text.len() { Ahead::Nothing } else { Ahead::More };
            match skip.over(&text.as_bytes()[start..end], ahead) {
                Skipped::All(used) => {
                    assert_eq!(Some(&text[start + used..]), whole, "{text} in pieces");
                    return whole;
                }
                Skipped::Part(used) => start += used,
            }
        }
        assert_eq!(whole, None, "{text} in pieces");
        None
    }

    #[test]
    fn the_end_is_found_as_xml_has_it() {
        for (text, rest) in [
            ("text</a>rest", Some("rest")),
            ("</a\n>rest", Some("rest")),
            ("<b/></ab></b></a>rest", Some("rest")),
            ("<a>1</a></a>rest", Some("rest")),
            ("<a x='/>' y=\"'</a>\"/></a>rest", Some("rest")),
            ("<a x='>'></a></a>rest", Some("rest")),
            ("<!-- </a> <a> --></a>rest", Some("rest")),
            ("<![CDATA[</a>]]></a>rest", Some("rest")),
            ("<!-- </a>", None),
            ("<a></a>", None),
            ("</a", None),
            ("", None),
        ] {
            assert_eq!(rest_behind(text), rest, "{text}");
        }
    }
}
