//! `portdelta scans`: what is scanned, from where, how and when.

mod draft;

use portdelta_app::ports::Ids;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{
    CloneScan, Overlap, Scan, ScanDraft, ScanPreview, SchedulePreview, StartRuns, StartedRun, StartedRuns,
};
use portdelta_system::SystemIds;
use reqwest::Method;
use serde_json::json;

use super::{runs, sites};
use crate::arguments::{OneScan, OutputFormat, RemoteArguments, ScanFields, ScansCommand};
use crate::client::{Client, Pages, find};
use crate::failure::{EXIT_CHANGES, Failure, warn};
use crate::output::{Facts, Listing, minute_text, plural, span, tell, time_text};

/// Does what is asked with scans.
pub async fn scans(command: &ScansCommand) -> Result<u8, Failure> {
    match command {
        ScansCommand::List { all, remote } => list(*all, remote).await?,
        ScansCommand::Show(OneScan { scan, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: Scan = find(&client, scan).await?;
            let scan: Scan = client.get(&["scans", &found.id]).answer().await?;
            facts(&scan).print(remote.format.format, &scan)?;
        }
        ScansCommand::Add { name, fields, remote } => add(name, fields, remote).await?,
        ScansCommand::Edit { scan, rename, fields, remote } => {
            edit(scan, rename.as_deref(), fields, remote).await?;
        }
        ScansCommand::Clone { scan, name, remote } => {
            let client = Client::of(&remote.server)?;
            let scan: Scan = find(&client, scan).await?;
            let body = CloneScan { name: name.clone() };
            let copy: Scan = client.post(&["scans", &scan.id, "clone"]).json(&body)?.answer().await?;
            tell(
                remote.format.format,
                &format!("Made the scan {}: {}.", copy.draft.name, when(&copy)),
                &copy,
            )?;
        }
        ScansCommand::Pause(one) => schedule(one, "pause").await?,
        ScansCommand::Resume(one) => schedule(one, "resume").await?,
        ScansCommand::Run { scan, site, watch, remote } => {
            let client = Client::of(&remote.server)?;
            let scan: Scan = find(&client, scan).await?;
            let body = StartRuns { sites: site.clone() };
            let call =
                client.post(&["scans", &scan.id, "runs"]).header("idempotency-key", SystemIds.new_id());
            let started: StartedRuns = call.json(&body)?.answer().await?;
            return run_started(&client, &started, *watch, remote.format.format).await;
        }
        ScansCommand::Remove(OneScan { scan, remote }) => {
            let client = Client::of(&remote.server)?;
            let scan: Scan = find(&client, scan).await?;
            client.delete(&["scans", &scan.id]).done().await?;
            let sentence = format!("Removed the scan {}; its history stays.", scan.draft.name);
            tell(remote.format.format, &sentence, &json!({"removed": scan.id}))?;
        }
        ScansCommand::Preview { scan, fields, remote } => preview(scan.as_deref(), fields, remote).await?,
    }
    Ok(0)
}

/// Says what was started, or watches it.
async fn run_started(
    client: &Client,
    started: &StartedRuns,
    watch: bool,
    format: OutputFormat,
) -> Result<u8, Failure> {
    for note in started.runs.iter().filter_map(|run| run.note.as_ref()) {
        warn(&format!("{}: {}", note.site, note.message));
    }
    let ids: Vec<String> =
        started.runs.iter().filter_map(|run| run.id.as_ref()).map(ToString::to_string).collect();
    if watch && !ids.is_empty() {
        return runs::watch(client, &ids, format).await;
    }
    for run in started.runs.iter().filter(|run| run.id.is_some()) {
        runs::warn_of_unattended(client, &run.site).await;
    }
    let text = |run: &StartedRun| {
        let waits = match (run.waiting, run.held_until) {
            (true, _) => ", which waits for another run".to_owned(),
            (false, Some(end)) => format!(", which begins after the blackout window, {}", time_text(end.0)),
            (false, None) => String::new(),
        };
        run.id.as_ref().map(|id| format!("{id} at {}{waits}", run.site))
    };
    let texts: Vec<_> = started.runs.iter().filter_map(text).collect();
    let sentence = if texts.is_empty() {
        "Nothing was started.".to_owned()
    } else {
        format!("Started {}.", texts.join("; "))
    };
    tell(format, &sentence, started)?;
    Ok(if ids.is_empty() { EXIT_CHANGES } else { 0 })
}

async fn list(all: bool, remote: &RemoteArguments) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let call = client.get(&["scans"]).query_some("active", (!all).then_some("true"));
    let scans: Vec<Scan> = Pages::of(call).all().await?;
    let empty = "There is no scan. Make one: portdelta scans add NAME --targets TARGETS";
    let mut listing = Listing::new(&["name", "sites", "schedule", "next_run"], empty);
    for scan in &scans {
        let next = match (&scan.next_run, scan.active, scan.draft.scheduled) {
            (_, false, _) => "removed".to_owned(),
            (_, true, false) if scan.draft.schedule.is_some() => "paused".to_owned(),
            (Some(next), ..) => minute_text(next.0),
            (None, ..) => "-".to_owned(),
        };
        let cells = vec![scan.draft.name.clone(), site_names(&scan.draft), schedule_text(scan), next];
        listing.row(cells, json!(scan));
    }
    listing.print(remote.format.format)
}

async fn add(name: &str, fields: &ScanFields, remote: &RemoteArguments) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let draft = fresh(&client, name, fields).await?;
    let scan: Scan = client.post(&["scans"]).json(&draft)?.answer().await?;
    tell(remote.format.format, &format!("Made the scan {}: {}.", scan.draft.name, when(&scan)), &scan)
}

/// A draft that was not there before.
async fn fresh(client: &Client, name: &str, fields: &ScanFields) -> Result<ScanDraft, Failure> {
    let site = if fields.site.is_empty() { Some(sites::only_site(client, None).await?) } else { None };
    draft::fresh(name, site, fields)
}

async fn edit(
    scan: &str,
    rename: Option<&str>,
    fields: &ScanFields,
    remote: &RemoteArguments,
) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let found: Scan = find(&client, scan).await?;
    let (scan, tag): (Scan, _) = client.get(&["scans", &found.id]).tagged().await?;
    let mut draft = draft::edited(scan.draft, fields)?;
    if let Some(name) = rename {
        name.clone_into(&mut draft.name);
    }
    let call = client.put(&["scans", &found.id]).if_match(tag);
    let scan: Scan = call.json(&draft)?.answer().await?;
    tell(remote.format.format, &format!("Changed the scan {}: {}.", scan.draft.name, when(&scan)), &scan)
}

async fn schedule(one: &OneScan, action: &str) -> Result<(), Failure> {
    let client = Client::of(&one.remote.server)?;
    let scan: Scan = find(&client, &one.scan).await?;
    let scan: Scan = client.call(Method::POST, &["scans", &scan.id, action]).answer().await?;
    tell(one.remote.format.format, &format!("The scan {}: {}.", scan.draft.name, when(&scan)), &scan)
}

async fn preview(scan: Option<&str>, fields: &ScanFields, remote: &RemoteArguments) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let draft = match scan {
        Some(scan) => draft::edited(find::<Scan>(&client, scan).await?.draft, fields)?,
        // What it comes to is the same at each site.
        None => draft::fresh("preview", sites::any_site(&client).await?, fields)?,
    };
    let preview: ScanPreview = client.post(&["scans", "preview"]).json(&draft)?.answer().await?;
    let per_site = if draft.sites.len() > 1 { " at each site" } else { "" };
    let mut facts = Facts::about(format!("{} of {}", draft.name, what(&draft)))
        .add("addresses", &preview.addresses)
        .add("ports", if preview.ports == 0 { "none".to_owned() } else { format!("{} each", preview.ports) })
        .add("tasks", format!("{}{per_site}", preview.tasks))
        .add("needs root", preview.needs_root.join(" "))
        .add("at worst", format!("{} for one agent", span(preview.worst_case_seconds)));
    if let Some(SchedulePreview { text, next }) = &preview.schedule {
        facts = facts.add("schedule", text);
        for time in next {
            facts = facts.add("runs", time_text(time.0));
        }
    }
    for window in &preview.blackout_text {
        facts = facts.add("blackout window", window);
    }
    facts.print(remote.format.format, &preview)
}

/// Targets, and networks by name.
fn what(draft: &ScanDraft) -> String {
    let targets = std::iter::once(draft.targets.clone()).filter(|targets| !targets.is_empty());
    targets.chain(draft.networks.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// When it runs, in words.
fn when(scan: &Scan) -> String {
    match (&scan.draft.schedule, &scan.next_run) {
        (None, _) => "it runs when somebody starts it".to_owned(),
        (Some(_), _) if !scan.draft.scheduled => "its schedule is paused".to_owned(),
        (Some(_), Some(next)) => format!("runs {}, next at {}", schedule_text(scan), time_text(next.0)),
        (Some(_), None) => format!("its schedule ({}) has ended", schedule_text(scan)),
    }
}

fn schedule_text(scan: &Scan) -> String {
    let expression = scan.draft.schedule.as_ref().map(|schedule| schedule.expression.clone());
    scan.schedule_text.clone().or(expression).unwrap_or_else(|| "by hand".to_owned())
}

fn site_names(draft: &ScanDraft) -> String {
    draft.sites.iter().map(SiteId::as_str).collect::<Vec<_>>().join(", ")
}

fn facts(scan: &Scan) -> Facts {
    let draft = &scan.draft;
    let spread =
        draft.schedule.as_ref().map(|schedule| schedule.spread_minutes).filter(|&minutes| minutes > 0);
    let confirm = format!("{} to open, {} to close", draft.confirm_open, draft.confirm_close);
    let overlap = match draft.overlap {
        Overlap::Skip => "the new run is left out",
        Overlap::Queue => "the new run waits",
        Overlap::Replace => "the old run is cancelled",
    };
    let mut facts = Facts::about(&draft.name)
        .add("id", &scan.id)
        .add("description", &draft.description)
        .add("targets", &draft.targets)
        .add("networks", draft.networks.join(", "))
        .add("exclusions", &draft.exclusions)
        .add("ports", &draft.ports)
        .add("options", &draft.options)
        .add("sites", site_names(draft))
        .add("schedule", schedule_text(scan))
        .maybe("spread", spread.map(|minutes| format!("up to {}", plural(minutes.into(), "minute"))))
        .add("blackout windows", scan.blackout_text.join("; "))
        .maybe("held until", scan.held_until.map(|time| time_text(time.0)))
        .add("state", if scan.active { when(scan) } else { "removed".to_owned() })
        .add("first looks", if draft.first_look_digest { "told in a digest" } else { "not told" })
        .add("results that must agree", confirm)
        .add("deadline", span(u64::from(draft.deadline_minutes) * 60))
        .add("if one still runs", overlap)
        .add("made", time_text(scan.created.0))
        .add("edited", format!("{}, version {}", time_text(scan.edited.0), scan.version));
    for note in scan.notes.iter().take(5) {
        facts = facts.add("note", format!("{} at {}: {}", time_text(note.time.0), note.site, note.message));
    }
    facts
}
