//! Users: made, changed, invited. Passwords come as hashes, which take long to make: see [`crate::password`].

use portdelta_core::UnixTime;
use portdelta_protocol::admin::Role;
use subtle::ConstantTimeEq;

use crate::App;
use crate::error::{AppError, Invalid};
use crate::password::PasswordHash;
use crate::repositories::{Invitation, User, no_user};
use crate::secret;

/// Begins the text of an invitation.
const INVITATION_PREFIX: &str = "pdi_";

/// An invitation can be accepted for so long, in seconds: 7 days.
pub const INVITATION_SECONDS: i64 = 7 * 86_400;

/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// Most users that there can be: lists of them are read as a whole.
const MOST_USERS: usize = 5_000;

/// A user as somebody wants it.
#[derive(Debug)]
pub struct NewUser {
    /// To sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their password; none for an invitation.
    pub password: Option<PasswordHash>,
}

/// A user who was invited; the only time at which the invitation is known.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitedUser {
    /// Who.
    pub user: User,
    /// `pdi_<user>_<secret>`
    pub invitation: String,
    /// After this nobody can use it.
    pub expires: UnixTime,
}

/// Whether a user can have this name.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+@".contains(&byte);
    text.len() <= MAX_NAME
        && text.bytes().all(allowed)
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// Refuses what no user can be called. Letters of other scripts that look alike would be other names.
pub fn check_user_name(name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    if is_name(name) {
        return Ok(name.to_owned());
    }
    let message = format!("the name has not 1 to {MAX_NAME} letters, digits and signs of a name");
    let hint =
        "write letters from a to z, digits and . _ - + @, a letter or digit first: anna, or anna@example.org";
    Err(Invalid::field("name", "name_invalid", message, hint))
}

impl App {
    /// Makes a user; without a password with an invitation.
    pub async fn create_user(&self, new: NewUser) -> Result<(User, Option<InvitedUser>), AppError> {
        let mut user = self.new_user(&new.name, new.role).await?;
        user.password = new.password;
        if user.password.is_some() {
            self.add_user(&user, Vec::new()).await?;
            return Ok((user, None));
        }
        let (invitation, text) = self.new_invitation(&user.id)?;
        let expires = invitation.expires;
        user.invitation = Some(invitation);
        self.add_user(&user, Vec::new()).await?;
        Ok((user.clone(), Some(InvitedUser { user, invitation: text, expires })))
    }

    /// A user with a role and nothing else.
    pub(crate) async fn new_user(&self, name: &str, role: Role) -> Result<User, AppError> {
        let name = check_user_name(name)?;
        if self.users().await?.len() >= MOST_USERS {
            return Err(AppError::Refused {
                code: "users.too_many",
                message: format!("there are {MOST_USERS} users already"),
                hint: "Remove users that nobody needs any more.",
            });
        }
        Ok(User {
            id: self.ids.new_id(),
            name,
            role,
            disabled: false,
            created: self.now(),
            password: None,
            invitation: None,
            identity: None,
            epoch: 1,
            version: 1,
        })
    }

    /// Changes a user, unless somebody else did since `version` was read. Who is disabled is signed out at once.
    pub async fn edit_user(
        &self,
        id: &str,
        version: i64,
        name: &str,
        role: Role,
        disabled: bool,
    ) -> Result<User, AppError> {
        let name = check_user_name(name)?;
        self.change_user(id, |user| {
            if user.version != version {
                return Err(AppError::Stale { what: format!("user {}", user.name) });
            }
            if disabled && !user.disabled {
                user.epoch += 1;
                user.invitation = None;
            }
            user.name.clone_from(&name);
            (user.role, user.disabled) = (role, disabled);
            Ok(Vec::new())
        })
        .await
    }

    /// Invites a user to set a password, whether or not they have one; what was sent before is void.
    pub async fn invite_user(&self, id: &str) -> Result<InvitedUser, AppError> {
        let known = self.user(id).await?.ok_or_else(|| no_user(id))?;
        let (invitation, text) = self.new_invitation(&known.id)?;
        let user = self
            .change_user(id, |user| {
                if user.disabled {
                    return Err(AppError::Refused {
                        code: "user.disabled",
                        message: format!("user {} is disabled", user.name),
                        hint: "Enable the user first.",
                    });
                }
                user.invitation = Some(invitation.clone());
                Ok(Vec::new())
            })
            .await?;
        Ok(InvitedUser { user, invitation: text, expires: invitation.expires })
    }

    fn new_invitation(&self, user: &str) -> Result<(Invitation, String), AppError> {
        let text = secret::word(&format!("{INVITATION_PREFIX}{user}_"), &secret::random::<32>()?);
        let expires = self.now().shifted(INVITATION_SECONDS);
        Ok((Invitation { hash: secret::hash(&text), expires }, text))
    }

    /// Who is invited by this text; refuses one that was used, replaced or is too old, without saying which.
    pub async fn invited(&self, invitation: &str) -> Result<User, AppError> {
        let (id, _) = invitation
            .strip_prefix(INVITATION_PREFIX)
            .and_then(|rest| rest.rsplit_once('_'))
            .ok_or_else(no_invitation)?;
        let user = self.user(id).await?.ok_or_else(no_invitation)?;
        if is_invited(&user, invitation, self.now()) { Ok(user) } else { Err(no_invitation()) }
    }

    /// Sets the password of who is invited by this text, once; all their sessions end.
    pub async fn accept_invitation(
        &self,
        invitation: &str,
        password: &PasswordHash,
    ) -> Result<User, AppError> {
        let id = self.invited(invitation).await?.id;
        let now = self.now();
        self.change_user(&id, |user| {
            if !is_invited(user, invitation, now) {
                return Err(no_invitation());
            }
            user.invitation = None;
            user.password = Some(password.clone());
            user.epoch += 1;
            Ok(vec![crate::repositories::Suspect::name(&user.name).forgiven()])
        })
        .await
    }

    /// Makes a viewer of whoever asks, where that is allowed.
    pub async fn register(&self, name: &str, password: PasswordHash) -> Result<User, AppError> {
        self.check_registration().await?;
        let new = NewUser { name: name.to_owned(), role: Role::Viewer, password: Some(password) };
        self.create_user(new).await.map(|(user, _)| user)
    }

    /// Refuses while people may not register themselves.
    pub async fn check_registration(&self) -> Result<(), AppError> {
        if self.loaded_people_settings().await?.0.self_registration {
            return Ok(());
        }
        Err(AppError::Refused {
            code: "registration.off",
            message: "nobody can register here by themselves".to_owned(),
            hint: "Ask an administrator for an invitation.",
        })
    }
}

fn is_invited(user: &User, text: &str, now: UnixTime) -> bool {
    let Some(invitation) = &user.invitation else { return false };
    let right: bool = invitation.hash.ct_eq(&secret::hash(text)).into();
    right && !user.disabled && invitation.expires > now
}

fn no_invitation() -> AppError {
    AppError::Refused {
        code: "invitation.invalid",
        message: "this invitation can't be used".to_owned(),
        hint: "It works once, for 7 days, and only the newest one: ask an administrator for another.",
    }
}

impl std::fmt::Debug for InvitedUser {
    /// Without the invitation.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitedUser").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["anna", "Anna.Schmidt+x@example.org", "7of9", &"a".repeat(100)] {
            assert_eq!(check_user_name(name).as_deref(), Ok(name));
        }
        for name in ["", " ", "-", ".anna", "an na", "änna", "anna\u{202e}", "a\nb", "a#b", &"a".repeat(101)]
        {
            assert!(check_user_name(name).is_err(), "{name:?}");
        }
    }
}
