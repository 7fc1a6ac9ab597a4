//! Signed webhooks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use portdelta_app::ports::{Channel, ChannelError, Clock, Notification};
use portdelta_core::UnixTime;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use crate::ascii_json;
use crate::http_post::Target;

/// A webhook.
pub(crate) struct Webhook {
    target: Target,
    secret: String,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    pub fn open(
        url: &str,
        secret: &str,
        allow_private: bool,
        clock: Arc<dyn Clock>,
        timeout: Duration,
    ) -> Result<Self, ChannelError> {
        if secret.is_empty() {
            return Err(ChannelError::Never("the key of the signature is empty".to_owned()));
        }
        let target = Target::parse(url, allow_private, timeout)?;
        Ok(Self { target, secret: secret.to_owned(), clock })
    }
}

/// The value of `Portdelta-Signature`: `t=<seconds>,v1=<HMAC-SHA-256 of "<seconds>.<body>" in hexadecimal digits>`.
#[must_use]
pub fn sign(secret: &str, time: UnixTime, body: &[u8]) -> String {
    let seconds = time.seconds().to_string();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        // HMAC takes keys of any length.
        return String::new();
    };
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

pub(crate) fn header(value: &str) -> Result<HeaderValue, ChannelError> {
    HeaderValue::from_str(value)
        .map_err(|_| ChannelError::Never("the notification's id is no header".to_owned()))
}

#[async_trait]
impl Channel for Webhook {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let body = ascii_json::to_vec(notification)
            .map_err(|error| ChannelError::Never(format!("could not write the notification: {error}")))?;
        let mut headers = HeaderMap::new();
        let signature = sign(&self.secret, self.clock.now(), &body);
        headers.insert(HeaderName::from_static("portdelta-signature"), header(&signature)?);
        headers.insert(HeaderName::from_static("portdelta-id"), header(&notification.id)?);
        headers.insert(HeaderName::from_static("portdelta-kind"), header(&notification.kind)?);
        self.target.post(body, headers).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_others_compute() {
        // printf '5.{}' | openssl dgst -sha256 -hmac key
        let signature = sign("key", UnixTime::EPOCH.shifted(5), b"{}");
        assert_eq!(signature, "t=5,v1=9be615aec64f0d044b5ad6854ab1d893ec88617fb728d2149dcd3a3428e8c45d");
    }
}
