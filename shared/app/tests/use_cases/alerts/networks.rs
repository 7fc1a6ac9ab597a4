//! Alerts follow what their rules watch: networks that change, services that are learnt, rules that come back.

use portdelta_app::notify::WatchedPortDraft;
use portdelta_app::repositories::NetworkDraft;
use portdelta_protocol::admin::ChannelFilter;
use portdelta_testkit::{NmapHost, NmapText};

use super::office::{Office, scan, watch};

fn network(name: &str, prefixes: &str) -> NetworkDraft {
    NetworkDraft { name: name.to_owned(), prefixes: prefixes.to_owned(), ..NetworkDraft::default() }
}

const MINE: &str = "3389/tcp (Mine) is open at 192.0.2.1";

/// RDP of the network `Lab` is watched, and opens at an address that `prefixes` may contain.
async fn lab(prefixes: &str) -> Office {
    let office = Office::new();
    let service = office.service();
    service.app().create_network(&network("Lab", prefixes)).await.expect("it is new");
    let rule = WatchedPortDraft { networks: vec!["Lab".to_owned()], ..watch(3389) };
    service.app().set_watched_ports(&[rule]).await.expect("it is fine");
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    office
}

#[tokio::test]
async fn an_alert_of_a_network_that_shrinks_is_withdrawn() {
    let office = lab("192.0.2.0/24").await;
    assert_eq!(office.alerts().await, [format!("{MINE}: Open 1")]);
    let smaller = network("Lab", "192.0.2.128/25").check().expect("it is fine");
    office.service().app().edit_network(&smaller, None).await.expect("it is edited");
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 1")]);
    // And comes again with the network, though no run found anything new.
    let larger = network("Lab", "192.0.2.0/24").check().expect("it is fine");
    office.service().app().edit_network(&larger, None).await.expect("it is edited");
    assert_eq!(office.alerts().await, [format!("{MINE}: Open 2")]);
    office.run("third", &scan(2_000, &[("192.0.2.1", &[25])])).await;
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 2")]);
}

#[tokio::test]
async fn an_alert_of_a_network_that_is_removed_or_loses_the_address_to_another_is_withdrawn() {
    let office = lab("192.0.2.0/24").await;
    office.service().app().delete_network("Lab").await.expect("it is gone");
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 1")]);
    let office = lab("192.0.2.0/24").await;
    office.service().app().create_network(&network("Narrow", "192.0.2.0/30")).await.expect("it is new");
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 1")]);
}

#[tokio::test]
async fn a_rule_whose_network_is_gone_lets_the_others_be_edited() {
    let office = lab("192.0.2.0/24").await;
    let service = office.service();
    service.app().delete_network("Lab").await.expect("it is gone");
    let of = |networks: &[&str], port| WatchedPortDraft {
        networks: networks.iter().map(|name| (*name).to_owned()).collect(),
        ..watch(port)
    };
    service.app().set_watched_ports(&[of(&["Lab"], 3389), of(&[], 25)]).await.expect("it named Lab before");
    assert_eq!(
        office.alerts().await,
        ["25/tcp (Mine) is open at 192.0.2.1: Open 1", &format!("{MINE}: Resolved 1")]
    );
    let error = service.app().set_watched_ports(&[of(&["Lap"], 3389)]).await.expect_err("nobody knows Lap");
    assert_eq!(error.to_string(), "networks: there is no network Lap");
}

#[tokio::test]
async fn a_network_that_grows_opens_alerts_without_a_message() {
    let office = lab("192.0.2.128/25").await;
    office.channel("team", ChannelFilter::default()).await;
    assert!(office.alerts().await.is_empty());
    let larger = network("Lab", "192.0.2.0/24").check().expect("it is fine");
    office.service().app().edit_network(&larger, None).await.expect("it is edited");
    assert_eq!(office.alerts().await, [format!("{MINE}: Open 1")]);
    office.deliver().await.expect("nothing is to deliver");
    assert!(office.got("team").is_empty(), "whoever edits looks at the list");
}

#[tokio::test]
async fn the_sweep_withdraws_what_was_evaluated_by_former_networks() {
    let office = lab("192.0.2.0/24").await;
    let service = office.service();
    // A process that ended between the network and its alerts.
    let key = portdelta_app::ports::Key::new("NETWORKS", "Lab");
    let gone = portdelta_app::ports::Action::delete(key);
    portdelta_app::ports::Table::transact(&*office.memory.table, vec![gone]).await.expect("it is gone");
    assert_eq!(office.alerts().await, [format!("{MINE}: Open 1")]);
    service.app().sweep_alerts().await.expect("it sweeps");
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 1")]);
}

#[tokio::test]
async fn a_rule_that_is_taken_away_and_put_back_alerts_again() {
    let office = Office::new();
    let service = office.service();
    service.app().set_watched_ports(&[watch(3389)]).await.expect("it is fine");
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    service.app().set_watched_ports(&[watch(80)]).await.expect("it is fine");
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 1")]);
    service.app().set_watched_ports(&[watch(3389)]).await.expect("it is fine");
    assert_eq!(office.alerts().await, [format!("{MINE}: Open 2")]);
    office.tell("second").await.expect("nothing happens twice");
    office.run("third", &scan(2_000, &[("192.0.2.1", &[25])])).await;
    assert_eq!(office.alerts().await, [format!("{MINE}: Resolved 2")]);
}

#[tokio::test]
async fn a_service_that_is_learnt_when_its_port_has_long_been_open_alerts() {
    let office = Office::new();
    let service = office.service();
    office.channel("team", ChannelFilter::default()).await;
    let rule = WatchedPortDraft { service: Some("openssh 7.*".to_owned()), last: 65_535, ..watch(1) };
    service.app().set_watched_ports(&[rule]).await.expect("it is fine");
    let plain = NmapText::of("-sT -p20-30 192.0.2.0/30").tcp("20-30").of_total(4);
    office.run("first", &plain.host(NmapHost::up("192.0.2.1").open(&[22, 25]))).await;
    let probed = |seconds: i64, port: u16, version: &str| {
        let text = NmapText::of("-sV -sT -p20-30 192.0.2.0/30").at(seconds).tcp("20-30").of_total(4);
        text.host(NmapHost::up("192.0.2.1").service(port, "ssh", "OpenSSH", version).open(&[47 - port]))
    };
    office.run("second", &probed(1_000, 22, "7.4")).await;
    let ssh = "22/tcp (Mine) is open at 192.0.2.1: Open 1";
    assert_eq!(office.alerts().await, [ssh]);
    assert_eq!(office.told("team").len(), 1, "it stands in the digest of the run");
    // One that completes what was known is learnt as well.
    office.run("third", &probed(2_000, 25, "")).await;
    assert_eq!(office.alerts().await, [ssh]);
    office.run("fourth", &probed(3_000, 25, "7.9")).await;
    assert_eq!(office.alerts().await, [ssh, "25/tcp (Mine) is open at 192.0.2.1: Open 1"]);
}
