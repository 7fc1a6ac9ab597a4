//! Changes networks, and with them what rules about networks watch and what runs found in them.

use crate::App;
use crate::error::AppError;
use crate::repositories::{Network, NetworkDraft};

// Alerts follow whatever became of the network: whoever asks again may do so because the first time ended in between.
impl App {
    /// Makes a network of what people give; fails where there is one of this name.
    ///
    /// Alerts follow, as they do when [watched ports change](App::set_watched_ports): an address belongs to the
    /// narrowest network around it, so that a new one takes addresses from others.
    pub async fn create_network(&self, draft: &NetworkDraft) -> Result<Network, AppError> {
        let network = draft.check()?;
        let made = self.add_network(&network).await;
        self.follow_networks().await?;
        self.note_networks_anew(&network.name).await?;
        made.map(|()| network)
    }

    /// Changes a network, and alerts with it; gives its version. Fails where there is none of this name, and with
    /// [`AppError::Stale`] where it is not the one that was `seen`.
    pub async fn edit_network(&self, network: &Network, seen: Option<i64>) -> Result<i64, AppError> {
        let edited = self.replace_network(network, seen).await;
        self.follow_networks().await?;
        self.note_networks_anew(&network.name).await?;
        edited
    }

    /// Removes a network, and alerts with it; addresses, their state and reports stay.
    pub async fn delete_network(&self, name: &str) -> Result<(), AppError> {
        let removed = self.remove_network(name).await;
        self.follow_networks().await?;
        self.note_networks_anew(name).await?;
        removed
    }
}
