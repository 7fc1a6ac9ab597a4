//! What is not as expected is an alert: by results, by edits, and when an expectation expires.

use portdelta_app::{Acceptance, CardFilter, CardSort, ExpectationDraft};
use portdelta_core::UnixTime;
use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_protocol::admin::ChannelFilter;
use portdelta_testkit::{Fault, NmapHost, NmapText};

use super::office::{Office, RDP, scan};
use crate::store::site;

fn draft(targets: &str, ports: &str, state: ExpectedState) -> ExpectationDraft {
    ExpectationDraft {
        site: site(),
        targets: targets.to_owned(),
        ports: ports.to_owned(),
        state,
        service: None,
        owner: String::new(),
        reason: String::new(),
        expires: None,
    }
}

async fn office() -> Office {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.service().app().ensure_site(&site()).await.expect("a site");
    office.service().app().set_watched_ports(&[]).await.expect("nothing is watched");
    office
}

async fn expect(office: &Office, targets: &str, ports: &str, state: ExpectedState) -> Expectation {
    let made = office.service().app().create_expectation(&draft(targets, ports, state), None).await;
    made.expect("it is fine").0
}

async fn accept(office: &Office, title: &str, expires: Option<UnixTime>) -> Expectation {
    let why = Acceptance {
        reason: "remote desk".to_owned(),
        owner: "Ops".to_owned(),
        expires,
        by: Some("user Ada".to_owned()),
    };
    let alert = office.alert_id(title).await;
    let made =
        office.service().app().accept(&[], std::slice::from_ref(&alert), &why).await.expect("accepted");
    let again = office.service().app().accept(&[], &[alert], &why).await.expect("accepted");
    assert_eq!(made[0].id, again[0].id);
    assert_eq!(made[0].by.as_deref(), Some("user Ada"));
    made[0].clone()
}

/// What was told of this title: (episode, event).
fn told(office: &Office, title: &str) -> Vec<(u64, String)> {
    let told = office.told("team").into_iter().filter(|(about, ..)| about == title);
    told.map(|(_, episode, event)| (episode, event)).collect()
}

const MAIL: &str = "25/tcp is open at 192.0.2.1 and should not be";
const MISSING: &str = "26/tcp is not open at 192.0.2.1 and should be";
const DOWN: &str = "192.0.2.1 is down, and should have open ports";

#[tokio::test]
async fn what_should_not_be_open_is_told_once_an_episode() {
    let office = office().await;
    expect(&office, "192.0.2.0/30", "1-65535", ExpectedState::Closed).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 1")]);
    office.tell("first").await.expect("again");
    // Nothing is new, and nothing covers the port.
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25])])).await;
    let narrow = NmapText::of("-sT -p80 192.0.2.0/30").at(2_000).tcp("80").of_total(4);
    office.run("narrow", &narrow.host(NmapHost::up("192.0.2.1"))).await;
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 1")]);
    assert_eq!(told(&office, MAIL), [(1, "opened".to_owned())]);
    office.run("third", &scan(3_000, &[("192.0.2.1", &[26])])).await;
    let other = "26/tcp is open at 192.0.2.1 and should not be: Open 1".to_owned();
    assert_eq!(office.alerts().await, [format!("{MAIL}: Resolved 1"), other]);
    office.run("fourth", &scan(4_000, &[("192.0.2.1", &[25])])).await;
    assert!(office.alerts().await.contains(&format!("{MAIL}: Open 2")));
    let all = [(1, "opened"), (1, "resolved"), (2, "opened")];
    assert_eq!(told(&office, MAIL), all.map(|(episode, event)| (episode, event.to_owned())));
}

#[tokio::test]
async fn what_is_missing_needs_a_look_and_no_delta() {
    let office = office().await;
    // 8080 is never covered: nobody knows. One alert for a host that is down, whatever should be open there.
    expect(&office, "192.0.2.1", "26,8080", ExpectedState::Open).await;
    expect(&office, "192.0.2.2", "20-22,8080", ExpectedState::Open).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    let host = "192.0.2.2 is down, and should have open ports";
    assert_eq!(office.alerts().await, [format!("{host}: Open 1"), format!("{MISSING}: Open 1")]);
    assert_eq!(told(&office, MISSING), [(1, "opened".to_owned())]);
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 26]), ("192.0.2.2", &[20, 21, 22])])).await;
    assert_eq!(office.alerts().await, [format!("{host}: Resolved 1"), format!("{MISSING}: Resolved 1")]);
    assert_eq!(told(&office, host).len(), 2);
    let port = "22/tcp is not open at 192.0.2.2 and should be";
    office.run("third", &scan(2_000, &[("192.0.2.1", &[25, 26]), ("192.0.2.2", &[20, 21])])).await;
    assert!(office.alerts().await.contains(&format!("{port}: Open 1")), "{:?}", office.alerts().await);
}

#[tokio::test]
async fn a_host_that_goes_is_one_alert_and_lets_those_of_its_ports_sleep() {
    let office = office().await;
    expect(&office, "192.0.2.1", "20-30,3389", ExpectedState::Closed).await;
    expect(&office, "192.0.2.1", "26", ExpectedState::Open).await;
    let both: &[(&str, &[u16])] = &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])];
    office.run("first", &scan(0, both)).await;
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 1"), format!("{MISSING}: Open 1")]);
    office.run("second", &scan(1_000, &[("192.0.2.2", &[25])])).await;
    let asleep = [format!("{DOWN}: Open 1"), format!("{MAIL}: Dormant 1"), format!("{MISSING}: Dormant 1")];
    let mut expected = asleep.to_vec();
    expected.sort();
    assert_eq!(office.alerts().await, expected);
    office.run("third", &scan(2_000, both)).await;
    let mut expected =
        vec![format!("{DOWN}: Resolved 1"), format!("{MAIL}: Open 1"), format!("{MISSING}: Open 1")];
    expected.sort();
    assert_eq!(office.alerts().await, expected);
    assert_eq!(told(&office, MAIL).len(), 1);
    // Back without the one and with the other.
    office.run("fourth", &scan(3_000, &[("192.0.2.2", &[25])])).await;
    office.run("fifth", &scan(4_000, &[("192.0.2.1", &[26]), ("192.0.2.2", &[25])])).await;
    let alerts = office.alerts().await;
    assert!(alerts.contains(&format!("{MAIL}: Resolved 1")), "{alerts:?}");
    assert!(alerts.contains(&format!("{MISSING}: Resolved 1")), "{alerts:?}");
}

#[tokio::test]
async fn what_is_accepted_is_no_alert_until_it_expires() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 1")]);
    let service = office.service();
    let posture = async || {
        let cards = service.app().network_cards(&CardFilter::default(), CardSort::default()).await;
        cards.expect("cards")[0].last.clone().expect("a run").standing.expect("known").posture
    };
    assert_eq!(posture().await, Some(80));
    let until = service.app().now().shifted(86_400);
    let accepted = accept(&office, RDP, Some(until)).await;
    assert_eq!((accepted.state, accepted.ports.to_string()), (ExpectedState::Open, "T:3389".to_owned()));
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1")]);
    assert_eq!(posture().await, Some(100));
    // It closes and opens again, and is expected.
    office.run("third", &scan(2_000, &[("192.0.2.1", &[25])])).await;
    let missing = "3389/tcp is not open at 192.0.2.1 and should be";
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1"), format!("{missing}: Open 1")]);
    office.run("fourth", &scan(3_000, &[("192.0.2.1", &[25, 3389])])).await;
    assert_eq!(office.alerts().await, [format!("{RDP}: Resolved 1"), format!("{missing}: Resolved 1")]);
    assert_eq!(told(&office, RDP).len(), 1);
    office.service().sweep(service.app().now()).await;
    assert_eq!(told(&office, RDP).len(), 1);
    office.memory.clock.advance(86_400);
    for _ in 0..2 {
        let swept = office.service().sweep(service.app().now()).await;
        assert!(swept.failures.is_empty(), "{:?}", swept.failures);
        office.deliver().await.expect("it is told");
    }
    assert_eq!(office.alerts().await, [format!("{RDP}: Open 2"), format!("{missing}: Resolved 1")]);
    assert_eq!(told(&office, RDP), [(1, "opened".to_owned()), (2, "opened".to_owned())]);
    assert_eq!(posture().await, Some(80));
}

#[tokio::test]
async fn edits_open_and_withdraw_without_a_message() {
    let office = office().await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    let closed = expect(&office, "192.0.2.0/30", "20-30", ExpectedState::Closed).await;
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 1")]);
    let service = office.service();
    let app = service.app();
    // Another expectation takes over: it is the same thing that is wrong.
    let one = expect(&office, "192.0.2.1", "25", ExpectedState::Closed).await;
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 1")]);
    let open = draft("192.0.2.1", "25", ExpectedState::Open);
    let (edited, version) =
        app.edit_expectation(&one.id, 1, &open, Some("user Bo")).await.expect("it is edited");
    assert_eq!((one.by, edited.by.as_deref()), (None, Some("user Bo")));
    assert_eq!(office.alerts().await, [format!("{MAIL}: Resolved 1")]);
    assert!(
        app.edit_expectation(&one.id, 1, &open, Some("user Bo"))
            .await
            .is_err_and(|error| error.code() == "stale")
    );
    let ssh = ExpectationDraft { service: Some("ssh".to_owned()), ..open };
    app.edit_expectation(&one.id, version, &ssh, Some("user Bo")).await.expect("it is edited");
    assert_eq!(office.alerts().await, [format!("{MAIL}: Resolved 1")], "no service contradicts nothing");
    app.remove_expectation(&one.id).await.expect("it is gone");
    assert_eq!(office.alerts().await, [format!("{MAIL}: Open 2")]);
    app.remove_expectation(&closed.id).await.expect("it is gone");
    assert!(app.remove_expectation(&closed.id).await.is_err());
    assert_eq!(office.alerts().await, [format!("{MAIL}: Resolved 2")]);
    office.deliver().await.expect("nothing is to deliver");
    assert_eq!(told(&office, MAIL), []);
}

#[tokio::test]
async fn another_service_than_expected_is_unexpected() {
    let office = office().await;
    let ssh =
        ExpectationDraft { service: Some("ssh".to_owned()), ..draft("192.0.2.1", "22", ExpectedState::Open) };
    office.service().app().create_expectation(&ssh, None).await.expect("it is fine");
    let text = |seconds: i64, name: &str| {
        let text = NmapText::of("-sV -sT -p20-30 192.0.2.0/30").at(seconds).tcp("20-30").of_total(4);
        text.host(NmapHost::up("192.0.2.1").service(22, name, "Thing", "1"))
    };
    office.run("first", &text(0, "ssh")).await;
    assert!(office.alerts().await.is_empty());
    office.run("second", &text(1_000, "telnet")).await;
    let other = "22/tcp is open at 192.0.2.1 with another service than expected";
    assert_eq!(office.alerts().await, [format!("{other}: Open 1")]);
    office.run("third", &text(2_000, "ssh")).await;
    assert_eq!(office.alerts().await, [format!("{other}: Resolved 1")]);
    assert_eq!(told(&office, other).len(), 2);
}

#[tokio::test]
async fn an_edit_whose_process_dies_is_followed_by_the_sweep() {
    let closed = draft("192.0.2.0/30", "20-30", ExpectedState::Closed);
    for nth in 1.. {
        let office = office().await;
        office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
        office.memory.faults.plan(nth, Fault::KillAfter);
        let made = office.service().app().create_expectation(&closed, None).await;
        office.memory.faults.revive();
        let is_there = !office.service().app().expectations().await.expect("they are readable").is_empty();
        office.memory.clock.advance(120);
        let service = office.service();
        for _ in 0..2 {
            let swept = service.sweep(service.app().now()).await;
            assert!(swept.failures.is_empty(), "{:?}", swept.failures);
        }
        let expected: Vec<String> = is_there.then(|| format!("{MAIL}: Open 1")).into_iter().collect();
        assert_eq!(office.alerts().await, expected, "operation {nth}, which gave {made:?}");
        if made.is_ok() {
            assert!(nth > 5, "only {nth} operations");
            return;
        }
    }
}
