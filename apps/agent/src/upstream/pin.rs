//! Accepts one certificate and no other, or any while people look at one.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER_PERMISSIVE;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};

/// The only certificate to accept, by its digest: neither its name nor its dates matter, as it was handed over or
/// compared by people.
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
    #[must_use]
    pub fn parse(text: &str) -> Option<Arc<Self>> {
        let digits: String = text.chars().filter(|character| !": ".contains(*character)).collect();
        let digest = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok()?;
        Some(Self::new(Some(digest)))
    }

    /// Accepts any certificate, to show it to people. Nothing secret may be sent through it.
    #[must_use]
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
    #[must_use]
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.digest
    }

    /// The digest of the certificate that was shown since this was last asked.
    #[must_use]
    pub fn take_shown(&self) -> Option<[u8; 32]> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The digest of a certificate that was shown since either was last asked, and is not the one to accept.
    #[must_use]
    pub fn take_mismatch(&self) -> Option<[u8; 32]> {
        self.take_shown().filter(|shown| self.digest.is_some_and(|wanted| wanted != *shown))
    }
}

/// What is wrong with the certificate of the other side, or with its TLS, if that is why a request failed.
#[must_use]
pub fn tls_fault(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Error>() {
            return Some(tls.to_string());
        }
        // What an I/O error holds is not its source: that is the source of what it holds.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = held.map(|held| held as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
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
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
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
    fn a_fault_of_tls_is_found_however_deep_it_lies() {
        let fault = || Error::from(rustls::CertificateError::UnknownIssuer);
        let once = std::io::Error::other(fault());
        assert_eq!(tls_fault(&once), Some(fault().to_string()));
        let twice = std::io::Error::other(std::io::Error::other(fault()));
        assert_eq!(tls_fault(&twice), Some(fault().to_string()));
        assert_eq!(tls_fault(&std::io::Error::other("refused")), None);
    }

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
