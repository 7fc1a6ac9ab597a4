//! The document that clients are made from.

use axum::http::StatusCode;

use crate::support::Lab;

#[test]
fn the_document_is_what_was_agreed() {
    insta::assert_json_snapshot!("openapi", portdelta_api::document());
}

#[tokio::test]
async fn the_document_is_served_to_anybody() {
    let answer = Lab::new().await.get("/openapi.json", None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["openapi"], "3.1.0");
    assert_eq!(answer.json["servers"][0]["url"], "/api/v1");
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_sentence() {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            assert!(!operation["responses"]["default"].is_null(), "{method} {path} never fails");
            ids.push(id.to_owned());
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are used twice");
}
