//! `portdelta sites`: vantage points.

use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{NewSite, Site, SiteChange};
use serde_json::json;

use crate::arguments::{Choice, SitesCommand};
use crate::client::{Client, Pages};
use crate::failure::Failure;
use crate::output::{Listing, minute_text, tell};

/// Does what is asked with sites.
pub async fn sites(command: &SitesCommand) -> Result<u8, Failure> {
    match command {
        SitesCommand::List(remote) => {
            let client = Client::of(&remote.server)?;
            let sites: Vec<Site> = Pages::of(client.get(&["sites"])).all().await?;
            let mut listing = Listing::new(&["site", "name", "state", "made"], "There is no site.");
            for site in &sites {
                let state = if site.active { "active" } else { "removed" };
                let cells = vec![
                    site.id.to_string(),
                    site.name.clone(),
                    state.to_owned(),
                    minute_text(site.created.0),
                ];
                listing.row(cells, json!(site));
            }
            listing.print(remote.format.format)?;
        }
        SitesCommand::Add { site, name, notes, remote } => {
            let new = NewSite { id: site.clone(), name: name.clone(), notes: notes.clone() };
            let made: Site = Client::of(&remote.server)?.post(&["sites"]).json(&new)?.answer().await?;
            tell(remote.format.format, &format!("Made the site {}.", made.id), &made)?;
        }
        SitesCommand::Edit { site, name, notes, active, remote } => {
            let client = Client::of(&remote.server)?;
            let path = ["sites", site.as_str()];
            let (old, tag): (Site, _) = client.get(&path).tagged().await?;
            let change = SiteChange {
                name: name.clone().unwrap_or(old.name),
                notes: notes.clone().unwrap_or(old.notes),
                active: active.map_or(old.active, |active| active == Choice::Yes),
            };
            let call = client.put(&path).if_match(tag);
            let site: Site = call.json(&change)?.answer().await?;
            tell(remote.format.format, &format!("Changed the site {} ({}).", site.id, site.name), &site)?;
        }
        SitesCommand::Remove { site, remote } => {
            Client::of(&remote.server)?.delete(&["sites", site.as_str()]).done().await?;
            tell(
                remote.format.format,
                &format!("No more runs begin at the site {site}."),
                &json!({"removed": site}),
            )?;
        }
    }
    Ok(0)
}

/// Some site, for what is the same at all of them.
pub async fn any_site(client: &Client) -> Result<Option<SiteId>, Failure> {
    let sites: Vec<Site> = Pages::of(client.get(&["sites"])).all().await?;
    let any = sites.iter().find(|site| site.active).or(sites.first());
    Ok(any.map(|site| site.id.clone()))
}

/// The site that is named, or the only one that the server has.
pub async fn only_site(client: &Client, wanted: Option<&SiteId>) -> Result<SiteId, Failure> {
    if let Some(site) = wanted {
        return Ok(site.clone());
    }
    let mut sites: Vec<Site> = Pages::of(client.get(&["sites"])).all().await?;
    if sites.iter().any(|site| site.active) {
        sites.retain(|site| site.active);
    }
    if sites.len() > 1 {
        let names = sites.iter().take(10).map(|site| site.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::new("which_site", format!("the server has {} sites", sites.len()))
            .hint(format!("Name one with --site: {names}.")));
    }
    let only = sites.pop().ok_or_else(|| {
        Failure::new("no_site", "the server has no site").hint("Make one: `portdelta sites add office`.")
    })?;
    Ok(only.id)
}
