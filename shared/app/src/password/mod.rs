//! Passwords: which are good enough, and how they are kept: as slow hashes, each with what it cost.
//!
//! Hashing takes a tenth of a second and some megabytes on purpose. It blocks: callers in async code move it aside.

mod common;
mod guessable;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use self::guessable::worth;
use crate::error::{AppError, Invalid};
use crate::secret;
use crate::stored::StoredError;

/// The shortest password, in characters.
pub const MIN_CHARACTERS: usize = 12;

/// The longest password, in bytes.
pub const MAX_BYTES: usize = 500;

/// So few characters besides the name are none to speak of.
const LEAST_BESIDES_NAME: usize = 8;

/// What a password is worth at least, in halves of characters that nobody can guess.
const LEAST_WORTH: usize = 16;

/// What hashing a password costs, each time: Argon2id, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB of memory, at least 8.
    pub memory_kib: u32,
    /// How often it goes over the memory, at least 1.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// Twice what OWASP asks for (46 MiB, one pass).
    fn default() -> Self {
        Self { memory_kib: 46 * 1024, passes: 2 }
    }
}

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    memory_kib: u32,
    passes: u32,
    salt: [u8; 16],
    hash: [u8; 32],
}

impl PasswordHash {
    /// The hash of a password, with a salt of its own.
    pub fn of(password: &str, cost: PasswordCost) -> Result<Self, AppError> {
        let salt = secret::random()?;
        let mut new = Self { salt, ..Self::of_nobody(cost) };
        new.hash = new.derive(password)?;
        Ok(new)
    }

    /// A hash that no password has, so that looking for somebody who isn't there takes as long.
    pub(crate) fn of_nobody(cost: PasswordCost) -> Self {
        Self { memory_kib: cost.memory_kib, passes: cost.passes, salt: [0; 16], hash: [0; 32] }
    }

    /// Whether it is of this password.
    pub fn matches(&self, password: &str) -> Result<bool, AppError> {
        Ok(self.derive(password)?.ct_eq(&self.hash).into())
    }

    /// Whether it costs something else than it would today.
    pub(crate) fn is_outdated(&self, cost: PasswordCost) -> bool {
        (self.memory_kib, self.passes) != (cost.memory_kib, cost.passes)
    }

    fn derive(&self, password: &str) -> Result<[u8; 32], AppError> {
        let failed = |error: argon2::Error| AppError::Stored {
            operation: "hash a password".to_owned(),
            source: StoredError::Damaged { what: "password", detail: error.to_string() },
        };
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(failed)?;
        let mut hash = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), &self.salt, &mut hash)
            .map_err(failed)?;
        Ok(hash)
    }
}

impl std::fmt::Debug for PasswordHash {
    /// Without salt and hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { memory_kib, passes, .. } = self;
        write!(f, "PasswordHash({memory_kib} KiB, {passes} passes)")
    }
}

/// Refuses a password that is short, common, or hardly more than the name of its user.
pub fn check_password(field: &'static str, password: &str, name: &str) -> Result<(), Invalid> {
    let weak = |message: String, hint: &str| Err(Invalid::field(field, "password.too_weak", message, hint));
    let characters = password.chars().count();
    if password.len() > MAX_BYTES {
        let message = format!("the password has more than {MAX_BYTES} bytes");
        return Err(Invalid::field(field, "password.too_long", message, "Take a shorter one."));
    }
    if characters < MIN_CHARACTERS {
        return weak(
            format!("the password has {characters} characters, and at least {MIN_CHARACTERS} are needed"),
            "Take four words that have nothing to do with each other, or let a password manager make one.",
        );
    }
    let (lower, name) = (password.to_lowercase(), name.to_lowercase());
    // The name of an e-mail address is its first part.
    let short_name = name.split('@').next().unwrap_or_default();
    if [&*name, short_name]
        .iter()
        .any(|name| name.chars().count() > 2 && lower.replace(name, "").chars().count() < LEAST_BESIDES_NAME)
    {
        return weak(
            "the password is hardly more than the name".to_owned(),
            "Take words that have nothing to do with you.",
        );
    }
    if worth(password, &[&name, short_name]) >= LEAST_WORTH {
        return Ok(());
    }
    weak(
        "the password is among those that are tried first".to_owned(),
        "Common words, names, rows of keys, dates and repeats count little. Take four words that have nothing to do \
         with each other, or let a password manager make one.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 8, passes: 1 };

    #[test]
    fn a_password_is_known_by_its_hash_and_each_hash_is_another_one() {
        let (one, other) = (PasswordHash::of("correct", CHEAP), PasswordHash::of("correct", CHEAP));
        let (one, other) = (one.expect("a hash"), other.expect("a hash"));
        assert_ne!(one, other);
        for hash in [&one, &other] {
            assert!(hash.matches("correct").expect("it can be looked at"));
            assert!(!hash.matches("Correct").expect("it can be looked at"));
            assert!(!hash.matches("").expect("it can be looked at"));
        }
        let nobody = PasswordHash::of_nobody(CHEAP);
        assert!(!nobody.matches("").expect("it can be looked at"));
        assert!(one.is_outdated(PasswordCost::default()) && !one.is_outdated(CHEAP));
        assert_eq!(format!("{one:?}"), "PasswordHash(8 KiB, 1 passes)");
    }

    #[test]
    fn weak_passwords_are_refused_with_a_hint() {
        for (password, name) in [
            ("", "anna"),
            ("short-1!aZ", "anna"),
            ("passwordpassword", "anna"),
            ("password1234", "anna"),
            ("aaaaaaaaaaaaaaaa", "anna"),
            ("qwertyuiop[]", "anna"),
            ("123456789012", "anna"),
            ("portdeltaportdelta", "anna"),
            ("anna.schmidt", "anna.schmidt@example.org"),
            ("Anna.Schmidt1!", "anna.schmidt"),
            ("annaannaanna", "anna"),
            ("iloveyou12345", "anna"),
            ("elephantgiraffe", "anna"),
            ("P@ssw0rd!Summer2026", "anna"),
            ("1qaz2wsx3edc!QAZ", "anna"),
            ("xK9xK9xK9xK9", "anna"),
        ] {
            let refused = check_password("password", password, name).expect_err(password);
            assert_eq!((refused.field, refused.code), ("password", "password.too_weak"), "{password}");
            assert!(!refused.hint.is_empty() && !refused.message.contains("Schmidt"));
        }
        let long = check_password("new", &"xK9".repeat(200), "anna").expect_err("it is long");
        assert_eq!((long.field, long.code), ("new", "password.too_long"));
    }

    #[test]
    fn good_passwords_are_taken_in_any_script() {
        for password in [
            "plough-saddle-orbit-quince",
            "correcthorsebatterystaple",
            "d8#kQ2!vTz0p",
            "гроза семнадцать чайник",
            "  spaces count too 7 ",
        ] {
            assert_eq!(check_password("password", password, "anna"), Ok(()), "{password}");
        }
    }
}
