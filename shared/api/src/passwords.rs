//! Passwords are hashed beside everything else, a few at a time: each takes memory and time on purpose.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use portdelta_app::password::{MAX_BYTES, PasswordCost, PasswordHash};
use portdelta_app::{AppError, SignInAttempt};
use tokio::sync::Semaphore;

use crate::error::ApiError;
use crate::limits::ApiLimits;

/// How long somebody waits for those before them.
const PATIENCE: Duration = Duration::from_secs(10);

/// What hashes passwords.
pub(crate) struct Passwords {
    cost: PasswordCost,
    at_once: Arc<Semaphore>,
}

/// What came of looking at a password.
pub(crate) struct Looked {
    pub(crate) right: bool,
    /// Its hash at today's cost, where the stored one has another.
    pub(crate) anew: Option<PasswordHash>,
}

impl Passwords {
    pub(crate) fn new(limits: &ApiLimits) -> Self {
        Self { cost: limits.password_cost, at_once: Arc::new(Semaphore::new(limits.passwords_at_once)) }
    }

    /// What one costs.
    pub(crate) fn cost(&self) -> PasswordCost {
        self.cost
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<PasswordHash, ApiError> {
        let cost = self.cost;
        self.aside(move || PasswordHash::of(&password, cost)).await
    }

    /// Whether this is the password of who tries to sign in.
    pub(crate) async fn look(&self, attempt: &SignInAttempt, password: String) -> Result<Looked, ApiError> {
        let (attempt, cost) = (attempt.clone(), self.cost);
        self.aside(move || {
            // No user has a longer one; it is looked at all the same, for the time that takes.
            let password = if password.len() > MAX_BYTES { "" } else { &password };
            let right = attempt.matches(password)?;
            let is_outdated = right && attempt.is_outdated(cost);
            let anew = is_outdated.then(|| PasswordHash::of(password, cost)).transpose()?;
            Ok(Looked { right, anew })
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.at_once).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            let detail = "too many people sign in just now";
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "passwords.busy", detail)
                .hint("Try again.")
                .retry_after(5));
        };
        // Who goes away leaves the work to its end, and its turn with it.
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(turn);
            outcome
        });
        let outcome = done.await.map_err(|error| ApiError::ours("panic", error.to_string()))?;
        Ok(outcome?)
    }
}
