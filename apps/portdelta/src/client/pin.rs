//! Accepts one certificate and no other, or any while one is looked at.

use std::sync::{Arc, Mutex};

use data_encoding::HEXLOWER_PERMISSIVE;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};

/// The only certificate to accept, by its digest: neither its name nor its dates matter, as people compared it.
///
/// Whether the server holds the key of the certificate is checked as ever.
#[derive(Debug)]
pub struct Pin {
    /// Any certificate where there is none.
    digest: Option<[u8; 32]>,
    provider: Arc<CryptoProvider>,
    shown: Mutex<Option<[u8; 32]>>,
}

impl Pin {
    /// From SHA-256 in hexadecimal digits, also with colons or spaces between them; `None` if it is none.
    pub fn parse(text: &str) -> Option<Arc<Self>> {
        let digits: String = text.chars().filter(|character| !": ".contains(*character)).collect();
        let digest = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok()?;
        Some(Self::new(Some(digest)))
    }

    /// Accepts any certificate, to show it to people. Nothing secret may be sent through it.
    pub fn looking() -> Arc<Self> {
        Self::new(None)
    }

    fn new(digest: Option<[u8; 32]>) -> Arc<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Arc::new(Self { digest, provider, shown: Mutex::new(None) })
    }

    /// How to connect to it.
    pub fn config(self: &Arc<Self>) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_provider(self.provider.clone());
        let builder = builder.with_safe_default_protocol_versions()?.dangerous();
        Ok(builder.with_custom_certificate_verifier(self.clone()).with_no_client_auth())
    }

    /// The digest that is accepted.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.digest
    }

    /// The digest of the certificate that was shown last.
    pub fn shown(&self) -> Option<[u8; 32]> {
        self.shown.lock().map_or(None, |shown| *shown)
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let digest: [u8; 32] = Sha256::digest(end_entity).into();
        if let Ok(mut shown) = self.shown.lock() {
            *shown = Some(digest);
        }
        if self.digest.is_none_or(|wanted| wanted == digest) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_as_people_copy_them() {
        let plain = Pin::parse(&"0a".repeat(32)).expect("a digest").digest();
        assert_eq!(plain, Some([10; 32]));
        let colons = vec!["0A"; 32].join(":");
        assert_eq!(Pin::parse(&colons).expect("a digest").digest(), plain);
        for text in ["", "0a", "xyz", &"0a".repeat(31), &"0a".repeat(33)] {
            assert!(Pin::parse(text).is_none(), "{text}");
        }
    }
}
