#![doc = include_str!("../README.md")]

mod http;

use async_trait::async_trait;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreProviderMetadata};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use portdelta_app::ports::{Identities, IdentityError, Journey, ProvenIdentity};
use portdelta_core::causes::with_causes;
use portdelta_protocol::admin::SingleSignOn;
use serde_json::Value;

use http::Http;

/// Most values of a claim that are looked at.
const MOST_VALUES: usize = 1_000;

/// Asks providers over HTTP.
pub struct Providers {
    http: Http,
}

impl Providers {
    /// Ready to ask.
    ///
    /// # Errors
    /// If the machine's certificates can't be read.
    pub fn new() -> Result<Self, IdentityError> {
        Ok(Self { http: Http::new().map_err(|error| IdentityError::Unreachable(error.to_string()))? })
    }

    /// What the provider says of itself and of its keys; it must call itself what it is called here.
    async fn metadata(&self, provider: &SingleSignOn) -> Result<CoreProviderMetadata, IdentityError> {
        let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(refused)?;
        CoreProviderMetadata::discover_async(issuer, &self.http).await.map_err(|error| match error {
            openidconnect::DiscoveryError::Request(error) => IdentityError::Unreachable(error.to_string()),
            other => IdentityError::Refused(with_causes(&other)),
        })
    }
}

fn refused(error: impl std::error::Error + 'static) -> IdentityError {
    IdentityError::Refused(with_causes(&error))
}

#[async_trait]
impl Identities for Providers {
    async fn begin(&self, provider: &SingleSignOn, back: &str) -> Result<Journey, IdentityError> {
        let metadata = self.metadata(provider).await?;
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(provider.client_id.clone()), None)
                .set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(refused)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Journey {
            url: url.to_string(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
        })
    }

    async fn finish(
        &self,
        provider: &SingleSignOn,
        back: &str,
        code: &str,
        nonce: &str,
        verifier: &str,
    ) -> Result<ProvenIdentity, IdentityError> {
        let metadata = self.metadata(provider).await?;
        let secret = provider.client_secret.clone().map(ClientSecret::new);
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(provider.client_id.clone()), secret)
                .set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(refused)?);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(refused)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                openidconnect::RequestTokenError::Request(error) => {
                    IdentityError::Unreachable(error.to_string())
                }
                other => IdentityError::Refused(with_causes(&other)),
            })?;
        let token = answer
            .id_token()
            .ok_or_else(|| IdentityError::Refused("the provider's answer has no ID token".to_owned()))?;
        let keys = client.id_token_verifier();
        let claims = token.claims(&keys, &Nonce::new(nonce.to_owned())).map_err(refused)?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(refused)?;
            let key = token.signing_key(&keys).map_err(refused)?;
            let actual =
                AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(refused)?;
            if actual != *expected {
                return Err(IdentityError::Refused(
                    "the access token was put in by somebody else".to_owned(),
                ));
            }
        }
        let is_verified = claims.email_verified() == Some(true);
        Ok(ProvenIdentity {
            issuer: provider.issuer.clone(),
            subject: claims.subject().to_string(),
            verified_email: claims.email().filter(|_| is_verified).map(|email| email.to_string()),
            values: provider.role_claim.as_deref().map(|claim| values(token, claim)).unwrap_or_default(),
        })
    }
}

/// What a claim of a token says that was verified before: a text, or a list of texts. `realm_access.roles` is a claim
/// within a claim, where there is none of that very name.
fn values(token: &CoreIdToken, claim: &str) -> Vec<String> {
    let text = token.to_string();
    let payload = text.split('.').nth(1).unwrap_or_default();
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&payload).unwrap_or_default();
    texts(&claims, claim)
}

fn texts(claims: &Value, claim: &str) -> Vec<String> {
    let within = || claim.split('.').try_fold(claims, |value, part| value.get(part));
    match claims.get(claim).or_else(within) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(all)) => {
            all.iter().take(MOST_VALUES).filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_a_text_or_a_list_of_texts_at_any_depth() {
        let claims = json!({"role": "admin", "groups": ["a", 1, "b"], "realm": {"roles": ["c"]}, "x.y": "d"});
        assert_eq!(texts(&claims, "role"), ["admin"]);
        assert_eq!(texts(&claims, "groups"), ["a", "b"]);
        assert_eq!(texts(&claims, "realm.roles"), ["c"]);
        assert_eq!(texts(&claims, "x.y"), ["d"]);
        assert!(texts(&claims, "realm").is_empty() && texts(&claims, "none.at.all").is_empty());
    }
}
