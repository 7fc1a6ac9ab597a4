//! Where the emulators of AWS are that somebody started for us.

use portdelta_aws::{Place, SdkConfig};

/// An emulator of AWS.
#[derive(Clone, Copy, Debug)]
pub enum Emulator {
    MiniStack,
    /// The same, which holds everybody to their policies.
    MiniStackAuth,
    Moto,
    LocalStack,
}

impl Emulator {
    /// Holds its address, such as `http://127.0.0.1:4566`.
    const fn variable(self) -> &'static str {
        match self {
            Self::MiniStack => "PORTDELTA_TEST_MINISTACK",
            Self::MiniStackAuth => "PORTDELTA_TEST_MINISTACK_AUTH",
            Self::Moto => "PORTDELTA_TEST_MOTO",
            Self::LocalStack => "PORTDELTA_TEST_LOCALSTACK",
        }
    }

    /// How it is reached; `None`, with a message, where nobody started it.
    pub fn config(self) -> Option<SdkConfig> {
        let variable = self.variable();
        let Ok(address) = std::env::var(variable) else {
            eprintln!("skipped: {variable} has no address of {self:?}; `cargo xtask test` starts it");
            return None;
        };
        let place = Place {
            region: "us-east-1".to_owned(),
            endpoint: Some(address),
            access_key: "test".to_owned(),
            secret_key: "test".to_owned(),
            session_token: None,
            expires: None,
        };
        Some(place.config())
    }
}

/// A name that no other test has, whatever ran on the same emulator before: lower case letters and digits.
pub fn unique(beginning: &str) -> String {
    format!("{beginning}-{:012x}", fastrand::u64(..1 << 48))
}
