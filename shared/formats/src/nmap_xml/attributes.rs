//! Attributes of a tag, without allocation where there is nothing to resolve.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

/// Calls `take` with each attribute's name and raw value, in file order; what is no attribute is passed over.
pub(super) fn each<'a>(tag: &'a BytesStart<'_>, mut take: impl FnMut(&'a [u8], &'a [u8])) {
    let mut rest = tag.attributes_raw().as_bytes();
    loop {
        let Some(first) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else { return };
        rest = &rest[first..];
        let Some(equals) = rest.iter().position(|&byte| byte == b'=') else { return };
        let name = rest[..equals].trim_ascii_end();
        rest = rest[equals + 1..].trim_ascii_start();
        let Some((&quote, after)) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))
        else {
            return;
        };
        let Some(end) = memchr::memchr(quote, after) else { return };
        take(name, &after[..end]);
        rest = &after[end + 1..];
    }
}

/// The value with its entities resolved: the five of XML and numbers; others stay as they stand.
pub(super) fn resolved(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'&', raw) else { return Cow::Borrowed(raw) };
    let mut text = Vec::with_capacity(raw.len());
    text.extend_from_slice(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'&' {
            let end = memchr::memchr(b'&', rest).unwrap_or(rest.len());
            text.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        // The longest reference that means anything is `&#1114111;`.
        let end = after.iter().take(12).position(|&byte| byte == b';');
        if let Some((end, character)) = end.and_then(|end| Some((end, character(&after[..end])?))) {
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &after[end + 1..];
        } else {
            text.push(b'&');
            rest = after;
        }
    }
    Cow::Owned(text)
}

fn character(reference: &[u8]) -> Option<char> {
    match reference {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(tag: &str) -> Vec<(String, String)> {
        let tag = BytesStart::from_content(tag, tag.find(' ').unwrap_or(tag.len()));
        let mut found = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        each(&tag, |name, value| found.push((text(name), text(&resolved(value)))));
        found
    }

    #[test]
    fn attributes_are_read_as_they_stand() {
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        assert_eq!(attributes(r#"a x="1" y='2'"#), pairs(&[("x", "1"), ("y", "2")]));
        assert_eq!(attributes("a x = \"a b\"\n y=\"\" /"), pairs(&[("x", "a b"), ("y", "")]));
        assert_eq!(attributes(r#"a x="1" broken y="2"#), pairs(&[("x", "1")]));
        assert_eq!(attributes("a"), pairs(&[]));
    }

    #[test]
    fn only_the_references_of_xml_are_resolved() {
        let cases = [
            ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"),
            ("-&#45; &#x41;&#xe4;", "-- Aä"),
            ("&xxe; &lol9; & &#xd800; &#99999999999;", "&xxe; &lol9; & &#xd800; &#99999999999;"),
            ("&amp;lt;", "&lt;"),
        ];
        for (raw, plain) in cases {
            assert_eq!(String::from_utf8_lossy(&resolved(raw.as_bytes())), plain);
        }
    }
}
