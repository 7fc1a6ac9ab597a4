//! The audit trail is written here and nowhere else: after every change that succeeded, or may have in part.
//!
//! What is noted follows from the address of the request and from a few fields of the answer that are known to be no
//! secrets, so that no endpoint can be forgotten. The body of a request is never looked at; a handler whose address and
//! answer don't say what it changed puts a [`Detail`] on its answer.

mod detail;
pub(crate) mod settings;

use axum::RequestExt;
use axum::body::{Body, HttpBody};
use axum::extract::{RawPathParams, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use portdelta_app::repositories::User;
use portdelta_app::{App, ArrivalNews, Change};
use serde_json::Value;

use crate::Api;
use crate::access::{Caller, Person};
use crate::error::ApiError;

pub(crate) use detail::Detail;

/// Answers that are larger are not looked into.
const MOST_ANSWER_BYTES: u64 = 256 << 10;

/// Fields of an answer that are noted.
const NOTED: [&str; 8] = ["name", "role", "disabled", "site", "active", "scheduled", "enabled", "state"];

/// What fails on our side before anything is changed.
const UNCHANGED: [&str; 1] = ["passwords.busy"];

/// What is not told well by the address alone.
const WORDS: [(&str, &str, &str); 26] = [
    ("POST", "/clean-up", "site.cleaned-up"),
    ("DELETE", "/sites/{site}", "site.deactivated"),
    ("POST", "/sites/{site}/imports", "result.imported"),
    ("PUT", "/sites/{site}/hosts/{address}/note", "host.note-edited"),
    ("POST", "/deltas/accept", "delta.accepted"),
    ("PUT", "/expectation-file", "expectation.applied"),
    ("DELETE", "/scans/{scan}", "scan.deactivated"),
    ("POST", "/scans/{scan}/clone", "scan.cloned"),
    ("POST", "/scans/{scan}/pause", "scan.paused"),
    ("POST", "/scans/{scan}/resume", "scan.resumed"),
    ("POST", "/scans/{scan}/runs", "scan.started"),
    ("POST", "/agents/{agent}/approve", "agent.approved"),
    ("POST", "/agents/{agent}/revoke", "agent.revoked"),
    ("POST", "/agents/{agent}/hide", "agent.hidden"),
    ("POST", "/agents/{agent}/show", "agent.shown"),
    ("POST", "/agents/{agent}/move", "agent.moved"),
    ("POST", "/runs/{run}/cancel", "run.cancelled"),
    ("POST", "/channels/{channel}/test", "channel.tested"),
    ("DELETE", "/tokens/{token}", "token.revoked"),
    ("POST", "/session", "session.opened"),
    ("DELETE", "/session", "session.closed"),
    ("DELETE", "/sessions", "session.closed-everywhere"),
    ("PUT", "/me/password", "password.changed"),
    ("POST", "/users/{user}/invitation", "user.invited"),
    ("POST", "/invitations/accept", "invitation.accepted"),
    ("POST", "/registrations", "user.registered"),
];

/// Where browsers come back from a provider: who comes so is made, or gets another role, by a GET.
const ARRIVAL: &str = "/single-sign-on/callback";

/// Somebody who came by a request that only led them here.
#[derive(Clone)]
pub(crate) enum Arrived {
    Known {
        user: Box<User>,
        news: Option<ArrivalNews>,
        /// They are signed in.
        is_in: bool,
    },
    /// Whether they were made, or got another role, nobody knows.
    Unknown { email: String, status: StatusCode },
}

/// Whether a request that is no change of its own may make one.
pub(crate) fn may_change(template: Option<&str>) -> bool {
    template == Some(ARRIVAL)
}

/// Notes who came by single sign-on, and what that made of them.
pub(crate) async fn note_arrival(api: &Api, arrived: Arrived) {
    let (user, news, is_in) = match arrived {
        Arrived::Known { user, news, is_in } => (user, news, is_in),
        Arrived::Unknown { email, status } => {
            let (who, what) = (format!("user {email}"), "user.arrived".to_owned());
            let detail = format!("single sign-on {}", ended_with(status));
            return write(api, &Change { who, what, object: String::new(), detail }).await;
        }
    };
    let made = news.map(|news| match news {
        ArrivalNews::New => "user.created",
        ArrivalNews::OtherRole => "user.edited",
    });
    let role = format!("single sign-on name={} role={}", user.name, user.role.name());
    let opened = is_in.then(|| ("session.opened", "single sign-on".to_owned()));
    for (what, detail) in made.map(|what| (what, role)).into_iter().chain(opened) {
        let (who, what) = (format!("user {}", user.name), what.to_owned());
        write(api, &Change { who, what, object: user.id.clone(), detail }).await;
    }
}

/// A request that will have changed something if it succeeds.
#[derive(Clone)]
pub(crate) struct Attempt {
    what: String,
    /// What stands in the places of its address, by their names, the last one last.
    places: Vec<(String, String)>,
    /// It is about whoever asks.
    of_oneself: bool,
}

/// What a request of people is about to change; `None` for those of agents, and for those that only look.
pub(crate) async fn attempt(request: &mut Request, template: Option<&str>) -> Option<Attempt> {
    let template = template?;
    let what = word(request.method(), template)?;
    let places = request.extract_parts::<RawPathParams>().await.ok();
    let places = places.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let of_oneself = ["/me/password", "/session", "/sessions"].contains(&template);
    Some(Attempt { what, places, of_oneself })
}

/// What an endpoint changes: `scan.created`.
fn word(method: &Method, template: &str) -> Option<String> {
    let method = method.as_str();
    let only_looks = matches!(method, "GET" | "HEAD") || template.ends_with("/preview");
    if only_looks || template.starts_with("/agent/") {
        return None;
    }
    if let Some((.., word)) = WORDS.iter().find(|(known, path, _)| *known == method && *path == template) {
        return Some((*word).to_owned());
    }
    let parts: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
    let first = parts.first()?;
    let thing = first.strip_suffix('s').unwrap_or(first);
    let last = parts.last().filter(|last| parts.len() > 1 && !last.starts_with('{'));
    Some(match (last, method) {
        // Something that is done with a thing, or a part of it.
        (Some(last), "POST") => format!("{thing}.{last}"),
        (Some(last), "PUT") => format!("{thing}.{last}-edited"),
        (Some(last), _) => format!("{thing}.{last}-removed"),
        (None, "POST") => format!("{thing}.created"),
        (None, "PUT") => format!("{thing}.edited"),
        (None, _) => format!("{thing}.removed"),
    })
}

/// Notes a change, where it was one. That nothing can be noted is told in the log, and does not undo the change.
pub(crate) async fn note(
    api: &Api,
    attempt: Attempt,
    caller: Option<&Caller>,
    response: Response,
) -> Response {
    let Some(told) = told(&attempt, &response) else { return response };
    let (response, answer) = look(response).await;
    let user = answer.get("user").filter(|user| user.is_object());
    let who = caller.map(Caller::name).or_else(|| Some(format!("user {}", user?["name"].as_str()?)));
    let who = who.unwrap_or_else(|| "somebody".to_owned());
    let subject = user.unwrap_or(&answer);
    let of_answer = ["id", "name"].iter().find_map(|field| subject[*field].as_str());
    let oneself = caller.and_then(|caller| match caller {
        Caller::Person(Person { id, .. }) if attempt.of_oneself => Some(id.as_str()),
        _ => None,
    });
    let (object, around) = match attempt.places.split_last() {
        Some(((_, last), around)) => (last.as_str(), around),
        None => (of_answer.or(oneself).unwrap_or_default(), &[][..]),
    };
    let around = around.iter().map(|(name, value)| format!("{name}={value}"));
    let known = around.chain(detail(subject)).collect::<Vec<_>>().join(" ");
    for detail in told.texts(&known) {
        let (who, what, object) = (who.clone(), attempt.what.clone(), object.to_owned());
        write(api, &Change { who, what, object, detail }).await;
    }
    response
}

/// What is to be noted besides what the address and the answer say; `None` where nothing was changed.
fn told(attempt: &Attempt, response: &Response) -> Option<Detail> {
    let (status, said) = (response.status(), response.extensions());
    if status.is_success() {
        return Some(said.get::<Detail>().cloned().unwrap_or_default());
    }
    let error = said.get::<ApiError>();
    if let Some(done) = error.and_then(|error| error.done.clone()) {
        return Some(done);
    }
    // Nobody knows how far it came. A session whose cookie nobody got is none.
    let is_unchanged = error.is_some_and(|error| UNCHANGED.contains(&error.code.as_str()));
    let may_have_changed = status.is_server_error() && !is_unchanged && attempt.what != "session.opened";
    may_have_changed.then(|| Detail::new(ended_with(status)))
}

fn ended_with(status: StatusCode) -> String {
    format!("ended with {}: may have changed part", status.as_u16())
}

async fn write(api: &Api, change: &Change) {
    note_or_tell(api.service.app(), change).await;
}

/// Notes a change in the audit trail; where that fails, tells the log. The change is made, and stays.
pub async fn note_or_tell(app: &App, change: &Change) {
    if let Err(error) = app.note_change(change).await {
        let Change { who, what, object, .. } = change;
        let cause = portdelta_core::causes::told(&error);
        tracing::error!(cause, who, what, object, "a change could not be noted in the audit trail");
    }
}

/// `name=Weekly`, `role=admin`
fn detail(subject: &Value) -> Vec<String> {
    let noted = NOTED.iter().filter_map(|field| match &subject[*field] {
        Value::String(text) => Some(format!("{field}={text}")),
        Value::Bool(is) => Some(format!("{field}={is}")),
        _ => None,
    });
    noted.chain(removed(subject)).collect()
}

/// What a clean-up is of, and how much it removed.
fn removed(answer: &Value) -> Vec<String> {
    let Some(counts) = answer["removed"].as_object() else { return Vec::new() };
    let text = |field: &str| Some(format!("{field}={}", answer[field].as_str()?));
    let places = ["network", "targets"].into_iter().filter_map(text);
    let counts = counts.iter().filter(|(_, count)| count.as_u64() > Some(0));
    let done = answer["done"].as_bool().map(|done| format!("done={done}"));
    done.into_iter().chain(counts.map(|(name, count)| format!("{name}={count}"))).chain(places).collect()
}

/// The answer, and what stands in it where it is a short one of JSON.
async fn look(response: Response) -> (Response, Value) {
    let media = response.headers().get(header::CONTENT_TYPE);
    let is_json = media.is_some_and(|media| media == "application/json");
    let is_short = response.body().size_hint().exact().is_some_and(|bytes| bytes <= MOST_ANSWER_BYTES);
    if !is_json || !is_short {
        return (response, Value::Null);
    }
    let (parts, body) = response.into_parts();
    // Bytes that are in memory always arrive.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let value = serde_json::from_slice(&bytes).unwrap_or_default();
    (Response::from_parts(parts, Body::from(bytes)), value)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Every endpoint that changes something has a word, and words are seen when they change.
    #[test]
    fn every_change_has_a_word() {
        let document = serde_json::to_value(crate::document()).expect("JSON");
        let mut lines = String::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("an item") {
                let method: Method = method.to_uppercase().parse().expect("a method");
                let Some(word) = word(&method, path) else { continue };
                assert_ne!(operation["x-role"], "agent");
                let _ = writeln!(lines, "{word:28} {method} {path}");
            }
        }
        assert!(WORDS.iter().all(|(method, path, _)| lines.contains(&format!(" {method} {path}\n"))));
        insta::assert_snapshot!("words", lines);
    }
}
