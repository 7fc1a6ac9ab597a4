//! `portdelta agents`: who scans.

use portdelta_protocol::admin::{Agent, AgentStatus, CreatedEnrolment, MoveAgent, NewEnrolment};
use portdelta_protocol::agent::Load;
use serde_json::json;

use super::sites::only_site;
use crate::arguments::{AgentsCommand, OneAgent, OutputFormat};
use crate::client::{Client, Pages, find};
use crate::failure::Failure;
use crate::output::{Facts, Listing, minute_text, plural, print_line, print_wrapped, span, tell, time_text};

/// Does what is asked with agents.
pub async fn agents(command: &AgentsCommand) -> Result<u8, Failure> {
    match command {
        AgentsCommand::List { site, hidden, remote } => {
            let client = Client::of(&remote.server)?;
            let call = client.get(&["agents"]).query_some("site", site.as_ref());
            let call = call.query_some("hidden", hidden.then_some("true"));
            let agents: Vec<Agent> = Pages::of(call).all().await?;
            let empty = "No agent has enrolled. Let one in: portdelta agents enrol --site SITE";
            let columns = &["name", "site", "status", "last_seen", "nmap", "work"];
            let mut listing = Listing::new(columns, empty);
            for agent in &agents {
                let work = match (agent.tasks.len(), agent.spooled.results) {
                    // What people compare before they approve it.
                    _ if agent.status == AgentStatus::Pending => format!("key {}", agent.key),
                    (0, 0) => "-".to_owned(),
                    (tasks, 0) => plural(tasks as u64, "task"),
                    (tasks, spooled) => format!("{}, {spooled} spooled", plural(tasks as u64, "task")),
                };
                let cells = vec![
                    agent.name.clone(),
                    agent.site.to_string(),
                    agent.status.name().to_owned(),
                    agent.last_seen.map(|time| minute_text(time.0)).unwrap_or_default(),
                    agent.facts.nmap_version.clone().unwrap_or_else(|| "missing".to_owned()),
                    work,
                ];
                listing.row(cells, json!(agent));
            }
            listing.print(remote.format.format)?;
        }
        AgentsCommand::Show(OneAgent { agent, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: Agent = find(&client, agent).await?;
            let agent: Agent = client.get(&["agents", &found.id]).answer().await?;
            facts(&agent).print(remote.format.format, &agent)?;
        }
        AgentsCommand::Enrol { site, expires, remote } => {
            let client = Client::of(&remote.server)?;
            let site = only_site(&client, site.as_ref()).await?;
            let new = NewEnrolment { site, expires_minutes: *expires };
            let made: CreatedEnrolment = client.post(&["enrolments"]).json(&new)?.answer().await?;
            if remote.format.format != OutputFormat::Table {
                tell(remote.format.format, &made.token, &made)?;
                return Ok(0);
            }
            let text = format!(
                "On the machine that is to scan for {}, as the user who will run the agent, within {}:",
                made.enrolment.site,
                span(u64::from(*expires) * 60)
            );
            print_wrapped("", anstyle::Style::new(), &text)?;
            print_line(&format!(
                "\n  portdelta agent run --enrol {}\n",
                portdelta_core::escape::escape(&made.token)
            ))?;
            print_wrapped(
                "",
                anstyle::Style::new(),
                "The token works once and is not shown again. Then let the agent in, when its key is the one that it \
                 prints: portdelta agents list, and portdelta agents approve NAME.",
            )?;
        }
        AgentsCommand::Approve(one) => act(one, "approve", "may work now").await?,
        AgentsCommand::Revoke(one) => {
            act(one, "revoke", "gets no work any more, and its results are refused").await?;
        }
        AgentsCommand::Hide(one) => act(one, "hide", "is hidden from lists").await?,
        AgentsCommand::ShowHidden(one) => act(one, "show", "is shown in lists").await?,
        AgentsCommand::Move { agent, site, remote } => {
            let client = Client::of(&remote.server)?;
            let found: Agent = find(&client, agent).await?;
            let body = MoveAgent { site: site.clone() };
            let agent: Agent = client.post(&["agents", &found.id, "move"]).json(&body)?.answer().await?;
            let sentence = format!("The agent {} gets the tasks of {} now.", agent.name, agent.site);
            tell(remote.format.format, &sentence, &agent)?;
        }
    }
    Ok(0)
}

async fn act(one: &OneAgent, action: &str, what: &str) -> Result<(), Failure> {
    let client = Client::of(&one.remote.server)?;
    let found: Agent = find(&client, &one.agent).await?;
    let agent: Agent = client.post(&["agents", &found.id, action]).answer().await?;
    let sentence = format!("The agent {} (key {}) {what}.", agent.name, agent.key);
    tell(one.remote.format.format, &sentence, &agent)
}

fn facts(agent: &Agent) -> Facts {
    let facts = &agent.facts;
    let hidden = if agent.hidden { ", hidden" } else { "" };
    let clock = agent.clock_ahead.map(|ahead| match ahead {
        0 => "right".to_owned(),
        1.. => format!("{} ahead", span(ahead.unsigned_abs())),
        _ => format!("{} behind", span(ahead.unsigned_abs())),
    });
    let tasks: Vec<String> = agent
        .tasks
        .iter()
        .map(|task| format!("task {} of {}, {} {} %", task.task, task.run, task.phase, task.percent))
        .collect();
    let spool = format!("{}, {} bytes", plural(agent.spooled.results.into(), "result"), agent.spooled.bytes);
    Facts::about(&agent.name)
        .add("id", &agent.id)
        .add("site", &agent.site)
        .add("status", format!("{}{hidden}", agent.status.name()))
        .maybe("last seen", agent.last_seen.map(|time| time_text(time.0)))
        .add("key", &agent.key)
        .add("works on", tasks.join("; "))
        .add("spool", spool)
        .maybe("clock", clock)
        .add("version", &facts.version)
        .add("nmap", facts.nmap_version.clone().unwrap_or_else(|| "missing".to_owned()))
        .add("raw packets", if facts.privileged { "yes" } else { "no" })
        .add("at once", plural(facts.concurrency.into(), "task"))
        .add("its limits", &facts.limits)
        .add("allowed", if facts.allowed.is_empty() { "everything" } else { &facts.allowed })
        .add("host name", &facts.host_name)
        .add("addresses", facts.addresses.join(", "))
        .add("MAC", facts.macs.join(", "))
        .add("system", &facts.system)
        .add("load", load(agent))
        .add("enrolled", time_text(agent.enrolled.0))
        .maybe("approved", agent.approved.map(|time| time_text(time.0)))
}

fn load(agent: &Agent) -> String {
    let mib = |bytes: u64| bytes >> 20;
    let Load { cpu_percent, memory_used, memory_total } = agent.load;
    format!("{cpu_percent} % of the processors, {} of {} MiB", mib(memory_used), mib(memory_total))
}
