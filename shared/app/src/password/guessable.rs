//! How much of a password a guesser has to find out: what is left of it without what lists, keyboards and dates say.
//!
//! Guessers try whole words, rows of keys, dates and repeats first, also with digits in place of letters (NIST SP
//! 800-63B, "Strength of Passwords"). Each of these is worth little here, however long it is, and letters that stand
//! together are worth half, for they may be a word that no list of ours has.

use super::common::COMMON;

/// What one free character is worth.
const CHARACTER: usize = 2;

/// What a word from a list is worth: one of some hundred, in one of a few spellings.
const WORD: usize = 4;

/// What a row, a year or a repeat is worth.
const RUN: usize = 2;

/// So many letters or digits in a row may be a word or a date.
const TOGETHER: usize = 4;

/// So many characters of a row or a repeat are no accident.
const SHORTEST: usize = 3;

/// Rows of keys, as they lie on keyboards, and columns as people strike them. Read backwards too.
const ROWS: [&str; 10] = [
    "1234567890",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
    "abcdefghijklmnopqrstuvwxyz",
];

/// What a password is worth in halves of characters that nobody can guess. `names` are what a guesser knows of its
/// user, in lower case.
pub(super) fn worth(password: &str, names: &[&str]) -> usize {
    let plain: Vec<char> = password.to_lowercase().chars().collect();
    let read: Vec<char> = plain.iter().map(|&character| letter_for(character)).collect();
    let mut free = vec![true; plain.len()];
    let mut worth = 0;
    let mut at = 0;
    while at < plain.len() {
        let words = [&plain, &read].into_iter().filter_map(|text| longest_word(&text[at..], names));
        let runs = [row(&plain[at..]), year(&plain[at..]), same(&plain[at..]), again(&plain, at)];
        let run = runs.into_iter().flatten().max();
        let (length, value) = match (words.max(), run) {
            (Some(word), run) if run.is_none_or(|run| word > run) => (word, WORD),
            (_, Some(run)) => (run, RUN),
            (_, None) => {
                at += 1;
                continue;
            }
        };
        worth += value;
        free[at..at + length].fill(false);
        at += length;
    }
    worth + worth_of_free(&plain, &free)
}

/// What the characters are worth that belong to nothing known.
fn worth_of_free(plain: &[char], free: &[bool]) -> usize {
    let kinds: Vec<_> =
        plain.iter().zip(free).map(|(character, free)| free.then(|| kind(*character))).collect();
    let together = kinds.chunk_by(|one, next| one == next);
    together
        .map(|part| match part[0] {
            None => 0,
            Some(Kind::Other) => part.len() * CHARACTER,
            Some(_) if part.len() < TOGETHER => part.len() * CHARACTER,
            Some(_) => part.len() * CHARACTER / 2,
        })
        .sum()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Other,
}

fn kind(character: char) -> Kind {
    if character.is_alphabetic() {
        Kind::Letter
    } else if character.is_numeric() {
        Kind::Digit
    } else {
        Kind::Other
    }
}

/// The letter that a digit or a sign stands for.
fn letter_for(character: char) -> char {
    match character {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

/// The length of the longest common word or name at the beginning.
fn longest_word(text: &[char], names: &[&str]) -> Option<usize> {
    let words = COMMON.iter().chain(names).filter(|word| begins_with(text, word));
    words.map(|word| word.chars().count()).filter(|length| *length >= SHORTEST).max()
}

fn begins_with(text: &[char], word: &str) -> bool {
    let mut characters = text.iter();
    word.chars().all(|expected| characters.next() == Some(&expected))
}

/// How many keys, letters or digits follow one another as they do on a keyboard or in the alphabet.
fn row(text: &[char]) -> Option<usize> {
    let both = ROWS.iter().flat_map(|row| [row.chars().collect::<Vec<_>>(), row.chars().rev().collect()]);
    let lengths = both.flat_map(|row| {
        let starts: Vec<usize> = (0..row.len()).filter(|&start| text.first() == row.get(start)).collect();
        starts.into_iter().map(move |start| {
            text.iter().zip(&row[start..]).take_while(|(character, key)| character == key).count()
        })
    });
    lengths.filter(|length| *length >= SHORTEST).max()
}

/// A year of this century or the last, as many end a password with.
fn year(text: &[char]) -> Option<usize> {
    let is_year = begins_with(text, "19") || begins_with(text, "20");
    (is_year && text.len() >= 4 && text[2..4].iter().all(char::is_ascii_digit)).then_some(4)
}

/// How often one character is repeated.
fn same(text: &[char]) -> Option<usize> {
    let length = text.iter().take_while(|character| Some(*character) == text.first()).count();
    (length >= SHORTEST).then_some(length)
}

/// The length of what stood in the password before.
fn again(text: &[char], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let lengths =
        (0..at).map(|start| text[start..at].iter().zip(rest).take_while(|(one, other)| one == other).count());
    lengths.filter(|length| *length >= SHORTEST).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_lists_is_worth_little_however_long() {
        for (password, most) in [
            ("passwordpassword", WORD + RUN),
            ("P@$$w0rd", WORD),
            ("qwertyuiop[]", RUN),
            ("poiuytrewq", RUN),
            ("1qaz2wsx3edc", RUN),
            ("abcdefghijkl", RUN),
            ("12345678901234567890", 2 * RUN),
            ("aaaaaaaaaaaaaaaa", RUN),
            ("Summer2026", WORD + RUN),
            ("annaanna", WORD + RUN),
        ] {
            assert!(worth(password, &["anna"]) <= most, "{password}: {}", worth(password, &["anna"]));
        }
    }

    #[test]
    fn free_characters_count_whole_and_what_may_be_words_half() {
        assert_eq!(worth("d8#kQ2", &[]), 6 * CHARACTER);
        assert_eq!(worth("elephantgiraffe", &[]), 15 * CHARACTER / 2);
        assert_eq!(worth("830165", &[]), 6 * CHARACTER / 2);
        assert_eq!(worth("", &[]), 0);
        // A repeat is known only behind what it repeats.
        assert_eq!(worth("xk9xk9xk9", &[]), 3 * CHARACTER + 2 * RUN);
        assert_eq!(worth("гроза-чайник", &[]), (5 + 6) * CHARACTER / 2 + CHARACTER);
    }

    #[test]
    fn a_name_is_known_whatever_stands_around_it() {
        assert!(worth("schmidt-x7", &["schmidt"]) < worth("schmidt-x7", &[]));
        // Two letters are no name.
        assert_eq!(worth("ab-ab", &["ab"]), worth("ab-ab", &[]));
    }
}
