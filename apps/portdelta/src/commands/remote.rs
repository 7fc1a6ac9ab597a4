//! What `hosts`, `deltas` and `history` show of a server.

use std::collections::HashMap;

use anstyle::Style;
use portdelta_app::HistoryFilter;
use portdelta_core::ids::SiteId;
use portdelta_core::{Port, UnixTime};
use portdelta_formats::report::{to_line, to_pretty};
use portdelta_protocol::admin::{Delta, ExpectedOfPort, Host, HostPort, HostService, Run, Time};
use serde_json::json;

use super::deltas::EMPTY;
use super::hosts::{listing, print_sum, summary};
use super::result::{Place, Results, agreed};
use crate::arguments::{DeltasArguments, HistoryArguments, HostsArguments, OutputFormat};
use crate::client::{Call, Client, HistoryPages, Pages, report_delta};
use crate::failure::Failure;
use crate::output::{
    BOLD, DIM, heading, minute_text, print_explained, print_line, print_wrapped, report_delta_listing,
    time_text,
};
use portdelta_core::escape::escape;

/// Lists hosts with their open ports.
pub async fn hosts(
    client: &Client,
    site: &SiteId,
    arguments: &HostsArguments,
    port: Option<Port>,
) -> Result<u8, Failure> {
    let call = client
        .get(&["sites", site.as_str(), "hosts"])
        .query_some("targets", joined(&arguments.targets))
        .query_some("network", arguments.network.as_ref())
        .query_some("port", port)
        .query_some("gone", arguments.gone.then_some("true"));
    let hosts: Vec<Host> = Pages::of(call).all().await?;
    let mut listing = listing(site);
    for host in &hosts {
        let ports: Vec<String> = host.ports.iter().map(with_service).collect();
        let cells = vec![
            host.address.clone(),
            host.status.clone(),
            host.names.as_ref().map(|names| names.join(" ")).unwrap_or_default(),
            summary(&ports),
            host.last_covered.map(|time| minute_text(time.0)).unwrap_or_default(),
            host.owner.clone().unwrap_or_default(),
            host.labels.join(", "),
        ];
        listing.row(cells, json!(host));
    }
    listing.print(arguments.format.format)?;
    if arguments.format.format == OutputFormat::Table {
        print_sum(hosts.len(), hosts.iter().map(|host| host.ports.len()).sum())?;
    }
    Ok(0)
}

fn joined(targets: &[String]) -> Option<String> {
    (!targets.is_empty()).then(|| targets.join(","))
}

fn with_service(port: &HostPort) -> String {
    let service =
        port.service.as_ref().map(|service| format!(" {}", service_words(service))).unwrap_or_default();
    format!("{}/{}{service}", port.port, port.protocol)
}

fn service_words(service: &HostService) -> String {
    portdelta_formats::report::value_words(&json!(service))
}

/// Lists changes run by run.
pub async fn deltas(
    client: &Client,
    site: &SiteId,
    arguments: &DeltasArguments,
    since: UnixTime,
) -> Result<u8, Failure> {
    let mut shown = Shown::new(client, arguments);
    if let Some(newest) = arguments.runs {
        let runs = client.get(&["runs"]).query("site", site);
        let runs: Vec<Run> = newest_of(Pages::of(runs), newest.get()).await?;
        for run in runs {
            let call = wanted(client.get(&["runs", run.id.as_str(), "deltas"]), arguments);
            let mut deltas: Vec<Delta> = Pages::of(call).all().await?;
            deltas.retain(|delta| delta.time.0 >= since);
            shown.titles.insert(run.id.to_string(), (run.started.0, run.title));
            shown.take(deltas).await?;
        }
    } else {
        let call = wanted(client.get(&["sites", site.as_str(), "deltas"]), arguments);
        let mut pages =
            Pages::of(call.query_some("since", (since != UnixTime::EPOCH).then_some(Time(since))));
        while let Some(page) = pages.next(usize::MAX).await? {
            shown.take(page).await?;
        }
    }
    shown.end().await?;
    Ok(0)
}

async fn newest_of(mut pages: Pages<'_, Run>, most: usize) -> Result<Vec<Run>, Failure> {
    let mut runs = Vec::new();
    while runs.len() < most {
        let Some(page) = pages.next(most - runs.len()).await? else { break };
        runs.extend(page);
    }
    runs.truncate(most);
    Ok(runs)
}

fn wanted<'a>(call: Call<'a>, arguments: &DeltasArguments) -> Call<'a> {
    let kinds: Vec<_> = arguments.changes.kind.iter().map(|kind| kind.name()).collect();
    call.query_some("targets", joined(&arguments.targets))
        .query_some("kind", (!kinds.is_empty()).then(|| kinds.join(",")))
        .query_some("first_looks", arguments.first_looks.then_some("true"))
}

/// Changes as they come, those of one run after the other.
struct Shown<'a> {
    client: &'a Client,
    arguments: &'a DeltasArguments,
    /// When a run began, and what it is called.
    titles: HashMap<String, (UnixTime, String)>,
    /// The changes of the run that is being read, for tables; of all, for the rest.
    deltas: Vec<Delta>,
    results: Results<'a>,
    any: bool,
}

impl<'a> Shown<'a> {
    fn new(client: &'a Client, arguments: &'a DeltasArguments) -> Self {
        let results = Results::of(Place::Server(client));
        Self { client, arguments, titles: HashMap::new(), deltas: Vec::new(), results, any: false }
    }

    fn is_table(&self) -> bool {
        self.arguments.format.format == OutputFormat::Table
    }

    async fn take(&mut self, deltas: Vec<Delta>) -> Result<(), Failure> {
        for delta in deltas {
            if self.is_table() && self.deltas.first().is_some_and(|first| first.run != delta.run) {
                self.print_run().await?;
            }
            self.deltas.push(delta);
        }
        Ok(())
    }

    async fn print_run(&mut self) -> Result<(), Failure> {
        let mut deltas = std::mem::take(&mut self.deltas);
        let Some(first) = deltas.first() else { return Ok(()) };
        let id = first.run.to_string();
        if !self.titles.contains_key(&id) {
            let run: Run = self.client.get(&["runs", &id]).answer().await?;
            self.titles.insert(id.clone(), (run.started.0, run.title));
        }
        if std::mem::replace(&mut self.any, true) {
            print_line("")?;
        }
        if let Some((started, title)) = self.titles.get(&id) {
            print_line(&heading(*started, title))?;
        }
        deltas.sort_by_cached_key(|delta| delta.address.parse::<std::net::IpAddr>().ok());
        self.look_up(&deltas).await?;
        let views: Vec<_> = deltas.iter().map(report_delta).collect();
        let with_why = self.arguments.why || self.arguments.changes.evidence;
        print_explained(&views, with_why, &|delta| self.results.lines(agreed(delta)))
    }

    /// Looks up what made these changes, where that is wanted.
    async fn look_up(&mut self, deltas: &[Delta]) -> Result<(), Failure> {
        for delta in deltas.iter().filter(|_| self.arguments.changes.evidence) {
            let ids = delta.why.agreed.iter().map(|cover| cover.result.as_str());
            self.results.look_up_all(&delta.site, ids).await?;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<(), Failure> {
        if !self.is_table() {
            let deltas = std::mem::take(&mut self.deltas);
            self.look_up(&deltas).await?;
            let rows = deltas.iter().map(|delta| self.results.beside((report_delta(delta), json!(delta))));
            return report_delta_listing(rows, EMPTY).print(self.arguments.format.format);
        }
        self.print_run().await?;
        if self.any { Ok(()) } else { print_line(EMPTY) }
    }
}

/// Shows a host and its past.
pub async fn history(
    client: &Client,
    site: &SiteId,
    arguments: &HistoryArguments,
    filter: &HistoryFilter,
) -> Result<u8, Failure> {
    let address = arguments.address.to_string();
    let path = ["sites", site.as_str(), "hosts", &address];
    let kinds: Vec<_> = filter.kinds.iter().map(|kind| kind.name()).collect();
    let call = client
        .get(&[&path[..], &["history"]].concat())
        .query_some("port", filter.port)
        .query_some("kind", (!kinds.is_empty()).then(|| kinds.join(",")))
        .query_some("since", filter.since.map(Time))
        .query_some("until", filter.until.map(Time));
    let most = arguments.limit.map_or(usize::MAX, std::num::NonZero::get);
    let Some(mut history) = HistoryPages::of(call).newest(most).await? else { return Ok(0) };
    history.changes.sort_by_key(|delta| delta.time.0);
    let mut results = Results::of(Place::Server(client));
    if arguments.changes.evidence {
        let agreed = history.changes.iter().flat_map(|delta| &delta.why.agreed);
        results.look_up_all(site, agreed.map(|cover| cover.result.as_str())).await?;
    }
    let rows = || history.changes.iter().map(|delta| results.beside((report_delta(delta), json!(delta))));
    match arguments.format.format {
        OutputFormat::Json => {
            let mut whole = json!(history);
            whole["changes"] = rows().map(|(_, json)| json).collect();
            print_line(&to_pretty(&whole)?)?;
        }
        OutputFormat::Jsonl => {
            for (_, json) in rows() {
                print_line(&to_line(&json)?)?;
            }
        }
        OutputFormat::Csv => report_delta_listing(rows(), "").print(OutputFormat::Csv)?,
        OutputFormat::Table => {
            let Some(host) = &history.host else {
                return print_line(&format!("Nothing is known of {address}.")).map(|()| 0);
            };
            print_host(host)?;
            if let Some(port) = filter.port {
                let call = client.get(&[&path[..], &["expected"]].concat()).query("port", &port);
                print_expected(call.answer().await?)?;
            }
            print_line("")?;
            for delta in &history.changes {
                let first = if delta.first_look { " (first look)" } else { "" };
                let late = if delta.late { ", late" } else { "" };
                let time = time_text(delta.time.0);
                print_wrapped("", Style::new(), &format!("{time}  {}{first}{late}", delta.change))?;
                print_wrapped("    ", DIM, &format!("why: {}", delta.why.sentence))?;
                for line in results.lines(delta.why.agreed.iter().map(|cover| cover.result.as_str())) {
                    print_wrapped("    ", DIM, &line)?;
                }
            }
        }
    }
    Ok(0)
}

/// What is expected of the port that was asked for, and who said so.
fn print_expected(expected: ExpectedOfPort) -> Result<(), Failure> {
    let Some(one) = expected.expectation else { return Ok(()) };
    let by = one.by.map(|by| format!(" by {by}")).unwrap_or_default();
    let (state, time) = (one.state.name(), time_text(one.changed.0));
    let said = [format!("expected      {state}, said {time}{by}"), one.reason, one.owner];
    let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
    print_wrapped("  ", Style::new(), &said.join(", "))
}

fn print_host(host: &Host) -> Result<(), Failure> {
    let names = host.names.as_ref().map(|names| names.join(" ")).unwrap_or_default();
    let (address, status, names) = (escape(&host.address), escape(&host.status), escape(&names));
    print_line(format!("{BOLD}{address}{BOLD:#}  {status}  {names}").trim_end())?;
    if let Some(network) = &host.network {
        print_line(&format!("  network       {}", escape(network)))?;
    }
    if let Some(owner) = &host.owner {
        print_line(&format!("  owner         {}", escape(owner)))?;
    }
    if !host.labels.is_empty() {
        print_line(&format!("  labels        {}", escape(&host.labels.join(", "))))?;
    }
    print_line(&format!("  first seen    {}", time_text(host.first_seen.0)))?;
    if let Some(time) = host.last_covered {
        print_line(&format!("  last covered  {}", time_text(time.0)))?;
    }
    if host.pending {
        print_line("  pending: something may have changed, more results must agree")?;
    }
    for port in &host.ports {
        let service = port.service.as_ref().map(service_words).unwrap_or_default();
        let covered =
            port.last_covered.map(|time| format!(", last covered {}", time_text(time.0))).unwrap_or_default();
        let name = format!("{}/{}", port.port, port.protocol);
        let since = time_text(port.since.0);
        print_wrapped("  ", Style::new(), &format!("{name:<10} open since {since}{covered}  {service}"))?;
    }
    Ok(())
}
