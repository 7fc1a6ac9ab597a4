//! Coverage as data: what of a network was covered when.

use axum::extract::State;
use portdelta_app::{CoverageColumn, CoverageRow};
use portdelta_core::Block;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, Page, Time};
use serde::Deserialize;

use super::network_views::{find, seen_from};
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::port;

/// How much of a set of ports is written, in characters.
const MOST_PORTS_TEXT: usize = 60;

/// Which coverage is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At this site; where absent, the site whose run touched the network last.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only of this port: `22` or `53/udp`.
    port: Option<String>,
}

/// What of a network was covered when, block by block
#[utoipa::path(get, path = "/networks/{network}/coverage", operation_id = "network_coverage", tag = "networks", params(
    ("network" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::CoverageRow>)))]
pub(crate) async fn coverage(
    State(api): State<Api>,
    Named(name): Named<String>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::CoverageRow>>, ApiError> {
    let network = find(&api, &name).await?;
    let app = api.service.app();
    let of = format!("coverage {name} {wanted:?}");
    let place: Option<(SiteId, Block)> = paging.place(&of)?;
    let port = wanted.port.as_deref().map(|text| port("port", text)).transpose()?;
    let limit = paging.limit()?;
    let from = place.as_ref().map(|(site, _)| site);
    let site = seen_from(&api, &name, from, wanted.site).await?;
    let Some(site) = site else { return Ok(Answer(Page { items: Vec::new(), next: None })) };
    let after = place.map(|(_, block)| block);
    let (rows, more) = app.network_coverage(&site, &network, port, after, limit).await?;
    let next = rows.last().filter(|_| more).and_then(|last| cursor(&of, &(&site, last.block)));
    Ok(Answer(Page { items: rows.iter().map(row).collect(), next }))
}

fn row(row: &CoverageRow) -> admin::CoverageRow {
    admin::CoverageRow {
        block: row.block.to_string(),
        addresses: row.addresses,
        looked_at: row.looked_at,
        oldest: row.times.map(|(oldest, _)| Time(oldest)),
        newest: row.times.map(|(_, newest)| Time(newest)),
        columns: row.columns.iter().map(column).collect(),
    }
}

fn column(column: &CoverageColumn) -> admin::CoverageColumn {
    let (oldest, newest) = column.times;
    let mut ports = column.ports.to_string();
    if ports.len() > MOST_PORTS_TEXT {
        ports.truncate(MOST_PORTS_TEXT - 1);
        ports.push('…');
    }
    admin::CoverageColumn {
        ports,
        count: column.ports.count(),
        services: column.services,
        addresses: column.addresses,
        oldest: Time(oldest),
        newest: Time(newest),
        result: column.newest.to_string(),
    }
}
