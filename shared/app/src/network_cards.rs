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
    /// Where it stands among cards of this order: they are in the order of these texts, of which each has its own.
    #[must_use]
    pub fn place(&self, sort: CardSort) -> String {
        let name = &self.network.name;
        let least_first = |value: i64| format!("{value:020}");
        let most_first = |value: i64| least_first(i64::MAX - value);
        let changes = i64::try_from(self.changes()).unwrap_or(i64::MAX);
        let by = self.last.as_ref().map(|last| match sort {
            CardSort::Recent => most_first(last.finished.seconds()),
            CardSort::Oldest => least_first(last.finished.seconds()),
            CardSort::LowestScore => least_first(last.score.into()),
            CardSort::HighestScore => most_first(last.score.into()),
            CardSort::Name => String::new(),
            CardSort::FewestChanges => least_first(changes),
            CardSort::MostChanges => most_first(changes),
        });
        // What no run touched comes behind all digits.
        let untouched = if sort == CardSort::Name { "" } else { "~" };
        let by = by.unwrap_or_else(|| untouched.to_owned());
        let site = self.last.as_ref().map(|last| last.site.as_str()).unwrap_or_default();
        format!("{by}\0{}\0{name}\0{site}", name.to_lowercase())
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
        cards.sort_by_cached_key(|card| card.place(sort));
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
