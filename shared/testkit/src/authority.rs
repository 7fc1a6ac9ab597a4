//! Certificates of an authority that nobody knows but the test.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Signs certificates.
#[derive(Debug)]
pub struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct TestCertificate {
    /// The certificate, PEM.
    pub pem: String,
    /// Its key, PEM.
    pub key_pem: String,
}

impl TestAuthority {
    /// An authority of this name.
    ///
    /// # Panics
    /// Where no key can be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = named(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("keys can be made");
        let pem = params.self_signed(&key).expect("it signs itself").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its own certificate, PEM: who trusts this trusts all that it signed.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for host names and addresses.
    #[must_use]
    pub fn sign(&self, names: &[&str]) -> TestCertificate {
        self.signed(&named(names, "server"))
    }

    /// One that ended in 2020.
    #[must_use]
    pub fn sign_expired(&self, names: &[&str]) -> TestCertificate {
        let mut params = named(names, "server");
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.signed(&params)
    }

    fn signed(&self, params: &CertificateParams) -> TestCertificate {
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.signed_by(&key, &self.issuer).expect("it signs");
        TestCertificate { pem: certificate.pem(), key_pem: key.serialize_pem() }
    }
}

impl TestCertificate {
    /// One that signed itself.
    ///
    /// # Panics
    /// Where no key can be made.
    #[must_use]
    pub fn of_its_own(names: &[&str]) -> Self {
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = named(names, "server").self_signed(&key).expect("it signs itself");
        Self { pem: certificate.pem(), key_pem: key.serialize_pem() }
    }

    /// What a server needs to show it.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let chain = CertificateDer::pem_slice_iter(self.pem.as_bytes()).collect::<Result<_, _>>();
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS")
            .with_no_client_auth()
            .with_single_cert(chain.expect("PEM"), key.expect("PEM"));
        Arc::new(config.expect("certificate and key belong together"))
    }
}

fn named(names: &[&str], subject: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("they are names or addresses");
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, subject);
    params.distinguished_name = distinguished;
    params
}
