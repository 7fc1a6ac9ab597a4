//! What a site should look like, over HTTP.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::dashboard::lab;
use crate::support::{Answer, Lab};

#[tokio::test]
async fn what_is_accepted_is_expected_and_what_is_not_is_named() {
    let lab = lab().await;
    assert_eq!(lab.all("/networks/B%C3%BCro/compliance", 10).await.len(), 0);
    let draft = json!({"site": "office", "targets": "10.0.0.0/23", "ports": "1-65535", "state": "closed", "reason": "nothing is open here"});
    let all = lab.post("/expectations", draft.clone()).await;
    let path = format!("/expectations/{}", all["id"].as_str().expect("an id"));
    let problems = async |network: &str| -> Vec<String> {
        let lines = lab.all(&format!("/networks/{network}/compliance"), 500).await;
        lines.iter().map(|line| format!("{} {} {}", line["address"], line["port"], line["problem"])).collect()
    };
    let ssh = "\"10.0.0.1\" 22 \"unexpected_open\"".to_owned();
    assert_eq!(
        problems("B%C3%BCro").await,
        [ssh.clone(), "\"10.0.0.1\" 3389 \"unexpected_open\"".to_owned()]
    );
    let history = lab.all("/networks/B%C3%BCro/history", 10).await;
    let delta = &history[0];
    let accepted = json!({"deltas": [{"site": "office", "address": "10.0.0.1", "id": delta["id"]}], "reason": "remote desk", "owner": "Ops"});
    let made = lab.post("/deltas/accept", accepted.clone()).await;
    assert_eq!(
        lab.post("/deltas/accept", accepted.clone()).await["expectations"][0]["id"],
        made["expectations"][0]["id"]
    );
    assert_eq!(
        (&made["expectations"][0]["ports"], &made["expectations"][0]["owner"]),
        (&json!("3389"), &json!("Ops"))
    );
    assert_eq!(problems("B%C3%BCro").await, [ssh]);
    assert_eq!(lab.all("/expectations", 1).await.len(), 2);
    // What is expected and not there is named as well: a port that is not open, a host that is gone, what nobody looked at.
    let open =
        json!({"site": "office", "targets": "10.0.1.1, 10.0.1.4", "ports": "26,8080", "state": "open"});
    lab.post("/expectations", open).await;
    let mut expected: Vec<String> =
        (1..=3).map(|last| format!("\"10.0.1.{last}\" 25 \"unexpected_open\"")).collect();
    expected.extend(
        ["\"10.0.1.1\" 26 \"missing\"", "\"10.0.1.1\" 8080 \"unknown\"", "\"10.0.1.4\" null \"missing\""]
            .map(str::to_owned),
    );
    let mut found = problems("Lab").await;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let headers = [("if-match", "\"1\"")];
    let put = lab.call_with(Method::PUT, &path, lab.admin(), Some(draft.clone()), &headers).await;
    assert_eq!(put.status, StatusCode::OK);
    let put = lab.call_with(Method::PUT, &path, lab.admin(), Some(draft), &headers).await;
    assert_eq!(put.status, StatusCode::PRECONDITION_FAILED);
    for (body, status) in [
        (json!({"deltas": [], "reason": "x"}), StatusCode::BAD_REQUEST),
        (
            json!({"deltas": [{"site": "office", "address": "10.0.0.1", "id": delta["id"]}], "reason": " "}),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({"deltas": [{"site": "office", "address": "10.0.0.1", "id": "0"}], "reason": "x"}),
            StatusCode::NOT_FOUND,
        ),
        (
            json!({"deltas": [{"site": "office", "address": "nobody", "id": "0"}], "reason": "x"}),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let answer = lab.call(Method::POST, "/deltas/accept", lab.admin(), Some(body.clone())).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    let gone = lab.all("/networks/Lab/history?kind=host-gone", 1).await;
    let host = json!({"deltas": [{"site": "office", "address": gone[0]["address"], "id": gone[0]["id"]}], "reason": "x"});
    let refused = lab.call(Method::POST, "/deltas/accept", lab.admin(), Some(host)).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (StatusCode::CONFLICT, &json!("delta.not_acceptable"))
    );
    for (field, value) in [
        ("targets", "10.0.0.300"),
        ("ports", "top:10"),
        ("site", "nowhere"),
        ("expires", "2000-01-01T00:00:00Z"),
    ] {
        let mut wrong = json!({"site": "office", "targets": "10.0.0.1", "ports": "22", "state": "open"});
        wrong[field] = json!(value);
        let answer = lab.call(Method::POST, "/expectations", lab.admin(), Some(wrong)).await;
        assert_eq!(
            (answer.status, &answer.json["field"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{}",
            answer.text
        );
    }
    let removed = lab.call(Method::DELETE, &path, lab.admin(), None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert!(problems("B%C3%BCro").await.is_empty());
}

/// Sends a file; one that removes what it does not name replaces what is there now.
async fn file(lab: &Lab, method: Method, path: &str, text: impl Into<Body>) -> Answer {
    let replaces = path.ends_with("prune=true");
    let read = lab.get("/expectation-file", lab.admin()).await;
    file_since(lab, (method, path), text, replaces.then_some(&read)).await
}

/// Sends a file that replaces what was read.
async fn file_since(
    lab: &Lab,
    (method, path): (Method, &str),
    text: impl Into<Body>,
    read: Option<&Answer>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", lab.bearer())
        .header("content-type", "application/yaml");
    if let Some(read) = read {
        request = request.header("if-match", &read.headers["etag"]);
    }
    lab.send(request.body(text.into()).expect("a request")).await
}

const FILE: &str = "\
version: 1
expectations:
  - id: all
    site: office
    targets: [10.0.0.0/24, 10.0.1.0/24]
    ports: 1-65535
    state: closed
    reason: nothing is open here
  - site: office
    targets: 10.0.0.1
    ports: 22
    state: open
    service: \"ssh*\"
    owner: Ops
    expires: 2100-01-31
";

#[tokio::test]
async fn a_file_is_applied_as_a_whole_or_refused_at_its_mistake() {
    let lab = lab().await;
    for (from, to, place, words) in [
        ("1-65535", "1-65536", "line 6, column ", "ports: "),
        ("10.0.1.0/24", "10.0.1.0/33", "line 5, column 28", "targets: "),
        ("state: open", "state: ajar", "line 12, column 12", "open or closed"),
        ("office", "nowhere", "line 4, column 11", "no site nowhere"),
        ("2100-01-31", "1999-01-31", "line 15, column 14", "expired"),
        ("2100-01-31", "soon", "line 15, column 14", "no time"),
        ("id: all", "id: A#", "line 3, column 9", "no id"),
        ("owner", "ownr", "line 14, column 5", "there is no field"),
        ("  - site", "  - id: all\n    site", "line 9, column 9", "another all"),
        ("ports: 22", "ports: \"22", "line ", "no YAML"),
    ] {
        let text = FILE.replacen(from, to, 1);
        let refused = file(&lab, Method::PUT, "/expectation-file", text).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{to}: {}", refused.text);
        let detail = refused.json["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with(place) && detail.contains(words), "{to}: {detail}");
        assert!(refused.json["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{to}: {}", refused.text);
    }
    let refused = file(&lab, Method::PUT, "/expectation-file", &b"version: 1\n\xff"[..]).await;
    assert_eq!((refused.status, &refused.json["field"]), (StatusCode::BAD_REQUEST, &json!("file")));
    assert_eq!(lab.all("/expectations", 500).await.len(), 0);

    let counts = |answer: &Answer| {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let count = |list: &str| answer.json[list].as_array().map_or(0, Vec::len);
        (count("made"), count("changed"), count("removed"), answer.json["unchanged"].as_u64())
    };
    let preview = file(&lab, Method::POST, "/expectation-file/preview", FILE).await;
    assert_eq!(counts(&preview), (2, 0, 0, Some(0)));
    assert_eq!(lab.all("/expectations", 500).await.len(), 0);
    assert_eq!(counts(&file(&lab, Method::PUT, "/expectation-file", FILE).await), (2, 0, 0, Some(0)));
    assert_eq!(counts(&file(&lab, Method::PUT, "/expectation-file", FILE).await), (0, 0, 0, Some(2)));
    let edited = FILE.replace("nothing is open here", "nothing at all");
    assert_eq!(counts(&file(&lab, Method::PUT, "/expectation-file", edited).await), (0, 1, 0, Some(1)));

    let other = json!({"site": "office", "targets": "10.0.1.1", "ports": "25", "state": "open"});
    lab.post("/expectations", other).await;
    let exported = lab.get("/expectation-file", lab.admin()).await;
    assert_eq!(exported.headers["content-type"], "application/yaml");
    assert!(exported.text.contains("reason: \"nothing at all\""), "{}", exported.text);
    let again = file(&lab, Method::PUT, "/expectation-file?prune=true", exported.text).await;
    assert_eq!(counts(&again), (0, 0, 0, Some(3)));
    let pruned = file(&lab, Method::PUT, "/expectation-file?prune=true", FILE).await;
    assert_eq!(counts(&pruned), (0, 1, 1, Some(1)));
    let about = lab.all("/expectations?address=10.0.0.1", 500).await;
    assert_eq!(about.len(), 2);
    assert_eq!(lab.all("/expectations?address=10.0.1.1&site=office", 500).await.len(), 1);
    let nothing = "version: 1\nexpectations: []\n";
    assert_eq!(
        counts(&file(&lab, Method::PUT, "/expectation-file?prune=true", nothing).await),
        (0, 0, 2, Some(0))
    );
}

/// Somebody exports, others expect more, and the file that is put back removes nothing of theirs.
#[tokio::test]
async fn a_file_that_is_put_back_removes_nothing_that_came_meanwhile() {
    let lab = lab().await;
    file(&lab, Method::PUT, "/expectation-file", FILE).await;
    let exported = lab.get("/expectation-file", lab.admin()).await;
    let alerts = lab.all("/alerts?severity=critical", 10).await;
    let accept = json!({"alerts": [alerts[0]["id"]], "reason": "remote desk"});
    let accepted = lab.post("/deltas/accept", accept.clone()).await["expectations"][0].clone();
    let count = async || lab.all("/expectations", 500).await.len();
    assert_eq!(count().await, 3);
    let prune = (Method::PUT, "/expectation-file?prune=true");
    let refused = file_since(&lab, prune.clone(), exported.text.clone(), Some(&exported)).await;
    assert_eq!((refused.status, &refused.json["code"]), (StatusCode::PRECONDITION_FAILED, &json!("stale")));
    let refused = file_since(&lab, prune.clone(), exported.text.clone(), None).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (StatusCode::PRECONDITION_REQUIRED, &json!("if_match.missing"))
    );
    // It is held to what it says also where it would remove nothing.
    let plain = (Method::PUT, "/expectation-file");
    let refused = file_since(&lab, plain.clone(), exported.text.clone(), Some(&exported)).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    let done = file_since(&lab, plain, exported.text.clone(), None).await;
    assert_eq!((done.status, &done.json["unchanged"]), (StatusCode::OK, &json!(2)));
    assert_eq!(count().await, 3);
    // A preview says what it looked at, which what follows can be held to.
    let path = "/expectation-file/preview?prune=true";
    let looked = file_since(&lab, (Method::POST, path), exported.text.clone(), None).await;
    assert_eq!(looked.json["removed"][0]["id"], accepted["id"]);
    // Removed and made again, with another reason: another one, although it has the same version.
    let one = format!("/expectations/{}", accepted["id"].as_str().expect("an id"));
    lab.call(Method::DELETE, &one, lab.admin(), None).await;
    let again = json!({"alerts": [alerts[0]["id"]], "reason": "another reason"});
    lab.post("/deltas/accept", again).await;
    let refused = file_since(&lab, prune.clone(), exported.text.clone(), Some(&looked)).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{}", refused.text);
    // As it was is as it was.
    lab.call(Method::DELETE, &one, lab.admin(), None).await;
    lab.post("/deltas/accept", accept).await;
    let done = file_since(&lab, prune, exported.text.clone(), Some(&looked)).await;
    assert_eq!(
        (done.status, done.json["removed"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(1)),
        "{}",
        done.text
    );
    assert_eq!(done.headers["etag"], lab.get("/expectation-file", lab.admin()).await.headers["etag"]);
    assert_eq!(done.headers["etag"], exported.headers["etag"]);
}

#[tokio::test]
async fn accepting_an_alert_resolves_it_and_lifts_the_posture() {
    let lab = lab().await;
    let card = async || -> Value {
        let cards = lab.all("/network-cards", 10).await;
        cards.into_iter().find(|card| card["network"]["name"] == "Büro").expect("a card")
    };
    // RDP and SSH are open, and watched.
    assert_eq!((&card().await["posture"], &card().await["change_score"]), (&json!(70), &json!(90)));
    let alerts = lab.all("/alerts?severity=critical", 10).await;
    let id = alerts[0]["id"].as_str().expect("an id");
    let accepted = json!({"alerts": [id], "reason": "remote desk", "owner": "Ops"});
    let made = lab.post("/deltas/accept", accepted).await;
    assert_eq!(made["expectations"][0]["state"], "open");
    assert_eq!(lab.get(&format!("/alerts/{id}"), lab.admin()).await.json["state"], "resolved");
    assert_eq!(card().await["posture"], 90);
    let run = card().await["last_run"]["id"].as_str().expect("an id").to_owned();
    let report = lab.get(&format!("/reports/{run}"), lab.admin()).await;
    assert_eq!(report.json["posture"], json!({"Büro": 70, "Lab": 100}), "as it was when the run had ended");
    let exported = async |format: &str| {
        let answer = lab.get(&format!("/reports/{run}/export?format={format}"), lab.admin()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    };
    assert_eq!(exported("json").await.json["posture"], report.json["posture"]);
    assert!(exported("text").await.text.contains("Posture     Büro 70, Lab 100"));
    assert!(exported("html").await.text.contains("<dt>Posture</dt><dd>Büro 70, Lab 100</dd>"));

    let closed = json!({"site": "office", "targets": "10.0.1.0/24", "ports": "25", "state": "closed", "reason": "no mail"});
    lab.post("/expectations", closed).await;
    let alerts = lab.all("/alerts?rule=unexpected-open", 10).await;
    let titles: Vec<_> = alerts.iter().filter_map(|alert| alert["title"].as_str()).collect();
    assert!(
        titles.contains(&"25/tcp is open at 10.0.1.1 and should not be") && titles.len() == 3,
        "{titles:?}"
    );
    assert_eq!((&alerts[0]["severity"], &alerts[0]["port"]), (&json!("medium"), &json!(25)));
    let down = json!({"site": "office", "targets": "10.0.1.4", "ports": "25", "state": "open"});
    lab.post("/expectations", down).await;
    let alerts = lab.all("/alerts?rule=missing-expected", 10).await;
    assert_eq!(
        (alerts.len(), &alerts[0]["address"], &alerts[0]["port"]),
        (1, &json!("10.0.1.4"), &Value::Null)
    );
    let host = json!({"alerts": [alerts[0]["id"]], "reason": "x"});
    let refused = lab.call(Method::POST, "/deltas/accept", lab.admin(), Some(host)).await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (StatusCode::CONFLICT, &json!("alert.not_acceptable"))
    );
    let unknown = json!({"alerts": ["nothing"], "reason": "x"});
    let refused = lab.call(Method::POST, "/deltas/accept", lab.admin(), Some(unknown)).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}
