//! Named sets of prefixes.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::AppError;
use portdelta_app::repositories::{FIRST_VERSION, Network, NetworkDraft};
use portdelta_protocol::admin::{self, NetworkChange, Page};

use crate::Api;
use crate::answer::{Answer, Created, etag};
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query, if_match};
use crate::views::address_text;

/// All networks
#[utoipa::path(get, path = "/networks", operation_id = "networks", tag = "networks", params(ByName, Paging), responses(
    (status = 200, body = Page<admin::Network>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Network>>, ApiError> {
    let networks = api.service.app().networks().await?.into_iter();
    let networks = networks.filter(|network| by.wants(&[&network.name])).map(view).collect();
    page_of(networks, &paging, &format!("networks {by:?}"), |network: &admin::Network| network.name.clone())
        .map(Answer)
}

/// Makes a network
#[utoipa::path(post, path = "/networks", operation_id = "create_network", tag = "networks",
    request_body = admin::Network, responses(
    (status = 201, body = admin::Network, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn create(
    State(api): State<Api>,
    Json(new): Json<admin::Network>,
) -> Result<Response, ApiError> {
    let admin::Network { name, prefixes, owner, notes, labels } = new;
    let draft = NetworkDraft { name, prefixes, owner, notes, labels };
    let network = api.service.app().create_network(&draft).await?;
    Ok((etag(FIRST_VERSION), Created(view(network))).into_response())
}

/// One network
#[utoipa::path(get, path = "/networks/{network}", operation_id = "network", tag = "networks", params(
    ("network" = String, Path),
), responses((status = 200, body = admin::Network, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(name): Named<String>) -> Result<Response, ApiError> {
    let found = api.service.app().versioned_network(&name).await?;
    let (network, version) = found.ok_or_else(|| ApiError::unknown(format!("network {name}")))?;
    Ok((etag(version), Answer(view(network))).into_response())
}

/// Changes a network
#[utoipa::path(put, path = "/networks/{network}", operation_id = "edit_network", tag = "networks", params(
    ("network" = String, Path), ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = NetworkChange, responses(
    (status = 200, body = admin::Network, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Named(name): Named<String>,
    headers: HeaderMap,
    Json(change): Json<NetworkChange>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let NetworkChange { prefixes, owner, notes, labels } = change;
    let draft = NetworkDraft { name, prefixes, owner, notes, labels };
    let network = draft.check().map_err(AppError::from)?;
    // Of a new name blanks are cut off; in an address they are a part of it.
    if network.name != draft.name {
        return Err(ApiError::unknown(format!("network {}", draft.name)));
    }
    let version = api.service.app().edit_network(&network, Some(seen)).await?;
    Ok((etag(version), Answer(view(network))).into_response())
}

/// Removes a network
///
/// Addresses, their state and reports stay.
#[utoipa::path(delete, path = "/networks/{network}", operation_id = "delete_network", tag = "networks", params(
    ("network" = String, Path),
), responses((status = 204)))]
pub(crate) async fn delete(
    State(api): State<Api>,
    Named(name): Named<String>,
) -> Result<StatusCode, ApiError> {
    api.service.app().delete_network(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn view(network: Network) -> admin::Network {
    admin::Network {
        name: network.name,
        prefixes: address_text(&network.prefixes),
        owner: network.owner,
        notes: network.notes,
        labels: network.labels,
    }
}
