//! People: who they are, and how they come in.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Time;

/// What somebody may do; each role may what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees what was found.
    Viewer,
    /// Scans, and decides about alerts.
    Operator,
    /// Everything but what agents do.
    Admin,
}

impl Role {
    /// From the least to the most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// As it is written everywhere.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is viewer, operator or admin")]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(NotARole)
    }
}

/// Somebody who can sign in, or was invited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// A UUID.
    pub id: String,
    /// To sign in with. Unique, whatever the case of its letters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They can't sign in, and nobody is signed in as them.
    pub disabled: bool,
    /// When the user was made.
    pub created: Time,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in: Option<Time>,
    /// They have a password. Without one they come in by single sign-on, or not yet.
    pub has_password: bool,
    /// They come in by single sign-on.
    pub single_sign_on: bool,
    /// Up to when their invitation can be accepted; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_until: Option<Time>,
}

/// `POST /users`
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewUser {
    /// To sign in with: 1 to 100 letters, digits and `.`, `-`, `_`, `+`, `@`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// At least 12 characters that nobody guesses; absent for an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub password: Option<String>,
}

/// The answer to `POST /users`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedUser {
    /// The user.
    pub user: User,
    /// For `POST /invitations/accept`, where no password was given: the only time at which it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
}

/// `PUT /users/{user}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserChange {
    /// To sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They can't sign in, and nobody is signed in as them.
    #[serde(default)]
    pub disabled: bool,
}

/// The answer to `POST /users/{user}/invitation`: what was sent before is void.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invited {
    /// Who is invited.
    pub user: User,
    /// For `POST /invitations/accept`: the only time at which it is shown.
    pub invitation: String,
    /// After this nobody can use it.
    pub expires: Time,
}

/// `POST /invitations/accept`: answers with a [`Session`](super::Session).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvitation {
    /// What the administrator passed on.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub invitation: String,
    /// At least 12 characters that nobody guesses.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub password: String,
}

/// `POST /registrations`: makes a viewer, and answers with a [`Session`](super::Session).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registration {
    /// To sign in with: 1 to 100 letters, digits and `.`, `-`, `_`, `+`, `@`.
    pub name: String,
    /// At least 12 characters that nobody guesses.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub password: String,
}

/// How people come in: `GET` and `PUT /settings/people`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeopleSettings {
    /// Whoever reaches the server may make themselves a viewer.
    #[serde(default)]
    pub self_registration: bool,
    /// A provider of OpenID Connect; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_sign_on: Option<SingleSignOn>,
    /// The redirect address that is registered at a provider. Ignored with `PUT`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(read_only))]
    pub redirect_url: String,
}

/// A provider of OpenID Connect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SingleSignOn {
    /// What stands on the button, 1 to 100 characters.
    pub name: String,
    /// Its address, below which `/.well-known/openid-configuration` is: `https://login.example.org/tenant`. Plain HTTP
    /// on the server's own machine only.
    pub issuer: String,
    /// What the provider calls Portdelta.
    pub client_id: String,
    /// The client's secret. With `PUT`: absent keeps the one that is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub client_secret: Option<String>,
    /// A secret is stored. Ignored with `PUT`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(read_only))]
    pub has_client_secret: bool,
    /// The claim of the ID token that tells the role, a text or a list of texts: `groups`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_claim: Option<String>,
    /// The role for each value of the claim; of several the highest counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Role>,
    /// The role of those whose claim tells none; absent to refuse them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_role: Option<Role>,
}

/// Without the secret.
impl fmt::Debug for SingleSignOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleSignOn")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_named_alike_everywhere() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).expect("JSON"), role.name());
        }
        assert_eq!("Admin".parse::<Role>(), Err(NotARole));
    }
}
