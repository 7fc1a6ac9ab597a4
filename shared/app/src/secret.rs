//! Random words that prove something, and how they are kept: as hashes only.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// Bytes that nobody can guess.
pub(crate) fn random<const BYTES: usize>() -> Result<[u8; BYTES], AppError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|source| AppError::Random { source })?;
    Ok(bytes)
}

/// What is kept of a secret that is as random as a key: no salt and no slow hash are needed.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    hash_bytes(text.as_bytes())
}

/// The same of bytes, which need not be secret.
pub(crate) fn hash_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The hash as a part of a key.
pub(crate) fn hash_text(text: &str) -> String {
    HEXLOWER.encode(&hash(text))
}

/// `bytes` and a checksum in small letters and digits, with a prefix.
pub(crate) fn word(prefix: &str, bytes: &[u8]) -> String {
    let checksum: [u8; 32] = Sha256::digest([prefix.as_bytes(), bytes].concat()).into();
    let text = BASE32_NOPAD.encode(&[bytes, &checksum[..4]].concat());
    format!("{prefix}{}", text.to_ascii_lowercase())
}

/// The bytes of a word with this prefix, told by its checksum from one that was cut or mistyped.
pub(crate) fn read_word<const BYTES: usize>(prefix: &str, text: &str) -> Option<[u8; BYTES]> {
    let packed = text.strip_prefix(prefix)?;
    let bytes = BASE32_NOPAD.decode(packed.to_ascii_uppercase().as_bytes()).ok()?;
    let bytes: [u8; BYTES] = bytes.get(..BYTES)?.try_into().ok()?;
    (word(prefix, &bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_others_do_not() {
        let bytes: [u8; 32] = random().expect("there is randomness");
        assert_ne!(bytes, random::<32>().expect("there is randomness"));
        let text = word("pda_", &bytes);
        assert_eq!(read_word("pda_", &text), Some(bytes));
        assert_eq!(read_word::<32>("pdt_", &text), None);
        assert_eq!(read_word::<32>("pda_", &text[..text.len() - 1]), None);
        assert_eq!(read_word::<32>("pda_", &text.to_ascii_uppercase().replace("PDA_", "pda_")), None);
        for place in 4..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'a' { b'b' } else { b'a' };
            let other = String::from_utf8(other).expect("it is ASCII");
            assert_eq!(read_word::<32>("pda_", &other), None, "{place}");
        }
    }
}
