//! Scans: made, changed, run.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Lab;

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    lab.post("/sites", json!({"id": "dmz", "name": "DMZ", "notes": "behind the wall"})).await;
    lab
}

fn draft() -> Value {
    json!({"name": "Weekly", "targets": "10.0.0.0/23", "ports": "22,80", "sites": ["office", "dmz"]})
}

#[tokio::test]
async fn a_scan_is_changed_by_whoever_has_read_it() {
    let lab = lab().await;
    let made = lab.call(Method::POST, "/scans", lab.admin(), Some(draft())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json);
    let path = format!("/scans/{}", made.json["id"].as_str().expect("an id"));
    let read = lab.get(&path, lab.admin()).await;
    let tag = read.headers["etag"].to_str().expect("text").to_owned();
    let mut changed = draft();
    changed["name"] = json!("Daily");
    let put = async |tag: Option<&str>| {
        let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        lab.call_with(Method::PUT, &path, lab.admin(), Some(changed.clone()), &headers).await
    };
    assert_eq!(put(None).await.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(put(Some("W/\"1\"")).await.status, StatusCode::BAD_REQUEST);
    let done = put(Some(&tag)).await;
    assert_eq!((done.status, done.json["name"].as_str()), (StatusCode::OK, Some("Daily")));
    assert_ne!(done.headers["etag"], tag.as_str());
    let stale = put(Some(&tag)).await;
    assert_eq!((stale.status, stale.json["code"].as_str()), (StatusCode::PRECONDITION_FAILED, Some("stale")));
}

#[tokio::test]
async fn a_name_is_of_one_active_scan() {
    let lab = lab().await;
    let make = async || lab.call(Method::POST, "/scans", lab.admin(), Some(draft())).await;
    let first = make().await.json["id"].as_str().expect("an id").to_owned();
    let second = make().await;
    assert_eq!((second.status, second.json["code"].as_str()), (StatusCode::CONFLICT, Some("exists")));
    // A copy has a name of its own each time.
    for name in ["Weekly (copy)", "Weekly (copy 2)"] {
        let copy = lab.post(&format!("/scans/{first}/clone"), json!({})).await;
        assert_eq!(copy["name"], name);
    }
    // That of a removed scan is free, and then taken when it is to be back.
    lab.call(Method::DELETE, &format!("/scans/{first}"), lab.admin(), None).await;
    assert_eq!(make().await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn watched_ports_are_changed_by_whoever_has_read_them() {
    let lab = lab().await;
    let read = lab.get("/watched-ports", lab.admin()).await;
    let tag = read.headers["etag"].to_str().expect("text").to_owned();
    let port = |port: u16| json!({"protocol": "tcp", "port": port, "addresses": "", "label": "", "severity": "high"});
    let put = async |tag: Option<&str>, ports: Value| {
        let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        lab.call_with(Method::PUT, "/watched-ports", lab.admin(), Some(ports), &headers).await
    };
    assert_eq!(put(None, json!([])).await.status, StatusCode::PRECONDITION_REQUIRED);
    let done = put(Some(&tag), json!([port(22)])).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    let late = put(Some(&tag), json!([port(23)])).await;
    assert_eq!((late.status, late.json["code"].as_str()), (StatusCode::PRECONDITION_FAILED, Some("stale")));
    let now = lab.get("/watched-ports", lab.admin()).await;
    assert_eq!(now.headers["etag"], done.headers["etag"]);
    assert_eq!(now.json[0]["port"], 22);
}

#[tokio::test]
async fn mistakes_are_named_with_field_and_position() {
    let lab = lab().await;
    let refused = async |field: &str, value: Value| {
        let mut draft = draft();
        draft[field] = value;
        let answer = lab.call(Method::POST, "/scans", lab.admin(), Some(draft)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {:?}", answer.json);
        answer.json
    };
    let answer = refused("targets", json!("10.0.0.1, 10.0.0.300")).await;
    assert_eq!((answer["field"].as_str(), answer["position"].as_u64()), (Some("targets"), Some(10)));
    assert_eq!(refused("targets", json!("10.0.0.1 -oN /etc/passwd")).await["field"], "targets");
    let options = refused("options", json!("-sV -oN /tmp/x")).await;
    assert_eq!((options["field"].as_str(), options["position"].as_u64()), (Some("options"), Some(4)));
    assert_eq!(refused("sites", json!(["nowhere"])).await["field"], "sites");
    assert_eq!(refused("exlcusions", json!("10.0.0.1")).await["code"], "json.unknown_field");
    assert_eq!(lab.get("/scans", lab.admin()).await.json["items"], json!([]), "nothing was made");
}

#[tokio::test]
async fn a_preview_says_what_a_scan_comes_to() {
    let lab = lab().await;
    let mut draft = draft();
    draft["exclusions"] = json!("10.0.1.0/24");
    let preview = lab.post("/scans/preview", draft).await;
    assert_eq!((preview["addresses"].as_str(), preview["ports"].as_u64()), (Some("256"), Some(2)));
    assert!(preview["tasks"].as_u64() > Some(0) && preview["worst_case_seconds"].as_u64() > Some(0));
    assert_eq!(lab.get("/scans", lab.admin()).await.json["items"], json!([]), "nothing was made");
}

#[tokio::test]
async fn blackout_windows_are_a_part_of_the_schedule() {
    let lab = lab().await;
    let mut draft = draft();
    draft["schedule"] = json!({"expression": "every 6 hours"});
    // Whenever this test runs, it is within one of them or the other.
    draft["blackout_windows"] =
        json!(["mon-fri 00:00-24:00 europe/berlin", "2000-01-01T00:00 to 2199-01-01T00:00"]);
    let preview = lab.post("/scans/preview", draft.clone()).await;
    let next = preview["schedule"]["next"][0].as_str().expect("a time").to_owned();
    assert!(next.starts_with("2199-01-05T"), "after a Friday: {preview:?}");
    assert_eq!(preview["blackout_text"][0], "Monday to Friday from 00:00 to 24:00, Europe/Berlin");
    let asked = json!({"schedule": draft["schedule"], "blackout_windows": draft["blackout_windows"]});
    assert_eq!(lab.post("/schedules/preview", asked).await["next"][0], next.as_str());
    let scan = lab.post("/scans", draft.clone()).await;
    let stored = ["MON-FRI 00:00-24:00 Europe/Berlin", "2000-01-01T00:00:00 to 2199-01-01T00:00:00 UTC"];
    assert_eq!(scan["blackout_windows"], json!(stored));
    assert!(scan["next_run"].as_str().expect("a time").starts_with("2199-01-05T"), "{scan:?}");
    let end = "2199-01-04T23:00:00Z";
    assert_eq!(scan["held_until"], end);
    let path = format!("/scans/{}/runs", scan["id"].as_str().expect("an id"));
    let started = lab.post(&path, json!({"sites": ["dmz"]})).await;
    assert_eq!(started["runs"][0]["held_until"], end, "{started:?}");
    let run =
        lab.get(&format!("/runs/{}", started["runs"][0]["id"].as_str().expect("a run")), lab.admin()).await;
    assert_eq!(
        (&run.json["state"], &run.json["held_until"]),
        (&json!("waiting"), &started["runs"][0]["held_until"])
    );
    draft["name"] = json!("Other");
    draft["blackout_windows"] = json!(["MON 08:00-18:00 Berlin"]);
    let refused = lab.call(Method::POST, "/scans/preview", lab.admin(), Some(draft)).await;
    assert_eq!(
        (refused.status, refused.json["field"].as_str()),
        (StatusCode::BAD_REQUEST, Some("blackout_windows"))
    );
}

#[tokio::test]
async fn a_rate_counts_from_when_its_scan_was_made() {
    let lab = lab().await;
    let mut draft = draft();
    draft["schedule"] = json!({"expression": "every 6 hours"});
    let id = lab.post("/scans", draft.clone()).await["id"].as_str().expect("an id").to_owned();
    lab.clock.advance(3_600);
    let scan = lab.get(&format!("/scans/{id}"), lab.admin()).await.json;
    let ask = |since: &Value| json!({"schedule": draft["schedule"], "since": since, "count": 2});
    let next = lab.post("/schedules/preview", ask(&scan["created"])).await;
    assert_eq!(next["next"][0], scan["next_run"]);
    assert_ne!(lab.post("/schedules/preview", ask(&Value::Null)).await["next"][0], scan["next_run"]);
    for since in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        let asked = lab.call(Method::POST, "/schedules/preview", lab.admin(), Some(ask(&json!(since)))).await;
        assert!(!asked.status.is_server_error(), "{since}: {}", asked.text);
    }
}

#[tokio::test]
async fn one_question_starts_one_run_a_site() {
    let lab = lab().await;
    let scan = lab.post("/scans", draft()).await;
    let path = format!("/scans/{}/runs", scan["id"].as_str().expect("an id"));
    let start = async |key: &str, sites: Value| {
        let body = Some(json!({"sites": sites}));
        lab.call_with(Method::POST, &path, lab.admin(), body, &[("idempotency-key", key)]).await
    };
    let first = start("one", json!([])).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{:?}", first.json);
    assert_eq!(first.json["runs"].as_array().map(Vec::len), Some(2));
    assert_eq!(start("one", json!([])).await.json, first.json, "asked again");
    let skipped = start("two", json!(["dmz"])).await;
    assert_eq!(skipped.json["runs"][0]["note"]["code"], "run.skipped", "{:?}", skipped.json);
    assert_eq!(start("three", json!(["elsewhere"])).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(start("a b", json!([])).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(lab.all("/runs", 1).await.len(), 2);
    let run = first.json["runs"][0]["id"].as_str().expect("a run");
    let tasks = lab.all(&format!("/runs/{run}/tasks"), 1).await;
    let run_path = format!("/runs/{run}");
    let view = lab.get(&run_path, lab.admin()).await;
    assert_eq!(view.json["progress"]["tasks"].as_u64(), Some(tasks.len() as u64));
    assert_eq!(tasks[0]["state"], "waiting");
    let cancelled = lab.call(Method::POST, &format!("{run_path}/cancel"), lab.admin(), None).await;
    assert_eq!(cancelled.json["state"], "cancelled", "{:?}", cancelled.json);
    let report = lab.get(&format!("/reports/{run}"), lab.admin()).await;
    assert_eq!(report.json["state"], "cancelled");
    assert_eq!(lab.all("/reports?site=office", 1).await.len(), 1);
    assert_eq!(lab.all("/reports?site=dmz", 1).await.len(), 0);

    // Also when it has ended, a list says which scan a run was of, and for what time.
    let id = scan["id"].as_str().expect("an id");
    lab.clock.advance(3_600);
    let due = portdelta_app::Due::At(lab.service.app().now());
    lab.service.begin_run(id, &"office".parse().expect("an id"), &due).await.expect("it begins");
    let open = lab.all("/runs?site=office&open=true", 5).await;
    let (later, scheduled) = (open[0]["id"].as_str().expect("a run"), open[0]["scheduled"].clone());
    assert!(scheduled.is_string(), "{open:?}");
    lab.post(&format!("/runs/{later}/cancel"), json!(null)).await;
    let ended = lab.all("/runs?site=office", 5).await;
    let of_scan = |run: &Value| (run["state"].clone(), run["scan"].clone(), run["scheduled"].clone());
    let told: Vec<_> = ended.iter().map(of_scan).collect();
    let cancelled = |scheduled: Value| (json!("cancelled"), scan["id"].clone(), scheduled);
    assert_eq!(told, [cancelled(scheduled), cancelled(Value::Null)]);
}

#[tokio::test]
async fn scans_are_cloned_paused_and_put_away() {
    let lab = lab().await;
    let scan = lab.post("/scans", draft()).await;
    let path = format!("/scans/{}", scan["id"].as_str().expect("an id"));
    let copy = lab.post(&format!("{path}/clone"), json!({"name": "Another"})).await;
    assert_eq!((copy["name"].as_str(), copy["scheduled"].as_bool()), (Some("Another"), Some(false)));
    let paused = lab.call(Method::POST, &format!("{path}/pause"), lab.admin(), None).await;
    assert_eq!(paused.json["scheduled"], false);
    let resumed = lab.call(Method::POST, &format!("{path}/resume"), lab.admin(), None).await;
    assert_eq!(resumed.json["scheduled"], true);
    let away = lab.call(Method::DELETE, &path, lab.admin(), None).await;
    assert_eq!((away.status, away.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(lab.get(&path, lab.admin()).await.json["active"], false);
    assert_eq!(lab.all("/scans?active=true", 1).await.len(), 1);
    let start = lab.call(Method::POST, &format!("{path}/runs"), lab.admin(), None).await;
    assert_eq!(start.status, StatusCode::CONFLICT, "{:?}", start.json);
    assert_eq!(lab.get("/scans/nothing", lab.admin()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sites_and_networks_are_changed_and_put_away() {
    let lab = lab().await;
    let change = json!({"name": "Demilitarised", "notes": ""});
    let first = [("if-match", "\"1\"")];
    let site = lab.call_with(Method::PUT, "/sites/dmz", lab.admin(), Some(change), &first).await;
    assert_eq!(site.json["name"], "Demilitarised");
    assert_eq!(
        lab.call(Method::DELETE, "/sites/dmz", lab.admin(), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(lab.get("/sites/dmz", lab.admin()).await.json["active"], false);
    lab.post("/networks", json!({"name": "A B/C", "prefixes": "10.0.0.0/24"})).await;
    let change = json!({"prefixes": "10.0.0.0/23", "owner": "me"});
    let network = lab.call_with(Method::PUT, "/networks/A%20B%2FC", lab.admin(), Some(change), &first).await;
    assert_eq!(network.json["prefixes"], "10.0.0.0/23", "{:?}", network.json);
    let gone = lab.call(Method::DELETE, "/networks/A%20B%2FC", lab.admin(), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(lab.get("/networks/A%20B%2FC", lab.admin()).await.status, StatusCode::NOT_FOUND);
}

/// The answer to a question about options.
async fn options(lab: &Lab, ask: Value) -> Value {
    lab.post("/scan-options/preview", ask).await
}

#[tokio::test]
async fn options_are_read_field_by_field_and_written_again() {
    let lab = Lab::new().await;
    for text in [
        "-T4 -sV --host-timeout 30m",
        "-n -PE -PS22,443 -sT --version-light -sV -O --fuzzy --script ssl-cert,default --max-rate 300 --open -vv",
        "-Pn -sU -T2 --scan-delay 0.5s --max-retries 0",
        "-sn -R",
    ] {
        let read = options(&lab, json!({"text": text})).await;
        assert_eq!((&read["text"], &read["rest"], &read["mistakes"]), (&json!(text), &json!(""), &json!([])));
        let written = options(&lab, json!({"fields": read["fields"]})).await;
        assert_eq!(written["fields"], read["fields"], "{text}");
        // What is written is what a scan takes: the same options in the order in which they are stored.
        let again = options(&lab, json!({"fields": written["fields"]})).await;
        assert_eq!(again["text"], written["text"]);
    }
    let read = options(&lab, json!({"text": "-T4 -sV --version-intensity 0 -PE -PA --max-rate=300"})).await;
    let fields = &read["fields"];
    assert_eq!((&fields["timing"], &fields["services"]), (&json!(4), &json!({"intensity": 0})));
    assert_eq!((&fields["probes"], &fields["pace"]), (&json!(["E", "A80"]), &json!({"max-rate": "300"})));
    assert_eq!(read["ranges"]["max-retries"], "a number from 0 to 50");
    assert!(read["suggested_scripts"].as_array().is_some_and(|scripts| scripts.len() > 5));
}

#[tokio::test]
async fn what_is_refused_stays_in_the_text_and_is_named() {
    let lab = Lab::new().await;
    let read = options(&lab, json!({"text": "-T4 -oN /etc/passwd -sV --nonesuch"})).await;
    assert_eq!((&read["fields"]["timing"], &read["fields"]["services"]), (&json!(4), &json!({})));
    assert_eq!(read["rest"], "-oN /etc/passwd --nonesuch");
    let codes: Vec<_> = read["mistakes"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["option_writes_output", "option_unknown"]);
    assert!(read["mistakes"][0]["message"].as_str().expect("text").contains("`-oN /etc/passwd` at column 5"));
    // Fields are written, and the rest goes behind them.
    let mut fields = read["fields"].clone();
    fields["timing"] = json!(2);
    fields["pace"] = json!({"max-rate": "much"});
    let written = options(&lab, json!({"fields": fields, "text": read["rest"]})).await;
    assert_eq!(written["text"], "-sV -T2 --max-rate much -oN /etc/passwd --nonesuch");
    assert_eq!(written["rest"], "--max-rate much -oN /etc/passwd --nonesuch");
    let long = json!({"text": "-v ".repeat(4000)});
    let refused = lab.call(Method::POST, "/scan-options/preview", lab.admin(), Some(long)).await;
    assert_eq!(
        (refused.status, refused.json["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("text_too_long"))
    );
    let unknown = json!({"fields": {"timming": 4}});
    let refused = lab.call(Method::POST, "/scan-options/preview", lab.admin(), Some(unknown)).await;
    assert_eq!(refused.json["code"], "json.unknown_field");
}
