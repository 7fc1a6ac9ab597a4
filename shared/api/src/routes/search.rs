//! Hosts by what is open on them, by address and by name.

use axum::extract::State;
use portdelta_app::{App, AppError, SearchFilter, SearchHit, SearchPlace};
use portdelta_core::ids::SiteId;
use portdelta_core::state::Presence;
use portdelta_protocol::admin::{self, Page, Time};
use serde::Deserialize;

use super::network_views::wanted_sites;
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::Query;
use crate::views::host_port;

/// So many ports of a host are named.
const MOST_PORTS: usize = 20;

/// What is looked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Words that all must hold: `port:443`, `port:53/udp`, `port:8000-8100`, `service:ssh`, `product:nginx`, `version:1.*`,
    /// `address:10.0.0.0/24`, `name:web*`, `mac:00:00:5e*`, `network:Lab`, or any word. Those about ports must hold of the
    /// same port. A value matches a part of a text, with `*` or `?` all of it; quotes hold words together.
    q: String,
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// As it was believed then.
    at: Option<Time>,
    /// Also hosts that are gone.
    gone: Option<bool>,
}

/// Finds hosts
///
/// A page may have fewer hosts than asked for, even none, while there are more.
#[utoipa::path(get, path = "/search", operation_id = "search", tag = "hosts", params(Wanted, Paging), responses(
    (status = 200, body = Page<admin::SearchHit>),
))]
pub(crate) async fn search(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::SearchHit>>, ApiError> {
    let of = format!("search {wanted:?}");
    let place: Option<SearchPlace> = paging.place(&of)?;
    let filter = SearchFilter {
        query: App::read_search("q", &wanted.q).map_err(AppError::from)?,
        sites: wanted_sites(&api, wanted.site).await?,
        at: wanted.at.map(|Time(time)| time),
        gone: wanted.gone.unwrap_or(false),
    };
    let (hits, next) = api.service.app().search(&filter, paging.limit()?, place).await?;
    let next = next.and_then(|place| cursor(&of, &place));
    Ok(Answer(Page { items: hits.iter().map(hit).collect(), next }))
}

fn hit(hit: &SearchHit) -> admin::SearchHit {
    let names = hit.host.names.iter().flat_map(|names| &names.value).chain(&hit.host.aliases);
    admin::SearchHit {
        site: hit.site.clone(),
        address: hit.address.to_string(),
        status: if hit.host.presence == Presence::Gone { "gone" } else { "up" }.to_owned(),
        network: hit.network.clone(),
        names: names.map(ToString::to_string).collect(),
        ports: hit.ports.iter().take(MOST_PORTS).map(|(port, state)| host_port(*port, state, None)).collect(),
        more_ports: hit.ports.len().saturating_sub(MOST_PORTS) as u64,
    }
}
