//! `portdelta history`: all that is known and ever changed at an address.

use anstyle::Style;
use portdelta_app::{App, HistoryEntry, HistoryFilter, HistoryPlace, HostRow};
use portdelta_core::escape::escape;
use portdelta_core::ids::SiteId;
use portdelta_core::state::Presence;
use portdelta_formats::report::{
    DeltaView, ReportDelta, change, rfc3339, service_text, to_line, to_pretty, why,
};
use serde_json::{Value, json};

use super::hosts::{host_json, status};
use super::remote;
use super::result::{Place, Results, agreed};
use crate::arguments::{HistoryArguments, OutputFormat};
use crate::failure::Failure;
use crate::inputs;
use crate::output::{BOLD, DIM, delta_listing, print_line, print_wrapped, time_text};
use crate::source::{Purpose, Source};

/// Shows a host and its past.
pub async fn history(arguments: &HistoryArguments) -> Result<u8, Failure> {
    let filter = HistoryFilter {
        port: arguments.port.as_deref().map(inputs::port).transpose()?,
        kinds: arguments.changes.kind.clone(),
        since: arguments.changes.since.as_deref().map(inputs::time).transpose()?,
        until: arguments.until.as_deref().map(inputs::time).transpose()?,
        without_first_looks: false,
    };
    let (app, site) = match Source::of(&arguments.view, Purpose::Read).await? {
        Source::Local(app, site) => (app, site),
        Source::Server(client, site) => return remote::history(&client, &site, arguments, &filter).await,
    };
    let host = app.host(&site, arguments.address).await?;
    let entries = newest(&app, &site, arguments, &filter).await?;
    let mut results = Results::of(Place::Folder(&app));
    if arguments.changes.evidence {
        for (_, id) in entries.iter().flat_map(|entry| &entry.delta.why.agreed) {
            results.look_up(&site, &id.to_string()).await?;
        }
    }
    let changes = || -> Vec<Value> {
        let view = |entry: &HistoryEntry| {
            let mut view = json!(DeltaView::of(&entry.delta));
            if let Some(fields) = view.as_object_mut() {
                fields.insert("time".to_owned(), json!(rfc3339(entry.delta.time)));
                fields.insert("run".to_owned(), json!(entry.run.to_string()));
                fields.insert("late".to_owned(), json!(entry.late));
                fields.insert("first_look".to_owned(), json!(entry.delta.first_look));
            }
            results.beside((ReportDelta::of(&entry.delta, entry.late), view)).1
        };
        entries.iter().map(view).collect()
    };
    match arguments.format.format {
        OutputFormat::Json => {
            let host = host.as_ref().map(host_json);
            let address = arguments.address.to_string();
            print_line(&to_pretty(&json!({"address": address, "host": host, "changes": changes()}))?)?;
        }
        OutputFormat::Jsonl => {
            for change in changes() {
                print_line(&to_line(&change)?)?;
            }
        }
        OutputFormat::Csv => {
            delta_listing(entries.iter().map(|entry| &entry.delta), "").print(OutputFormat::Csv)?;
        }
        OutputFormat::Table => {
            let Some(host) = host else {
                return print_line(&format!("Nothing is known of {}.", arguments.address)).map(|()| 0);
            };
            print_host(&host)?;
            print_line("")?;
            for entry in &entries {
                let first = if entry.delta.first_look { " (first look)" } else { "" };
                let late = if entry.late { ", late" } else { "" };
                let (time, change) = (time_text(entry.delta.time), change(&entry.delta));
                print_wrapped("", Style::new(), &format!("{time}  {change}{first}{late}"))?;
                print_wrapped("    ", DIM, &format!("why: {}", why(&entry.delta)))?;
                let delta = ReportDelta::of(&entry.delta, entry.late);
                for line in results.lines(agreed(&delta)) {
                    print_wrapped("    ", DIM, &line)?;
                }
            }
        }
    }
    Ok(0)
}

/// The newest changes that are wanted, oldest first.
async fn newest(
    app: &App,
    site: &SiteId,
    arguments: &HistoryArguments,
    filter: &HistoryFilter,
) -> Result<Vec<HistoryEntry>, Failure> {
    let most = arguments.limit.map_or(usize::MAX, std::num::NonZero::get);
    let (mut entries, mut place) = (Vec::new(), Some(HistoryPlace::default()));
    while let Some(here) = place.filter(|_| entries.len() < most) {
        let left = most - entries.len();
        let (more, next) = app.history_page(site, arguments.address, filter, here, left).await?;
        entries.extend(more);
        place = next;
    }
    entries.sort_by_key(|entry| entry.delta.time);
    Ok(entries)
}

fn print_host(host: &HostRow) -> Result<(), Failure> {
    let state = &host.state;
    let names = state.names.as_ref().map(|names| names.value.join(" ")).unwrap_or_default();
    let head = format!("{BOLD}{}{BOLD:#}  {}  {}", host.address, status(state.presence), escape(&names));
    print_line(head.trim_end())?;
    print_line(&format!("  first seen    {}", time_text(state.first_seen)))?;
    if let Some(time) = host.last_covered {
        print_line(&format!("  last covered  {}", time_text(time)))?;
    }
    if state.pending.is_some() {
        let what = if state.presence == Presence::Up { "gone" } else { "up" };
        print_line(&format!("  pending: may be {what}, more results must agree"))?;
    }
    for (port, covered) in &host.ports_covered {
        let Some(known) = state.ports.get(port) else { continue };
        let service = known.service.as_ref().map(|service| service_text(&service.value)).unwrap_or_default();
        let covered = covered.map(|time| format!(", last covered {}", time_text(time))).unwrap_or_default();
        let port = port.to_string();
        let since = time_text(known.changed);
        print_wrapped("  ", Style::new(), &format!("{port:<10} open since {since}{covered}  {service}"))?;
    }
    Ok(())
}
