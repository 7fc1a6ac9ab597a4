//! What results without host discovery, with states that say nothing, and that come late tell of expectations.

use portdelta_app::repositories::NetworkDraft;
use portdelta_app::{ExpectationDraft, Violation};
use portdelta_core::expectation::{ExpectedState, Unmet};
use portdelta_testkit::{NmapHost, NmapText};

use super::office::Office;
use crate::store::site;

const NAME: &str = "Lab";

async fn office() -> Office {
    let office = Office::new();
    let service = office.service();
    let app = service.app();
    app.ensure_site(&site()).await.expect("a site");
    app.set_watched_ports(&[]).await.expect("nothing is watched");
    let (name, prefixes) = (NAME.to_owned(), "192.0.2.0/30".to_owned());
    let lab = NetworkDraft { name, prefixes, ..NetworkDraft::default() };
    app.create_network(&lab).await.expect("it is new");
    office
}

async fn expect(office: &Office, targets: &str, ports: &str, state: ExpectedState) {
    let (targets, ports) = (targets.to_owned(), ports.to_owned());
    let (service, owner, reason) = (None, String::new(), String::new());
    let draft =
        ExpectationDraft { site: site(), targets, ports, state, service, owner, reason, expires: None };
    office.service().app().create_expectation(&draft, None).await.expect("it is fine");
}

/// What is not as expected: `192.0.2.1 26/tcp missing`, a host without its port.
async fn violations(office: &Office) -> Vec<String> {
    let service = office.service();
    let network = service.app().network(NAME).await.expect("readable").expect("it is there");
    let (found, _) = service.app().violations(&site(), &network, 100, None).await.expect("they are listed");
    let words = |one: Violation| {
        let port = one.port.map(|port| format!(" {port}")).unwrap_or_default();
        let problem = match one.unmet {
            Some(Unmet::UnexpectedOpen) => "open",
            Some(Unmet::Missing) => "missing",
            None => "unknown",
        };
        format!("{}{port} {problem}", one.address)
    };
    found.into_iter().map(words).collect()
}

/// Connects to 20-30 without host discovery: each host is listed as up because the user said so.
fn undiscovered(seconds: i64, hosts: &[(&str, &[u16])]) -> NmapText {
    let text = NmapText::of("-Pn -sT -p20-30 192.0.2.0/30").at(seconds).tcp("20-30").of_total(4);
    hosts.iter().fold(text, |text, (address, open)| {
        let silent = 11 - u32::try_from(open.len()).expect("few ports");
        let host = NmapHost::up(address).because("user-set").open(open).counted("filtered", silent);
        text.host(host)
    })
}

#[tokio::test]
async fn without_host_discovery_a_silent_host_misses_only_what_was_probed() {
    let office = office().await;
    expect(&office, "192.0.2.1", "25,26", ExpectedState::Open).await;
    expect(&office, "192.0.2.2", "22", ExpectedState::Open).await;
    expect(&office, "192.0.2.3", "8080", ExpectedState::Open).await;
    office
        .run("first", &undiscovered(0, &[("192.0.2.1", &[25]), ("192.0.2.2", &[]), ("192.0.2.3", &[])]))
        .await;
    let expected = ["192.0.2.1 26/tcp missing", "192.0.2.2 missing", "192.0.2.3 8080/tcp unknown"];
    assert_eq!(violations(&office).await, expected);
    let missing = "26/tcp is not open at 192.0.2.1 and should be: Open 1";
    let down = "192.0.2.2 is down, and should have open ports: Open 1";
    let mut alerts = office.alerts().await;
    alerts.sort();
    assert_eq!(alerts, [down, missing], "nobody looked at 8080");
    // One answer is enough: the host is up, and its port is there.
    office.run("second", &undiscovered(1_000, &[("192.0.2.1", &[25, 26]), ("192.0.2.2", &[22])])).await;
    assert_eq!(violations(&office).await, ["192.0.2.3 8080/tcp unknown"]);
    assert!(office.alerts().await.iter().all(|alert| alert.ends_with("Resolved 1")));
    // Silent again: what was its only open port was probed, so it is down.
    office.run("third", &undiscovered(2_000, &[("192.0.2.1", &[25, 26]), ("192.0.2.2", &[])])).await;
    assert_eq!(violations(&office).await, ["192.0.2.2 missing", "192.0.2.3 8080/tcp unknown"]);
}

/// Probes 53 and 123 of UDP.
fn udp(seconds: i64, states: [(u16, &str); 2]) -> NmapText {
    let text = NmapText::of("-sU -p53,123 192.0.2.0/30").at(seconds).udp("53,123").of_total(4);
    let host = NmapHost::up("192.0.2.1");
    text.host(states.iter().fold(host, |host, (port, state)| host.port("udp", *port, state, "")))
}

#[tokio::test]
async fn open_or_filtered_is_neither_open_nor_missing() {
    let office = office().await;
    expect(&office, "192.0.2.1", "U:53", ExpectedState::Closed).await;
    expect(&office, "192.0.2.1", "U:123", ExpectedState::Open).await;
    office.run("first", &udp(0, [(53, "open|filtered"), (123, "open|filtered")])).await;
    assert_eq!(violations(&office).await, ["192.0.2.1 123/udp unknown"]);
    assert!(office.alerts().await.is_empty(), "{:?}", office.alerts().await);
    office.run("second", &udp(1_000, [(53, "open"), (123, "closed")])).await;
    let both = ["192.0.2.1 53/udp open", "192.0.2.1 123/udp missing"];
    assert_eq!(violations(&office).await, both);
    let told = office.alerts().await;
    assert_eq!(told.len(), 2, "{told:?}");
    // A look that says nothing takes back nothing.
    office.run("third", &udp(2_000, [(53, "open|filtered"), (123, "open|filtered")])).await;
    assert_eq!(violations(&office).await, both);
    assert_eq!(office.alerts().await, told);
}

/// Connects to 20-30.
fn tcp(seconds: i64, ports: &str, open: &[u16]) -> NmapText {
    let text = NmapText::of(&format!("-sT -p{ports} 192.0.2.0/30")).at(seconds).tcp(ports).of_total(4);
    text.host(NmapHost::up("192.0.2.1").open(open))
}

#[tokio::test]
async fn what_comes_late_counts_only_where_nothing_later_looked() {
    let office = office().await;
    expect(&office, "192.0.2.1", "22,8080", ExpectedState::Closed).await;
    expect(&office, "192.0.2.1", "25", ExpectedState::Open).await;
    office.run("newest", &tcp(5_000, "20-30", &[25])).await;
    assert!(violations(&office).await.is_empty());
    // Of before, when 22 was open, 25 was not, and 8080 was looked at: later evidence knows better of the first two.
    office.run("late", &tcp(1_000, "20-30,8080", &[22, 8080])).await;
    assert_eq!(violations(&office).await, ["192.0.2.1 8080/tcp open"]);
    let alert = "8080/tcp is open at 192.0.2.1 and should not be";
    assert_eq!(office.alerts().await, [format!("{alert}: Open 1")]);
    // And what is later than the late one resolves it, though it is older than the newest.
    office.run("between", &tcp(3_000, "20-30,8080", &[22])).await;
    assert!(violations(&office).await.is_empty(), "{:?}", violations(&office).await);
    assert_eq!(office.alerts().await, [format!("{alert}: Resolved 1")]);
    // The late one again is a repeat.
    office.run("late", &tcp(1_000, "20-30,8080", &[22, 8080])).await;
    assert_eq!(office.alerts().await, [format!("{alert}: Resolved 1")]);
}
