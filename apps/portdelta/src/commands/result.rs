//! `portdelta result`: where a result comes from; and the same beside the changes that it made.

use std::collections::BTreeMap;

use portdelta_app::App;
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_formats::report::ReportDelta;
use portdelta_protocol::admin::{ResultState, ResultView};
use serde_json::{Value, json};

use crate::arguments::ResultArguments;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Facts, time_text};
use crate::source::{Purpose, Source};

/// Shows a result.
pub async fn result(arguments: &ResultArguments) -> Result<u8, Failure> {
    let id = arguments.result;
    let source = Source::of(&arguments.view, Purpose::Read).await?;
    let (mut results, site) = match &source {
        Source::Local(app, site) => (Results::of(Place::Folder(app)), site),
        Source::Server(client, site) => (Results::of(Place::Server(client)), site),
    };
    let found = results.look_up(site, &id.to_string()).await?;
    let found = found.ok_or_else(|| {
        Failure::new("unknown", format!("there is no result {id} at site {site}"))
            .hint("`portdelta history ADDRESS --evidence` names results.")
    })?;
    facts(found).print(arguments.format.format, found)?;
    Ok(0)
}

fn facts(found: &ResultView) -> Facts {
    let scan = found.scan_name.as_ref().or(found.scan.as_ref());
    let task = found.task.map(|task| format!("{task} of run {}", found.run));
    let run = found.task.is_none().then_some(&found.run);
    let document = (found.document > 0).then(|| format!("{} of its file, from 0", found.document));
    let kept = if found.kept { "" } else { ", removed by the retention" };
    let clock = found.clock_ahead.map(|seconds| format!("{seconds} seconds ahead, corrected"));
    let covers = match found.complete {
        Some(true) => "all that was asked",
        Some(false) => "only a part of what was asked",
        None => "",
    };
    let mut facts = Facts::about(format!("Result {}", found.id))
        .add("site", &found.site)
        .add("source", &found.source)
        .maybe("document", document)
        .maybe("scanner", scanner(found))
        .maybe("arguments", arguments(found))
        .maybe("agent", agent(found))
        .maybe("imported by", found.imported_by.as_ref())
        .maybe("scan", scan)
        .maybe("task", task)
        .maybe("run", run)
        .maybe("targets", found.targets.as_ref())
        .maybe("ports", found.ports.as_ref())
        .maybe("began", found.began.map(|time| time_text(time.0)))
        .maybe("ended", found.ended.map(|time| time_text(time.0)))
        .maybe("clock", clock)
        .add("received", time_text(found.received.0))
        .add("state", found.status.name())
        .add("covers", covers)
        .maybe("cut", found.cut.as_ref())
        .add("object", format!("{}, {} bytes{kept}", found.object, found.bytes))
        .maybe("SHA-256", found.sha256.as_ref().map(|digest| format!("{digest}, unpacked")));
    for warning in &found.warnings {
        let name = if found.status == ResultState::Refused { "refused" } else { "warning" };
        facts = facts.add(name, format!("{} ({})", warning.message, warning.code));
    }
    facts
}

/// `nmap 7.95`
fn scanner(found: &ResultView) -> Option<String> {
    let scanner = found.scanner.as_ref()?;
    let version = scanner.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    Some(format!("{}{version}", scanner.tool))
}

fn arguments(found: &ResultView) -> Option<&String> {
    found.scanner.as_ref()?.arguments.as_ref()
}

fn agent(found: &ResultView) -> Option<String> {
    let agent = found.agent.as_ref()?;
    Some(agent.name.as_ref().map_or_else(|| agent.id.clone(), |name| format!("{name} ({})", agent.id)))
}

/// The results that agreed on a change.
pub fn agreed(delta: &ReportDelta) -> impl Iterator<Item = &str> {
    delta.why.agreed.iter().map(|cover| cover.result.as_str())
}

/// Where results are looked up.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// A folder of this machine.
    Folder(&'a App),
    /// A server.
    Server(&'a Client),
}

/// Results, each looked up once.
pub struct Results<'a> {
    place: Place<'a>,
    known: BTreeMap<String, Option<ResultView>>,
}

impl<'a> Results<'a> {
    /// Those of a place.
    pub fn of(place: Place<'a>) -> Self {
        Self { place, known: BTreeMap::new() }
    }

    /// A result of a site; `None` where nobody knows it, as one that came before such things were noted.
    pub async fn look_up(&mut self, site: &SiteId, id: &str) -> Result<Option<&ResultView>, Failure> {
        if !self.known.contains_key(id) {
            let found = self.asked(site, id).await?;
            self.known.insert(id.to_owned(), found);
        }
        Ok(self.known.get(id).and_then(Option::as_ref))
    }

    /// Looks up several, so that [`Self::lines`] and [`Self::beside`] know them.
    pub async fn look_up_all<'b>(
        &mut self,
        site: &SiteId,
        ids: impl Iterator<Item = &'b str>,
    ) -> Result<(), Failure> {
        for id in ids {
            self.look_up(site, id).await?;
        }
        Ok(())
    }

    async fn asked(&self, site: &SiteId, id: &str) -> Result<Option<ResultView>, Failure> {
        match self.place {
            Place::Folder(app) => {
                let Ok(id) = id.parse::<ResultId>() else { return Ok(None) };
                Ok(app.provenance(site, id).await?.map(|found| found.view(id)))
            }
            Place::Server(client) => {
                let asked = client.get(&["sites", site.as_str(), "results", id]).answer().await;
                match asked {
                    Ok(found) => Ok(Some(found)),
                    Err(failure) if failure.code == "unknown" => Ok(None),
                    Err(failure) => Err(failure),
                }
            }
        }
    }

    /// What stands behind a change below its why: who found it with what, for each result that agreed.
    pub fn lines<'b>(&self, ids: impl Iterator<Item = &'b str>) -> Vec<String> {
        let mut lines = Vec::new();
        for id in ids {
            let Some(found) = self.known.get(id).and_then(Option::as_ref) else { continue };
            let scanner = scanner(found).unwrap_or_else(|| "an unknown scanner".to_owned());
            let from = match (agent(found), &found.imported_by) {
                (Some(agent), _) => format!("agent {agent}"),
                (None, Some(who)) => format!("{}, imported by {who}", found.source),
                (None, None) => found.source.clone(),
            };
            lines.push(format!("by: {scanner}, {from}, result {id}"));
            lines.extend(arguments(found).map(|arguments| format!("ran: {arguments}")));
        }
        lines
    }

    /// A change and its JSON, which tells of the results that were looked up.
    pub fn beside(&self, (delta, mut json): (ReportDelta, Value)) -> (ReportDelta, Value) {
        let found: Vec<_> = agreed(&delta).filter_map(|id| self.known.get(id)?.as_ref()).collect();
        if let Some(fields) = json.as_object_mut().filter(|_| !found.is_empty()) {
            fields.insert("evidence".to_owned(), json!(found));
        }
        (delta, json)
    }
}
