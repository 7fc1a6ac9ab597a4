//! What people remember of hosts.

use std::net::IpAddr;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use portdelta_app::repositories::HostNote;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, HostNoteChange, Time};

use super::sites;
use crate::Api;
use crate::answer::{Answer, etag};
use crate::error::ApiError;
use crate::extract::{Both, Json, if_match};

/// What people remember of a host; empty where nobody wrote anything
#[utoipa::path(get, path = "/sites/{site}/hosts/{address}/note", operation_id = "host_note", tag = "hosts", params(
    ("site" = String, Path), ("address" = String, Path),
), responses((status = 200, body = admin::HostNote, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(
    State(api): State<Api>,
    Both(site, address): Both<SiteId, IpAddr>,
) -> Result<Response, ApiError> {
    let site = sites::find(&api, &site).await?.id;
    let (note, version) = api.service.app().host_note(&site, address).await?;
    Ok((etag(version), Answer(view(note))).into_response())
}

/// Changes what people remember of a host
#[utoipa::path(put, path = "/sites/{site}/hosts/{address}/note", operation_id = "set_host_note", tag = "hosts", params(
    ("site" = String, Path), ("address" = String, Path),
    ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = HostNoteChange, responses(
    (status = 200, body = admin::HostNote, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn set(
    State(api): State<Api>,
    Both(site, address): Both<SiteId, IpAddr>,
    headers: HeaderMap,
    Json(change): Json<HostNoteChange>,
) -> Result<Response, ApiError> {
    let site = sites::find(&api, &site).await?.id;
    let seen = if_match(&headers)?;
    let HostNoteChange { owner, notes, labels } = change;
    let note = HostNote { owner, notes, labels, changed: None };
    let (note, version) = api.service.app().set_host_note(&site, address, &note, seen).await?;
    Ok((etag(version), Answer(view(note))).into_response())
}

fn view(note: HostNote) -> admin::HostNote {
    let HostNote { owner, notes, labels, changed } = note;
    admin::HostNote { owner, notes, labels, changed: changed.map(Time) }
}
