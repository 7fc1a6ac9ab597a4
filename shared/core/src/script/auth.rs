//! The challenge in what `http-auth` prints.

use std::borrow::Cow;

/// One line of `http-auth` without the values that a server makes up for every request.
///
/// nmap prints the parameters of a challenge as `key=value`, unquoted even where the value has spaces, and in
/// the order of a hash table, which differs from run to run: they are sorted here.
pub(super) fn without_challenge(line: &str) -> Cow<'_, str> {
    let Some(first) = next_key(line, 0) else { return Cow::Borrowed(line) };
    let mut parameters = Vec::new();
    let mut start = first;
    while start < line.len() {
        let end = next_key(line, start + 1).unwrap_or(line.len());
        let parameter = line[start..end].trim_end_matches([' ', ',']);
        let key = parameter.split('=').next().unwrap_or_default();
        if !key.eq_ignore_ascii_case("nonce") && !key.eq_ignore_ascii_case("opaque") {
            parameters.push(parameter);
        }
        start = end;
    }
    parameters.sort_unstable();
    Cow::Owned(format!("{}{}", &line[..first], parameters.join(" ")))
}

/// Where the next ` key=` after `from` begins, at its first letter. Keys inside quotes do not count.
fn next_key(line: &str, from: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut quoted = false;
    let mut word = None;
    for (at, &byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'=' if word.is_some() => return word,
            b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => {
                if at > 0 && matches!(bytes[at - 1], b' ' | b',' | b'\t') {
                    word = Some(at);
                }
            }
            _ => word = None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_sorted_and_challenges_go() {
        for (line, expected) in [
            ("HTTP/1.1 401 Authorization Required", "HTTP/1.1 401 Authorization Required"),
            ("  Basic realm=x", "  Basic realm=x"),
            ("  Digest nonce=9D qop=auth realm=TiVo DVR", "  Digest qop=auth realm=TiVo DVR"),
            ("  Digest realm=\"a b=c\", opaque=\"o nonce=1\", qop=auth", "  Digest qop=auth realm=\"a b=c\""),
            ("  Digest nonce=ab==, algorithm=MD5", "  Digest algorithm=MD5"),
            ("  Negotiate", "  Negotiate"),
        ] {
            assert_eq!(without_challenge(line), expected);
        }
    }
}
