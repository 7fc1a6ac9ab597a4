//! Single sign-on: to a provider and back, and who that is here.
//!
//! A user is known by the provider's own, unchanging id of them. An e-mail address only names a new one, and only where the
//! provider has verified it: it never opens the account of somebody who was here before.

use portdelta_protocol::admin::{Role, SingleSignOn};
use subtle::ConstantTimeEq;

use crate::App;
use crate::error::AppError;
use crate::ports::{Journey, ProvenIdentity};
use crate::repositories::{Identity, StoredJourney, User};
use crate::secret;

/// Begins what a browser holds meanwhile.
const PREFIX: &str = "pdo_";

/// A sign-in at a provider may take so long, in seconds.
pub const JOURNEY_SECONDS: i64 = 600;

/// The longest address of a page to come back to, in bytes.
const MAX_TO: usize = 1_000;

/// Somebody came back from a provider.
pub struct Returned {
    /// See [`Journey::nonce`].
    pub nonce: String,
    /// See [`Journey::verifier`].
    pub verifier: String,
    /// The page that was wanted.
    pub to: String,
}

/// Who came by single sign-on.
pub struct Arrival {
    /// As they are now.
    pub user: User,
    /// What changed with it; `None` where they are as before.
    pub news: Option<ArrivalNews>,
}

/// What somebody's coming changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalNews {
    /// They were not here before.
    New,
    /// The provider gives them another role.
    OtherRole,
}

fn refused(code: &'static str, message: &str, hint: &'static str) -> AppError {
    AppError::Refused { code, message: message.to_owned(), hint }
}

/// A page of this server; anything else is its first one.
fn page(to: &str) -> &str {
    let is_ours = to.starts_with('/')
        && !to.starts_with("//")
        && to.len() <= MAX_TO
        && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { to } else { "/" }
}

impl App {
    /// Notes that a browser went to a provider; gives what it is to hold until it comes back.
    pub async fn begin_single_sign_on(&self, journey: &Journey, to: &str) -> Result<String, AppError> {
        let held = secret::word(PREFIX, &secret::random::<32>()?);
        let stored = StoredJourney {
            nonce: journey.nonce.clone(),
            verifier: journey.verifier.clone(),
            browser: secret::hash(&held),
            to: page(to).to_owned(),
            expires: self.now().shifted(JOURNEY_SECONDS),
        };
        self.keep_journey(&journey.state, &stored).await?;
        Ok(held)
    }

    /// Ends the journey of a browser: once, in time, and only of the browser that began it.
    pub async fn end_single_sign_on(&self, state: &str, held: Option<&str>) -> Result<Returned, AppError> {
        let wrong =
            || refused("sso.state", "this sign-in was not begun here, or was ended before", "Sign in again.");
        let journey = self.take_journey(state).await?.ok_or_else(wrong)?;
        let is_same: bool = journey.browser.ct_eq(&secret::hash(held.unwrap_or_default())).into();
        if !is_same {
            return Err(wrong());
        }
        let StoredJourney { nonce, verifier, to, .. } = journey;
        Ok(Returned { nonce, verifier, to })
    }

    /// Who somebody at a provider is here; a new user the first time. Their role is what the provider says now.
    pub async fn user_by_single_sign_on(
        &self,
        provider: &SingleSignOn,
        proven: &ProvenIdentity,
    ) -> Result<Arrival, AppError> {
        let email = proven.verified_email.as_deref().ok_or_else(|| {
            refused("sso.unverified", "the provider has not verified the e-mail address", "Verify it there.")
        })?;
        let role = role_of(provider, &proven.values).ok_or_else(|| {
            refused("sso.no_role", "the provider gives them no role here", "Ask an administrator for one.")
        })?;
        let identity = Identity { issuer: proven.issuer.clone(), subject: proven.subject.clone() };
        if let Some(user) = self.user_of(&identity).await? {
            if user.disabled {
                return Err(refused("sso.disabled", "this user is disabled", "Ask an administrator."));
            }
            if user.role == role {
                return Ok(Arrival { user, news: None });
            }
            let changed = |user: &mut User| {
                user.role = role;
                Ok(Vec::new())
            };
            return match self.change_user(&user.id, changed).await {
                // Nobody else could let anybody in any more: they stay what they are.
                Err(AppError::Refused { code: "user.last_admin", .. }) => Ok(Arrival { user, news: None }),
                other => other.map(|user| Arrival { user, news: Some(ArrivalNews::OtherRole) }),
            };
        }
        let mut user = self.new_user(email, role).await?;
        user.identity = Some(identity);
        match self.add_user(&user, Vec::new()).await {
            Ok(()) => Ok(Arrival { user, news: Some(ArrivalNews::New) }),
            Err(AppError::Exists { .. }) => Err(refused(
                "sso.name_taken",
                "somebody else has this name here",
                "Ask an administrator to rename or remove that user.",
            )),
            Err(error) => Err(error),
        }
    }
}

/// The highest role of all values, or that of everybody.
fn role_of(provider: &SingleSignOn, values: &[String]) -> Option<Role> {
    values.iter().filter_map(|value| provider.roles.get(value)).copied().max().or(provider.default_role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_server() {
        for to in ["/", "/scans?active=true", "/hosts/10.0.0.1#ports"] {
            assert_eq!(page(to), to);
        }
        for to in [
            "",
            "//192.0.2.1/",
            "/\\192.0.2.1",
            "https://192.0.2.1/",
            "javascript:alert(1)",
            "/a\r\nb",
            "/\t/a",
        ] {
            assert_eq!(page(to), "/", "{to:?}");
        }
    }

    #[test]
    fn of_several_roles_the_highest_counts() {
        let mut provider = SingleSignOn {
            name: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            has_client_secret: false,
            role_claim: Some("groups".to_owned()),
            roles: [("ops".to_owned(), Role::Operator), ("root".to_owned(), Role::Admin)].into(),
            default_role: None,
        };
        let role = |provider: &SingleSignOn, values: &[&str]| {
            role_of(provider, &values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(role(&provider, &["ops", "other", "root"]), Some(Role::Admin));
        assert_eq!((role(&provider, &["Ops"]), role(&provider, &[])), (None, None));
        provider.default_role = Some(Role::Viewer);
        assert_eq!(
            (role(&provider, &["ops"]), role(&provider, &[])),
            (Some(Role::Operator), Some(Role::Viewer))
        );
    }
}
