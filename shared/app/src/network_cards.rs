//! Networks at a glance: how each is at each site, and what its last run changed.

use portdelta_core::AddressSet;
use portdelta_core::ids::SiteId;
use portdelta_core::score::{RunStatus, ScoreClass};

use crate::App;
use crate::error::AppError;
use crate::places::UNASSIGNED;
use crate::repositories::{Network, NetworkRun};

/// A network as one site sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkCard {
    /// The network; one without prefixes is called [`UNASSIGNED`] and stands for all addresses of no network.
    pub network: Network,
    /// Its last run; `None` where no run of any site touched it.
    pub last: Option<NetworkRun>,
}

/// Which cards are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardFilter {
    /// At this site.
    pub site: Option<SiteId>,
    /// Whose last run has this status.
    pub status: Option<RunStatus>,
    /// Whose last run has a score of this class.
    pub class: Option<ScoreClass>,
    /// With this text in the network's name, whatever its case.
    pub name: Option<String>,
}

/// In which order cards come; what no run touched comes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardSort {
    /// The newest run first.
    #[default]
    Recent,
    /// The oldest run first.
    Oldest,
    /// The lowest score first.
    LowestScore,
    /// The highest score first.
    HighestScore,
    /// By the network's name.
    Name,
    /// The fewest changes first.
    FewestChanges,
    /// The most changes first.
    MostChanges,
}

impl NetworkCard {
    /// Unique: its site and network.
    #[must_use]
    pub fn id(&self) -> String {
        let site = self.last.as_ref().map(|last| last.site.as_str()).unwrap_or_default();
        format!("{site}#{}", self.network.name)
    }

    fn changes(&self) -> u64 {
        self.last.iter().flat_map(|last| last.changes.values()).sum()
    }
}

impl CardFilter {
    fn wants(&self, card: &NetworkCard) -> bool {
        let last = card.last.as_ref();
        self.site.as_ref().is_none_or(|site| last.is_some_and(|last| last.site == *site))
            && self.status.is_none_or(|status| last.is_some_and(|last| last.status == status))
            && self.class.is_none_or(|class| last.is_some_and(|last| last.class == class))
            && self
                .name
                .as_ref()
                .is_none_or(|name| card.network.name.to_lowercase().contains(&name.to_lowercase()))
    }
}

impl App {
    /// The cards of all networks, one for each site that a run of touched it, and one without for a network that
    /// none touched.
    pub async fn network_cards(
        &self,
        filter: &CardFilter,
        sort: CardSort,
    ) -> Result<Vec<NetworkCard>, AppError> {
        let mut lines = self.newest_network_runs().await?;
        let mut networks = self.networks().await?;
        if lines.iter().any(|line| line.network == UNASSIGNED) {
            networks.push(unassigned());
        }
        let mut cards = Vec::new();
        for network in networks {
            let (own, rest): (Vec<_>, Vec<_>) =
                lines.into_iter().partition(|line| line.network == network.name);
            lines = rest;
            if own.is_empty() {
                cards.push(NetworkCard { network: network.clone(), last: None });
            }
            let card = |line| NetworkCard { network: network.clone(), last: Some(line) };
            cards.extend(own.into_iter().map(card));
        }
        cards.retain(|card| filter.wants(card));
        cards.sort_by(|one, other| {
            let time = |card: &NetworkCard| card.last.as_ref().map(|last| last.finished);
            let score = |card: &NetworkCard| card.last.as_ref().map(|last| last.score);
            let by = match sort {
                CardSort::Recent => time(other).cmp(&time(one)),
                CardSort::Oldest => time(one).cmp(&time(other)),
                CardSort::LowestScore => score(one).cmp(&score(other)),
                CardSort::HighestScore => score(other).cmp(&score(one)),
                CardSort::Name => std::cmp::Ordering::Equal,
                CardSort::FewestChanges => one.changes().cmp(&other.changes()),
                CardSort::MostChanges => other.changes().cmp(&one.changes()),
            };
            let untouched_last = one.last.is_none().cmp(&other.last.is_none());
            let by = if sort == CardSort::Name { by } else { untouched_last.then(by) };
            by.then_with(|| one.network.name.to_lowercase().cmp(&other.network.name.to_lowercase()))
                .then_with(|| one.id().cmp(&other.id()))
        });
        Ok(cards)
    }

    /// A network by its name, [`UNASSIGNED`] too.
    pub async fn network_or_rest(&self, name: &str) -> Result<Option<Network>, AppError> {
        if name == UNASSIGNED { Ok(Some(unassigned())) } else { self.network(name).await }
    }

    /// The names of all networks, [`UNASSIGNED`] too.
    pub(crate) async fn network_names(&self) -> Result<Vec<String>, AppError> {
        let mut names: Vec<_> = self.networks().await?.into_iter().map(|network| network.name).collect();
        names.push(UNASSIGNED.to_owned());
        Ok(names)
    }
}

/// What stands for all addresses of no network.
fn unassigned() -> Network {
    Network {
        name: UNASSIGNED.to_owned(),
        prefixes: AddressSet::default(),
        owner: String::new(),
        notes: String::new(),
        labels: Vec::new(),
    }
}
