//! A site, a network of it or some addresses are cleaned up.

use axum::http::{Method, StatusCode};
use portdelta_app::ports::Clock;
use portdelta_testkit::{Fault, NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::{Answer, Lab};

fn scan(at: i64, ports: &[u16]) -> Vec<u8> {
    let scan = NmapText::of("-sS 192.0.2.1-2").tcp("20-30").at(at).of_total(2);
    ["192.0.2.1", "192.0.2.2"]
        .into_iter()
        .fold(scan, |scan, address| scan.host(NmapHost::up(address).open(ports)))
        .bytes()
}

/// A site at which two hosts opened a port.
async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    lab.import("office/imports", &scan(0, &[22])).await;
    lab.import("office/imports", &scan(1_000, &[22, 25])).await;
    lab
}

async fn call(lab: &Lab, path: &str, body: Value) -> Answer {
    lab.call(Method::POST, path, lab.admin(), Some(body)).await
}

async fn hosts(lab: &Lab) -> Vec<Value> {
    let page = lab.get("/sites/office/hosts", lab.admin()).await.json;
    page["items"].as_array().expect("a list").iter().map(|host| host["address"].clone()).collect()
}

#[tokio::test]
async fn what_would_go_is_said_and_what_went_is_noted() {
    let lab = lab().await;
    let one = json!({"site": "office", "targets": "192.0.2.1"});
    let told = call(&lab, "/clean-up/preview", one.clone()).await;
    assert_eq!(told.status, StatusCode::OK, "{:?}", told.json);
    assert_eq!(
        (&told.json["hosts"], &told.json["deltas"], &told.json["at_least"]),
        (&json!(1), &json!(3), &json!(false))
    );
    assert_eq!(hosts(&lab).await.len(), 2, "asking removes nothing");
    assert_eq!(lab.get("/clean-up", lab.admin()).await.json["items"], json!([]));

    let key = [("idempotency-key", "once")];
    let done = lab.call_with(Method::POST, "/clean-up", lab.admin(), Some(one.clone()), &key).await;
    assert_eq!((done.status, &done.json["done"]), (StatusCode::OK, &json!(true)), "{:?}", done.json);
    let removed = &done.json["removed"];
    assert_eq!(
        (&removed["hosts"], &removed["open_ports"], &removed["deltas"]),
        (&json!(1), &json!(2), &json!(3))
    );
    assert_eq!((&done.json["site"], &done.json["targets"]), (&json!("office"), &json!("192.0.2.1")));
    assert_eq!(hosts(&lab).await, [json!("192.0.2.2")]);
    let again = lab.call_with(Method::POST, "/clean-up", lab.admin(), Some(one), &key).await;
    assert_eq!(again.json, done.json, "the same key is the same clean-up");
    let all = lab.get("/clean-up", lab.admin()).await.json;
    assert_eq!(all["items"], json!([done.json]));
    let id = done.json["id"].as_str().expect("an id");
    assert_eq!(lab.get(&format!("/clean-up/{id}"), lab.admin()).await.json, done.json);
    assert_eq!(lab.get("/clean-up/other", lab.admin()).await.status, StatusCode::NOT_FOUND);

    let noted: Vec<Value> = lab.all("/audit?what=site.cleaned-up", 10).await;
    assert_eq!((noted.len(), &noted[0]["object"]), (1, &json!(id)));
    let detail = noted[0]["detail"].as_str().expect("text");
    for part in ["site=office", "hosts=1", "deltas=3", "done=true", "targets=192.0.2.1"] {
        assert!(detail.contains(part), "{detail}");
    }
    // What a scan had seen before does not come back.
    let late = lab.import("office/imports?name=late.xml", &scan(500, &[22, 29])).await;
    let warnings = late.json["warnings"].as_array().expect("a list");
    assert!(warnings.iter().any(|warning| warning["code"] == "cleaned_up"), "{:?}", late.json);
    assert_eq!(hosts(&lab).await, [json!("192.0.2.2")]);

    let whole = call(&lab, "/clean-up", json!({"site": "office"})).await;
    assert_eq!(
        (whole.status, &whole.json["removed"]["hosts"]),
        (StatusCode::OK, &json!(1)),
        "{:?}",
        whole.json
    );
    assert_eq!(hosts(&lab).await, Vec::<Value>::new());
    assert_eq!(lab.get("/sites/office", lab.admin()).await.status, StatusCode::OK, "the site stays");
}

/// What was begun happens: whoever asked for it must not take it for refused, and the trail must name it.
#[tokio::test]
async fn a_clean_up_whose_first_slice_fails_goes_on_and_is_noted() {
    let mut went_on = 0;
    for nth in 1..40 {
        let lab = lab().await;
        lab.faults.plan(nth, Fault::Before);
        let asked = call(&lab, "/clean-up", json!({"site": "office", "targets": "192.0.2.1"})).await;
        let begun = lab.service.app().clean_ups().await.expect("they are listed");
        assert_eq!(asked.status.is_success(), !begun.is_empty(), "operation {nth}: {asked:?}");
        let noted: Vec<Value> = lab.all("/audit?what=site.cleaned-up", 10).await;
        if asked.status != StatusCode::ACCEPTED {
            continue;
        }
        went_on += 1;
        assert_eq!((noted.len(), &noted[0]["object"]), (1, &asked.json["id"]), "operation {nth}");
        lab.service.sweep(lab.clock.now()).await;
        assert_eq!(hosts(&lab).await, [json!("192.0.2.2")], "operation {nth}");
    }
    assert!(went_on > 5, "{went_on}");
}

#[tokio::test]
async fn what_cannot_be_cleaned_up_is_refused_with_its_field_and_a_hint() {
    let lab = lab().await;
    let many: Vec<String> =
        (0..1_001).map(|number| format!("10.{}.{}.1", number / 200, number % 200)).collect();
    for (wrong, field, code) in [
        (json!({"site": "elsewhere"}), "site", "site_unknown"),
        (json!({"site": "an office"}), "site", "site_unknown"),
        (json!({"site": "office", "network": "Lab"}), "network", "network_unknown"),
        (json!({"site": "office", "targets": ""}), "targets", "empty"),
        (json!({"site": "office", "targets": many.join(" ")}), "targets", "too_many"),
        (json!({"site": "office", "network": "Lab", "targets": "192.0.2.1"}), "targets", "one_of"),
        (json!({"site": "office", "targets": "192.0.2.1/40"}), "targets", ""),
        (json!({"site": "office", "target": "192.0.2.1"}), "", ""),
    ] {
        for path in ["/clean-up/preview", "/clean-up"] {
            let refused = call(&lab, path, wrong.clone()).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path} {:?}", refused.json);
            let said = &refused.json;
            assert!(field.is_empty() || said["field"] == field, "{said:?}");
            assert!(code.is_empty() || said["code"] == code, "{said:?}");
            assert!(
                field.is_empty() || said["hint"].as_str().is_some_and(|hint| !hint.is_empty()),
                "{said:?}"
            );
        }
    }
    assert_eq!(hosts(&lab).await.len(), 2);
    assert_eq!(lab.get("/clean-up", lab.admin()).await.json["items"], json!([]));
}
