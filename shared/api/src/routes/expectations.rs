//! What a site should look like, and what is not as it should be.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::{Acceptance, AcceptedDelta, ExpectationDraft, Violation};
use portdelta_core::Block;
use portdelta_core::expectation::{Expectation, ExpectedState, Unmet};
use portdelta_core::ids::SiteId;
use portdelta_core::port_spec::PortSpec;
use portdelta_protocol::admin::{self, AcceptDeltas, AcceptedDeltas, Page, Time};
use serde::Deserialize;

use super::network_views::{find as find_network, seen_from};
use super::sites;
use crate::Api;
use crate::access::Caller;
use crate::answer::{Answer, Created, etag};
use crate::audit::Detail;
use crate::by_name::holds;
use crate::cursor::{Paging, cursor, page_of};
use crate::error::ApiError;
use crate::extract::{Both, Json, Named, Query, if_match};
use crate::views::{address_text, port};

/// Which expectations are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedExpectations {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only those about this address.
    #[param(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// Only with this text in the addresses, ports, service, reason, owner or id.
    q: Option<String>,
}

/// Expectations, also those that expired
#[utoipa::path(get, path = "/expectations", operation_id = "expectations", tag = "expectations",
    params(WantedExpectations, Paging), responses((status = 200, body = Page<admin::Expectation>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<WantedExpectations>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Expectation>>, ApiError> {
    let all = api.service.app().expectations().await?.into_iter().map(|(expectation, _)| expectation);
    let is_wanted = |one: &Expectation| {
        wanted.site.as_ref().is_none_or(|site| one.site == *site)
            && wanted.address.is_none_or(|address| one.addresses.contains(address))
    };
    let mut all: Vec<admin::Expectation> = all.filter(is_wanted).map(view).collect();
    if let Some(text) = &wanted.q {
        all.retain(|one| {
            let service = one.service.as_deref().unwrap_or_default();
            let texts = [&one.id, &one.targets, &one.ports, &one.owner, &one.reason].map(String::as_str);
            texts.into_iter().chain([service]).any(|whole| holds(whole, text))
        });
    }
    let of = format!("expectations {wanted:?}");
    page_of(all, &paging, &of, |expectation: &admin::Expectation| expectation.id.clone()).map(Answer)
}

/// Makes an expectation
#[utoipa::path(post, path = "/expectations", operation_id = "create_expectation", tag = "expectations",
    request_body = admin::ExpectationDraft, responses(
    (status = 201, body = admin::Expectation, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn create(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Json(draft): Json<admin::ExpectationDraft>,
) -> Result<Response, ApiError> {
    let app = api.service.app();
    let (made, version) = app.create_expectation(&draft_of(draft), Some(&caller.name())).await?;
    Ok((etag(version), Created(view(made))).into_response())
}

/// Which port is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfPort {
    /// `22` or `53/udp`.
    port: String,
}

/// What is expected of a port, and who said so
#[utoipa::path(get, path = "/sites/{site}/hosts/{address}/expected", operation_id = "expected_of_port",
    tag = "expectations", params(("site" = String, Path), ("address" = String, Path), OfPort),
    responses((status = 200, body = admin::ExpectedOfPort)))]
pub(crate) async fn of_port(
    State(api): State<Api>,
    Both(site, address): Both<SiteId, IpAddr>,
    Query(wanted): Query<OfPort>,
) -> Result<Answer<admin::ExpectedOfPort>, ApiError> {
    let port = port("port", &wanted.port)?;
    let site = sites::find(&api, &site).await?.id;
    let expectation = api.service.app().expected_of(&site, address, port).await?.map(view);
    Ok(Answer(admin::ExpectedOfPort { expectation }))
}

/// One expectation
#[utoipa::path(get, path = "/expectations/{expectation}", operation_id = "expectation", tag = "expectations", params(
    ("expectation" = String, Path),
), responses((status = 200, body = admin::Expectation, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<String>) -> Result<Response, ApiError> {
    let found = api.service.app().expectation(&id).await?;
    let (expectation, version) = found.ok_or_else(|| ApiError::unknown("such expectation"))?;
    Ok((etag(version), Answer(view(expectation))).into_response())
}

/// Changes an expectation
#[utoipa::path(put, path = "/expectations/{expectation}", operation_id = "edit_expectation", tag = "expectations",
    params(("expectation" = String, Path),
        ("If-Match" = String, Header, description = "The `ETag` of what is replaced.")),
    request_body = admin::ExpectationDraft, responses(
    (status = 200, body = admin::Expectation, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Json(draft): Json<admin::ExpectationDraft>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let (app, by) = (api.service.app(), caller.name());
    let (edited, version) = app.edit_expectation(&id, seen, &draft_of(draft), Some(&by)).await?;
    Ok((etag(version), Answer(view(edited))).into_response())
}

/// Removes an expectation
#[utoipa::path(delete, path = "/expectations/{expectation}", operation_id = "delete_expectation", tag = "expectations",
    params(("expectation" = String, Path)), responses((status = 204)))]
pub(crate) async fn delete(State(api): State<Api>, Named(id): Named<String>) -> Result<StatusCode, ApiError> {
    api.service.app().remove_expectation(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Expects from now on what ports turned into
#[utoipa::path(post, path = "/deltas/accept", operation_id = "accept_deltas", tag = "expectations",
    request_body = AcceptDeltas, responses((status = 200, body = AcceptedDeltas)))]
pub(crate) async fn accept(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Json(ask): Json<AcceptDeltas>,
) -> Result<(Extension<Detail>, Answer<AcceptedDeltas>), ApiError> {
    let AcceptDeltas { deltas, alerts, reason, owner, expires } = ask;
    let wanted = deltas.into_iter().map(|delta| {
        let address: Result<IpAddr, _> = delta.address.parse();
        let address = address.map_err(|_| {
            ApiError::invalid("deltas.address", "bad_address", "this is no address")
                .hint("Send the address as the change has it.")
        })?;
        Ok(AcceptedDelta { site: delta.site, address, id: delta.id })
    });
    let wanted: Vec<AcceptedDelta> = wanted.collect::<Result<_, ApiError>>()?;
    let expires = expires.map(|Time(time)| time);
    let why = Acceptance { reason, owner, expires, by: Some(caller.name()) };
    let made = api.service.app().accept(&wanted, &alerts, &why).await?;
    let head = format!("{} changes and {} alerts", wanted.len(), alerts.len());
    let of_what = wanted.into_iter().map(|delta| delta.id).chain(alerts);
    let expectations: Vec<_> = made.into_iter().map(view).collect();
    let parts = expectations.iter().zip(of_what).map(|(one, of_what)| {
        let admin::Expectation { site, targets, ports, state, .. } = one;
        format!("{targets} {ports} {} at {site} by {of_what}", state.name())
    });
    let detail = Detail::listing(head, parts);
    Ok((Extension(detail), Answer(AcceptedDeltas { expectations })))
}

/// Which comparison is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At this site; where absent, the site whose run touched the network last.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
}

/// What of a network is not as expected, by address
///
/// A page may have fewer lines than asked for, even none, while there are more; and more than asked for, as a block of
/// 256 addresses is never cut.
#[utoipa::path(get, path = "/networks/{network}/compliance", operation_id = "compliance", tag = "expectations", params(
    ("network" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::Violation>)))]
pub(crate) async fn compliance(
    State(api): State<Api>,
    Named(name): Named<String>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Violation>>, ApiError> {
    let network = find_network(&api, &name).await?;
    let app = api.service.app();
    let of = format!("compliance {name} {wanted:?}");
    let place: Option<(SiteId, Block)> = paging.place(&of)?;
    let limit = paging.limit()?;
    let site = seen_from(&api, &name, place.as_ref().map(|(site, _)| site), wanted.site).await?;
    let Some(site) = site else { return Ok(Answer(Page { items: Vec::new(), next: None })) };
    let after = place.map(|(_, block)| block);
    let (found, next) = app.violations(&site, &network, limit, after).await?;
    let next = next.and_then(|block| cursor(&of, &(&site, block)));
    Ok(Answer(Page { items: found.into_iter().map(violation).collect(), next }))
}

fn violation(violation: Violation) -> admin::Violation {
    admin::Violation {
        address: violation.address.to_string(),
        protocol: violation.port.map(|port| port.protocol.name().to_owned()),
        port: violation.port.map(|port| port.number),
        problem: match violation.unmet {
            Some(Unmet::UnexpectedOpen) => "unexpected_open",
            Some(Unmet::Missing) => "missing",
            None => "unknown",
        }
        .to_owned(),
        expectation: violation.expectation,
        owner: violation.owner,
        reason: violation.reason,
        service: violation.service,
    }
}

fn draft_of(draft: admin::ExpectationDraft) -> ExpectationDraft {
    let admin::ExpectationDraft { site, targets, ports, state, service, owner, reason, expires } = draft;
    let state = match state {
        admin::ExpectedState::Open => ExpectedState::Open,
        admin::ExpectedState::Closed => ExpectedState::Closed,
    };
    let expires = expires.map(|Time(time)| time);
    ExpectationDraft { site, targets, ports, state, service, owner, reason, expires }
}

pub(super) fn view(expectation: Expectation) -> admin::Expectation {
    admin::Expectation {
        id: expectation.id,
        site: expectation.site,
        targets: address_text(&expectation.addresses),
        ports: PortSpec::Set(expectation.ports).to_string(),
        state: match expectation.state {
            ExpectedState::Open => admin::ExpectedState::Open,
            ExpectedState::Closed => admin::ExpectedState::Closed,
        },
        service: expectation.service,
        owner: expectation.owner,
        reason: expectation.reason,
        expires: expectation.expires.map(Time),
        created: Time(expectation.created),
        changed: Time(expectation.changed),
        by: expectation.by,
    }
}
