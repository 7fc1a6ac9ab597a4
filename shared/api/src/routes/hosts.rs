//! What is believed about addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::extract::State;
use portdelta_app::{HistoryFilter, HistoryPlace, HostFilter, addresses_of_network};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, Page, Time};
use serde::Deserialize;

use super::sites;
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Both, Named, Query};
use crate::views::{self, addresses, kinds, port};

/// Which hosts are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only these addresses, as targets.
    targets: Option<String>,
    /// Only those of this network, `unassigned` for those of none: an address belongs to the narrowest network around it.
    network: Option<String>,
    /// Only hosts with this port open: `22` or `53/udp`.
    port: Option<String>,
    /// Also hosts that are gone.
    gone: Option<bool>,
}

/// The hosts of a site, by address
///
/// A page may have fewer hosts than asked for, even none, while there are more.
#[utoipa::path(get, path = "/sites/{site}/hosts", operation_id = "hosts", tag = "hosts", params(
    ("site" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::Host>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Named(site): Named<SiteId>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Host>>, ApiError> {
    let site = sites::find(&api, &site).await?.id;
    let app = api.service.app();
    let networks = app.networks().await?;
    let targets = wanted.targets.as_deref().map(|text| addresses("targets", text)).transpose()?;
    let filter = HostFilter {
        addresses: match &wanted.network {
            Some(name) => {
                let own = addresses_of_network(&networks, name, targets);
                Some(own.ok_or_else(|| ApiError::unknown(format!("network {name}")))?)
            }
            None => targets,
        },
        port: wanted.port.as_deref().map(|text| port("port", text)).transpose()?,
        gone: wanted.gone.unwrap_or(false),
    };
    let of = format!("hosts {site} {wanted:?}");
    let after: Option<IpAddr> = paging.place(&of)?;
    let (rows, next) = app.hosts_after(&site, &filter, after, paging.limit()?).await?;
    let next = next.and_then(|last| cursor(&of, &last));
    let notes = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => app.host_notes(&site, (first.address, last.address)).await?,
        _ => BTreeMap::new(),
    };
    let view = |row| views::host(row, &networks, notes.get(&row.address));
    Ok(Answer(Page { items: rows.iter().map(view).collect(), next }))
}

/// One host
#[utoipa::path(get, path = "/sites/{site}/hosts/{address}", operation_id = "host", tag = "hosts", params(
    ("site" = String, Path), ("address" = String, Path),
), responses((status = 200, body = admin::Host)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Both(site, address): Both<SiteId, IpAddr>,
) -> Result<Answer<admin::Host>, ApiError> {
    let app = api.service.app();
    let row = app.host(&site, address).await?;
    let row = row.ok_or_else(|| ApiError::unknown(format!("host {address} at site {site}")))?;
    let (note, _) = app.host_note(&site, address).await?;
    Ok(Answer(views::host(&row, &app.networks().await?, Some(&note))))
}

/// Which changes of a host are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedChanges {
    /// Only of this port: `22` or `53/udp`.
    port: Option<String>,
    /// Only these kinds, joined by commas: `port-opened,host-new`.
    kind: Option<String>,
    /// Only what was seen since then.
    #[param(value_type = Option<Time>)]
    since: Option<Time>,
    /// Only what was seen until then.
    #[param(value_type = Option<Time>)]
    until: Option<Time>,
    /// Also what was seen for the first time, which is no change; with it where absent.
    first_looks: Option<bool>,
}

impl WantedChanges {
    fn understood(&self) -> Result<HistoryFilter, ApiError> {
        Ok(HistoryFilter {
            port: self.port.as_deref().map(|text| port("port", text)).transpose()?,
            kinds: kinds("kind", self.kind.as_deref())?,
            since: self.since.map(|Time(time)| time),
            until: self.until.map(|Time(time)| time),
            without_first_looks: self.first_looks == Some(false),
        })
    }
}

/// What is known of an address, and what ever changed there, newest first
///
/// A page may have fewer changes than asked for, even none, while there are more.
#[utoipa::path(get, path = "/sites/{site}/hosts/{address}/history", operation_id = "history", tag = "hosts", params(
    ("site" = String, Path), ("address" = String, Path), WantedChanges, Paging,
), responses((status = 200, body = admin::History)))]
pub(crate) async fn history(
    State(api): State<Api>,
    Both(site, address): Both<SiteId, IpAddr>,
    Query(wanted): Query<WantedChanges>,
    Query(paging): Query<Paging>,
) -> Result<Answer<admin::History>, ApiError> {
    let filter = wanted.understood()?;
    let site = sites::find(&api, &site).await?.id;
    let of = format!("history {site} {address} {wanted:?}");
    let limit = paging.limit()?;
    let place: HistoryPlace = paging.place(&of)?.unwrap_or_default();
    let app = api.service.app();
    let (entries, next) = app.history_page(&site, address, &filter, place, limit).await?;
    let host = app.host(&site, address).await?;
    let networks = app.networks().await?;
    let (note, _) = app.host_note(&site, address).await?;
    Ok(Answer(admin::History {
        address: address.to_string(),
        host: host.map(|row| views::host(&row, &networks, Some(&note))),
        changes: entries
            .iter()
            .map(|entry| views::delta(&site, &entry.run, entry.late, &entry.delta))
            .collect(),
        next: next.and_then(|place| cursor(&of, &place)),
    }))
}
