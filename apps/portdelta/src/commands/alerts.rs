//! `portdelta alerts`: what is wrong now.

mod watched;

use portdelta_protocol::admin::{Alert, AlertAction, AlertState, BulkAction, BulkOutcome, Severity, Time};
use serde_json::json;

use super::expectations::{accept, acceptance};
use crate::arguments::{AlertsCommand, OutputFormat, RemoteArguments, SomeAlerts};
use crate::client::{Client, Pages};
use crate::failure::{EXIT_ERROR, Failure, warn};
use crate::inputs;
use crate::output::{Facts, Listing, minute_text, plural, tell, time_text};

/// How much of an id a table shows; as much is enough to name an alert.
const SHORT_ID: usize = 12;

/// Does what is asked with alerts.
pub async fn alerts(command: &AlertsCommand) -> Result<u8, Failure> {
    match command {
        AlertsCommand::List { state, all, severity, site, limit, remote } => {
            let client = Client::of(&remote.server)?;
            let call = client
                .get(&["alerts"])
                .query_some("state", state.map(|state| AlertState::from(state).name()))
                .query_some("severity", severity.map(|severity| Severity::from(severity).name()))
                .query_some("site", site.as_ref());
            let wanted = |alert: &Alert| state.is_some() || *all || is_active(alert.state);
            let alerts = listed(Pages::of(call), limit.get(), wanted).await?;
            listing(&alerts).print(remote.format.format)?;
            Ok(0)
        }
        AlertsCommand::Show { alert, remote } => {
            let client = Client::of(&remote.server)?;
            let id = whole_id(&client, alert).await?;
            let alert: Alert = client.get(&["alerts", &id]).answer().await?;
            facts(&alert).print(remote.format.format, &alert)?;
            Ok(0)
        }
        AlertsCommand::Acknowledge(SomeAlerts { alerts, note, remote }) => {
            act(alerts, AlertAction::Acknowledge { note: note.clone() }, remote).await
        }
        AlertsCommand::Action(SomeAlerts { alerts, note, remote }) => {
            act(alerts, AlertAction::Action { note: note.clone() }, remote).await
        }
        AlertsCommand::Reopen(SomeAlerts { alerts, note, remote }) => {
            act(alerts, AlertAction::Reopen { note: note.clone() }, remote).await
        }
        AlertsCommand::Ignore { alerts, until, reason, remote } => {
            let until = Time(inputs::time(until)?);
            act(alerts, AlertAction::Ignore { until, reason: reason.clone() }, remote).await
        }
        AlertsCommand::Accept { alerts, fields, remote } => {
            let client = Client::of(&remote.server)?;
            let mut wanted = acceptance(fields)?;
            wanted.alerts = whole_ids(&client, alerts).await?;
            accept(&client, wanted, remote).await
        }
        AlertsCommand::Ports(remote) => watched::list(remote).await,
        AlertsCommand::Watch { port, severity, label, remote } => {
            watched::watch(port, (*severity).into(), label, remote).await
        }
        AlertsCommand::Unwatch { port, remote } => watched::unwatch(port, remote).await,
    }
}

/// What people have still to look at.
fn is_active(state: AlertState) -> bool {
    matches!(state, AlertState::Open | AlertState::Acknowledged | AlertState::Actioned)
}

/// The first that are wanted, the most severe first, then the newest.
async fn listed(
    mut pages: Pages<'_, Alert>,
    most: usize,
    wanted: impl Fn(&Alert) -> bool,
) -> Result<Vec<Alert>, Failure> {
    let mut alerts = Vec::new();
    while let Some(page) = pages.next(usize::MAX).await? {
        alerts.extend(page.into_iter().filter(&wanted));
    }
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), std::cmp::Reverse(alert.changed)));
    if alerts.len() > most {
        warn(&format!("there are more than these {most}: see --limit"));
        alerts.truncate(most);
    }
    Ok(alerts)
}

fn listing(alerts: &[Alert]) -> Listing {
    let columns = &["alert", "severity", "state", "since", "title"];
    let mut listing = Listing::new(columns, "Nothing is wrong that anybody should look at.");
    for alert in alerts {
        let title = match alert.episode {
            0 | 1 => alert.title.clone(),
            episode => format!("{} (episode {episode})", alert.title),
        };
        let cells = vec![
            alert.id.chars().take(SHORT_ID).collect(),
            alert.severity.name().to_owned(),
            alert.state.name().to_owned(),
            minute_text(alert.opened.0),
            title,
        ];
        listing.row(cells, json!(alert));
    }
    listing
}

/// The id that begins so.
async fn whole_id(client: &Client, alert: &str) -> Result<String, Failure> {
    Ok(whole_ids(client, &[alert.to_owned()]).await?.swap_remove(0))
}

/// The ids that begin so: tables show the first characters only.
async fn whole_ids(client: &Client, wanted: &[String]) -> Result<Vec<String>, Failure> {
    let all: Vec<Alert> = Pages::of(client.get(&["alerts"])).all().await?;
    let one = |wanted: &String| {
        if all.iter().any(|alert| alert.id == *wanted) {
            return Ok(wanted.clone());
        }
        let mut found = all.iter().filter(|alert| wanted.len() >= 4 && alert.id.starts_with(wanted.as_str()));
        match (found.next(), found.next()) {
            (Some(alert), None) => Ok(alert.id.clone()),
            (Some(_), Some(_)) => {
                Err(Failure::new("ambiguous", format!("several alerts begin with {wanted}"))
                    .hint("Give more of the id: `portdelta alerts list --format json` shows it whole."))
            }
            (None, _) => Err(Failure::new("unknown", format!("there is no alert {wanted}"))
                .hint("`portdelta alerts list --all` shows what there is.")),
        }
    };
    wanted.iter().map(one).collect()
}

async fn act(alerts: &[String], action: AlertAction, remote: &RemoteArguments) -> Result<u8, Failure> {
    let client = Client::of(&remote.server)?;
    let ids = whole_ids(&client, alerts).await?;
    let format = remote.format.format;
    if let [id] = &ids[..] {
        let alert: Alert = client.post(&["alerts", id, "actions"]).json(&action)?.answer().await?;
        let until =
            alert.ignored_until.map(|time| format!(" until {}", time_text(time.0))).unwrap_or_default();
        let sentence = format!("{} is {} now{until}.", alert.title, alert.state.name());
        return tell(format, &sentence, &alert).map(|()| 0);
    }
    let body = BulkAction { alerts: ids, action };
    let outcome: BulkOutcome = client.post(&["alerts", "actions"]).json(&body)?.answer().await?;
    let failed = outcome.outcomes.iter().filter(|line| line.problem.is_some()).count();
    if format == OutputFormat::Table {
        for line in &outcome.outcomes {
            if let Some(problem) = &line.problem {
                warn(&format!("{}: {}", line.alert, problem.detail));
            }
        }
    }
    let done = (outcome.outcomes.len() - failed) as u64;
    tell(format, &format!("Done for {}.", plural(done, "alert")), &outcome)?;
    Ok(if failed == 0 { 0 } else { EXIT_ERROR })
}

fn facts(alert: &Alert) -> Facts {
    let mut facts = Facts::about(&alert.title)
        .add("id", &alert.id)
        .add("severity", alert.severity.name())
        .add("state", alert.state.name())
        .maybe("ignored until", alert.ignored_until.map(|time| time_text(time.0)))
        .maybe("site", alert.site.as_ref())
        .maybe("address", alert.address.as_ref())
        .maybe(
            "port",
            alert.port.map(|port| format!("{port}/{}", alert.protocol.as_deref().unwrap_or("tcp"))),
        )
        .add("rule", &alert.rule)
        .add("opened", time_text(alert.opened.0))
        .add("episode", alert.episode)
        .add("changed", time_text(alert.changed.0));
    for event in &alert.history {
        let who = event.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
        let note = if event.note.is_empty() { String::new() } else { format!(": {}", event.note) };
        facts = facts.add("history", format!("{} {}{who}{note}", time_text(event.time.0), event.event));
    }
    facts
}
