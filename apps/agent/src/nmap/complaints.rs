//! What nmap says on standard error.

/// The first line that nmap complained in, and how many more there are. Not escaped.
#[must_use]
pub fn complaints(complaint: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(complaint);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?.to_owned();
    Some(match lines.count() {
        0 => first,
        1 => format!("{first} (and 1 line more)"),
        more => format!("{first} (and {more} lines more)"),
    })
}
