//! Who may what: one table, and the only place that reads `Authorization`.

use axum::http::{HeaderMap, StatusCode, header};
use portdelta_core::ids::SiteId;

use crate::Api;
use crate::error::ApiError;

/// Who may use an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Who can reach the server; what needs a proof brings it in the body.
    Anybody,
    /// Who holds a token of an administrator.
    Admin,
    /// An agent that is approved; it gets and writes its own things only.
    Agent,
}

/// Every endpoint. A test compares it with the OpenAPI document, in both directions.
const TABLE: [(&str, &str, Need); 80] = [
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
    ("GET", "/me", Need::Admin),
    ("GET", "/doctor", Need::Admin),
    ("GET", "/sites", Need::Admin),
    ("POST", "/sites", Need::Admin),
    ("GET", "/sites/{site}", Need::Admin),
    ("PUT", "/sites/{site}", Need::Admin),
    ("DELETE", "/sites/{site}", Need::Admin),
    ("GET", "/sites/{site}/hosts", Need::Admin),
    ("GET", "/sites/{site}/hosts/{address}", Need::Admin),
    ("GET", "/sites/{site}/hosts/{address}/history", Need::Admin),
    ("GET", "/sites/{site}/deltas", Need::Admin),
    ("POST", "/sites/{site}/imports", Need::Admin),
    ("GET", "/networks", Need::Admin),
    ("POST", "/networks", Need::Admin),
    ("GET", "/networks/{network}", Need::Admin),
    ("PUT", "/networks/{network}", Need::Admin),
    ("DELETE", "/networks/{network}", Need::Admin),
    ("GET", "/scans", Need::Admin),
    ("POST", "/scans", Need::Admin),
    ("POST", "/scans/preview", Need::Admin),
    ("GET", "/scans/{scan}", Need::Admin),
    ("PUT", "/scans/{scan}", Need::Admin),
    ("DELETE", "/scans/{scan}", Need::Admin),
    ("POST", "/scans/{scan}/clone", Need::Admin),
    ("POST", "/scans/{scan}/pause", Need::Admin),
    ("POST", "/scans/{scan}/resume", Need::Admin),
    ("POST", "/scans/{scan}/runs", Need::Admin),
    ("POST", "/schedules/preview", Need::Admin),
    ("GET", "/agents", Need::Admin),
    ("GET", "/agents/{agent}", Need::Admin),
    ("POST", "/agents/{agent}/approve", Need::Admin),
    ("POST", "/agents/{agent}/revoke", Need::Admin),
    ("POST", "/agents/{agent}/hide", Need::Admin),
    ("POST", "/agents/{agent}/show", Need::Admin),
    ("POST", "/agents/{agent}/move", Need::Admin),
    ("GET", "/enrolments", Need::Admin),
    ("POST", "/enrolments", Need::Admin),
    ("DELETE", "/enrolments/{enrolment}", Need::Admin),
    ("GET", "/runs", Need::Admin),
    ("GET", "/runs/{run}", Need::Admin),
    ("GET", "/runs/{run}/tasks", Need::Admin),
    ("GET", "/runs/{run}/deltas", Need::Admin),
    ("POST", "/runs/{run}/cancel", Need::Admin),
    ("GET", "/reports", Need::Admin),
    ("GET", "/reports/{run}", Need::Admin),
    ("GET", "/alerts", Need::Admin),
    ("GET", "/alerts/{alert}", Need::Admin),
    ("POST", "/alerts/{alert}/actions", Need::Admin),
    ("POST", "/alerts/actions", Need::Admin),
    ("GET", "/watched-ports", Need::Admin),
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

/// Who asks, proven by a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// An administrator: the id of the token.
    Admin(String),
    /// An agent.
    Agent(CallingAgent),
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
            Self::Admin(token) => format!("token {token}"),
            Self::Agent(agent) => format!("agent {}", agent.id),
        }
    }

    /// Whose requests are counted together.
    pub(crate) fn rate_key(&self) -> String {
        self.name()
    }
}

/// The caller of an endpoint, where one is needed.
pub(crate) async fn caller(api: &Api, need: Need, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    if need == Need::Anybody {
        return Ok(None);
    }
    let token = bearer(headers).ok_or_else(|| {
        unauthorized("token.missing", "a token is needed").hint("Send `Authorization: Bearer <token>`.")
    })?;
    let caller = check(api, token).await?.ok_or_else(|| {
        unauthorized("token.invalid", "this token is not valid")
            .hint("It may have expired or been revoked, or be cut off: use another one.")
    })?;
    match (need, &caller) {
        (Need::Admin, Caller::Admin(_)) | (Need::Agent, Caller::Agent(_)) => Ok(Some(caller)),
        _ => Err(ApiError::new(StatusCode::FORBIDDEN, "role.forbidden", "this token is not for that")),
    }
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
        Known::Admin { token } => Caller::Admin(token),
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
            let is_open = matches!(path, "/health" | "/openapi.json" | "/agent/enrol" | "/agent/access");
            let expected = match path.starts_with("/agent/") {
                _ if is_open => Need::Anybody,
                true => Need::Agent,
                false => Need::Admin,
            };
            assert_eq!(need, expected, "{method} {path}");
        }
    }
}
