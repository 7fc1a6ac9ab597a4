//! `portdelta hosts`: what is there.

use std::collections::BTreeMap;

use portdelta_app::repositories::HostNote;
use portdelta_app::{App, HostFilter, HostRow, UNASSIGNED, addresses_of_network};
use portdelta_core::ids::SiteId;
use portdelta_core::state::Presence;
use portdelta_core::{AddressSet, UnixTime};
use portdelta_formats::report::{rfc3339, service_text, value_json};
use serde_json::{Value, json};

use super::remote;
use crate::arguments::{HostsArguments, OutputFormat};
use crate::failure::Failure;
use crate::inputs;
use crate::output::{Listing, minute_text, plural, print_line};
use crate::source::{Purpose, Source};

/// The columns of hosts.
const COLUMNS: &[&str] = &["address", "status", "names", "ports", "last_covered", "owner", "labels"];

/// A list of the hosts of a site.
pub fn listing(site: &SiteId) -> Listing {
    let empty = format!("No host is known to be up at site {site}.");
    Listing::new(COLUMNS, empty).folding(&["owner", "labels"], "names")
}

/// Lists hosts with their open ports.
pub async fn hosts(arguments: &HostsArguments) -> Result<u8, Failure> {
    let filter = HostFilter {
        addresses: targets(&arguments.targets)?,
        port: arguments.port.as_deref().map(inputs::port).transpose()?,
        gone: arguments.gone,
    };
    let (app, site) = match Source::of(&arguments.view, Purpose::Read).await? {
        Source::Local(app, site) => (app, site),
        Source::Server(client, site) => return remote::hosts(&client, &site, arguments, filter.port).await,
    };
    let filter = HostFilter { addresses: of_network(&app, arguments, filter.addresses).await?, ..filter };
    let rows = app.hosts(&site, &filter).await?;
    let notes = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => app.host_notes(&site, (first.address, last.address)).await?,
        _ => BTreeMap::new(),
    };
    let mut listing = listing(&site);
    for host in &rows {
        let note = notes.get(&host.address);
        let mut json = host_json(host);
        if let Some(note) = note {
            json["owner"] = json!(note.owner);
            json["labels"] = json!(note.labels);
        }
        listing.row(cells(host, note), json);
    }
    listing.print(arguments.format.format)?;
    if arguments.format.format == OutputFormat::Table {
        print_sum(rows.len(), rows.iter().map(|host| host.state.open_ports().count()).sum())?;
    }
    Ok(0)
}

/// How much a table shows; nothing below an empty one.
pub fn print_sum(hosts: usize, ports: usize) -> Result<(), Failure> {
    if hosts == 0 {
        return Ok(());
    }
    print_line(&format!("{}, {}", plural(hosts as u64, "host"), plural(ports as u64, "open port")))
}

/// The addresses that a list of arguments names; `None` for an empty list.
pub fn targets(texts: &[String]) -> Result<Option<AddressSet>, Failure> {
    if texts.is_empty() { Ok(None) } else { inputs::addresses(&texts.join(",")).map(Some) }
}

/// Those of them, or of all, that belong to the network that is wanted.
async fn of_network(
    app: &App,
    arguments: &HostsArguments,
    targets: Option<AddressSet>,
) -> Result<Option<AddressSet>, Failure> {
    let Some(name) = &arguments.network else { return Ok(targets) };
    let own = addresses_of_network(&app.networks().await?, name, targets).ok_or_else(|| {
        Failure::new("unknown", format!("there is no network {name}"))
            .hint(format!("`{UNASSIGNED}` stands for what is in no network"))
    })?;
    Ok(Some(own))
}

/// `up`, `gone` or `pending`.
pub fn status(presence: Presence) -> &'static str {
    match presence {
        Presence::Up => "up",
        Presence::Gone => "gone",
        Presence::Awaited => "pending",
    }
}

fn cells(host: &HostRow, note: Option<&HostNote>) -> Vec<String> {
    let ports: Vec<String> = host
        .state
        .open_ports()
        .map(|(port, state)| match &state.service {
            Some(service) => format!("{port} {}", service_text(&service.value)),
            None => port.to_string(),
        })
        .collect();
    let names = host.state.names.as_ref().map(|names| names.value.join(" ")).unwrap_or_default();
    vec![
        host.address.to_string(),
        status(host.state.presence).to_owned(),
        names,
        summary(&ports),
        host.last_covered.map(minute_text).unwrap_or_default(),
        note.map(|note| note.owner.clone()).unwrap_or_default(),
        note.map(|note| note.labels.join(", ")).unwrap_or_default(),
    ]
}

/// The ports in a cell; a tarpit's are counted.
pub fn summary(ports: &[String]) -> String {
    const MOST: usize = 40;
    let named = ports.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match ports.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// A host as JSON.
pub fn host_json(host: &HostRow) -> Value {
    let time = |time: Option<UnixTime>| time.map(rfc3339);
    let ports: Vec<Value> = host
        .state
        .open_ports()
        .map(|(port, state)| {
            let covered = host.ports_covered.iter().find(|(covered, _)| *covered == port);
            json!({
                "protocol": port.protocol.name(),
                "port": port.number,
                "first_seen": rfc3339(state.first_seen),
                "last_covered": time(covered.and_then(|(_, time)| *time)),
                "pending": state.pending.is_some(),
                "service": state.service.as_ref().map(|service| {
                    value_json(&portdelta_core::delta::Value::Service(service.value.clone()))
                }),
            })
        })
        .collect();
    json!({
        "address": host.address.to_string(),
        "status": status(host.state.presence),
        "pending": host.state.is_pending(),
        "names": host.state.names.as_ref().map(|names| &names.value),
        "aliases": host.state.aliases,
        "mac": host.state.mac.as_ref().map(|mac| mac.value.map(|byte| format!("{byte:02x}")).join(":")),
        "first_seen": rfc3339(host.state.first_seen),
        "last_covered": time(host.last_covered),
        "ports": ports,
    })
}
