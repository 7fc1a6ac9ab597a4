//! Providers of OpenID Connect, which know who somebody is.

use async_trait::async_trait;
use portdelta_protocol::admin::SingleSignOn;

/// The way to a provider and back.
#[derive(Clone, PartialEq, Eq)]
pub struct Journey {
    /// Where the browser goes.
    pub url: String,
    /// Comes back with the browser.
    pub state: String,
    /// Stands in what the provider signs.
    pub nonce: String,
    /// Proves that who asks for the token is who began.
    pub verifier: String,
}

/// Somebody whom a provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenIdentity {
    /// The provider.
    pub issuer: String,
    /// Who it is there; never somebody else.
    pub subject: String,
    /// Their e-mail address, only where the provider has verified it.
    pub verified_email: Option<String>,
    /// What the claim says that tells the role.
    pub values: Vec<String>,
}

/// Why nobody was proven. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The provider did not answer.
    #[error("the provider could not be reached: {0}")]
    Unreachable(String),
    /// The provider said no, or what it said proves nothing.
    #[error("the provider's answer proves nothing: {0}")]
    Refused(String),
}

/// Asks providers. Keeps nothing between two calls.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Begins a sign-in that ends at the address `back` of this server.
    async fn begin(&self, provider: &SingleSignOn, back: &str) -> Result<Journey, IdentityError>;

    /// Who came back with a code; refuses whatever was not signed by this provider for this client and this nonce.
    async fn finish(
        &self,
        provider: &SingleSignOn,
        back: &str,
        code: &str,
        nonce: &str,
        verifier: &str,
    ) -> Result<ProvenIdentity, IdentityError>;
}
