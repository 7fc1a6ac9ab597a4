//! One event, in the shape of `text/event-stream`.

use portdelta_app::notify::views::{severity_out, state_out};
use portdelta_app::repositories::AlertTurn;
use portdelta_app::{Activity, AgentActivity, News, RunActivity, RunProgress, RunStage};
use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_protocol::admin::{
    AgentTurned, AlertTurned, Role, RunFinished, RunProgressed, RunState, Score, SystemTold, Time,
};
use serde::Serialize;

use crate::views::runs::outcome;

/// Digits of the time with which every id begins.
const TIME_DIGITS: usize = 12;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    id: String,
    name: &'static str,
    /// JSON on one line.
    data: String,
    whom: Whom,
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    Everybody,
    /// Those who may list agents.
    Operators,
    /// Those who may not.
    Viewers,
}

impl Told {
    fn of(id: String, name: &'static str, data: &impl Serialize) -> Self {
        // What steers a terminal is escaped, and line ends are as JSON has them: no text can forge an event.
        let data = portdelta_formats::report::to_line(data).unwrap_or_else(|_| "{}".to_owned());
        Self { id, name, data, whom: Whom::Everybody }
    }

    fn to(self, whom: Whom) -> Self {
        Self { whom, ..self }
    }

    /// Whether who has this role is told.
    pub(crate) fn is_for(&self, role: Role) -> bool {
        match self.whom {
            Whom::Everybody => true,
            Whom::Operators => role >= Role::Operator,
            Whom::Viewers => role < Role::Operator,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn text(&self) -> String {
        format!("id: {}\nevent: {}\ndata: {}\n\n", self.id, self.name, self.data)
    }
}

/// The time in an id; `None` where the text is none of ours.
pub(crate) fn since(id: &str) -> Option<UnixTime> {
    let digits = id.get(..TIME_DIGITS)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok().and_then(UnixTime::from_seconds)).flatten()
}

fn id(time: UnixTime, rest: &str) -> String {
    format!("{:0TIME_DIGITS$}#{rest}", time.seconds())
}

pub(super) fn system(now: UnixTime, version: &str, code: &str, message: &str) -> Told {
    system_with_id(id(now, code), now, version, code, message)
}

/// Everything was told that is so now; `seen` is what who comes again says of that.
pub(super) fn ready(now: UnixTime, version: &str, seen: &str) -> Told {
    system_with_id(id(now, seen), now, version, "ready", "events follow")
}

fn system_with_id(id: String, now: UnixTime, version: &str, code: &str, message: &str) -> Told {
    let data = SystemTold {
        code: code.to_owned(),
        message: message.to_owned(),
        version: version.to_owned(),
        time: Time(now),
    };
    Told::of(id, "system", &data)
}

/// What goes on, as it is.
pub(super) fn now(now: UnixTime, version: &str, activity: &Activity) -> Vec<Told> {
    changed(now, version, &Activity::default(), activity)
}

/// What goes on and is not as it was. Who may not list agents is told no more of them than that something changed: how
/// many are online everybody may know.
pub(super) fn changed(now: UnixTime, version: &str, before: &Activity, after: &Activity) -> Vec<Told> {
    let runs = after.runs.iter().filter(|(id, run)| before.runs.get(*id) != Some(run));
    let agents = after.agents.iter().filter(|(id, agent)| before.agents.get(*id) != Some(agent));
    let gone = before.agents.iter().filter(|(id, _)| !after.agents.contains_key(*id));
    let agents = agents.map(|(id, agent)| status(now, id, agent, true));
    let agents: Vec<_> = agents.chain(gone.map(|(id, agent)| status(now, id, agent, false))).collect();
    let hint = (!agents.is_empty())
        .then(|| system(now, version, "agents", "an agent is not as it was").to(Whom::Viewers));
    runs.map(|(run, activity)| progress(now, run, activity)).chain(agents).chain(hint).collect()
}

/// What happened.
pub(super) fn happened(news: &News) -> Vec<Told> {
    let mut all: Vec<Told> = news.reports.iter().map(finished).chain(news.alerts.iter().map(alert)).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn progress(now: UnixTime, run: &RunId, activity: &RunActivity) -> Told {
    let RunActivity { site, title, scan, stage, progress } = activity;
    let state = match stage {
        RunStage::Waiting => RunState::Waiting,
        RunStage::Dispatching => RunState::Dispatching,
        RunStage::Running | RunStage::Ended(_) => RunState::Running,
    };
    let RunProgress { total, sent, counts, percent, estimated_end } = *progress;
    let data = RunProgressed {
        run: run.clone(),
        scan: scan.clone(),
        title: title.clone(),
        site: site.clone(),
        state,
        progress: portdelta_protocol::admin::RunProgress {
            tasks: total.into(),
            sent: sent.into(),
            done: counts.complete.into(),
            partial: counts.partial.into(),
            unscannable: counts.unscannable.into(),
            percent,
            queued: None,
            estimated_end: estimated_end.map(Time),
        },
    };
    Told::of(id(now, run.as_str()), "run.progress", &data)
}

fn status(now: UnixTime, agent: &str, activity: &AgentActivity, is_there: bool) -> Told {
    let AgentActivity { name, site, status } = activity;
    let data = AgentTurned {
        agent: agent.to_owned(),
        name: name.clone(),
        site: site.clone(),
        status: is_there.then_some(*status),
    };
    Told::of(id(now, agent), "agent.status", &data).to(Whom::Operators)
}

fn finished(report: &portdelta_app::repositories::Report) -> Told {
    let data = RunFinished {
        run: report.run.clone(),
        scan: report.scan.clone(),
        title: report.scan_name.clone(),
        site: report.site.clone(),
        state: outcome(report.outcome),
        finished: Time(report.finished),
        score: Score {
            value: report.score,
            class: report.class.name().to_owned(),
            status: report.status.name().to_owned(),
        },
        changes: report.totals.changes.values().sum(),
    };
    Told::of(id(report.finished, report.run.as_str()), "run.finished", &data)
}

fn alert(news: &portdelta_app::repositories::AlertNews) -> Told {
    let name = match news.what {
        AlertTurn::Opened => "alert.opened",
        AlertTurn::Closed => "alert.closed",
        AlertTurn::Changed => "alert.changed",
    };
    let (address, port) = news.place.unzip();
    let data = AlertTurned {
        alert: news.alert.clone(),
        time: Time(news.time),
        severity: severity_out(news.severity),
        state: state_out(news.state),
        title: news.title.clone(),
        site: news.site.clone(),
        address: address.map(|address| address.to_string()),
        port: port.map(|port| port.to_string()),
    };
    Told::of(news.position(), name, &data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_forge_an_event() {
        let text = system(UnixTime::EPOCH, "1", "ready", "a\n\nevent: forged\r\ndata: {}\u{1b}[2J").text();
        assert_eq!(text.matches('\n').count(), 4, "{text}");
        assert!(!text.contains(['\r', '\u{1b}']));
    }

    #[test]
    fn ids_carry_their_time() {
        let time = UnixTime::from_seconds(1_999_000_000).expect("a time");
        assert_eq!(since(&id(time, "run-1")), Some(time));
        for text in
            ["", "1", "x", "99999999999x", "-00000000001", "\u{661}\u{661}\u{661}\u{661}\u{661}\u{661}"]
        {
            assert_eq!(since(text), None, "{text}");
        }
    }
}
