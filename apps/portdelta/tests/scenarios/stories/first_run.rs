//! From enrolment to the alert.

use std::time::Duration;

use portdelta_protocol::admin::{
    AgentStatus, AlertState, Channel, ChannelDraft, ChannelFilter, ChannelSettings, ChannelTest, Health,
    Report, RunState, Schedule, Severity, SmtpSecurity, Time,
};
use portdelta_testkit::{Listener, MailCatcher, WebCatcher, WebMode, wait_for};

use super::draft;
use crate::api::{Api, id};
use crate::runtime::{AgentProcess, PATIENCE, Runtime};

/// Remote desktop, which is watched from the beginning.
const RDP: u16 = 3389;

/// An agent gets nothing before somebody approved it.
pub fn nobody_approved_it_yet(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let mut agent = AgentProcess::enrol(runtime, "office", "new", None);
    let pending = agent.is(runtime, AgentStatus::Pending);
    // Whoever approves it compares its key with what the agent says of itself.
    assert_eq!(pending.key.len(), 16, "{pending:?}");
    let waits = format!("key=\"{}\"", pending.key);
    wait_for("the agent to say its key", PATIENCE, || agent.process().log().contains(&waits).then_some(()));
    assert!(agent.status().contains(&pending.key), "{}", agent.status());
    let api = runtime.api();
    let scan = api.add_scan(&draft("127.0.61.1", "9", &["office"]));
    let run = id(&api.start(&scan, "early").runs[0]);
    assert!(!api.run(&run).state.is_finished());
    api.approve(&pending.id);
    assert_eq!(api.finished(&run).state, RunState::Complete);
}

/// A schedule begins a run, a watched port opens, the alert goes out by e-mail and webhook, once; it resolves when the
/// port is closed.
pub fn a_change_is_found_and_told(runtime: &mut impl Runtime) {
    let (mail, web) = (MailCatcher::start(), WebCatcher::start());
    runtime.api().add_site("office");
    let _agent = AgentProcess::approved(runtime, "office", "one");
    let api = runtime.api();
    add_channel(api, "mail", smtp(&mail));
    add_channel(api, "hook", webhook(&web.url()));
    let _steady = Listener::at("127.0.62.1", 2022);
    let scan = draft("127.0.62.1", &format!("2022,{RDP}"), &["office"]);
    let scan = api.add_scan(&scan);
    let first = api.ran(&scan, "first");
    assert_eq!((first.state, first.first_looks.ports), (RunState::Complete, 1), "{first:?}");
    assert!(api.alerts().is_empty(), "nothing that is watched is open");
    let digest = wait_for("the digest of first looks", PATIENCE, || mail.mails().first().cloned());
    assert!(digest.body().contains("2022"), "{}", digest.text);

    let desktop = Listener::at("127.0.62.1", RDP);
    let mut scheduled = draft("127.0.62.1", &format!("2022,{RDP}"), &["office"]);
    scheduled.schedule = Some(Schedule {
        expression: format!("at({})", in_seconds(api, 3)),
        time_zone: "UTC".to_owned(),
        spread_minutes: 0,
    });
    api.edit_scan(&scan, &scheduled);
    let run = wait_for("the schedule to begin a run", PATIENCE, || {
        let runs: Vec<portdelta_protocol::admin::Run> = api.all(&format!("/runs?scan={}", scan.id));
        runs.into_iter().find(|run| run.id != first.id)
    });
    let run = api.finished(run.id.as_str());
    assert_eq!(api.changes(&run), [format!("port-opened 127.0.62.1 {RDP}/tcp")]);
    let report: Report = api.report(&run);
    assert_eq!((report.score.value, report.score.status.as_str()), (90, "critical"));

    let alerts = wait_for("the alert", PATIENCE, || Some(api.alerts()).filter(|alerts| !alerts.is_empty()));
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let alert = &alerts[0];
    assert_eq!((alert.severity, alert.state, alert.episode), (Severity::Critical, AlertState::Open, 1));
    assert_eq!((alert.address.as_deref(), alert.port), (Some("127.0.62.1"), Some(RDP)));
    told(&mail, &web);

    drop(desktop);
    let run = api.ran(&scan, "closed-again");
    assert_eq!(api.changes(&run), [format!("port-closed 127.0.62.1 {RDP}/tcp")]);
    wait_for("the alert to resolve", PATIENCE, || {
        api.all::<portdelta_protocol::admin::Alert>("/alerts?state=resolved").pop()
    });
}

/// The alert went out at once and by both ways, and each message only once.
fn told(mail: &MailCatcher, web: &WebCatcher) {
    let alert = wait_for("the alert's e-mail", PATIENCE, || {
        mail.mails().into_iter().find(|mail| mail.body().contains("3389"))
    });
    assert!(alert.header("Subject").is_some_and(|subject| !subject.is_empty() && subject.is_ascii()));
    wait_for("the alert's webhook", PATIENCE, || {
        web.requests().into_iter().find(|request| String::from_utf8_lossy(&request.body).contains("3389"))
    });
    // Whoever tells it twice has had the time.
    std::thread::sleep(Duration::from_secs(2));
    let mut ids: Vec<String> = mail.mails().iter().filter_map(|mail| mail.header("Message-ID")).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an e-mail came twice");
}

/// A webhook that fails in every way loses nothing, and is not followed into a private network.
pub fn a_webhook_is_difficult(runtime: &mut impl Runtime) {
    let web = WebCatcher::start();
    let api = runtime.api();
    let channel = add_channel(api, "hook", webhook(&web.url()));
    let test = || -> ChannelTest { api.post(&format!("/channels/{}/test", channel.id), &()) };
    assert!(test().delivered);
    let failures = [
        WebMode::Answer(500, "out of order".to_owned()),
        WebMode::Answer(404, "gone".to_owned()),
        WebMode::Redirect("http://127.0.0.1:9/".to_owned()),
        WebMode::Close,
    ];
    for mode in failures {
        let how = format!("{mode:?}");
        web.set_mode(mode);
        let failed = test();
        assert!(!failed.delivered, "{how}");
        assert!(failed.error.is_some_and(|error| !error.is_empty()), "{how}");
    }
    web.set_mode(WebMode::Accept);
    assert!(test().delivered);
    let refused = api.try_post::<Channel>("/channels", &channel_draft("inside", private(&web.url())));
    if let Ok(channel) = refused {
        let test: ChannelTest = api.post(&format!("/channels/{}/test", channel.id), &());
        assert!(!test.delivered, "an address of this machine is private");
    }
}

fn smtp(mail: &MailCatcher) -> ChannelSettings {
    ChannelSettings::Smtp {
        host: mail.address().ip().to_string(),
        port: Some(mail.address().port()),
        security: SmtpSecurity::None,
        user: None,
        password: None,
        from: "portdelta@office.example".to_owned(),
        to: vec!["operations@office.example".to_owned()],
    }
}

fn webhook(url: &str) -> ChannelSettings {
    ChannelSettings::Webhook { url: url.to_owned(), secret: Some("k".repeat(32)), allow_private: true }
}

fn private(url: &str) -> ChannelSettings {
    ChannelSettings::Webhook { url: url.to_owned(), secret: Some("k".repeat(32)), allow_private: false }
}

fn channel_draft(name: &str, settings: ChannelSettings) -> ChannelDraft {
    ChannelDraft {
        name: name.to_owned(),
        enabled: true,
        settings: Some(settings),
        filter: ChannelFilter::default(),
    }
}

fn add_channel(api: &Api, name: &str, settings: ChannelSettings) -> Channel {
    api.post("/channels", &channel_draft(name, settings))
}

/// A time by the server's clock, as `at(...)` takes it.
fn in_seconds(api: &Api, seconds: i64) -> String {
    let health: Health = api.get("/health");
    Time(health.time.0.shifted(seconds)).to_string().trim_end_matches('Z').to_owned()
}
