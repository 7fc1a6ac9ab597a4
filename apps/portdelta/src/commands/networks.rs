//! `portdelta networks`: names for addresses.

use portdelta_protocol::admin::{Network, NetworkChange};
use serde_json::json;

use crate::arguments::{NetworkFields, NetworksCommand};
use crate::client::{Client, Pages};
use crate::failure::Failure;
use crate::output::{Listing, tell};

/// Does what is asked with networks.
pub async fn networks(command: &NetworksCommand) -> Result<u8, Failure> {
    match command {
        NetworksCommand::List(remote) => {
            let client = Client::of(&remote.server)?;
            let networks: Vec<Network> = Pages::of(client.get(&["networks"])).all().await?;
            let columns = &["network", "prefixes", "owner", "labels"];
            let mut listing = Listing::new(columns, "No addresses have a name.");
            for network in &networks {
                let Network { name, prefixes, owner, labels, .. } = network;
                let cells = vec![name.clone(), prefixes.clone(), owner.clone(), labels.join(", ")];
                listing.row(cells, json!(network));
            }
            listing.print(remote.format.format)?;
        }
        NetworksCommand::Add { name, fields, remote } => {
            let prefixes = fields.prefixes.clone().ok_or_else(|| {
                Failure::new("no_prefixes", "a network has addresses")
                    .hint("Give them: --prefixes 10.0.0.0/24.")
            })?;
            let (owner, notes, labels) = fields.remarks.over(Default::default());
            let new = Network { name: name.clone(), prefixes, owner, notes, labels };
            let made: Network = Client::of(&remote.server)?.post(&["networks"]).json(&new)?.answer().await?;
            tell(remote.format.format, &format!("Named {} {}.", made.prefixes, made.name), &made)?;
        }
        NetworksCommand::Edit { name, fields, remote } => {
            let client = Client::of(&remote.server)?;
            let (old, tag): (Network, _) = client.get(&["networks", name]).tagged().await?;
            let change = changed(old, fields);
            let call = client.put(&["networks", name]).if_match(tag);
            let network: Network = call.json(&change)?.answer().await?;
            tell(remote.format.format, &format!("Changed the network {}.", network.name), &network)?;
        }
        NetworksCommand::Remove { name, remote } => {
            Client::of(&remote.server)?.delete(&["networks", name]).done().await?;
            tell(remote.format.format, &format!("Removed the network {name}."), &json!({"removed": name}))?;
        }
    }
    Ok(0)
}

fn changed(old: Network, fields: &NetworkFields) -> NetworkChange {
    let (owner, notes, labels) = fields.remarks.over((old.owner, old.notes, old.labels));
    NetworkChange { prefixes: fields.prefixes.clone().unwrap_or(old.prefixes), owner, notes, labels }
}
