//! `portdelta runs`: what runs and ran.

mod unattended;
mod watch;

use portdelta_protocol::admin::{Agent, Run, Scan, TaskView};
use serde_json::json;

use crate::arguments::{OneRun, OutputFormat, RunFilter, RunsCommand};
use crate::client::{Call, Client, Pages, find};
use crate::failure::Failure;
use crate::output::{Facts, Listing, minute_text, plural, print_line, tell, time_text};

pub use unattended::warn_of as warn_of_unattended;
pub use watch::watch;

/// The newest run, in place of an id.
const LATEST: &str = "latest";

/// Does what is asked with runs.
pub async fn runs(command: &RunsCommand) -> Result<u8, Failure> {
    match command {
        RunsCommand::List { filter, open, state, limit, remote } => {
            let client = Client::of(&remote.server)?;
            let call = filtered(&client, client.get(&["runs"]), filter).await?;
            let call = call.query_some("open", open.then_some("true")).query_some("state", state.as_ref());
            let runs: Vec<Run> = Pages::of(call).first(limit.get()).await?;
            let mut listing = Listing::new(&["run", "state", "started", "title"], "Nothing has run.");
            for run in &runs {
                let cells = vec![
                    run.id.to_string(),
                    state_text(run),
                    minute_text(run.started.0),
                    format!("{} at {}{}", run.title, run.site, changes_text(run)),
                ];
                listing.row(cells, json!(run));
            }
            listing.print(remote.format.format)?;
        }
        RunsCommand::Show { run, tasks, remote } => {
            let client = Client::of(&remote.server)?;
            let run = one(&client, run).await?;
            let format = remote.format.format;
            if unattended::waits(&run) {
                warn_of_unattended(&client, &run.site).await;
            }
            if !tasks {
                return facts(&run).print(format, &run).map(|()| 0);
            }
            let tasks: Vec<TaskView> =
                Pages::of(client.get(&["runs", run.id.as_str(), "tasks"])).all().await?;
            if format == OutputFormat::Table {
                facts(&run).print(format, &run)?;
                print_line("")?;
            }
            let agents: Vec<Agent> =
                Pages::of(client.get(&["agents"]).query_some("hidden", Some("true"))).all().await?;
            task_listing(&tasks, &agents).print(format)?;
        }
        RunsCommand::Watch(OneRun { run, remote }) => {
            let client = Client::of(&remote.server)?;
            let run = one(&client, run).await?;
            return watch(&client, &[run.id.to_string()], remote.format.format).await;
        }
        RunsCommand::Cancel(OneRun { run, remote }) => {
            let client = Client::of(&remote.server)?;
            let run = if run == LATEST { one(&client, run).await?.id.to_string() } else { run.clone() };
            let run: Run = client.post(&["runs", &run, "cancel"]).answer().await?;
            let sentence = format!("Cancelled the run {}: what was taken in by then stays.", run.id);
            tell(remote.format.format, &sentence, &run)?;
        }
    }
    Ok(0)
}

/// A request with the parameters of a filter.
pub async fn filtered<'a>(client: &Client, call: Call<'a>, filter: &RunFilter) -> Result<Call<'a>, Failure> {
    let scan = match &filter.scan {
        Some(scan) => Some(find::<Scan>(client, scan).await?.id),
        None => None,
    };
    Ok(call.query_some("site", filter.site.as_ref()).query_some("scan", scan))
}

/// The run with this id, or the newest.
pub async fn one(client: &Client, run: &str) -> Result<Run, Failure> {
    if run != LATEST {
        return client.get(&["runs", run]).answer().await;
    }
    let mut newest: Vec<Run> = Pages::of(client.get(&["runs"])).next(1).await?.unwrap_or_default();
    if newest.is_empty() {
        return Err(
            Failure::new("nothing_ran", "nothing has run").hint("Run a scan: `portdelta scans run SCAN`.")
        );
    }
    Ok(newest.swap_remove(0))
}

fn state_text(run: &Run) -> String {
    match &run.progress {
        Some(progress) if !run.state.is_finished() => format!("{} %", progress.percent),
        _ => run.state.name().to_owned(),
    }
}

/// `, 3 changes`
fn changes_text(run: &Run) -> String {
    match run.changes.values().sum::<u64>() {
        0 => String::new(),
        changes => format!(", {}", plural(changes, "change")),
    }
}

fn facts(run: &Run) -> Facts {
    let mut facts = Facts::about(&run.title)
        .add("run", &run.id)
        .add("site", &run.site)
        .add("state", run.state.name())
        .maybe("scheduled", run.scheduled.map(|time| time_text(time.0)))
        .add("began", time_text(run.started.0))
        .maybe("ended", run.finished.map(|time| time_text(time.0)))
        .maybe("deadline", run.deadline.map(|time| time_text(time.0)))
        .maybe("held until", run.held_until.map(|time| time_text(time.0)));
    if let Some(progress) = &run.progress {
        let counts = [
            (progress.done, "done"),
            (progress.partial, "partly done"),
            (progress.unscannable, "allowed to no agent"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, what)| *count > 0 || *what == "done")
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        facts = facts
            .add("progress", format!("{} %", progress.percent))
            .add("tasks", format!("{} of {} tasks", counts.join(", "), progress.tasks));
        if !run.state.is_finished() {
            let waits = |count: u64| format!("{} for an agent of {}", plural(count, "task"), run.site);
            facts = facts
                .add("not sent yet", plural(progress.tasks.saturating_sub(progress.sent), "task"))
                .maybe("waiting", progress.queued.map(waits));
            facts = facts.maybe("ends about", progress.estimated_end.map(|time| time_text(time.0)));
        }
    }
    let counts: Vec<String> = run
        .changes
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let tally = |tally: portdelta_protocol::admin::Tally| {
        format!("{}, {}", plural(tally.hosts, "host"), plural(tally.ports, "port"))
    };
    facts = facts
        .add("changes", if counts.is_empty() { "none".to_owned() } else { counts.join(", ") })
        .add("unchanged", tally(run.unchanged))
        .add("first looks", tally(run.first_looks));
    for warning in &run.warnings {
        facts = facts.add("warning", &warning.message);
    }
    facts
}

fn task_listing(tasks: &[TaskView], agents: &[Agent]) -> Listing {
    let name = |id: &String| agents.iter().find(|agent| agent.id == *id).map(|agent| agent.name.clone());
    let mut listing = Listing::new(&["task", "state", "agent", "targets", "message"], "It has no tasks.");
    for task in tasks {
        let state = format!("{:?}", task.state).to_lowercase();
        let messages: Vec<_> = task.warnings.iter().map(|warning| warning.message.as_str()).collect();
        let cells = vec![
            task.number.to_string(),
            state,
            task.agent.as_ref().map(|id| name(id).unwrap_or_else(|| id.clone())).unwrap_or_default(),
            task.targets.clone(),
            messages.join("; "),
        ];
        listing.row(cells, json!(task));
    }
    listing
}
