//! Vantage points.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::repositories::{FIRST_VERSION, Site};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, NewSite, Page, SiteChange};

use crate::Api;
use crate::answer::{Answer, Created, etag};
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query, if_match};

/// All sites
///
/// The id of a site counts as a name of it.
#[utoipa::path(get, path = "/sites", operation_id = "sites", tag = "sites", params(ByName, Paging), responses(
    (status = 200, body = Page<admin::Site>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Site>>, ApiError> {
    let app = api.service.app();
    let able = app.able_agents_by_site().await?;
    let sites = app.sites().await?.into_iter().filter(|site| by.wants(&[&site.name, site.id.as_str()]));
    let sites = sites.map(|site| view(site, &able)).collect();
    page_of(sites, &paging, &format!("sites {by:?}"), |site: &admin::Site| site.id.to_string()).map(Answer)
}

/// Makes a site
#[utoipa::path(post, path = "/sites", operation_id = "create_site", tag = "sites", request_body = NewSite, responses(
    (status = 201, body = admin::Site, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn create(State(api): State<Api>, Json(new): Json<NewSite>) -> Result<Response, ApiError> {
    let name = new.name.unwrap_or_default();
    let site = api.service.create_site(new.id, &name, &new.notes).await?;
    // It has no agents yet, and once it is made nothing may fail: who tries again would find it there.
    Ok((etag(FIRST_VERSION), Created(view(site, &BTreeMap::new()))).into_response())
}

/// One site
#[utoipa::path(get, path = "/sites/{site}", operation_id = "site", tag = "sites", params(
    ("site" = String, Path),
), responses((status = 200, body = admin::Site, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<SiteId>) -> Result<Response, ApiError> {
    let (site, version) = versioned(&api, &id).await?;
    let able = api.service.app().able_agents_by_site().await?;
    Ok((etag(version), Answer(view(site, &able))).into_response())
}

/// Changes a site
#[utoipa::path(put, path = "/sites/{site}", operation_id = "edit_site", tag = "sites", params(
    ("site" = String, Path), ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = SiteChange, responses(
    (status = 200, body = admin::Site, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Named(id): Named<SiteId>,
    headers: HeaderMap,
    Json(change): Json<SiteChange>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let known = find(&api, &id).await?;
    let site = Site { name: change.name, notes: change.notes, active: change.active, ..known };
    let app = api.service.app();
    let able = app.able_agents_by_site().await?;
    let (site, version) = app.edit_site(&site, Some(seen)).await?;
    Ok((etag(version), Answer(view(site, &able))).into_response())
}

/// Lets no more runs begin at a site
///
/// What was found there stays; `PUT` makes it active again.
#[utoipa::path(delete, path = "/sites/{site}", operation_id = "deactivate_site", tag = "sites", params(
    ("site" = String, Path),
), responses((status = 204)))]
pub(crate) async fn deactivate(
    State(api): State<Api>,
    Named(id): Named<SiteId>,
) -> Result<StatusCode, ApiError> {
    api.service.app().deactivate_site(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The site of an id; 404 where there is none.
pub(crate) async fn find(api: &Api, id: &SiteId) -> Result<Site, ApiError> {
    versioned(api, id).await.map(|(site, _)| site)
}

async fn versioned(api: &Api, id: &SiteId) -> Result<(Site, i64), ApiError> {
    let found = api.service.app().versioned_site(id).await?;
    found.ok_or_else(|| ApiError::unknown(format!("site {id}")))
}

fn view(site: Site, able: &BTreeMap<SiteId, u64>) -> admin::Site {
    let Site { id, name, created, notes, active } = site;
    let agents_online = able.get(&id).copied().unwrap_or(0);
    admin::Site { id, name, notes, active, created: created.into(), agents_online }
}
