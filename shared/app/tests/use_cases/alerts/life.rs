//! Alerts open, sleep, wake and resolve by evidence, and people act on them.

use portdelta_core::alert::{Action, Trouble, TroubleKind};
use portdelta_core::watch::Severity;
use portdelta_testkit::NmapText;

use super::office::{Office, RDP, scan};

async fn office() -> Office {
    let office = Office::new();
    office.channel("team", portdelta_protocol::admin::ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    office
}

#[tokio::test]
async fn an_alert_opens_at_once_resolves_by_cover_only_and_opens_again_as_a_new_episode() {
    let office = office().await;
    let open: &[(&str, &[u16])] = &[("192.0.2.1", &[25, 3389]), ("192.0.2.2", &[25])];
    let closed: &[(&str, &[u16])] = &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])];
    office.run("second", &scan(1_000, open)).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 1")]);
    let subjects: Vec<_> = office.got("team").into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(subjects[1], format!("[critical] {RDP}"));
    // A narrower result covers nothing of it.
    let narrow = NmapText::of("-sT -p25 192.0.2.0/30").at(2_000).tcp("25").of_total(4);
    let narrow = narrow.host(portdelta_testkit::NmapHost::up("192.0.2.1").open(&[25]));
    office.run("narrow", &narrow.host(portdelta_testkit::NmapHost::up("192.0.2.2").open(&[25]))).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 1")]);
    office.run("third", &scan(3_000, closed)).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1")]);
    office.run("fourth", &scan(4_000, open)).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 2")]);
    let told: Vec<_> = office.told("team").into_iter().map(|(_, episode, event)| (episode, event)).collect();
    let expected = [(1, "opened"), (1, "resolved"), (2, "opened")];
    assert_eq!(told, expected.map(|(episode, event)| (episode, event.to_owned())));
}

#[tokio::test]
async fn a_host_that_goes_makes_its_alert_sleep() {
    let office = office().await;
    let open: &[(&str, &[u16])] = &[("192.0.2.1", &[25, 3389]), ("192.0.2.2", &[25])];
    let gone: &[(&str, &[u16])] = &[("192.0.2.2", &[25])];
    office.run("second", &scan(1_000, open)).await;
    office.run("third", &scan(2_000, gone)).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Dormant 1")]);
    office.run("fourth", &scan(3_000, open)).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 1")]);
    assert_eq!(office.told("team").len(), 1);
    // Gone again, and back without the port: there is no delta of the port, and yet it was covered.
    office.run("fifth", &scan(4_000, gone)).await;
    office.run("sixth", &scan(5_000, &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])])).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1")]);
    assert_eq!(office.told("team").len(), 1);
}

#[tokio::test]
async fn what_sleeps_resolves_when_a_later_result_covers_it_or_after_thirty_days() {
    let office = office().await;
    let open: &[(&str, &[u16])] = &[("192.0.2.1", &[25, 3389]), ("192.0.2.2", &[25])];
    office.run("second", &scan(1_000, open)).await;
    office.run("third", &scan(2_000, &[("192.0.2.2", &[25])])).await;
    // Back, and nothing looked at the port; then something does.
    let narrow = |seconds: i64, ports: &str| {
        let text = NmapText::of(&format!("-sT -p{ports} 192.0.2.0/30")).at(seconds).tcp(ports).of_total(4);
        let host = |address: &str| portdelta_testkit::NmapHost::up(address).open(&[25]);
        text.host(host("192.0.2.1")).host(host("192.0.2.2"))
    };
    office.run("fourth", &narrow(3_000, "25")).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Dormant 1")]);
    office.memory.clock.advance(40 * 86_400);
    office.service().app().sweep_alerts().await.expect("it is swept");
    assert_eq!(office.alerts().await, [format!("{RDP}: Dormant 1")], "its host is back");
    office.run("fifth", &narrow(4_000, "25,3389")).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1")]);

    let office = self::office().await;
    office.run("second", &scan(1_000, open)).await;
    office.run("third", &scan(2_000, &[("192.0.2.2", &[25])])).await;
    // Scans are of eleven days before the clock began, and the time of the evidence counts.
    office.memory.clock.advance(18 * 86_400);
    office.service().app().sweep_alerts().await.expect("it is swept");
    assert_eq!(office.alerts().await, [format!("{RDP}: Dormant 1")]);
    office.memory.clock.advance(2 * 86_400);
    office.service().app().sweep_alerts().await.expect("it is swept");
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1")]);
}

#[tokio::test]
async fn an_ignored_alert_is_quiet_until_its_date_over_episodes() {
    let office = office().await;
    let open: &[(&str, &[u16])] = &[("192.0.2.1", &[25, 3389]), ("192.0.2.2", &[25])];
    let closed: &[(&str, &[u16])] = &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])];
    office.run("second", &scan(1_000, open)).await;
    let service = office.service();
    let until = service.app().now().shifted(86_400);
    let ignore = Action::Ignore { until, reason: "known".to_owned() };
    let id = office.alert_id(RDP).await;
    let alert = service.app().act_on_alert(&id, "token-1", ignore.clone()).await.expect("it is ignored");
    assert_eq!(alert.history.last().and_then(|line| line.actor.as_deref()), Some("token-1"));
    service.app().act_on_alert(&id, "token-1", ignore).await.expect("it is ignored");
    office.run("third", &scan(2_000, closed)).await;
    office.run("fourth", &scan(3_000, open)).await;
    office.service().app().sweep_alerts().await.expect("it is swept");
    assert_eq!(office.alerts().await, [format!("{RDP}: Ignored 2")]);
    assert_eq!(office.told("team").len(), 1);
    office.memory.clock.advance(86_400);
    office.service().app().sweep_alerts().await.expect("it is swept");
    office.service().app().sweep_alerts().await.expect("it is swept again");
    office.deliver().await.expect("it is told");
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 2")]);
    assert_eq!(office.told("team").len(), 2, "{:?}", office.told("team"));
    let past = Action::Ignore { until, reason: "late".to_owned() };
    let refused = service.app().act_on_alert(&id, "token-1", past).await.expect_err("it is past");
    assert_eq!(refused.code(), "alert.until");
}

#[tokio::test]
async fn bulk_actions_go_on_where_one_goes_wrong() {
    let office = office().await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389, 22]), ("192.0.2.2", &[25])])).await;
    let ssh = office.alert_id("22/tcp (SSH) is open at 192.0.2.1").await;
    let ids = [office.alert_id(RDP).await, "x\u{1b}".to_owned(), ssh, "0".repeat(32)];
    let acknowledge = Action::Acknowledge { note: "on it".to_owned() };
    let service = office.service();
    let lines = service.app().act_on_alerts(&ids, "token-1", &acknowledge).await.expect("some of it works");
    let codes: Vec<_> =
        lines.iter().map(|line| line.outcome.as_ref().err().map_or("ok", |error| error.code())).collect();
    assert_eq!(codes, ["ok", "unknown", "ok", "unknown"]);
    assert!(
        lines.iter().all(|line| line
            .outcome
            .as_ref()
            .err()
            .is_none_or(|e| !e.to_string().contains('\u{1b}')))
    );
    assert!(service.app().act_on_alerts(&[], "token-1", &acknowledge).await.is_err());
    assert!(office.alerts().await.iter().all(|alert| alert.ends_with("Acknowledged 1")));
}

#[tokio::test]
async fn trouble_is_told_within_a_minute_in_one_message_and_settles() {
    let office = office().await;
    let service = office.service();
    let trouble = |name: &str| Trouble {
        kind: TroubleKind::SilentAgent,
        site: Some("office".parse().expect("an id")),
        name: name.to_owned(),
    };
    let before = office.got("team").len();
    for _ in 0..3 {
        for name in ["a", "b", "c"] {
            let text = format!("agent {name}\u{1b}[2J is silent for 15 minutes");
            service.app().raise(&trouble(name), Severity::High, &text).await.expect("it is raised");
        }
    }
    office.deliver().await.expect("it is told");
    let got = office.letters("team");
    assert_eq!(got.len(), before + 1, "{:?}", office.got("team"));
    let subject = &got[before].subject;
    assert!(subject.starts_with("[high] 3 alerts: agent ") && subject.ends_with(" and 2 more"), "{subject}");
    assert!(subject.contains("\\x1b[2J is silent for 15 minutes"), "{subject}");
    assert!(!got[before].text.contains('\u{1b}'));
    service.app().settle(&trouble("a")).await.expect("it is settled");
    service.app().settle(&trouble("a")).await.expect("it is settled");
    service.app().settle(&trouble("never")).await.expect("nothing was wrong");
    office.deliver().await.expect("it is told");
    assert_eq!(office.got("team").len(), before + 2);
    let told = office.told("team");
    assert_eq!(told.iter().filter(|(_, _, event)| event == "resolved").count(), 1, "{told:?}");
}
