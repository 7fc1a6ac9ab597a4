//! Watched ports are changed, and rebuilds keep what people did.

use portdelta_app::notify::WatchedPortDraft;
use portdelta_core::alert::Action;
use portdelta_protocol::admin::ChannelFilter;
use portdelta_testkit::{NmapHost, NmapText};

use super::office::{Office, RDP, scan, watch};
use crate::store::app_on;

#[tokio::test]
async fn a_change_of_rules_withdraws_and_opens_without_a_message() {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    let before = office.got("team").len();
    let service = office.service();
    let rules = service.app().set_watched_ports(&[watch(25), watch(80)]).await.expect("they are fine");
    assert_eq!(rules.len(), 2);
    service.app().set_watched_ports(&[watch(25), watch(80)]).await.expect("they are fine again");
    let alerts = office.alerts().await;
    assert_eq!(
        alerts,
        ["25/tcp (Mine) is open at 192.0.2.1: Open 1".to_owned(), format!("{RDP}: Resolved 1")]
    );
    office.deliver().await.expect("nothing is to deliver");
    assert_eq!(office.got("team").len(), before);
    assert!(service.app().set_watched_ports(&[watch(25), watch(25)]).await.is_err());
    let unknown = WatchedPortDraft { networks: vec!["Nowhere".to_owned()], ..watch(25) };
    assert!(service.app().set_watched_ports(&[unknown]).await.is_err());
}

#[tokio::test]
async fn a_rule_may_ask_for_a_service() {
    let office = Office::new();
    let service = office.service();
    let old_ssh = WatchedPortDraft { service: Some("openssh 7.*".to_owned()), last: 65_535, ..watch(1) };
    service.app().set_watched_ports(&[old_ssh]).await.expect("it is fine");
    let text = |seconds: i64, version: &str| {
        let text = NmapText::of("-sV -sT -p20-30 192.0.2.0/30").at(seconds).tcp("20-30").of_total(4);
        text.host(NmapHost::up("192.0.2.1").service(22, "ssh", "OpenSSH", version).open(&[25]))
    };
    office.run("first", &text(0, "9.6")).await;
    assert!(office.alerts().await.is_empty());
    office.run("second", &text(1_000, "7.4")).await;
    assert_eq!(office.alerts().await, ["22/tcp (Mine) is open at 192.0.2.1: Open 1"]);
    office.run("third", &text(2_000, "9.6")).await;
    assert_eq!(office.alerts().await, ["22/tcp (Mine) is open at 192.0.2.1: Resolved 1"]);
}

#[tokio::test]
async fn a_rebuild_keeps_alerts_channels_rules_and_what_was_told() {
    let office = Office::new();
    let channel = office.channel("team", ChannelFilter::default()).await;
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[25, 3389])])).await;
    let service = office.service();
    service.app().set_watched_ports(&[watch(3389)]).await.expect("it is fine");
    let id = office.alert_id("3389/tcp (Mine) is open at 192.0.2.1").await;
    let acknowledge = Action::Acknowledge { note: "mine".to_owned() };
    service.app().act_on_alert(&id, "token-1", acknowledge).await.expect("it is acknowledged");
    let beside = office.memory.beside();
    let target = app_on(beside.table.clone(), beside.blobs.clone(), beside.clock.clone());
    service.app().rebuild(&target, &|_, _| {}).await.expect("it is rebuilt");
    let key = id.parse().expect("an id");
    let (old, new) = (service.app().alert(key).await, target.alert(key).await);
    assert_eq!(old.expect("it is readable"), new.expect("it is readable"));
    assert_eq!(
        service.app().deliveries(&channel.id).await.expect("they are readable"),
        target.deliveries(&channel.id).await.expect("they are readable")
    );
    assert_eq!(
        service.app().watched_ports().await.expect("rules"),
        target.watched_ports().await.expect("rules")
    );
    assert_eq!(
        service.app().channel_records().await.expect("some"),
        target.channel_records().await.expect("some")
    );
}
