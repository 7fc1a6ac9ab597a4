//! `portdelta deltas`: what changed, newest run first.

use std::net::IpAddr;

use portdelta_app::App;
use portdelta_app::repositories::RunRecord;
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, Port, UnixTime};
use portdelta_formats::report::ReportDelta;
use portdelta_protocol::admin::AcceptedDelta;
use serde_json::Value;

use super::expectations::{accept, acceptance};
use super::result::{Place, Results, agreed};
use super::{only_site, remote};
use crate::arguments::{DeltasArguments, DeltasCommand, OutputFormat};
use crate::client::{Client, HistoryPages};
use crate::failure::Failure;
use crate::inputs;
use crate::output::{delta_json, heading, print_explained, print_line, report_delta_listing};
use crate::source::{Purpose, Source};

/// So many changes of a port are of more than one time.
const FEW: usize = 20;

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
    let since = arguments.changes.since.as_deref().map(inputs::time).transpose()?.unwrap_or(UnixTime::EPOCH);
    let (app, site) = match Source::of(&arguments.view, Purpose::Read).await? {
        Source::Local(app, site) => (app, site),
        Source::Server(client, site) => return remote::deltas(&client, &site, arguments, since).await,
    };
    let mut all: Vec<(ReportDelta, Value)> = Vec::new();
    let mut results = Results::of(Place::Folder(&app));
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
            let found: Vec<_> =
                found.iter().map(|delta| (ReportDelta::of(delta, false), delta_json(delta))).collect();
            if arguments.changes.evidence {
                results.look_up_all(&site, found.iter().flat_map(|(delta, _)| agreed(delta))).await?;
            }
            if arguments.format.format != OutputFormat::Table {
                all.extend(found);
            } else if !found.is_empty() {
                if any {
                    print_line("")?;
                }
                any = true;
                print_line(&heading(run.started, &run.title))?;
                let found: Vec<_> = found.into_iter().map(|(delta, _)| delta).collect();
                let with_why = arguments.why || arguments.changes.evidence;
                print_explained(&found, with_why, &|delta| results.lines(agreed(delta)))?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if arguments.format.format != OutputFormat::Table {
        let rows = all.into_iter().map(|row| results.beside(row));
        report_delta_listing(rows, EMPTY).print(arguments.format.format)?;
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
    let kinds = [Kind::PortOpened, Kind::PortReopened, Kind::PortClosed, Kind::ServiceChanged];
    let kinds = kinds.map(Kind::name).join(",");
    let mut last_changes = Vec::with_capacity(ports.len());
    for port in ports {
        let call = client.get(&["sites", site.as_str(), "hosts", &text, "history"]);
        let mut pages = HistoryPages::of(call.query("port", port).query("kind", &kinds));
        let mut newest = Vec::new();
        while newest.is_empty()
            && let Some(page) = pages.next(FEW).await?
        {
            newest = page.changes;
        }
        // Of a time, that it opened says less than what its service is, and whoever wants that writes an expectation.
        let last =
            newest.iter().max_by_key(|change| (change.time.0, change.kind != Kind::ServiceChanged.name()));
        let last = last.ok_or_else(|| {
            Failure::new("unknown", format!("{port} of {text} never changed at site {site}"))
                .hint("`portdelta expectations add` expects it all the same.")
        })?;
        last_changes.push(AcceptedDelta { site: site.clone(), address: text.clone(), id: last.id.clone() });
    }
    Ok(last_changes)
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
            && (arguments.changes.kind.is_empty() || arguments.changes.kind.contains(&delta.kind))
    });
    Ok(deltas)
}
