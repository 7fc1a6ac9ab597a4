//! The words of a recorded command line.

/// What was given to nmap behind its own name, or `None` where a quotation does not end.
///
/// nmap joins its arguments with spaces; newer versions put those with spaces in them into double quotes, with
/// a backslash before quotes and backslashes inside. Older ones quote nothing, so that such arguments fall
/// apart here: the pieces read as host names, and nothing is claimed about targets. A path to nmap with spaces
/// in it is known by its end.
pub(super) fn arguments(line: &str) -> Option<Vec<String>> {
    let words = words(line)?;
    let before_options = words.iter().take_while(|word| !word.starts_with('-'));
    let is_nmap = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
        name.eq_ignore_ascii_case("nmap") || name.eq_ignore_ascii_case("nmap.exe")
    };
    let program = before_options.clone().position(is_nmap).unwrap_or(0);
    Some(words.into_iter().skip(program + 1).collect())
}

fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            let (word, length) = quotation(quoted)?;
            words.push(word);
            1 + length
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            end
        };
        rest = rest[end..].trim_start();
    }
    Some(words)
}

/// The text up to the closing quote, which must end its word, and how long it is with that quote.
fn quotation(quoted: &str) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => word.push(characters.next()?.1),
            '"' => {
                let end = at + 1;
                return (quoted.len() == end || quoted[end..].starts_with(char::is_whitespace))
                    .then_some((word, end));
            }
            _ => word.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fall_into_words() {
        for (line, expected) in [
            ("nmap -sV 192.0.2.1", Some(vec!["-sV", "192.0.2.1"])),
            ("nmap  -oX  out.xml ", Some(vec!["-oX", "out.xml"])),
            ("nmap \"-p 22\" -oN \"a \\\"b\\\\.txt\" ::1", Some(vec!["-p 22", "-oN", "a \"b\\.txt", "::1"])),
            ("C:\\Program Files (x86)\\Nmap\\nmap.exe -v 192.0.2.1", Some(vec!["-v", "192.0.2.1"])),
            ("/usr/lib/nmap/nmap --privileged 192.0.2.1", Some(vec!["--privileged", "192.0.2.1"])),
            ("scanner 192.0.2.1", Some(vec!["192.0.2.1"])),
            ("nmap", Some(vec![])),
            ("", Some(vec![])),
            ("nmap \"192.0.2.1", None),
            ("nmap \"a\"b", None),
            ("nmap \"a\\", None),
        ] {
            let words = arguments(line);
            let words = words.as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(words, expected, "{line}");
        }
    }
}
