//! What a command works on: a data folder, or a server.

use portdelta_app::App;
use portdelta_core::ids::SiteId;

use crate::arguments::ViewArguments;
use crate::client::{Client, Target};
use crate::commands::only_site;
use crate::failure::Failure;
use crate::store;

/// A data folder or a server, and the site there.
pub enum Source {
    /// A folder of this machine.
    Local(Box<App>, SiteId),
    /// A server.
    Server(Client, SiteId),
}

/// What a command does with what it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It reads: without a data folder it looks at the server that somebody signed in at.
    Read,
    /// It writes: a data folder is made where there is none, and a server must be named.
    Write,
}

impl Source {
    /// The folder of `--data`, else the server that is named here or in the environment, else the usual folder.
    pub async fn of(view: &ViewArguments, purpose: Purpose) -> Result<Self, Failure> {
        if view.data.is_none() {
            if view.server.named().is_some() {
                return Self::server(Client::of(&view.server)?, view).await;
            }
            let folder = store::named_folder(None);
            let is_empty = !folder.as_ref().is_ok_and(|folder| folder.join(store::STATE_FILE).is_file());
            if purpose == Purpose::Read
                && is_empty
                && let Some(target) = Target::known(&view.server)?
            {
                return Self::server(Client::to(&target)?, view).await;
            }
        }
        let folder = store::named_folder(view.data.as_deref())?;
        let app = match purpose {
            Purpose::Read => store::open_existing(&folder)?,
            Purpose::Write => store::open(&folder)?,
        };
        let site = match &view.site {
            Some(site) => site.clone(),
            None => "local"
                .parse()
                .map_err(|error: portdelta_core::ids::NotAnId| Failure::new("bad_site", error.to_string()))?,
        };
        Ok(Self::Local(Box::new(app), site))
    }

    async fn server(client: Client, view: &ViewArguments) -> Result<Self, Failure> {
        let site = only_site(&client, view.site.as_ref()).await?;
        Ok(Self::Server(client, site))
    }
}
