//! With which problems an operation may answer, by what kind of operation it is. Tests hold every answer to it, and
//! schemathesis does.

use portdelta_protocol::problem::{MEDIA_TYPE, Problem};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::access::Need;
use crate::once;

/// A kind of problem: its status, the name and sentence of its answer, and a header that comes with it.
struct Refusal(u16, &'static str, &'static str, Option<(&'static str, &'static str)>);

const RETRY_AFTER: Option<(&str, &str)> = Some(("Retry-After", "Seconds."));

/// All kinds. That a server made a mistake of its own, 500, is nothing that an operation answers with.
const ALL: [Refusal; 14] = [
    Refusal(400, "Invalid", "Something in the request is wrong.", None),
    Refusal(
        401,
        "Unproven",
        "Who asks has not proven who they are.",
        Some(("WWW-Authenticate", "`Bearer`.")),
    ),
    Refusal(403, "Forbidden", "Not with this role, or not from this page.", None),
    Refusal(404, "Unknown", "There is no such thing.", None),
    Refusal(
        409,
        "Conflict",
        "Not as things are now: there is one already, or it is in no state for that.",
        None,
    ),
    Refusal(408, "Stalled", "Nothing of the body came for a while.", None),
    Refusal(410, "LeaseLost", "The lease has ended.", None),
    Refusal(412, "Stale", "Somebody else changed it since it was read.", None),
    Refusal(
        413,
        "TooLarge",
        "The body is larger than is allowed here, or the file than can be written here.",
        None,
    ),
    Refusal(415, "NotJson", "The body is not said to be JSON.", None),
    Refusal(426, "TooOld", "The agent is too old for this server.", None),
    Refusal(428, "VersionMissing", "It does not say which version it replaces.", None),
    Refusal(429, "TooOften", "Too many requests.", RETRY_AFTER),
    Refusal(
        503,
        "NotNow",
        "The server can't do this just now, and the same may do in a moment.",
        RETRY_AFTER,
    ),
];

/// What the kind of an operation does not tell: ids in bodies, things in states, leases, versions of agents.
const BY_NAME: [(u16, &[&str]); 8] = [
    (401, &["access", "sign_in"]),
    (
        404,
        &[
            "accept_deltas",
            "acknowledge_task",
            "begin_task",
            "extend_task",
            "refuse_task",
            "release_task",
            "search",
        ],
    ),
    (408, &["import", "put_frame", "upload_result"]),
    (
        409,
        &[
            "accept_deltas",
            "access",
            "act_on_alert",
            "apply_expectation_file",
            "approve_agent",
            "cancel_run",
            "change_password",
            "delete_user",
            "edit_scan",
            "edit_user",
            "put_frame",
            "register",
            "session",
            "sign_out",
            "sign_out_everywhere",
            "start_runs",
        ],
    ),
    (410, &["extend_task", "release_task"]),
    // What is written by the version that was read just before.
    (412, &["accept_deltas", "create_expectation", "delete_expectation"]),
    // Files that take longer than an answer may on AWS.
    (413, &["export_audit", "export_report", "export_reports"]),
    (426, &["access", "enrol"]),
];

/// The answers that operations refer to.
pub(crate) fn answers() -> impl Iterator<Item = (String, RefOr<Response>)> {
    ALL.iter().map(|Refusal(_, name, text, header)| {
        let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
        let mut answer = ResponseBuilder::new().description(*text).content(MEDIA_TYPE, content);
        if let Some((header, text)) = header {
            let value = HeaderBuilder::new().schema(Some(String::schema())).description(Some(*text)).build();
            answer = answer.header(*header, value);
        }
        ((*name).to_owned(), answer.build().into())
    })
}

/// Adds the problems that an operation may answer with.
pub(crate) fn add(operation: &mut Operation, (method, path): (&str, &str), need: Need) {
    for Refusal(status, name, ..) in &ALL {
        if may(*status, operation, (method, path), need) {
            let answer = RefOr::Ref(Ref::from_response_name(*name));
            operation.responses.responses.entry(status.to_string()).or_insert(answer);
        }
    }
}

fn may(status: u16, operation: &Operation, (method, path): (&str, &str), need: Need) -> bool {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    if BY_NAME.iter().any(|(known, ids)| *known == status && ids.contains(&id)) {
        return true;
    }
    let has_body = operation.request_body.is_some();
    match status {
        // Something that can be written in a wrong way.
        400 => has_body || has(operation, |_, place| !matches!(place, ParameterIn::Path)),
        401 => need != Need::Anybody,
        // A page of somebody else may not even sign in.
        403 => need != Need::Anybody || method != "GET",
        404 => path.contains('{'),
        409 => once::takes_key(method, path),
        412 | 428 => has(operation, |name, _| name == "If-Match"),
        413 => has_body,
        415 => takes_json(operation),
        // Everybody may ask too often, and every store may be out of reach.
        429 | 503 => true,
        _ => false,
    }
}

fn has(operation: &Operation, is_it: impl Fn(&str, &ParameterIn) -> bool) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => is_it(&parameter.name, &parameter.parameter_in),
        RefOr::Ref(_) => false,
    })
}

fn takes_json(operation: &Operation) -> bool {
    match &operation.request_body {
        Some(RefOr::T(body)) => body.content.contains_key("application/json"),
        _ => false,
    }
}
