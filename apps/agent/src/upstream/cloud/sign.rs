//! Signature Version 4.

use std::error::Error;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use portdelta_core::UnixTime;
use portdelta_protocol::agent::CloudAccess;

use super::Outgoing;

/// Keys, and where they are good.
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    pub(super) fn new(lent: &CloudAccess) -> Self {
        let session = Some(lent.session_token.clone()).filter(|token| !token.is_empty());
        let (id, key) = (lent.access_key.as_str(), lent.secret_key.as_str());
        Self { credentials: Credentials::new(id, key, session, None, "lent"), region: lent.region.clone() }
    }

    /// The headers that make a request ours at `now`, which is the server's time.
    pub(super) fn sign(
        &self,
        request: &Outgoing<'_>,
        now: UnixTime,
    ) -> Result<Vec<(String, String)>, Box<dyn Error + Send + Sync>> {
        let mut settings = SigningSettings::default();
        // With the digest of the body under the signature nobody on the way changes it; S3 wants it said.
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        if request.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let identity = self.credentials.clone().into();
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(request.service)
            .time(UNIX_EPOCH + Duration::from_secs(seconds))
            .settings(settings)
            .build()?
            .into();
        let headers = request.headers.iter().copied();
        let body = SignableBody::Bytes(request.body);
        let signable = SignableRequest::new(request.method.as_str(), request.url.as_str(), headers, body)?;
        let (signed, _) = sign(signable, &params)?.into_parts();
        Ok(signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
