//! How an agent proves that it holds the key with which it was enrolled: Ed25519 (RFC 8032).

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use ed25519_dalek::{Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};

/// How far an agent's clock may be off when it signs, in seconds.
pub const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// The private half; it never leaves the agent.
pub struct PrivateKey(SigningKey);

/// The public half: 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey([u8; 32]);

/// A signature: 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Signature([u8; 64]);

/// The text is no key, or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key or signature in hexadecimal digits")]
pub struct NotAKey;

impl PrivateKey {
    /// The key that 32 random bytes make.
    #[must_use]
    pub fn from_bytes(random: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(random))
    }

    /// The bytes to keep in a file that only the agent can read.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl PublicKey {
    /// Its first 16 hexadecimal digits, which people compare before they let an agent in.
    #[must_use]
    pub fn short(self) -> String {
        String::from(self).chars().take(16).collect()
    }

    /// Whether the holder of the private half signed this message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        key.verify(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }
}

/// What is signed to get access. The server's name keeps one server from using it at another.
#[must_use]
pub fn access_message(agent: &str, at: i64, nonce: &str, server: &str) -> Vec<u8> {
    format!("portdelta access 1\n{agent}\n{at}\n{nonce}\n{server}\n").into_bytes()
}

macro_rules! hexadecimal {
    ($name:ident) => {
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                HEXLOWER_PERMISSIVE.encode(&value.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAKey;

            fn try_from(text: String) -> Result<Self, NotAKey> {
                let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| NotAKey)?;
                bytes.try_into().map(Self).map_err(|_| NotAKey)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&String::from(*self)[..16])
            }
        }
    };
}

hexadecimal!(PublicKey);
hexadecimal!(Signature);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_that_signed_verifies() {
        let (one, other) = (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]));
        let message = access_message("a", 1, "n", "https://192.0.2.1");
        let signature = one.sign(&message);
        assert!(one.public().verifies(&message, &signature));
        assert!(!other.public().verifies(&message, &signature));
        assert!(!one.public().verifies(b"something else", &signature));
    }

    #[test]
    fn keys_and_signatures_are_text() {
        let key = PrivateKey::from_bytes(&[7; 32]);
        let text = String::from(key.public());
        assert_eq!(text.len(), 64);
        assert_eq!(PublicKey::try_from(text), Ok(key.public()));
        assert_eq!(PublicKey::try_from("ab".to_owned()), Err(NotAKey));
        assert_eq!(format!("{key:?}"), "PrivateKey");
    }
}
