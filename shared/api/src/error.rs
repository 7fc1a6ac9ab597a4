//! Errors on their way to a client.

use std::error::Error as StdError;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portdelta_app::AppError;
use portdelta_app::moving::MoveError;
use portdelta_app::ports::{ErrorClass, QueueError};
use portdelta_core::causes::with_causes;
use portdelta_protocol::problem::Problem;

use crate::audit::Detail;

/// The code of what waits while the server stops: nothing is wrong.
pub(crate) const STOPPING: &str = "server.stopping";

/// Why a request was not carried out. Becomes a body in [`finish`](crate::request::finish), which knows the request's id.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Box<Refusal>);

/// What a client and the log get to know of an error.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    /// For the client.
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) position: Option<u64>,
    pub(crate) retry_after_seconds: Option<u64>,
    /// For the log only: it may name what a client should not know.
    pub(crate) cause: Option<String>,
    /// For the audit trail: what was done all the same.
    pub(crate) done: Option<Detail>,
}

impl std::ops::Deref for ApiError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Refusal {
            status,
            code: code.to_owned(),
            detail: detail.into(),
            hint: None,
            field: None,
            position: None,
            retry_after_seconds: None,
            cause: None,
            done: None,
        }))
    }

    /// 500: a mistake of our own, of which only the log says more.
    pub(crate) fn ours(code: &str, cause: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code, "the server made a mistake of its own")
            .hint("The server's log says more: look for the id of this request.")
            .cause(cause)
    }

    /// 400: something in the request is wrong.
    pub(crate) fn invalid(field: &str, code: &str, detail: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, code, detail);
        error.0.field = Some(field.to_owned());
        error
    }

    /// 404: there is no such thing.
    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown", format!("there is no {}", what.into()))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn position(mut self, position: u64) -> Self {
        self.0.position = Some(position);
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// A part of what was to do was done before.
    pub(crate) fn after(mut self, done: Vec<String>, of: usize) -> Self {
        if !done.is_empty() {
            let (count, status) = (done.len(), self.status.as_u16());
            self.0.detail = format!("{}; {count} of {of} were done before", self.detail);
            self.0.done = Some(Detail::listing(format!("ended with {status} after {count} of {of}"), done));
        }
        self
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn problem(&self, request: &str) -> Problem {
        Problem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            hint: self.hint.clone(),
            field: self.field.clone(),
            position: self.position,
            request: Some(request.to_owned()),
        }
    }

    /// An error of which the client learns the code, and the log the rest.
    fn inner(class: ErrorClass, code: &str, error: &(dyn StdError + 'static)) -> Self {
        match class {
            ErrorClass::Caller => Self::new(StatusCode::BAD_REQUEST, code, error.to_string()),
            ErrorClass::Retry => {
                let detail = "the server can't do this just now";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).hint("Try again.").retry_after(2)
            }
            ErrorClass::Bug => Self::ours(code, ""),
        }
        .cause(with_causes(error))
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        if let AppError::Halfway { done, of, source } = error {
            return Self::from(*source).after(done, of);
        }
        let inner = Self::inner(error.class(), error.code(), &error);
        let status = match &error {
            AppError::Unknown { .. } | AppError::Move(MoveError::NotBegun { .. }) => StatusCode::NOT_FOUND,
            AppError::Refused { code: "protocol.agent_too_old", .. } => StatusCode::UPGRADE_REQUIRED,
            AppError::Refused {
                code: "agent.signature" | "agent.nonce_used" | "session.refused", ..
            } => StatusCode::UNAUTHORIZED,
            AppError::Refused { code, .. }
                if ["enrolment.", "invitation.", "registration."]
                    .iter()
                    .any(|kind| code.starts_with(kind)) =>
            {
                StatusCode::FORBIDDEN
            }
            AppError::Refused { code: "password.wrong", .. } => StatusCode::FORBIDDEN,
            AppError::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
            AppError::Exists { .. }
            | AppError::Refused { .. }
            | AppError::Move(
                MoveError::SitesTaken { .. }
                | MoveError::Busy { .. }
                | MoveError::Gap { .. }
                | MoveError::Conflict { .. },
            ) => StatusCode::CONFLICT,
            AppError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            _ => inner.status,
        };
        // Which queues there are is our business.
        if let AppError::Queue { source: QueueError::NoQueue { .. }, .. } = &error {
            return Self::ours(error.code(), with_causes(&error));
        }
        if let AppError::Invalid(invalid) = &error {
            let refused = Self::invalid(invalid.field, invalid.code, invalid.message.clone());
            let refused = refused.hint(invalid.hint.clone());
            // A place on a later line is told by the message.
            return match invalid.position.as_deref() {
                Some(place) if place.line == 1 => refused.position(place.column as u64 - 1),
                _ => refused,
            };
        }
        let hinted = match error.hint() {
            Some(hint) => inner.hint(hint),
            None => inner,
        };
        let hinted = hinted.status(status);
        if let AppError::Locked { seconds } = &error { hinted.retry_after(*seconds) } else { hinted }
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        let inner = Self::inner(error.class(), error.code(), &error);
        let status = match &error {
            QueueError::NoQueue { .. } => StatusCode::NOT_FOUND,
            QueueError::LeaseLost => StatusCode::GONE,
            _ => inner.status,
        };
        inner.status(status)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
