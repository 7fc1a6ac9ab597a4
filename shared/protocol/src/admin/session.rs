//! Who is signed in.

use serde::{Deserialize, Serialize};

use super::Role;

/// `POST /session`: answers with a [`Session`], and sets its cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The user's name, in any case.
    pub name: String,
    /// The password.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub password: String,
}

/// `GET /session`: who is signed in by the cookie that came with the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Who is signed in.
    pub user: SessionUser,
    /// Goes into the header `X-Portdelta-Csrf` of every request that changes something.
    pub csrf: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionUser {
    /// A UUID.
    pub id: String,
    /// To sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// `GET /sign-in`: the ways in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInOptions {
    /// No administrator can sign in yet: the token of the first start makes one, by `POST /users`.
    pub needs_set_up: bool,
    /// `POST /registrations` is open.
    pub self_registration: bool,
    /// `GET /single-sign-on/start` leads to a provider; absent where there is none.
    #[serde(default)]
    pub single_sign_on: Option<SingleSignOnName>,
}

/// A provider, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SingleSignOnName {
    /// What stands on the button.
    pub name: String,
}

/// `PUT /me/password`: all other sessions of the user end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The password as it is.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub current: String,
    /// At least 12 characters that nobody guesses.
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub new: String,
}

/// `GET /me`: who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// How they prove it.
    pub kind: WhoAsks,
    /// The id of the user or token.
    pub id: String,
    /// The name of the user or token.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// How somebody proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WhoAsks {
    /// By signing in.
    User,
    /// By a token.
    Token,
}
