//! What goes wrong between us and a server, in words.

use std::error::Error;
use std::time::Duration;

use portdelta_agent::upstream::tls_fault;
use portdelta_core::place::Place;
use portdelta_protocol::problem::Problem;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::Client;
use super::target::{digest_text, is_loopback};
use crate::failure::Failure;

/// A request that got no answer.
pub(super) fn of_transport(error: &reqwest::Error, client: &Client, timeout: Duration) -> Failure {
    let server = &client.base;
    if let Some(shown) = client.pin.as_ref().and_then(|pin| pin.take_mismatch()) {
        let message = format!("{server} shows another certificate: {}", digest_text(shown));
        return Failure::new("other_certificate", message).hint(
            "If the server got a new certificate, compare this with what it prints at its start, and sign in again with \
             `portdelta login`. If not, somebody stands in between.",
        );
    }
    let cause = tls_fault(error);
    // What the libraries say of an answer in another language; they have no codes for it.
    if cause.as_ref().is_some_and(|cause| cause.contains("InvalidContentType")) {
        return Failure::new("no_tls", format!("{server} answers, but not by TLS"))
            .hint("Is the port right? A server without TLS is named with http://.");
    }
    if server.scheme() == "http" && innermost(error).contains("invalid HTTP version") {
        return Failure::new("no_http", format!("{server} answers, but not by HTTP"))
            .hint("Is the port right? A server with TLS is named with https://.");
    }
    if let Some(cause) = cause {
        let failure = Failure::new(
            "unknown_certificate",
            format!("the certificate of {server} is not trusted: {cause}"),
        );
        return failure.hint(format!(
            "A server's own certificate is accepted by `portdelta login {}`.",
            server.as_str().trim_end_matches('/')
        ));
    }
    if error.is_timeout() {
        let message = format!("{server} did not answer within {} seconds", timeout.as_secs());
        return Failure::new("timeout", message).hint("Try again; `portdelta doctor` looks closer.");
    }
    let message = format!("could not reach {server}: {}", innermost(error));
    let hint = if is_loopback(server) {
        "Is the server running? Start it with `portdelta serve`, or name another: --server URL."
    } else {
        "Check the address, the network, and whether the server runs; HTTPS_PROXY names a proxy."
    };
    Failure::new("unreachable", message).hint(hint)
}

/// The outer errors only say that a request failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// A request that was answered with a refusal. `body` is what was sent: a mistake in it is pointed at.
pub(super) fn of_answer(
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
    body: Option<&Value>,
    client: &Client,
) -> Failure {
    let problem: Option<Problem> =
        serde_json::from_slice(bytes).ok().filter(|problem: &Problem| !problem.code.is_empty());
    let server = &client.base;
    let Some(problem) = problem else {
        let words = status.canonical_reason().unwrap_or("an unknown status");
        let message = format!("{server} answered {} {words}", status.as_u16());
        let hint = if status.is_redirection() {
            "Redirects are not followed: name the server's own address."
        } else {
            "That is no answer of a Portdelta server: look for a proxy in between."
        };
        return Failure::new(format!("http_{}", status.as_u16()), message).hint(hint);
    };
    let sentence = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
    let mut failure = Failure::new(problem.code.clone(), sentence.trim_end_matches('.'));
    if matches!(status.as_u16(), 400 | 413 | 415 | 422) {
        failure = failure.of_input();
    }
    if let Some(pointer) = pointer(&problem, body) {
        failure = failure.pointer(&pointer);
    }
    let hint = match (&problem.hint, status) {
        (Some(hint), _) => hint.clone(),
        (None, StatusCode::UNAUTHORIZED) if client.token.is_none() => {
            "Sign in with `portdelta login URL`, or give --token-file FILE.".to_owned()
        }
        (None, StatusCode::UNAUTHORIZED) => {
            "The token is wrong, expired or revoked: sign in again with `portdelta login URL`.".to_owned()
        }
        (None, StatusCode::NOT_FOUND) => {
            "See what there is: `list` in place of the command's verb shows names and ids.".to_owned()
        }
        (None, StatusCode::CONFLICT) => "Look at what is there first: `list` and `show` do.".to_owned(),
        (None, StatusCode::PRECONDITION_FAILED) => {
            "Somebody else edited it meanwhile: look at it, and try again.".to_owned()
        }
        (None, StatusCode::TOO_MANY_REQUESTS) => "Wait a little, and try again.".to_owned(),
        (None, _) if status.is_server_error() => {
            let request = problem
                .request
                .clone()
                .or_else(|| headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned));
            let request = request.map(|id| format!(" for request {id}")).unwrap_or_default();
            format!("Look into the server's log{request}.")
        }
        (None, _) => return failure,
    };
    failure.hint(hint)
}

/// The field that is wrong with a caret below the place, where the server says which.
fn pointer(problem: &Problem, body: Option<&Value>) -> Option<String> {
    let field = problem.field.as_deref()?;
    let path = format!("/{}", field.replace(['.', '['], "/").replace(']', ""));
    let text = body?.pointer(&path)?.as_str()?;
    let position = usize::try_from(problem.position?).ok()?;
    let start = text.char_indices().nth(position).map_or(text.len(), |(start, _)| start);
    let rest = &text[start..];
    let piece =
        rest.find([',', ' ', ';']).unwrap_or(rest.len()).max(rest.chars().next().map_or(0, char::len_utf8));
    Some(Place::of(text, start, start + piece).point_at(text).to_string())
}
