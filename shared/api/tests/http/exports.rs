//! Files of any size: how many are written at once, and for how long one waits for its reader.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{Request, StatusCode};
use portdelta_api::ApiLimits;
use portdelta_app::Change;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::json;

use crate::documented;
use crate::support::Lab;

/// A lab in which so many files are written at once, and the addresses of one of each kind of them.
async fn lab(at_once: usize) -> (Lab, [String; 3]) {
    let lab = Lab::limited(ApiLimits { exports_at_once: at_once, ..Lab::generous() }).await;
    lab.post("/sites", json!({"id": "office"})).await;
    let draft = json!({"name": "Weekly", "targets": "10.0.0.1", "ports": "22", "sites": ["office"]});
    let scan = lab.post("/scans", draft).await["id"].as_str().expect("an id").to_owned();
    let text = NmapText::of("-sS 10.0.0.1").tcp("22").of_total(1).host(NmapHost::up("10.0.0.1").open(&[22]));
    let taken = lab.import("office/imports", &text.bytes()).await;
    let run = taken.json["run"].as_str().expect("a run");
    let report = format!("/reports/{run}/export");
    (lab, [report, format!("/scans/{scan}/reports.zip"), "/audit/export".to_owned()])
}

/// Whatever is handed over by a link on AWS is a file of any size; there is no other kind of them than those tried here.
#[test]
fn every_file_of_the_document_is_tried() {
    let paths = documented::document()["paths"].as_object().expect("paths").iter();
    let linked = paths.filter(|(_, item)| item["get"]["responses"]["303"].is_object());
    let linked = linked.filter(|(path, _)| !path.starts_with("/single-sign-on/"));
    let linked: Vec<&str> = linked.map(|(path, _)| path.as_str()).collect();
    assert_eq!(linked, ["/audit/export", "/reports/{run}/export", "/scans/{scan}/reports.zip"]);
}

#[tokio::test]
async fn who_asks_for_one_file_too_many_is_told_to_wait() {
    let (full, files) = lab(0).await;
    for path in &files {
        let refused = full.get(path, full.admin()).await;
        assert_eq!(
            (refused.status, &refused.json["code"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!("exports.too_many")),
            "{path}"
        );
        assert!(refused.headers.contains_key("retry-after") && refused.json["hint"].is_string(), "{path}");
    }
    // Each gives its place back.
    let (lab, files) = lab(1).await;
    for path in files.iter().chain(&files) {
        let request = Request::get(format!("/api/v1{path}")).header("authorization", lab.bearer());
        let answer = lab.open(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("it is whole");
    }
}

#[tokio::test(start_paused = true)]
async fn who_reads_nothing_for_long_holds_nobody_up() {
    let (lab, _) = lab(1).await;
    for number in 0..2_500 {
        let object = format!("o{number}");
        let change =
            Change { who: "user anna".to_owned(), what: "x.y".to_owned(), object, detail: String::new() };
        lab.service.app().note_change(&change).await.expect("it is noted");
    }
    let open = async || {
        let request = Request::get("/api/v1/audit/export").header("authorization", lab.bearer());
        lab.open(request.body(Body::empty()).expect("a request")).await
    };
    let left = open().await;
    assert_eq!(left.status(), StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(open().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(open().await.status(), StatusCode::OK);
    // Who comes back to it sees that it is not whole.
    let mut body = left.into_body();
    let last = loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        match frame {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    assert!(last.is_some_and(|frame| frame.is_err()));
}
