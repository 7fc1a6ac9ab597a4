//! Where words and numbers begin and end.

use std::ops::RangeInclusive;

/// Where a number that begins at `at` begins with its sign, if nothing before `at` makes it part of something
/// else.
pub(super) fn starts_number(line: &[u8], at: usize, floor: usize) -> Option<usize> {
    let Some(before) = at.checked_sub(1) else { return Some(at) };
    match line[before] {
        b'-' | b'+' if before >= floor => (before == 0
            || matches!(line[before - 1], b' ' | b'(' | b'[' | b'=' | b',' | b':' | b'"' | b'\t' | b'|'))
        .then_some(before),
        b':' => after_label(line, before).then_some(at),
        _ => (starts_word(line, at) && !is_of_escape(line, at)).then_some(at),
    }
}

/// Whether the number at `at` belongs to an escape sequence of a terminal: `ESC[31m` is red, and no half hour. The escape
/// character is itself, as nmap writes it, or what readers put in the place of what no text may have.
fn is_of_escape(line: &[u8], at: usize) -> bool {
    let is_parameter = |byte: &u8| matches!(byte, b'0'..=b'9' | b';' | b'?');
    let Some(bracket) = line[..at].iter().rposition(|byte| !is_parameter(byte)) else { return false };
    let introducers: [&[u8]; 4] = [b"\x1b", b"\\x1b", b"\\x1B", "\u{fffd}".as_bytes()];
    line[bracket] == b'[' && introducers.iter().any(|one| line[..bracket].ends_with(one))
}

/// Whether the colon at `colon` ends a label rather than parts a fingerprint or an address.
fn after_label(line: &[u8], colon: usize) -> bool {
    let word =
        line[..colon].iter().rev().take(5).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let (length, hex) =
        word.fold((0, true), |(length, hex), byte| (length + 1, hex && byte.is_ascii_hexdigit()));
    length > 0 && (length > 4 || !hex)
}

/// Whether a word may begin at `at`.
pub(super) fn starts_word(line: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match line[before] {
        b'.' | b'_' | b'/' | b'-' | b'+' | b':' | b'%' | b'$' | b'\\' => false,
        // nmap writes unprintable bytes as \x0A, so what comes behind one begins a word.
        byte if byte.is_ascii_alphanumeric() => before >= 3 && line[before - 3..before - 1] == *b"\\x",
        _ => true,
    }
}

/// `end`, if nothing behind it continues the word.
pub(super) fn ends(line: &[u8], end: usize) -> Option<usize> {
    let continues = match line.get(end) {
        None => false,
        Some(b'_' | b'%') => true,
        Some(b'.' | b'-' | b'/' | b'+') => line.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(b':') => line.get(end + 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':'),
        Some(byte) => byte.is_ascii_alphanumeric(),
    };
    (!continues).then_some(end)
}

/// The end of the whole number at `at`, if it has so many digits and such a value.
pub(super) fn number(
    line: &[u8],
    at: usize,
    length: RangeInclusive<usize>,
    value: RangeInclusive<u32>,
) -> Option<usize> {
    let count = digits(line, at);
    if !length.contains(&count) {
        return None;
    }
    part(line, at, count, value)
}

/// The end of the `length` digits at `at`, if they have such a value; more may follow.
pub(super) fn part(line: &[u8], at: usize, length: usize, value: RangeInclusive<u32>) -> Option<usize> {
    let digits = line.get(at..at + length)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    value.contains(&number).then_some(at + length)
}

/// How many digits stand at `at`.
pub(super) fn digits(line: &[u8], at: usize) -> usize {
    line.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// How often `byte` stands at `at` in a row.
pub(super) fn run(line: &[u8], at: usize, byte: u8) -> usize {
    line.get(at..).unwrap_or_default().iter().take_while(|&&next| next == byte).count()
}
