//! The document that clients are made from.

use std::io::Read as _;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::support::Lab;

#[test]
fn the_document_is_what_was_agreed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let mut is = serde_json::to_string_pretty(&portdelta_api::document()).expect("JSON");
    is.push('\n');
    if std::env::var_os("PORTDELTA_WRITE_OPENAPI").is_some() {
        std::fs::write(path, &is).expect("it can be written");
    }
    let agreed = std::fs::read_to_string(path).expect("the document is there");
    let hint = "PORTDELTA_WRITE_OPENAPI=1 writes openapi.json; look at what changed, and run `npm run types` in apps/web";
    let first = agreed.lines().zip(is.lines()).find(|(agreed, is)| agreed != is);
    assert!(agreed == is, "differs at {first:?}: {hint}");
}

#[tokio::test]
async fn the_document_is_served_to_anybody() {
    let answer = Lab::new().await.get("/openapi.json", None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["openapi"], "3.1.0");
    assert_eq!(answer.json["servers"][0]["url"], "/api/v1");
}

#[tokio::test]
async fn what_is_long_is_packed_for_who_takes_it() {
    let lab = Lab::new().await;
    let plain = lab.get("/openapi.json", None).await;
    assert!(plain.headers.get("content-encoding").is_none(), "nobody asked for it");
    let ask = |path: &str| {
        let request = Request::get(format!("/api/v1{path}")).header("accept-encoding", "gzip");
        request.header("authorization", lab.bearer()).body(Body::empty()).expect("a request")
    };
    let packed = lab.open(ask("/openapi.json")).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let bytes = axum::body::to_bytes(packed.into_body(), 1 << 20).await.expect("a body");
    assert!(bytes.len() < plain.text.len() / 5, "{} of {} bytes", bytes.len(), plain.text.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("it unpacks");
    assert_eq!(text, plain.text);
    // Short answers would become longer, and news must not wait for more of it.
    for path in ["/health", "/events"] {
        let answer = lab.open(ask(path)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.headers().get("content-encoding").is_none(), "{path}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_sentence() {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            let responses = operation["responses"].as_object().expect("responses");
            let does_well = |status: &String| status.starts_with(['2', '3']);
            assert!(responses.keys().any(does_well), "{method} {path} never does well");
            assert!(responses.contains_key("429"), "{method} {path} is asked without end");
            assert!(!responses.contains_key("default"), "{method} {path} answers anything");
            ids.push(id.to_owned());
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are used twice");
}
