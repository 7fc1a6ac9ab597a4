//! The map of a network: every address, a block at a time.

use std::collections::BTreeMap;

use axum::extract::State;
use portdelta_app::{AddressState, MapAddress, MapBlock};
use portdelta_core::ids::SiteId;
use portdelta_core::{Block, UnixTime};
use portdelta_protocol::admin::{self, MapTime, Page, Time};
use serde::Deserialize;

use super::network_views::{find, seen_from};
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};

/// A page of a map has no more bytes than this, about.
const MOST_BYTES: usize = 180_000;

/// Maps of larger networks have no names: those of 65,536 hosts are over a megabyte.
const MOST_NAMED: u128 = 4_096;

/// Which map is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// As this site sees it; where absent, the site whose run touched the network last.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
}

/// The addresses of a network, in blocks of 256; a page may end before its limit, at 200 kilobytes
///
/// Of a network with more than 65,536 addresses, and of `unassigned`, only blocks of which something is known are listed.
#[utoipa::path(get, path = "/networks/{network}/map", operation_id = "network_map", tag = "networks", params(
    ("network" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::MapBlock>)))]
pub(crate) async fn map(
    State(api): State<Api>,
    Named(name): Named<String>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::MapBlock>>, ApiError> {
    let network = find(&api, &name).await?;
    let of = format!("map {name} {wanted:?}");
    let place: Option<(SiteId, Block)> = paging.place(&of)?;
    let limit = paging.limit()?;
    let from = place.as_ref().map(|(site, _)| site);
    let site = seen_from(&api, &name, from, wanted.site).await?;
    let Some(site) = site else { return Ok(Answer(Page { items: Vec::new(), next: None })) };
    let is_named = (1..=MOST_NAMED).contains(&network.prefixes.count());
    let (mut items, mut last, mut bytes) = (Vec::new(), None, 0);
    let mut take = |block: MapBlock| {
        let view = block_of(&block, is_named);
        let length = portdelta_formats::report::to_line(&view).map_or(0, |line| line.len() + 1);
        if items.len() == limit || bytes + length > MOST_BYTES && !items.is_empty() {
            return false;
        }
        bytes += length;
        last = Some(block.block);
        items.push(view);
        true
    };
    let after = place.map(|(_, block)| block);
    let is_whole = api.service.app().network_map(&site, &network, after, &mut take).await?;
    let next = last.filter(|_| !is_whole).and_then(|last| cursor(&of, &(site, last)));
    Ok(Answer(Page { items, next }))
}

fn block_of(block: &MapBlock, is_named: bool) -> admin::MapBlock {
    let placed = || block.addresses.iter().map(|address| (Block::index_of(address.address), address));
    let mut states = [b'-'; 256];
    for (place, address) in placed() {
        states[usize::from(place)] = letter(address.state);
    }
    let is_host = |address: &MapAddress| matches!(address.state, AddressState::Up | AddressState::Gone);
    let hosts = placed().filter(|(_, address)| is_named && is_host(address));
    let up = block.addresses.iter().filter(|address| address.state == AddressState::Up);
    admin::MapBlock {
        block: block.block.to_string(),
        states: states.into_iter().map(char::from).collect(),
        open: up.map(|address| address.open).collect(),
        changed: times(placed().map(|(place, address)| (place, address.changed))),
        covered: times(placed().map(|(place, address)| (place, address.covered))),
        names: hosts.filter_map(|(place, address)| Some((place, address.name.clone()?))).collect(),
    }
}

fn letter(state: AddressState) -> u8 {
    match state {
        AddressState::Up => b'u',
        AddressState::Gone => b'g',
        AddressState::NeverUp => b'n',
        AddressState::Unknown => b'?',
    }
}

/// The places of each time, the newest first. The places come in order.
fn times(places: impl Iterator<Item = (u8, Option<UnixTime>)>) -> Vec<MapTime> {
    let mut of_time: BTreeMap<UnixTime, Vec<(u8, u8)>> = BTreeMap::new();
    for (place, time) in places.filter_map(|(place, time)| Some((place, time?))) {
        let ranges = of_time.entry(time).or_default();
        match ranges.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(place) => *end = place,
            _ => ranges.push((place, place)),
        }
    }
    let text = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
    let times = of_time.into_iter().rev();
    times
        .map(|(time, ranges)| MapTime {
            time: Time(time),
            places: ranges.into_iter().map(text).collect::<Vec<_>>().join(","),
        })
        .collect()
}
