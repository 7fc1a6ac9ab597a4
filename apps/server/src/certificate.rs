//! The certificate: the administrator's own, or one that is made at the first start.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use portdelta_core::UnixTime;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::data_folder::DataFolder;
use crate::{ServeError, private_file};

const CERTIFICATE: &str = "tls-certificate.pem";
const KEY: &str = "tls-key.pem";

/// How long a made certificate is valid. Agents pin it: another one would lock them all out.
const YEARS: i32 = 20;

/// What a server shows to those who connect.
pub struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    /// SHA-256 of the certificate (DER) in hexadecimal digits.
    pub fingerprint: String,
    /// Nobody else vouches for it: who is to trust it must know its fingerprint.
    pub(crate) signs_itself: bool,
}

impl Identity {
    /// The certificate and key in two files of PEM.
    pub(crate) fn own(certificate: &Path, key: &Path) -> Result<Self, ServeError> {
        let read = |file: &Path| {
            std::fs::read(file).map_err(|source| ServeError::File {
                operation: "read",
                file: file.to_owned(),
                source,
            })
        };
        Self::of(certificate, &read(certificate)?, &read(key)?)
    }

    /// The certificate of a data folder, made where there is none; `names` are host names and addresses.
    pub(crate) fn made(folder: &DataFolder, names: Vec<String>, now: UnixTime) -> Result<Self, ServeError> {
        let (certificate, key) = (folder.file(CERTIFICATE), folder.file(KEY));
        // The certificate is written last: without it the key of a crashed start is of no use.
        if let (Some(pem), Some(key_pem)) = (private_file::read(&certificate)?, private_file::read(&key)?) {
            return Self::of(&certificate, pem.as_bytes(), key_pem.as_bytes());
        }
        let (pem, key_pem) = make(names, now)?;
        private_file::write(&key, key_pem.as_bytes())?;
        private_file::write(&certificate, pem.as_bytes())?;
        Self::of(&certificate, pem.as_bytes(), key_pem.as_bytes())
    }

    fn of(file: &Path, pem: &[u8], key_pem: &[u8]) -> Result<Self, ServeError> {
        let wrong = |reason: String| ServeError::Certificate { file: file.to_owned(), reason };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        let leaf = chain.first().ok_or_else(|| wrong("there is no certificate in it".to_owned()))?;
        let fingerprint = data_encoding::HEXLOWER.encode(&Sha256::digest(leaf));
        let parsed = webpki::EndEntityCert::try_from(leaf).map_err(|error| wrong(error.to_string()))?;
        let signs_itself = chain.len() == 1 && parsed.issuer() == parsed.subject();
        let key =
            PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| wrong(format!("its key: {error}")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut config = config.map_err(|error| wrong(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), fingerprint, signs_itself })
    }
}

/// A certificate that signs itself, and its key, both PEM.
fn make(names: Vec<String>, now: UnixTime) -> Result<(String, String), ServeError> {
    let failed = |error: rcgen::Error| ServeError::NoCertificate { reason: error.to_string() };
    let mut params = CertificateParams::new(names).map_err(failed)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "Portdelta");
    params.distinguished_name = subject;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let day = jiff::Timestamp::from_second(now.seconds()).unwrap_or_default();
    let day = day.to_zoned(jiff::tz::TimeZone::UTC).date().yesterday().unwrap_or_default();
    let of = |year: i32| {
        // There is no 29th of February every year.
        let (month, day) = (day.month().unsigned_abs(), day.day().unsigned_abs().min(28));
        rcgen::date_time_ymd(year, month, day)
    };
    params.not_before = of(day.year().into());
    params.not_after = of(i32::from(day.year()) + YEARS);
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// What a made certificate is for: the machine's name, the loopback, and the addresses at which the server listens.
pub(crate) fn names(listen: IpAddr, interfaces: &[IpAddr], host: &str) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if listen.is_unspecified() {
        names.extend(interfaces.iter().map(ToString::to_string));
    } else {
        names.push(listen.to_string());
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !host.is_empty() && host.len() <= 253 && host.bytes().all(is_name) {
        names.push(host.to_owned());
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> UnixTime {
        UnixTime::EPOCH.shifted(1_781_000_000)
    }

    #[test]
    fn a_certificate_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = DataFolder::take(folder.path()).expect("free");
        let made = Identity::made(&folder, vec!["localhost".to_owned()], now()).expect("made");
        let again = Identity::made(&folder, vec!["elsewhere".to_owned()], now()).expect("read");
        assert_eq!(made.fingerprint, again.fingerprint);
        assert_eq!(made.fingerprint.len(), 64);
        let own = Identity::own(&folder.file(CERTIFICATE), &folder.file(KEY)).expect("good files");
        assert_eq!(own.fingerprint, made.fingerprint);
    }

    #[test]
    fn files_that_are_no_certificate_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.pem");
        std::fs::write(&file, "nonsense").expect("a file");
        assert!(matches!(Identity::own(&file, &file), Err(ServeError::Certificate { .. })));
        let missing = folder.path().join("b.pem");
        assert!(matches!(Identity::own(&missing, &file), Err(ServeError::File { .. })));
        let (pem, _) = make(vec!["localhost".to_owned()], now()).expect("made");
        let (_, other_key) = make(vec!["localhost".to_owned()], now()).expect("made");
        let key = folder.path().join("key.pem");
        std::fs::write(&file, pem).expect("a file");
        std::fs::write(&key, other_key).expect("a file");
        assert!(matches!(Identity::own(&file, &key), Err(ServeError::Certificate { .. })), "another key");
    }

    #[test]
    fn names_are_those_that_people_type() {
        let address = |text: &str| text.parse().expect("an address");
        assert_eq!(
            names(address("0.0.0.0"), &[address("192.0.2.7"), address("127.0.0.1")], "scanner.example"),
            ["localhost", "127.0.0.1", "::1", "192.0.2.7", "scanner.example"]
        );
        assert_eq!(
            names(address("192.0.2.7"), &[], "bad name"),
            ["localhost", "127.0.0.1", "::1", "192.0.2.7"]
        );
    }
}
