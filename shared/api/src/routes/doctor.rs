//! What is well and what is not.

use axum::extract::State;
use portdelta_app::ports::{QueueError, QueueName, Work};
use portdelta_app::repositories::LastSeen;
use portdelta_app::{AgentFilter, AgentView};
use portdelta_protocol::admin::{AgentStatus, Check, Doctor, Time, Verdict};

use crate::Api;
use crate::answer::Answer;
use crate::error::ApiError;

/// With less than this on its disk an agent can't keep many results, in bytes.
const LITTLE_DISK: u64 = 256 << 20;

/// A clock that is further off than this is worth a word, in seconds.
const CLOCK_OFF: i64 = 30;

/// What is well and what is not, in the order in which people should look
#[utoipa::path(get, path = "/doctor", operation_id = "doctor", tag = "server", responses(
    (status = 200, body = Doctor),
))]
pub(crate) async fn doctor(State(api): State<Api>) -> Result<Answer<Doctor>, ApiError> {
    let app = api.service.app();
    let sites = app.sites().await?;
    let mut checks = vec![check("store", Verdict::Ok, "the store can be read", None)];
    checks.extend(api.settings.machine.iter().flat_map(|look| look()));
    let agents = app.agents(&AgentFilter { site: None, hidden: true }).await?;
    for view in &agents {
        checks.extend(of_agent(view, app.now()));
    }
    for site in sites.iter().filter(|site| site.active) {
        let works = |view: &&AgentView| {
            view.agent.site == site.id && matches!(view.status, AgentStatus::Online | AgentStatus::Scanning)
        };
        let scans = app.scans().await?;
        let is_scanned = scans.iter().any(|scan| scan.active && scan.draft.sites.contains(&site.id));
        if is_scanned && !agents.iter().any(|view| works(&view)) {
            let message = format!("no agent of site {} is online: its scans wait", site.id);
            let hint = "Start an agent there, or enrol one: `portdelta agents enrol`.";
            checks.push(check("site.no_agent", Verdict::Bad, message, Some(hint)));
        }
    }
    let mut names: Vec<QueueName> = Work::ALL.map(QueueName::Work).to_vec();
    names.extend(sites.into_iter().map(|site| QueueName::Tasks(site.id)));
    for name in names {
        let dead = match api.service.queue().depth(&name).await {
            Ok(depth) => depth.dead,
            Err(QueueError::NoQueue { .. }) => 0,
            Err(error) => return Err(error.into()),
        };
        if dead > 0 {
            let message = format!("{dead} messages of queue {name} were given up after many tries");
            let hint = "Look at the server's log for why, then try them again: POST /queues/{queue}/redrive.";
            checks.push(check("queue.dead_letters", Verdict::Bad, message, Some(hint)));
        }
    }
    checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
    Ok(Answer(Doctor { version: api.settings.version.clone(), time: Time(app.now()), checks }))
}

fn check(code: &str, verdict: Verdict, message: impl Into<String>, hint: Option<&str>) -> Check {
    Check { code: code.to_owned(), verdict, message: message.into(), hint: hint.map(str::to_owned) }
}

/// `2 minutes`, `3 hours`: the largest unit of which there are two.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..120 => (seconds.max(0), "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn of_agent(view: &AgentView, now: portdelta_core::UnixTime) -> Vec<Check> {
    let name = &view.agent.name;
    let mut checks = Vec::new();
    match view.status {
        AgentStatus::Revoked => return checks,
        AgentStatus::Pending => {
            let message = format!("agent {name} waits for somebody to approve it");
            let hint = format!("`portdelta agents approve {}` if you know it.", view.agent.id);
            checks.push(check("agent.pending", Verdict::Warning, message, Some(&hint)));
        }
        AgentStatus::Offline => {
            let (code, message, hint) = match &view.seen {
                Some(seen) if seen.leaving => (
                    "agent.stopped",
                    format!("agent {name} was stopped {} ago", span(now.since(seen.at))),
                    "Start it again on its machine: `portdelta agent run`, or its service.",
                ),
                Some(seen) => (
                    "agent.silent",
                    format!("agent {name} has been silent for {}", span(now.since(seen.at))),
                    "See whether its machine and `portdelta agent run` there are up and reach this server.",
                ),
                None => (
                    "agent.silent",
                    format!("agent {name} has never said anything since it enrolled"),
                    "Start it on its machine: `portdelta agent run`.",
                ),
            };
            checks.push(check(code, Verdict::Bad, message, Some(hint)));
        }
        AgentStatus::Online | AgentStatus::Scanning => {
            checks.push(check("agent", Verdict::Ok, format!("agent {name} is {}", view.status.name()), None));
        }
    }
    if view.agent.facts.nmap_version.is_none() {
        let message = format!("agent {name} has no nmap");
        let hint = "Install nmap on its machine; the agent finds it by itself.";
        checks.push(check("agent.no_nmap", Verdict::Bad, message, Some(hint)));
    }
    checks.extend(view.seen.as_ref().and_then(|seen| of_spool(name, seen)));
    let ahead = view.seen.as_ref().map_or(0, |seen| seen.clock_ahead);
    if ahead.abs() > CLOCK_OFF {
        let way = if ahead > 0 { "ahead" } else { "behind" };
        let message = format!("the clock of agent {name} is {} {way}", span(ahead.abs()));
        let hint = "Let its machine's clock be set by the network, `timedatectl set-ntp true`: results are ordered \
                    by time.";
        checks.push(check("agent.clock", Verdict::Warning, message, Some(hint)));
    }
    checks
}

/// Why an agent takes no work, or soon will not.
fn of_spool(name: &str, seen: &LastSeen) -> Option<Check> {
    if let Some(why) = &seen.paused {
        let message = format!("agent {name} takes no work: {why}");
        let hint =
            "Look at its machine: the limits file, the space for its spool, and whether its results arrive.";
        return Some(check("agent.paused", Verdict::Bad, message, Some(hint)));
    }
    let free = seen.spooled.free.filter(|free| *free < LITTLE_DISK)?;
    let message = format!("agent {name} has {} MB left on the disk of its spool", free >> 20);
    let hint = "Make space on its machine: results that can't be sent at once wait there.";
    Some(check("agent.disk", Verdict::Warning, message, Some(hint)))
}
