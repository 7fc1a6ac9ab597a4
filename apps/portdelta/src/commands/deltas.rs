//! `portdelta deltas`: what changed, newest run first.

use std::net::IpAddr;

use portdelta_app::App;
use portdelta_app::repositories::RunRecord;
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, Port, UnixTime};
use portdelta_protocol::admin::{AcceptedDelta, History};

use super::expectations::{accept, acceptance};
use super::{only_site, remote};
use crate::arguments::{DeltasArguments, DeltasCommand, OutputFormat};
use crate::client::Client;
use crate::failure::Failure;
use crate::inputs;
use crate::output::{delta_listing, heading, print_changes, print_line};
use crate::source::{Purpose, Source};

/// What is said where nothing changed.
pub const EMPTY: &str = "Nothing changed. What was seen for the first time is no change: see --first-looks.";

/// Lists changes run by run.
pub async fn deltas(arguments: &DeltasArguments) -> Result<u8, Failure> {
    if let Some(DeltasCommand::Accept { address, ports, fields, site, remote }) = &arguments.command {
        let client = Client::of(&remote.server)?;
        let site = only_site(&client, site.as_ref()).await?;
        let mut wanted = acceptance(fields)?;
        wanted.deltas = last_changes(&client, site, *address, ports).await?;
        return accept(&client, wanted, remote).await;
    }
    let addresses = super::hosts::targets(&arguments.targets)?;
    let since = arguments.since.as_deref().map(inputs::time).transpose()?.unwrap_or(UnixTime::EPOCH);
    let (app, site) = match Source::of(&arguments.view, Purpose::Read).await? {
        Source::Local(app, site) => (app, site),
        Source::Server(client, site) => return remote::deltas(&client, &site, arguments, since).await,
    };
    let mut all: Vec<Delta> = Vec::new();
    let (mut after, mut left, mut any) =
        (None, arguments.runs.map_or(usize::MAX, std::num::NonZero::get), false);
    'runs: loop {
        let page = app.runs(&site, None, after).await?;
        for run in &page.runs {
            if left == 0 {
                break 'runs;
            }
            left -= 1;
            let found = wanted(&app, run, arguments, addresses.as_ref(), since).await?;
            if arguments.format.format != OutputFormat::Table {
                all.extend(found);
            } else if !found.is_empty() {
                if any {
                    print_line("")?;
                }
                any = true;
                print_line(&heading(run.started, &run.title))?;
                print_changes(&found, arguments.why)?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if arguments.format.format != OutputFormat::Table {
        delta_listing(&all, EMPTY).print(arguments.format.format)?;
    } else if !any {
        print_line(EMPTY)?;
    }
    Ok(0)
}

/// What ports of a host last turned into.
async fn last_changes(
    client: &Client,
    site: SiteId,
    address: IpAddr,
    ports: &[Port],
) -> Result<Vec<AcceptedDelta>, Failure> {
    let text = address.to_string();
    let history: History = client.get(&["sites", site.as_str(), "hosts", &text, "history"]).answer().await?;
    let of_port = |port: &Port| {
        let kinds = [Kind::PortOpened, Kind::PortReopened, Kind::PortClosed, Kind::ServiceChanged];
        let about = history.changes.iter().filter(|change| {
            change.port == Some(port.number)
                && change.protocol.as_deref() == Some(port.protocol.name())
                && kinds.iter().any(|kind| kind.name() == change.kind)
        });
        // Of a time, that it opened says less than what its service is, and whoever wants that writes an expectation.
        let last = about.max_by_key(|change| (change.time.0, change.kind != Kind::ServiceChanged.name()));
        let last = last.ok_or_else(|| {
            Failure::new("unknown", format!("{port} of {text} never changed at site {site}"))
                .hint("`portdelta expectations add` expects it all the same.")
        })?;
        Ok(AcceptedDelta { site: site.clone(), address: text.clone(), id: last.id.clone() })
    };
    ports.iter().map(of_port).collect()
}

async fn wanted(
    app: &App,
    run: &RunRecord,
    arguments: &DeltasArguments,
    addresses: Option<&AddressSet>,
    since: UnixTime,
) -> Result<Vec<Delta>, Failure> {
    let mut deltas = app.run_deltas(run, arguments.first_looks).await?;
    deltas.retain(|delta| {
        delta.time >= since
            && addresses.is_none_or(|set| set.contains(delta.address))
            && (arguments.kind.is_empty() || arguments.kind.contains(&delta.kind))
    });
    Ok(deltas)
}
