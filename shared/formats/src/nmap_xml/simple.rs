//! Tags in the form in which scanners write them.

use memchr::memchr2;

/// Attributes of a simple tag at the utmost; that of a service with everything has 14.
pub(super) const MOST_ATTRIBUTES: usize = 24;

/// A tag, and where it ends.
pub(super) struct SimpleTag<'a> {
    pub(super) name: &'a str,
    pub(super) tag: Tag,
    pub(super) end: usize,
}

/// What tag it is, and how many attributes it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Start(usize),
    Empty(usize),
    End,
}

/// The tag that stands at `place` or behind white space there, if it is whole and in the one form that scanners use:
/// names in small letters, a blank before each attribute, values in double quotation marks and without `<`.
///
/// What it takes quick-xml takes alike; it is here because looking at every byte once, and not three times, reads a
/// scan in half the time.
#[inline]
pub(super) fn next<'a>(
    text: &'a str,
    place: usize,
    attributes: &mut [(&'a str, &'a str); MOST_ATTRIBUTES],
) -> Option<SimpleTag<'a>> {
    let bytes = text.as_bytes();
    let mut place = place;
    while bytes.get(place)?.is_ascii_whitespace() {
        place += 1;
    }
    if bytes[place] != b'<' {
        return None;
    }
    let start = place + 1;
    if bytes.get(start) == Some(&b'/') {
        let end = letters(bytes, start + 1);
        let name = text.get(start + 1..end).filter(|name| !name.is_empty())?;
        return (bytes.get(end) == Some(&b'>')).then_some(SimpleTag { name, tag: Tag::End, end: end + 1 });
    }
    let mut place = letters(bytes, start);
    let name = text.get(start..place).filter(|name| !name.is_empty())?;
    let mut count = 0;
    loop {
        match *bytes.get(place)? {
            b'>' => return Some(SimpleTag { name, tag: Tag::Start(count), end: place + 1 }),
            b'/' if bytes.get(place + 1) == Some(&b'>') => {
                return Some(SimpleTag { name, tag: Tag::Empty(count), end: place + 2 });
            }
            b' ' | b'\n' => place += 1,
            _ => return None,
        }
        let end = letters(bytes, place);
        if end == place {
            // Only the end of the tag may follow.
            if matches!(bytes.get(place)?, b'>' | b'/') {
                continue;
            }
            return None;
        }
        if bytes.get(end..end + 2)? != b"=\"" {
            return None;
        }
        let value = end + 2;
        let length = length_of_value(&bytes[value..])?;
        *attributes.get_mut(count)? = (text.get(place..end)?, text.get(value..value + length)?);
        count += 1;
        place = value + length + 1;
    }
}

/// Where the small letters and underscores from `place` on end.
#[inline]
fn letters(bytes: &[u8], place: usize) -> usize {
    let length = bytes[place..].iter().position(|byte| !matches!(byte, b'a'..=b'z' | b'_'));
    length.map_or(bytes.len(), |length| place + length)
}

/// How long the value is that `bytes` begin with; `None` where it has no end, or a `<` before it.
#[inline]
fn length_of_value(bytes: &[u8]) -> Option<usize> {
    // Most values are shorter than what makes a search worth its start.
    const NEAR_BYTES: usize = 12;
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'<');
    let near = bytes.iter().take(NEAR_BYTES).position(is_mark);
    let length = match near {
        Some(length) => length,
        None => NEAR_BYTES + memchr2(b'"', b'<', bytes.get(NEAR_BYTES..)?)?,
    };
    (bytes[length] == b'"').then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;
    use crate::nmap_xml::attributes::attributes as by_the_book;

    type Read = (String, Tag, Vec<(String, String)>, usize);

    fn owned(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn simple(text: &str) -> Option<Read> {
        let mut attributes = [("", ""); MOST_ATTRIBUTES];
        let found = next(text, 0, &mut attributes)?;
        let count = match found.tag {
            Tag::Start(count) | Tag::Empty(count) => count,
            Tag::End => 0,
        };
        Some((found.name.to_owned(), found.tag, owned(&attributes[..count]), found.end))
    }

    fn quick(text: &str) -> Option<Read> {
        let mut reader = Reader::from_reader(text.as_bytes());
        reader.config_mut().trim_text(true);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let event = reader.read_event().ok()?;
        let end = text.len() - reader.get_ref().len();
        let (tag, kind): (_, fn(usize) -> Tag) = match event {
            Event::Start(tag) => (tag, Tag::Start),
            Event::Empty(tag) => (tag, Tag::Empty),
            Event::End(tag) => return Some((tag.name().as_ref().to_owned(), Tag::End, Vec::new(), end)),
            _ => return None,
        };
        let list = owned(&by_the_book(tag.attributes_raw()));
        Some((tag.name().as_ref().to_owned(), kind(list.len()), list, end))
    }

    #[test]
    fn scanners_tags_are_simple_and_others_are_not() {
        for text in [
            "<host>",
            "\r\n<state state=\"open\" reason=\"syn-ack\" reason_ttl=\"64\"/>rest",
            "<verbose level=\"0\" />",
            "<a b=\"'>' and a value that is longer than most\"\nc=\"\">",
            "</nmaprun>\n",
        ] {
            assert!(simple(text).is_some(), "{text}");
        }
        for text in [
            "",
            "<",
            "<a",
            "<a b",
            "<a b=",
            "<a b=\"",
            "<a b='c'>",
            "<a b = \"c\">",
            "<!-- -->",
            "<?xml?>",
            "x<a>",
            "<A>",
            "<a b=\"<\">",
            "</a >",
            "<a/ >",
            "<a b=\"c\"d=\"e\">",
            "< a>",
        ] {
            assert!(simple(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_it_takes_quick_xml_takes_alike(
            parts in prop::collection::vec("<|</|/>|>|a|bc_|[ \\n]|=|=\"|\"|'|=\"[^\"<]{0,20}\"| d=\"[a-z<>&é]{0,20}\"", 0..14),
        ) {
            let text = parts.concat();
            for start in (0..text.len()).filter(|&start| text.is_char_boundary(start)) {
                if let Some(read) = simple(&text[start..]) {
                    prop_assert_eq!(Some(read), quick(&text[start..]), "{}", &text[start..]);
                }
            }
        }
    }
}
