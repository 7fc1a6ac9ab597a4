//! The one-time token by which an agent finds its server, knows it, and is let in.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

const PREFIX: &str = "pde_";

/// What an administrator hands to the owner of an agent. As text: `pde_` and base64url of its JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentToken {
    /// Where the server is: `https://portdelta.example:8443`.
    pub server: String,
    /// 32 random bytes in hexadecimal digits; works once, and not after its expiry.
    pub secret: String,
    /// SHA-256 of the server's certificate (DER) in hexadecimal digits, where it is no public one: the agent then
    /// accepts this certificate and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// The text is not an enrolment token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment token: it begins with {PREFIX} and is one long word; copy it whole")]
pub struct NotAToken;

impl fmt::Display for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        write!(f, "{PREFIX}{}", BASE64URL_NOPAD.encode(&json))
    }
}

/// Without the secret.
impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentToken").field("server", &self.server).finish_non_exhaustive()
    }
}

impl FromStr for EnrolmentToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let packed = text.trim().strip_prefix(PREFIX).ok_or(NotAToken)?;
        let json = BASE64URL_NOPAD.decode(packed.as_bytes()).map_err(|_| NotAToken)?;
        serde_json::from_slice(&json).map_err(|_| NotAToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_written() {
        let token = EnrolmentToken {
            server: "https://192.0.2.1:8443".to_owned(),
            secret: "00".repeat(32),
            pin: Some("ff".repeat(32)),
        };
        assert_eq!(token.to_string().parse(), Ok(token.clone()));
        assert_eq!(format!(" {token}\n").parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains(&token.secret));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "pde_", "pde_e30", "pda_e30", "https://192.0.2.1"] {
            assert_eq!(text.parse::<EnrolmentToken>(), Err(NotAToken), "{text}");
        }
    }
}
