//! Why a request failed.

use portdelta_core::escape::escape;
use portdelta_protocol::problem::Problem;

/// What a server says of an upload that is not what was sent.
const DAMAGED: &str = "upload.damaged";

/// A request failed.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No answer came.
    #[error("could not {operation}: no answer from {server}")]
    Unreachable {
        /// What was tried.
        operation: &'static str,
        /// Whom it was asked of.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody answered whose certificate is not the one that the enrolment token names.
    #[error(
        "could not {operation}: {server} shows another certificate than the one this agent was enrolled with"
    )]
    WrongCertificate {
        /// What was tried.
        operation: &'static str,
        /// Whom it was asked of.
        server: String,
    },
    /// The certificate is trusted by nobody on this machine, or TLS went wrong otherwise.
    #[error("could not {operation}: the certificate of {server} is not trusted: {}", escape(reason))]
    NotTrusted {
        /// What was tried.
        operation: &'static str,
        /// Whom it was asked of.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server said no.
    #[error("could not {operation}: {}", said(*status, problem))]
    Refused {
        /// What was tried.
        operation: &'static str,
        /// The status code.
        status: u16,
        /// What the server says about it.
        problem: Box<Problem>,
        /// The server's clock, from the answer's `Date`.
        server_time: Option<i64>,
    },
    /// A service that the server lent out said no.
    #[error("could not {operation}: {}", said(*status, problem))]
    CloudRefused {
        /// What was tried.
        operation: &'static str,
        /// What to do about it.
        kind: Kind,
        /// The status code.
        status: u16,
        /// The service's code behind `cloud.`, and what it says.
        problem: Box<Problem>,
    },
    /// The answer makes no sense.
    #[error("could not {operation}: the answer is not understood: {detail}")]
    NotUnderstood {
        /// What was tried.
        operation: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

/// What to do about a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Try again, later each time.
    Retry,
    /// Ask for access first.
    Access,
    /// The delivery is void: somebody else may have it.
    LeaseLost,
    /// The same request will fail for ever.
    Never,
}

impl UpstreamError {
    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::CloudRefused { kind, .. } => *kind,
            Self::Refused { status: 401, .. } => Kind::Access,
            // About who asks; what is about the task will not change.
            Self::Refused { status: 403, problem, .. }
                if ["", "token", "agent"].contains(&problem.code.split('.').next().unwrap_or_default()) =>
            {
                Kind::Access
            }
            // It was another body on the way than at its beginning.
            Self::Refused { problem, .. } if problem.code == DAMAGED => Kind::Retry,
            Self::Refused { status: 410, .. } => Kind::LeaseLost,
            // 425 and 429 pass; 407 is the proxy's, which its owner may set right.
            Self::Refused { status: 407 | 408 | 425 | 429, .. } => Kind::Retry,
            Self::Refused { status: 400..=499, .. } => Kind::Never,
            _ => Kind::Retry,
        }
    }

    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "server_unreachable",
            Self::WrongCertificate { .. } => "server_certificate",
            Self::NotTrusted { .. } => "server_not_trusted",
            Self::Refused { problem, .. } if !problem.code.is_empty() => &problem.code,
            Self::CloudRefused { problem, .. } => &problem.code,
            Self::Refused { .. } => "server_refused",
            Self::NotUnderstood { .. } => "server_not_understood",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "see whether the server runs and this machine reaches it; behind a proxy give --proxy URL".to_owned()
            }
            Self::WrongCertificate { .. } => {
                "if the server has a new certificate, enrol again with a new token; if not, somebody listens in"
                    .to_owned()
            }
            Self::NotTrusted { .. } => {
                "let this machine trust who signed it: install the authority's certificate, or name a file with it in \
                 SSL_CERT_FILE"
                    .to_owned()
            }
            Self::Refused { problem, .. } => match &problem.hint {
                Some(hint) => hint.clone(),
                None => "look at the server's log".to_owned(),
            },
            Self::CloudRefused { .. } => {
                "if it stays so, ask the server's administrator whether the site's queue and the bucket are there".to_owned()
            }
            Self::NotUnderstood { .. } => {
                "see whether the address is that of a Portdelta server, and not of a proxy's log-in page".to_owned()
            }
        }
    }
}

/// What a server says, harmless whatever it is.
fn said(status: u16, problem: &Problem) -> String {
    let words = [&problem.detail, &problem.title].into_iter().find(|words| !words.is_empty());
    match words {
        Some(words) => format!("the server says: {} ({status})", escape(words)),
        None => format!("the server answers with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, detail: &str) -> UpstreamError {
        let problem = Problem { detail: detail.to_owned(), ..Problem::default() };
        UpstreamError::Refused { operation: "upload", status, problem: Box::new(problem), server_time: None }
    }

    #[test]
    fn the_status_decides_what_to_do() {
        for (status, kind) in [
            (400, Kind::Never),
            (401, Kind::Access),
            (403, Kind::Access),
            (404, Kind::Never),
            (409, Kind::Never),
            (410, Kind::LeaseLost),
            (413, Kind::Never),
            (429, Kind::Retry),
            (302, Kind::Retry),
            (500, Kind::Retry),
            (503, Kind::Retry),
        ] {
            assert_eq!(refused(status, "").kind(), kind, "{status}");
        }
    }

    #[test]
    fn the_code_tells_who_from_what() {
        for (status, code, kind) in [
            (403, "token.expired", Kind::Access),
            (403, "agent.pending", Kind::Access),
            (403, "task.foreign", Kind::Never),
            (422, "upload.damaged", Kind::Retry),
            (422, "upload.bad_note", Kind::Never),
        ] {
            let problem = Box::new(Problem { code: code.to_owned(), ..Problem::default() });
            let error = UpstreamError::Refused { operation: "upload", status, problem, server_time: None };
            assert_eq!(error.kind(), kind, "{code}");
        }
    }

    #[test]
    fn what_a_server_says_is_harmless() {
        let text = refused(400, "\u{1b}[2Jgone").to_string();
        assert_eq!(text, "could not upload: the server says: \\x1b[2Jgone (400)");
    }
}
