//! Networks at a glance and over time.

use std::num::NonZeroUsize;

use axum::extract::State;
use portdelta_app::repositories::{Network, NetworkRun};
use portdelta_app::{CardFilter, CardSort, NetworkCard, NetworkHistory, NetworkPlace};
use portdelta_core::ids::SiteId;
use portdelta_core::score::{RunStatus, ScoreClass};
use portdelta_protocol::admin::{self, Page, Score, Time};
use serde::Deserialize;

use super::{networks, sites};
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor, page_of};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::runs::outcome;
use crate::views::{self, kinds};

/// Which cards are wanted, and in which order.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedCards {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only those whose last run has this status: `stable`, `changes` or `critical`.
    #[param(value_type = Option<String>)]
    status: Option<RunStatus>,
    /// Only those whose last run has a score of this class: `excellent`, `good`, `monitor` or `critical`.
    #[param(value_type = Option<String>)]
    class: Option<ScoreClass>,
    /// Only with this text in the network's name.
    name: Option<String>,
    /// `recent` (the default), `oldest`, `score` (lowest first), `-score`, `name`, `changes` (fewest first) or `-changes`.
    #[param(inline)]
    sort: Option<Sort>,
}

/// The order of cards.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Recent,
    Oldest,
    Score,
    #[serde(rename = "-score")]
    ScoreDown,
    Name,
    Changes,
    #[serde(rename = "-changes")]
    ChangesDown,
}

/// Networks at a glance, one card for each site that saw it
///
/// A card changes its place with each run of its network, unless they are sorted by name: one that does so between two
/// pages may come again, or not at all.
#[utoipa::path(get, path = "/network-cards", operation_id = "network_cards", tag = "networks",
    params(WantedCards, Paging), responses((status = 200, body = Page<admin::NetworkCard>)))]
pub(crate) async fn cards(
    State(api): State<Api>,
    Query(wanted): Query<WantedCards>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::NetworkCard>>, ApiError> {
    let of = format!("network cards {wanted:?}");
    let sort = match wanted.sort {
        None | Some(Sort::Recent) => CardSort::Recent,
        Some(Sort::Oldest) => CardSort::Oldest,
        Some(Sort::Score) => CardSort::LowestScore,
        Some(Sort::ScoreDown) => CardSort::HighestScore,
        Some(Sort::Name) => CardSort::Name,
        Some(Sort::Changes) => CardSort::FewestChanges,
        Some(Sort::ChangesDown) => CardSort::MostChanges,
    };
    let WantedCards { site, status, class, name, .. } = wanted;
    let filter = CardFilter { site, status, class, name };
    let cards = api.service.app().network_cards(&filter, sort).await?;
    let page = page_of(cards, &paging, &of, |card: &NetworkCard| card.place(sort))?;
    Ok(Answer(Page { items: page.items.into_iter().map(card).collect(), next: page.next }))
}

fn card(card: NetworkCard) -> admin::NetworkCard {
    let network = networks::view(card.network);
    let Some(last) = card.last else {
        return admin::NetworkCard {
            network,
            site: None,
            status: None,
            change_score: None,
            class: None,
            posture: None,
            open_ports: None,
            hosts_up: None,
            last_run: None,
            changes: std::collections::BTreeMap::new(),
        };
    };
    admin::NetworkCard {
        network,
        status: Some(last.status.name().to_owned()),
        change_score: Some(last.score),
        class: Some(last.class.name().to_owned()),
        posture: last.standing.and_then(|standing| standing.posture),
        open_ports: last.standing.map(|standing| standing.open_ports),
        hosts_up: last.standing.map(|standing| standing.hosts_up),
        last_run: Some(admin::CardRun {
            id: last.run,
            scan: last.scan,
            title: last.title,
            started: Time(last.started),
            finished: Time(last.finished),
            state: outcome(last.outcome),
        }),
        site: Some(last.site),
        changes: last.changes,
    }
}

/// A network by its name, `unassigned` too.
pub(super) async fn find(api: &Api, name: &str) -> Result<Network, ApiError> {
    let network = api.service.app().network_or_rest(name).await?;
    network.ok_or_else(|| ApiError::unknown(format!("network {name}")))
}

/// Which changes of a network are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedHistory {
    /// Only as this site sees it.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only these kinds, joined by commas: `port-opened,host-new`.
    kind: Option<String>,
    /// Also what was seen for the first time, which is no change.
    first_looks: Option<bool>,
}

/// What changed in a network, newest run first
#[utoipa::path(get, path = "/networks/{network}/history", operation_id = "network_history", tag = "networks", params(
    ("network" = String, Path), WantedHistory, Paging,
), responses((status = 200, body = Page<admin::Delta>)))]
pub(crate) async fn history(
    State(api): State<Api>,
    Named(name): Named<String>,
    Query(wanted): Query<WantedHistory>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Delta>>, ApiError> {
    let network = find(&api, &name).await?;
    let of = format!("network history {name} {wanted:?}");
    let place: NetworkPlace = paging.place(&of)?.unwrap_or_default();
    let history = NetworkHistory {
        kinds: kinds("kind", wanted.kind.as_deref())?,
        sites: wanted_sites(&api, wanted.site).await?,
        first_looks: wanted.first_looks.unwrap_or(false),
    };
    let app = api.service.app();
    let (items, next) =
        app.network_history(&network, &history, paging.limit()?, place, &views::delta_of).await?;
    Ok(Answer(Page { items, next: next.and_then(|place| cursor(&of, &place)) }))
}

/// The site from which a network is shown: that of the page before, else the one that is wanted, else the one whose run
/// touched the network last; `None` where there was none.
pub(super) async fn seen_from(
    api: &Api,
    network: &str,
    before: Option<&SiteId>,
    wanted: Option<SiteId>,
) -> Result<Option<SiteId>, ApiError> {
    match (before, wanted) {
        (Some(site), _) => Ok(Some(site.clone())),
        (None, Some(site)) => Ok(Some(sites::find(api, &site).await?.id)),
        (None, None) => Ok(api.service.app().site_of_map(network).await?),
    }
}

/// The site that is wanted, or all of them.
pub(super) async fn wanted_sites(api: &Api, site: Option<SiteId>) -> Result<Vec<SiteId>, ApiError> {
    match site {
        Some(site) => Ok(vec![sites::find(api, &site).await?.id]),
        None => Ok(api.service.app().sites().await?.into_iter().map(|site| site.id).collect()),
    }
}

/// Which runs of a network are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedRuns {
    /// As this site sees it; where absent, the site whose run touched the network last.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
}

/// What each run found in a network, newest first: its scores, hosts and open ports over time
#[utoipa::path(get, path = "/networks/{network}/runs", operation_id = "network_runs", tag = "networks", params(
    ("network" = String, Path), WantedRuns, Paging,
), responses((status = 200, body = Page<admin::NetworkRun>)))]
pub(crate) async fn runs(
    State(api): State<Api>,
    Named(name): Named<String>,
    Query(wanted): Query<WantedRuns>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::NetworkRun>>, ApiError> {
    let network = find(&api, &name).await?;
    let app = api.service.app();
    let of = format!("network runs {name} {:?}", wanted.site);
    let place: Option<(SiteId, String)> = paging.place(&of)?;
    let limit = paging.limit()?;
    let from = place.as_ref().map(|(site, _)| site);
    let site = seen_from(&api, &name, from, wanted.site).await?;
    let Some(site) = site else { return Ok(Answer(Page { items: Vec::new(), next: None })) };
    let below = place.as_ref().map(|(_, position)| position.as_str());
    let one_more = NonZeroUsize::new(limit + 1).unwrap_or(NonZeroUsize::MIN);
    let mut lines = app.network_runs(&site, &network.name, below, one_more).await?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).and_then(|last| cursor(&of, &(&site, last.position())));
    Ok(Answer(Page { items: lines.into_iter().map(run).collect(), next }))
}

fn run(line: NetworkRun) -> admin::NetworkRun {
    admin::NetworkRun {
        run: line.run,
        site: line.site,
        scan: line.scan,
        title: line.title,
        started: Time(line.started),
        finished: Time(line.finished),
        evidence: Time(line.evidence),
        state: outcome(line.outcome),
        score: Score {
            value: line.score,
            class: line.class.name().to_owned(),
            status: line.status.name().to_owned(),
        },
        changes: line.changes,
        hosts_up: line.standing.map(|standing| standing.hosts_up),
        open_ports: line.standing.map(|standing| standing.open_ports),
        posture: line.standing.and_then(|standing| standing.posture),
    }
}
