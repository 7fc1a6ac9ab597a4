//! Who may what: one table, and the only place that reads `Authorization` and the cookie.

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{Role, WhoAsks};

use crate::Api;
use crate::cookie;
use crate::error::ApiError;

/// Who may use an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Who can reach the server; what needs a proof brings it in the body.
    Anybody,
    /// A person or program with any role: sees what was found, and does what concerns only themselves.
    Viewer,
    /// Who scans, and decides about alerts.
    Operator,
    /// Who decides about people, agents, ways out and what is kept.
    Admin,
    /// An agent that is approved; it gets and writes its own things only.
    Agent,
}

impl Need {
    /// The least role that does.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::Viewer => Some(Role::Viewer),
            Self::Operator => Some(Role::Operator),
            Self::Admin => Some(Role::Admin),
            Self::Anybody | Self::Agent => None,
        }
    }
}

/// Every endpoint. A test compares it with the OpenAPI document, in both directions.
const TABLE: [(&str, &str, Need); 131] = [
    ("GET", "/health", Need::Anybody),
    ("GET", "/openapi.json", Need::Anybody),
    ("POST", "/agent/enrol", Need::Anybody),
    ("POST", "/agent/access", Need::Anybody),
    ("POST", "/agent/tasks/receive", Need::Agent),
    ("POST", "/agent/tasks/begin", Need::Agent),
    ("POST", "/agent/tasks/extend", Need::Agent),
    ("POST", "/agent/tasks/acknowledge", Need::Agent),
    ("POST", "/agent/tasks/release", Need::Agent),
    ("POST", "/agent/tasks/refuse", Need::Agent),
    ("POST", "/agent/status", Need::Agent),
    ("PUT", "/agent/results/{run}/{task}/{name}", Need::Agent),
    ("GET", "/me", Need::Viewer),
    ("GET", "/sign-in", Need::Anybody),
    ("GET", "/single-sign-on/start", Need::Anybody),
    ("GET", "/single-sign-on/callback", Need::Anybody),
    ("POST", "/session", Need::Anybody),
    ("GET", "/session", Need::Viewer),
    ("DELETE", "/session", Need::Viewer),
    ("DELETE", "/sessions", Need::Viewer),
    ("PUT", "/me/password", Need::Viewer),
    ("GET", "/users", Need::Admin),
    ("POST", "/users", Need::Admin),
    ("GET", "/users/{user}", Need::Admin),
    ("PUT", "/users/{user}", Need::Admin),
    ("DELETE", "/users/{user}", Need::Admin),
    ("POST", "/users/{user}/invitation", Need::Admin),
    ("POST", "/invitations/accept", Need::Anybody),
    ("POST", "/registrations", Need::Anybody),
    ("GET", "/audit", Need::Admin),
    ("GET", "/audit/export", Need::Admin),
    ("GET", "/settings/people", Need::Admin),
    ("PUT", "/settings/people", Need::Admin),
    ("GET", "/doctor", Need::Admin),
    ("GET", "/logs", Need::Admin),
    ("GET", "/sites", Need::Viewer),
    ("POST", "/sites", Need::Admin),
    ("GET", "/sites/{site}", Need::Viewer),
    ("PUT", "/sites/{site}", Need::Admin),
    ("DELETE", "/sites/{site}", Need::Admin),
    ("GET", "/sites/{site}/hosts", Need::Viewer),
    ("GET", "/sites/{site}/hosts/{address}", Need::Viewer),
    ("GET", "/sites/{site}/hosts/{address}/history", Need::Viewer),
    ("GET", "/sites/{site}/hosts/{address}/expected", Need::Viewer),
    ("GET", "/sites/{site}/results/{result}", Need::Viewer),
    ("GET", "/sites/{site}/deltas", Need::Viewer),
    ("POST", "/sites/{site}/imports", Need::Operator),
    ("GET", "/networks", Need::Viewer),
    ("POST", "/networks", Need::Operator),
    ("GET", "/networks/{network}", Need::Viewer),
    ("PUT", "/networks/{network}", Need::Operator),
    ("DELETE", "/networks/{network}", Need::Operator),
    ("GET", "/overview", Need::Viewer),
    ("GET", "/events", Need::Viewer),
    ("GET", "/network-cards", Need::Viewer),
    ("GET", "/networks/{network}/map", Need::Viewer),
    ("GET", "/networks/{network}/history", Need::Viewer),
    ("GET", "/networks/{network}/runs", Need::Viewer),
    ("GET", "/networks/{network}/coverage", Need::Viewer),
    ("GET", "/search", Need::Viewer),
    ("GET", "/networks/{network}/compliance", Need::Viewer),
    ("GET", "/expectations", Need::Viewer),
    ("POST", "/expectations", Need::Operator),
    ("GET", "/expectations/{expectation}", Need::Viewer),
    ("PUT", "/expectations/{expectation}", Need::Operator),
    ("DELETE", "/expectations/{expectation}", Need::Operator),
    ("GET", "/expectation-file", Need::Viewer),
    ("PUT", "/expectation-file", Need::Operator),
    ("POST", "/expectation-file/preview", Need::Operator),
    ("POST", "/deltas/accept", Need::Operator),
    ("GET", "/scans", Need::Viewer),
    ("POST", "/scans", Need::Operator),
    ("POST", "/scans/preview", Need::Operator),
    ("GET", "/scans/{scan}", Need::Viewer),
    ("PUT", "/scans/{scan}", Need::Operator),
    ("DELETE", "/scans/{scan}", Need::Operator),
    ("POST", "/scans/{scan}/clone", Need::Operator),
    ("POST", "/scans/{scan}/pause", Need::Operator),
    ("POST", "/scans/{scan}/resume", Need::Operator),
    ("POST", "/scans/{scan}/runs", Need::Operator),
    ("GET", "/scans/{scan}/timeline", Need::Viewer),
    ("POST", "/scan-options/preview", Need::Operator),
    ("POST", "/schedules/preview", Need::Viewer),
    ("GET", "/agents", Need::Operator),
    ("GET", "/agents/{agent}", Need::Operator),
    ("POST", "/agents/{agent}/approve", Need::Admin),
    ("POST", "/agents/{agent}/revoke", Need::Admin),
    ("POST", "/agents/{agent}/hide", Need::Admin),
    ("POST", "/agents/{agent}/show", Need::Admin),
    ("POST", "/agents/{agent}/move", Need::Admin),
    ("GET", "/enrolments", Need::Admin),
    ("POST", "/enrolments", Need::Admin),
    ("DELETE", "/enrolments/{enrolment}", Need::Admin),
    ("GET", "/runs", Need::Viewer),
    ("GET", "/runs/{run}", Need::Viewer),
    ("GET", "/runs/{run}/tasks", Need::Viewer),
    ("GET", "/runs/{run}/deltas", Need::Viewer),
    ("POST", "/runs/{run}/cancel", Need::Operator),
    ("GET", "/reports", Need::Viewer),
    ("GET", "/reports/{run}", Need::Viewer),
    ("GET", "/reports/{run}/export", Need::Viewer),
    ("GET", "/scans/{scan}/reports.zip", Need::Viewer),
    ("GET", "/sites/{site}/hosts/{address}/note", Need::Viewer),
    ("PUT", "/sites/{site}/hosts/{address}/note", Need::Operator),
    ("GET", "/alerts", Need::Viewer),
    ("GET", "/alerts/{alert}", Need::Viewer),
    ("POST", "/alerts/{alert}/actions", Need::Operator),
    ("POST", "/alerts/actions", Need::Operator),
    ("GET", "/watched-ports", Need::Viewer),
    ("PUT", "/watched-ports", Need::Admin),
    ("GET", "/channels", Need::Admin),
    ("POST", "/channels", Need::Admin),
    ("GET", "/channels/{channel}", Need::Admin),
    ("PUT", "/channels/{channel}", Need::Admin),
    ("DELETE", "/channels/{channel}", Need::Admin),
    ("POST", "/channels/{channel}/test", Need::Admin),
    ("GET", "/tokens", Need::Admin),
    ("POST", "/tokens", Need::Admin),
    ("DELETE", "/tokens/{token}", Need::Admin),
    ("GET", "/retention", Need::Admin),
    ("PUT", "/retention", Need::Admin),
    ("POST", "/retention/preview", Need::Admin),
    ("POST", "/clean-up/preview", Need::Admin),
    ("GET", "/clean-up", Need::Admin),
    ("POST", "/clean-up", Need::Admin),
    ("GET", "/clean-up/{clean_up}", Need::Admin),
    ("GET", "/queues", Need::Admin),
    ("GET", "/queues/{queue}/dead-letters", Need::Admin),
    ("POST", "/queues/{queue}/redrive", Need::Admin),
    ("GET", "/moves/{move}", Need::Admin),
    ("PUT", "/moves/{move}/frames/{frame}", Need::Admin),
];

/// Who may use an endpoint, by its method and the template of its path. What is not in the table is for
/// administrators: forgetting an entry opens nothing.
pub(crate) fn need(method: &str, path: &str) -> Need {
    let method = if method == "HEAD" { "GET" } else { method };
    let entry = TABLE.iter().find(|(known, template, _)| *known == method && *template == path);
    entry.map_or(Need::Admin, |(_, _, need)| *need)
}

/// Who asks, and has proven it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A person or program.
    Person(Person),
    /// An agent.
    Agent(CallingAgent),
}

/// A person or program that proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// How.
    pub(crate) kind: WhoAsks,
    /// The id of the user or token.
    pub(crate) id: String,
    /// The name of the user or token.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// What they must know besides the cookie to change something; `None` with a token.
    pub(crate) csrf: Option<String>,
}

/// An agent that proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallingAgent {
    /// Its id.
    pub(crate) id: String,
    /// The site whose tasks it gets.
    pub(crate) site: SiteId,
}

impl Caller {
    /// As the log and histories name them.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Person(Person { kind: WhoAsks::Token, id, .. }) => format!("token {id}"),
            Self::Person(Person { kind: WhoAsks::User, name, .. }) => format!("user {name}"),
            Self::Agent(agent) => format!("agent {}", agent.id),
        }
    }

    /// Whose requests are counted together.
    pub(crate) fn rate_key(&self) -> String {
        self.name()
    }

    /// Whether that is enough; the least role of an agent is none.
    fn may(&self, need: Need) -> bool {
        match self {
            Self::Person(person) => need.role().is_some_and(|least| person.role >= least),
            Self::Agent(_) => need == Need::Agent,
        }
    }
}

/// Whether a request of this method changes something.
fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// The caller of an endpoint, where one is needed.
pub(crate) async fn caller(
    api: &Api,
    need: Need,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Caller>, ApiError> {
    let by_token = headers.contains_key(header::AUTHORIZATION);
    // Who signs in by a foreign page would be somebody else than they think.
    if !by_token && changes(method) && is_foreign(headers) {
        let detail = "the request comes from a page of another server";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "csrf.foreign", detail));
    }
    if need == Need::Anybody {
        return Ok(None);
    }
    let caller = match (by_token, cookie::held(headers)) {
        (true, _) | (_, None) => by_bearer(api, headers).await?,
        (false, Some(cookie)) => by_session(api, cookie, method, headers).await?,
    };
    if caller.may(need) {
        return Ok(Some(caller));
    }
    let detail = match need.role() {
        Some(Role::Admin) => "that is for administrators",
        Some(Role::Operator) => "that is for operators and administrators",
        Some(Role::Viewer) => "that is for people and programs",
        None => "that is for agents",
    };
    let hint = "Use a token or a user with that role; `GET /me` says who asks.";
    Err(ApiError::new(StatusCode::FORBIDDEN, "role.forbidden", detail).hint(hint))
}

/// What a request proved by who asks, so that it can be asked again while its answer goes on.
pub(crate) struct Proof(HeaderMap);

impl Proof {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let proofs = [header::AUTHORIZATION, header::COOKIE];
        // All values of each: two of them prove nothing, and never will.
        let of_name =
            |name: HeaderName| headers.get_all(&name).iter().map(move |value| (name.clone(), value.clone()));
        Self(proofs.into_iter().flat_map(of_name).collect())
    }

    /// Their role, where they may still read that; the one they had where it can't be found out just now.
    pub(crate) async fn role(&self, api: &Api, path: &str, had: Role) -> Option<Role> {
        match caller(api, need("GET", path), &Method::GET, &self.0).await {
            Ok(Some(Caller::Person(person))) => Some(person.role),
            Ok(_) => None,
            Err(error) => (!error.status.is_client_error()).then_some(had),
        }
    }
}

async fn by_bearer(api: &Api, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let token = bearer(headers).ok_or_else(|| {
        unauthorized("token.missing", "a token is needed, or somebody who is signed in")
            .hint("Send `Authorization: Bearer <token>`, or sign in.")
    })?;
    check(api, token).await?.ok_or_else(|| {
        unauthorized("token.invalid", "this token is not valid")
            .hint("It may have expired or been revoked, or be cut off: use another one.")
    })
}

async fn by_session(
    api: &Api,
    cookie: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let signed_in = api.service.app().check_session(cookie).await?;
    let signed_in = signed_in.ok_or_else(|| {
        unauthorized("token.missing", "nobody is signed in any more").hint("Sign in again.")
    })?;
    if changes(method) && !cookie::has_csrf(headers, &signed_in.csrf) {
        let detail = "the request does not show that it comes from a page of this server";
        let hint = "Send what `GET /session` gives as `csrf` as the header `X-Portdelta-Csrf`.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "csrf.missing", detail).hint(hint));
    }
    let user = signed_in.user;
    Ok(Caller::Person(Person {
        kind: WhoAsks::User,
        id: user.id,
        name: user.name,
        role: user.role,
        csrf: Some(signed_in.csrf),
    }))
}

/// Browsers say where a request comes from, and no page can change that.
fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    // Two of them could be read in two ways.
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn unauthorized(code: &str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, detail)
}

/// What a token proves just now: an agent that was revoked or moved has none that is good any more.
async fn check(api: &Api, token: &str) -> Result<Option<Caller>, ApiError> {
    use portdelta_app::Caller as Known;
    Ok(api.service.app().check_token(token).await?.map(|known| match known {
        Known::Token { token, name, role } => {
            Caller::Person(Person { kind: WhoAsks::Token, id: token, name, role, csrf: None })
        }
        Known::Agent { agent, site } => Caller::Agent(CallingAgent { id: agent, site }),
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_has_every_endpoint_and_no_other() {
        let document = serde_json::to_value(crate::document()).expect("JSON");
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for method in item.as_object().expect("an item").keys() {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
        let table: BTreeSet<_> =
            TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(table, described);
        assert_eq!(table.len(), TABLE.len(), "an entry stands there twice");
    }

    #[test]
    fn what_is_not_in_the_table_is_for_administrators() {
        assert_eq!(need("GET", "/secret"), Need::Admin);
        assert_eq!(need("DELETE", "/health"), Need::Admin);
        assert_eq!(need("HEAD", "/health"), Need::Anybody);
    }

    #[test]
    fn agents_have_their_own_addresses_and_nobody_else_has_them() {
        for (method, path, need) in TABLE {
            let is_open = matches!(path, "/agent/enrol" | "/agent/access");
            let expected = path.starts_with("/agent/") && !is_open;
            assert_eq!(need == Need::Agent, expected, "{method} {path}");
        }
    }
}
