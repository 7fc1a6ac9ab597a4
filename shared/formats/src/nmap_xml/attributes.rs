//! Attributes of a tag.

use std::borrow::Cow;

use quick_xml::escape::resolve_xml_entity;

use crate::warnings::{Odd, Warnings};

/// Name and raw value of an attribute.
pub(super) type Attribute<'a> = (&'a str, &'a str);

/// The attributes in what stands in a tag behind its name, in file order; repeated ones come repeatedly, and reading
/// ends at what is no attribute.
pub(super) fn attributes(raw: &str) -> Vec<Attribute<'_>> {
    let mut rest = raw;
    let next = || {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_ascii_start();
        let quote = value.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let (value, behind) = value[1..].split_once(quote)?;
        rest = behind;
        Some((name.trim_ascii(), value))
    };
    std::iter::from_fn(next).collect()
}

/// The value with XML's five entities and numbers resolved; others stay as they stand, with a warning. What a document
/// type declares is never looked at.
pub(super) fn resolved<'a>(raw: &'a str, warnings: &mut Warnings) -> Cow<'a, str> {
    if memchr::memchr(b'&', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::new();
    resolve_into(raw, &mut text, warnings);
    Cow::Owned(text)
}

/// [`resolved`], behind what is in `text`.
pub(super) fn resolve_into(raw: &str, text: &mut String, warnings: &mut Warnings) {
    text.reserve(raw.len());
    let mut rest = raw;
    while let Some(place) = memchr::memchr(b'&', rest.as_bytes()) {
        text.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        // The longest reference that means anything is `#x10ffff`, give or take some zeros.
        let end = rest.bytes().take(16).position(|byte| byte == b';');
        let resolved = end.and_then(|end| {
            let name = &rest[..end];
            match name.strip_prefix('#') {
                Some(number) => character(number).map(|character| text.push(character))?,
                None => text.push_str(resolve_xml_entity(name)?),
            }
            Some(end)
        });
        if let Some(end) = resolved {
            rest = &rest[end + 1..];
        } else {
            warnings.add(Odd::UnknownEntity, rest.split(';').next().unwrap_or_default());
            text.push('&');
        }
    }
    text.push_str(rest);
}

/// `45` or `x2d`
fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) if !hexadecimal.starts_with('+') => u32::from_str_radix(hexadecimal, 16).ok()?,
        Some(_) => return None,
        None => u32::try_from(crate::text::number(number)?).ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_as_they_stand() {
        let read = |raw| attributes(raw);
        assert_eq!(read(r#" x="1" y='2'"#), [("x", "1"), ("y", "2")]);
        assert_eq!(read(" x = \"a '>b\"\n y=\"\" "), [("x", "a '>b"), ("y", "")]);
        assert_eq!(read(r#" x="1" x="2""#), [("x", "1"), ("x", "2")]);
        assert_eq!(read(r#" x="1" y=2 z="3""#), [("x", "1")]);
        assert_eq!(read(r#" x="1" y="2"#), [("x", "1")]);
        assert_eq!(read(""), []);
    }

    #[test]
    fn only_the_references_of_xml_are_resolved() {
        let mut warnings = Warnings::default();
        for (raw, plain) in [
            ("plain", "plain"),
            ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"),
            ("-&#45; &#x41;&#xE4;&#X41;", "-- AäA"),
            ("&amp;lt;", "&lt;"),
        ] {
            assert_eq!(resolved(raw, &mut warnings), plain);
        }
        assert!(warnings.is_empty());
        for raw in ["&xxe; &lol9;", "&", "&#xd800;", "&#99999999999;", "&#+65;", "&#x+41;", "&#;", "&;"] {
            assert_eq!(resolved(raw, &mut warnings), raw);
        }
        assert!(!warnings.is_empty());
    }
}
