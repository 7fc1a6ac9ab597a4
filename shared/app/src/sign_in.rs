//! People sign in and out. What a browser holds is random, is kept as a hash, and is another one after each sign-in.
//!
//! A sign-in has three steps, for the middle one takes long: [`App::begin_sign_in`] counts the attempt before the
//! password is looked at, so that many guesses at once count as many; [`SignInAttempt::matches`] looks; and
//! [`App::end_sign_in`] opens the session or refuses. Nothing tells a wrong name from a wrong password.

use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::password::{PasswordCost, PasswordHash};
use crate::ports::Condition;
use crate::repositories::{Counted, Session, Suspect, User, ended};
use crate::secret;

/// Begins what a browser holds.
const PREFIX: &str = "pds_";

/// The last request of a session is noted as often as this, in seconds.
const USE_SECONDS: i64 = 900;

/// An attempt to sign in that was counted, and whose password is to be looked at.
#[derive(Clone, Debug)]
pub struct SignInAttempt {
    user: Option<User>,
    /// Of somebody who isn't there, too.
    hash: PasswordHash,
    name: Counted,
    address: Counted,
}

/// A session that was just opened; the only time at which its text is known.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Whose.
    pub user: User,
    /// For the cookie.
    pub cookie: String,
    /// See [`SignedIn::csrf`].
    pub csrf: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// What proves that a request comes from a page that could read an answer, and not from a foreign one.
    pub csrf: String,
}

impl SignInAttempt {
    /// Whether this is the password. Takes as long for somebody who isn't there. Blocks.
    pub fn matches(&self, password: &str) -> Result<bool, AppError> {
        self.hash.matches(password)
    }

    /// Whether the hash costs less or more than one would today: then the password should be hashed anew.
    #[must_use]
    pub fn is_outdated(&self, cost: PasswordCost) -> bool {
        self.hash.is_outdated(cost)
    }
}

impl App {
    /// Counts an attempt to sign in from an address, as failed until it succeeds. Refuses where there were too many.
    pub async fn begin_sign_in(
        &self,
        name: &str,
        address: &str,
        cost: PasswordCost,
    ) -> Result<SignInAttempt, AppError> {
        let name = name.trim();
        let suspects = [Suspect::name(name), Suspect::address(address)];
        let [of_name, of_address] = self.count_attempt(suspects).await?;
        let nobody = || PasswordHash::of_nobody(cost);
        let mut attempt = SignInAttempt { user: None, hash: nobody(), name: of_name, address: of_address };
        match self.user_named(name).await {
            Ok(user) => attempt.user = user,
            Err(error) => {
                self.give_up_sign_in(&attempt).await;
                return Err(error);
            }
        }
        let hash = attempt.user.as_ref().and_then(|user| user.password.clone());
        attempt.hash = hash.unwrap_or_else(nobody);
        Ok(attempt)
    }

    /// Takes back that an attempt was counted whose password nobody could look at. Where that fails as well, it is
    /// counted for a day.
    pub async fn give_up_sign_in(&self, attempt: &SignInAttempt) {
        for counted in [&attempt.name, &attempt.address] {
            let _ = self.take_back(counted).await;
        }
    }

    /// Counts somebody who makes themselves a user; refuses an address from which too many came.
    pub async fn count_registration(&self, address: &str) -> Result<(), AppError> {
        self.count_attempt([Suspect::registrations(address)]).await.map(drop)
    }

    async fn count_attempt<const N: usize>(&self, suspects: [Suspect; N]) -> Result<[Counted; N], AppError> {
        for _ in 0..MOST_TRIES {
            let (now, mut wait, mut actions) = (self.now(), 0, Vec::new());
            let mut counted = suspects.clone().map(Counted::new);
            for Counted { suspect, before } in &mut counted {
                *before = self.suspect(suspect).await?;
                wait = wait.max(suspect.wait(before, now));
                actions.push(suspect.count(before, now));
            }
            if wait > 0 {
                return Err(AppError::Locked { seconds: wait.unsigned_abs() });
            }
            if self.all_or_nothing(actions, || "count an attempt to sign in".to_owned()).await? {
                return Ok(counted);
            }
        }
        Err(AppError::Contended { what: "an attempt to sign in".to_owned(), tries: MOST_TRIES })
    }

    /// Forgets what failed with a name whose password was right, and that this attempt was counted for the address.
    async fn succeeded(&self, name: &Counted, address: &Counted) -> Result<(), AppError> {
        self.all_or_nothing(vec![name.suspect.forgiven()], || "forget what failed".to_owned()).await?;
        self.take_back(address).await
    }

    /// Opens a session where the password was right, in place of the one that the browser held; `anew` is the
    /// password's hash where it was to be made anew.
    pub async fn end_sign_in(
        &self,
        attempt: SignInAttempt,
        right: bool,
        anew: Option<PasswordHash>,
        held: Option<&str>,
    ) -> Result<NewSession, AppError> {
        let SignInAttempt { user, hash, name, address } = attempt;
        let user = user.filter(|user| right && !user.disabled && user.password.is_some());
        let user = user.ok_or_else(refused)?;
        self.succeeded(&name, &address).await?;
        if let Some(anew) = anew {
            self.change_user(&user.id, |user| {
                // Somebody who sets a new one meanwhile goes first.
                if user.password.as_ref() == Some(&hash) {
                    user.password = Some(anew.clone());
                }
                Ok(Vec::new())
            })
            .await?;
        }
        self.open_session(&user, held).await
    }

    /// Opens a session for somebody who proved who they are.
    pub async fn open_session(&self, user: &User, held: Option<&str>) -> Result<NewSession, AppError> {
        let operation = || "open a session".to_owned();
        let cookie = secret::word(PREFIX, &secret::random::<32>()?);
        let now = self.now();
        let session = Session { user: user.id.clone(), created: now, seen: now, epoch: user.epoch };
        let hash = secret::hash_text(&cookie);
        let mut actions =
            vec![session.action(&hash, Condition::MustNotExist).during(operation)?, self.signed_in(&user.id)];
        // What the browser held is void: whoever put it there doesn't come along.
        actions.extend(held.filter(|held| is_cookie(held)).map(|held| ended(&secret::hash_text(held))));
        if !self.all_or_nothing(actions, operation).await? {
            return Err(AppError::Contended { what: "a new session".to_owned(), tries: 1 });
        }
        Ok(NewSession { user: user.clone(), csrf: csrf(&cookie), cookie })
    }

    /// Who is signed in by what a browser holds; `None` where nobody is, without saying why.
    pub async fn check_session(&self, cookie: &str) -> Result<Option<SignedIn>, AppError> {
        if !is_cookie(cookie) {
            return Ok(None);
        }
        let hash = secret::hash_text(cookie);
        let Some(session) = self.session(&hash).await? else { return Ok(None) };
        let user = self.user(&session.user).await?;
        let Some(user) = user.filter(|user| !user.disabled && user.epoch == session.epoch) else {
            return Ok(None);
        };
        if self.now().since(session.seen) >= USE_SECONDS {
            self.touch_session(&hash, &session).await?;
        }
        Ok(Some(SignedIn { user, csrf: csrf(cookie) }))
    }

    /// Ends the session that a browser holds.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), AppError> {
        if is_cookie(cookie) { self.end_session(&secret::hash_text(cookie)).await } else { Ok(()) }
    }

    /// Ends all sessions of a user at once.
    pub async fn sign_out_everywhere(&self, user: &str) -> Result<(), AppError> {
        let ended = |user: &mut User| {
            user.epoch += 1;
            Ok(Vec::new())
        };
        self.change_user(user, ended).await.map(drop)
    }

    /// Sets another password for who proved that they know the one they have; all their sessions end but the one that
    /// the browser holds.
    pub async fn end_password_change(
        &self,
        attempt: SignInAttempt,
        right: bool,
        new: &PasswordHash,
        held: &str,
    ) -> Result<(), AppError> {
        let SignInAttempt { user, hash, name, address } = attempt;
        let wrong = || AppError::Refused {
            code: "password.wrong",
            message: "this is not the password as it is".to_owned(),
            hint: "Whoever has forgotten it asks an administrator for an invitation.",
        };
        let user = user.filter(|user| right && user.password.is_some()).ok_or_else(wrong)?;
        self.succeeded(&name, &address).await?;
        let held = secret::hash_text(held);
        let Some(session) = self.session(&held).await? else { return Err(refused()) };
        let operation = || "change a password".to_owned();
        self.change_user(&user.id, |user| {
            if user.password.as_ref() != Some(&hash) || user.epoch != session.epoch {
                return Err(wrong());
            }
            user.password = Some(new.clone());
            user.invitation = None;
            user.epoch += 1;
            let kept = Session { epoch: user.epoch, ..session.clone() };
            Ok(vec![kept.action(&held, Condition::MustExist).during(operation)?])
        })
        .await
        .map(drop)
    }
}

fn is_cookie(text: &str) -> bool {
    secret::read_word::<32>(PREFIX, text).is_some()
}

/// Follows from what the browser holds, which no page can read; tells nothing of it.
fn csrf(cookie: &str) -> String {
    secret::hash_text(&format!("csrf\0{cookie}"))[..32].to_owned()
}

fn refused() -> AppError {
    AppError::Refused {
        code: "session.refused",
        message: "name or password is wrong".to_owned(),
        hint: "Whoever has forgotten the password asks an administrator for an invitation.",
    }
}

impl NewSession {
    /// When the browser may forget it, in seconds from now.
    pub const SECONDS: i64 = crate::repositories::MOST_SECONDS;
}

impl std::fmt::Debug for NewSession {
    /// Without what the browser holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSession").field("user", &self.user.id).finish_non_exhaustive()
    }
}
