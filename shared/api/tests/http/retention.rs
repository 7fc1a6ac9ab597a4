//! What is kept how long.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::Lab;

#[tokio::test]
async fn everything_is_kept_until_it_is_said_otherwise() {
    let lab = Lab::new().await;
    let admin = lab.admin();
    let call = async |method, path: &str, body| {
        let tag = lab.get("/retention", admin).await.headers["etag"].to_str().expect("text").to_owned();
        lab.call_with(method, path, admin, body, &[("if-match", &tag)]).await
    };
    assert_eq!(lab.get("/retention", lab.admin()).await.json, json!({}));
    let none = call(Method::POST, "/retention/preview", Some(json!({"results_days": 1}))).await;
    assert_eq!((none.status, &none.json["results"]), (StatusCode::OK, &json!(0)));
    assert!(none.json["before"].is_string(), "{:?}", none.json);
    assert_eq!(lab.get("/retention", lab.admin()).await.json, json!({}), "asking sets nothing");
    let set = call(Method::PUT, "/retention", Some(json!({"results_days": 365}))).await;
    assert_eq!((set.status, &set.json), (StatusCode::OK, &json!({"results_days": 365})));
    assert_eq!(lab.get("/retention", lab.admin()).await.json, set.json);
    for (wrong, code) in [(json!({"results_days": 0}), "out_of_range"), (json!({"result_days": 5}), "")] {
        let refused = call(Method::PUT, "/retention", Some(wrong.clone())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(code.is_empty() || refused.json["code"] == code, "{:?}", refused.json);
    }
    assert_eq!(lab.get("/retention", lab.admin()).await.json, set.json, "what is refused changes nothing");
}
