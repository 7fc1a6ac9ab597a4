//! Lists of which a part is wanted: the same part whatever the size of the pages.

use axum::http::{Method, StatusCode};
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::Lab;

/// What a list shows of each thing, in pages of every size up to one that holds all.
async fn shown(lab: &Lab, path: &str, field: &str) -> Vec<String> {
    let of = |all: Vec<Value>| -> Vec<String> {
        all.iter().map(|one| one[field].as_str().expect("a text").to_owned()).collect()
    };
    let whole = of(lab.all(path, 500).await);
    for limit in [1, 2, 3] {
        assert_eq!(of(lab.all(path, limit).await), whole, "{path} in pages of {limit}");
    }
    whole
}

/// A cursor of one filter is refused with another.
async fn keeps_its_cursor(lab: &Lab, path: &str, other: &str) {
    let page = lab.get(&format!("{path}&limit=1"), lab.admin()).await;
    let cursor = page.json["next"].as_str().expect("more").to_owned();
    let mixed = lab.get(&format!("{other}&limit=1&cursor={cursor}"), lab.admin()).await;
    assert_eq!(
        (mixed.status, mixed.json["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("cursor.invalid")),
        "{other}"
    );
}

#[tokio::test]
async fn lists_are_searched_by_name() {
    let lab = Lab::new().await;
    for (id, name) in [("office", "Büro Nord"), ("dmz", "DMZ"), ("lab", "Büro Süd")] {
        lab.post("/sites", json!({"id": id, "name": name})).await;
    }
    let names = ["Nightly servers", "Weekly printers", "nightly printers", "Once & only"];
    for (index, name) in names.iter().enumerate() {
        let scan =
            json!({"name": name, "targets": format!("10.0.{index}.1"), "ports": "22", "sites": ["office"]});
        lab.post("/scans", scan).await;
        lab.post("/networks", json!({"name": name, "prefixes": format!("10.0.{index}.0/24")})).await;
        lab.post("/tokens", json!({"name": name, "role": "viewer"})).await;
        let settings =
            json!({"type": "webhook", "url": "https://hooks.example/x", "secret": "0123456789abcdef"});
        lab.post("/channels", json!({"name": name, "settings": settings})).await;
    }
    for list in ["/scans", "/networks", "/tokens", "/channels"] {
        let found = async |text: &str| {
            let mut found = shown(&lab, &format!("{list}?name={text}"), "name").await;
            found.sort();
            found
        };
        assert_eq!(found("NIGHTLY").await, ["Nightly servers", "nightly printers"], "{list}");
        assert_eq!(found("printers").await, ["Weekly printers", "nightly printers"], "{list}");
        assert_eq!(found("%20%26%20").await, ["Once & only"], "{list}: blanks at the ends don't matter");
        assert_eq!(found("nobody").await, [""; 0], "{list}");
        assert!(found("").await.len() >= names.len(), "{list}: nothing wanted is everything");
        keeps_its_cursor(&lab, &format!("{list}?name=nightly"), &format!("{list}?name=printers")).await;
    }
    for name in ["ada", "adele", "bob"] {
        lab.user(name, "viewer").await;
    }
    assert_eq!(shown(&lab, "/users?name=AD", "name").await, ["ada", "adele"]);
    assert_eq!(shown(&lab, "/sites?name=b%C3%9CRO", "id").await, ["lab", "office"]);
    assert_eq!(shown(&lab, "/sites?name=dm", "id").await, ["dmz"]);
    // Together with what else the list knows.
    let scan = lab.all("/scans?name=weekly", 5).await[0]["id"].as_str().expect("an id").to_owned();
    lab.call(Method::DELETE, &format!("/scans/{scan}"), lab.admin(), None).await;
    assert_eq!(shown(&lab, "/scans?active=true&name=printers", "name").await, ["nightly printers"]);
    assert_eq!(shown(&lab, "/scans?active=false&name=printers", "name").await, ["Weekly printers"]);
}

#[tokio::test]
async fn runs_are_filtered_by_scan_site_and_state() {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    let mut scans = Vec::new();
    for name in ["One", "Two"] {
        let scan = json!({"name": name, "targets": "10.0.0.1", "ports": "22", "sites": ["office", "dmz"]});
        scans.push(lab.post("/scans", scan).await["id"].as_str().expect("an id").to_owned());
    }
    // Of each scan and site one that was cancelled, and one that goes on.
    for scan in &scans {
        let started = lab.post(&format!("/scans/{scan}/runs"), json!({})).await;
        for run in started["runs"].as_array().expect("runs") {
            lab.post(&format!("/runs/{}/cancel", run["id"].as_str().expect("an id")), json!(null)).await;
        }
        lab.clock.advance(600);
        lab.post(&format!("/scans/{scan}/runs"), json!({})).await;
    }
    for site in ["office", "dmz"] {
        lab.clock.advance(60);
        let text = NmapText::of("-sS 10.0.0.0/30").tcp("22").host(NmapHost::up("10.0.0.1").open(&[22]));
        assert_eq!(lab.import(&format!("{site}/imports"), &text.bytes()).await.status, StatusCode::CREATED);
    }
    let count = async |query: &str| shown(&lab, &format!("/runs?{query}"), "id").await.len();
    assert_eq!(count("").await, 10);
    assert_eq!((count("state=cancelled").await, count("state=running").await), (4, 4));
    assert_eq!(count("state=running&open=true").await, 4);
    assert_eq!(count("state=cancelled&open=true").await, 0);
    assert_eq!((count("site=office").await, count("site=office&state=cancelled").await), (5, 2));
    let (one, two) = (&scans[0], &scans[1]);
    assert_eq!(count(&format!("scan={one}")).await, 4);
    assert_eq!(count(&format!("scan={one}&state=cancelled")).await, 2);
    assert_eq!(count(&format!("scan={one}&state=cancelled&site=dmz")).await, 1);
    assert_eq!(count(&format!("scan={one}&state=complete")).await, 0);
    let states = shown(&lab, "/runs?site=dmz&state=cancelled", "state").await;
    assert_eq!(states, ["cancelled", "cancelled"]);
    let imported = [count("state=complete").await, count("state=partial").await];
    assert_eq!(imported.iter().sum::<usize>(), 2, "{imported:?}");
    keeps_its_cursor(&lab, "/runs?state=cancelled", "/runs?state=running").await;
    keeps_its_cursor(&lab, &format!("/runs?scan={one}"), &format!("/runs?scan={two}")).await;
    assert_eq!(lab.get("/runs?state=nonesuch", lab.admin()).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn expectations_are_searched_by_what_they_say() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    for (targets, ports, owner, reason, service) in [
        ("10.0.0.1", "22", "Ops", "jump host", Some("ssh")),
        ("10.0.0.2", "443", "Web people", "shop", Some("http*")),
        ("10.0.0.3", "8443", "Web people", "old shop", None),
        ("10.0.7.0/24", "3389", "", "desks", None),
    ] {
        let draft = json!({"site": "office", "targets": targets, "ports": ports, "state": "open", "owner": owner, "reason": reason, "service": service});
        lab.post("/expectations", draft).await;
    }
    let found = async |query: &str| {
        let mut found = shown(&lab, &format!("/expectations?{query}"), "ports").await;
        found.sort();
        found
    };
    assert_eq!(found("q=443").await, ["443", "8443"]);
    assert_eq!(found("q=web%20PEOPLE").await, ["443", "8443"]);
    assert_eq!(found("q=old").await, ["8443"]);
    assert_eq!(found("q=ssh").await, ["22"]);
    assert_eq!(found("q=10.0.7.").await, ["3389"]);
    assert_eq!(found("q=shop&address=10.0.0.3").await, ["8443"]);
    assert_eq!(found("q=nothing").await, [""; 0]);
    assert_eq!(found("q=&site=office").await.len(), 4);
    keeps_its_cursor(&lab, "/expectations?q=shop", "/expectations?q=443").await;
}

#[tokio::test]
async fn alerts_and_reports_are_filtered_by_site_address_and_time() {
    let lab = Lab::new().await;
    for (site, at) in [("office", 0), ("dmz", 1000)] {
        lab.post("/sites", json!({"id": site})).await;
        let mut text = NmapText::of("-sS 10.0.0.0/24").tcp("20-30").at(at).of_total(256);
        for last in 1..=3 {
            text = text.host(NmapHost::up(&format!("10.0.0.{last}")).open(&[22, 23]));
        }
        lab.clock.advance(3600);
        let taken = lab.import(&format!("{site}/imports"), &text.bytes()).await;
        assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
        let run = taken.json["run"].as_str().expect("a run").parse().expect("an id");
        lab.service.notify_run(&run).await.expect("everybody is told");
    }
    let count = async |query: &str| shown(&lab, &format!("/alerts?{query}"), "id").await.len();
    assert_eq!((count("site=office").await, count("site=dmz").await), (6, 6), "SSH and Telnet are watched");
    assert_eq!((count("address=10.0.0.2").await, count("address=10.0.0.2&site=dmz").await), (4, 2));
    assert_eq!(count("address=10.0.0.2&site=dmz&state=open").await, 2);
    assert_eq!(count("address=10.0.0.9").await, 0);
    keeps_its_cursor(&lab, "/alerts?site=dmz", "/alerts?site=office").await;
    let reports = lab.all("/reports", 5).await;
    assert_eq!(reports.len(), 2);
    let newest = reports[0]["finished"].as_str().expect("a time").to_owned();
    assert_eq!(shown(&lab, &format!("/reports?since={newest}"), "site").await, ["dmz"]);
    assert_eq!(shown(&lab, &format!("/reports?since={newest}&site=office"), "site").await, [""; 0]);
    assert_eq!(shown(&lab, "/reports?site=office", "site").await, ["office"]);
}
