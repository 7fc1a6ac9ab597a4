//! Whatever is wrong with a request: the answer is a problem that says so.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use portdelta_api::{ApiLimits, Rate};
use serde_json::json;

use crate::support::{Answer, Lab};

#[track_caller]
fn assert_problem(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{:?}", answer.json);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.json["status"], status.as_u16());
    let request = answer.json["request"].as_str().expect("an id");
    assert_eq!(answer.headers["x-request-id"], request);
}

#[tokio::test]
async fn addresses_and_methods_that_there_are_not() {
    let lab = Lab::new().await;
    assert_problem(&lab.get("/nothing", lab.admin()).await, StatusCode::NOT_FOUND, "route.unknown");
    assert_problem(
        &lab.call(Method::GET, "/../health", None, None).await,
        StatusCode::NOT_FOUND,
        "route.unknown",
    );
    let answer = lab.call(Method::DELETE, "/sites", lab.admin(), None).await;
    assert_problem(&answer, StatusCode::METHOD_NOT_ALLOWED, "route.method");
    assert_problem(&lab.get("/sites/nowhere", lab.admin()).await, StatusCode::NOT_FOUND, "unknown");
    assert_problem(&lab.get("/sites/NO%2FWHERE", lab.admin()).await, StatusCode::NOT_FOUND, "unknown");
    assert_problem(&lab.get("/runs/nothing", lab.admin()).await, StatusCode::NOT_FOUND, "unknown");
}

#[tokio::test]
async fn bodies_that_are_none() {
    let lab = Lab::new().await;
    let post = async |media: Option<&str>, body: &str| {
        let mut request = Request::post("/api/v1/sites").header("authorization", lab.bearer());
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        lab.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    };
    let json = Some("application/json");
    let good = r#"{"id": "office"}"#;
    assert_problem(&post(None, good).await, StatusCode::UNSUPPORTED_MEDIA_TYPE, "body.not_json");
    assert_problem(
        &post(Some("text/plain"), good).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "body.not_json",
    );
    assert_problem(&post(json, "{").await, StatusCode::BAD_REQUEST, "json.syntax");
    assert_problem(&post(json, "").await, StatusCode::BAD_REQUEST, "json.syntax");
    assert_problem(&post(json, &format!("{good} x")).await, StatusCode::BAD_REQUEST, "json.syntax");
    assert_problem(&post(json, &"[".repeat(10_000)).await, StatusCode::BAD_REQUEST, "json.shape");
    assert_problem(&post(json, "[]").await, StatusCode::BAD_REQUEST, "json.shape");
    assert_problem(&post(json, r#"{"id": "UPPER"}"#).await, StatusCode::BAD_REQUEST, "json.shape");
    let misspelt = post(json, r#"{"id": "office", "nmae": "x"}"#).await;
    assert_problem(&misspelt, StatusCode::BAD_REQUEST, "json.unknown_field");
    assert_eq!(misspelt.json["field"], "nmae");
    assert_eq!(post(Some("application/json; charset=utf-8"), good).await.status, StatusCode::CREATED);
    assert_problem(&post(json, good).await, StatusCode::CONFLICT, "exists");
}

#[tokio::test]
async fn bodies_that_are_too_large_announced_or_not() {
    let lab =
        Lab::limited(ApiLimits { max_json_bytes: 100, max_import_bytes: 100, ..ApiLimits::default() }).await;
    lab.call(Method::POST, "/sites", lab.admin(), Some(json!({"id": "office"}))).await;
    for (path, media) in
        [("/sites", "application/json"), ("/sites/office/imports", "application/octet-stream")]
    {
        for announced in [true, false] {
            let mut request = Request::post(format!("/api/v1{path}"))
                .header("authorization", lab.bearer())
                .header("content-type", media);
            if announced {
                request = request.header("content-length", "101");
            }
            let body = Body::from("x".repeat(101));
            let answer = lab.send(request.body(body).expect("a request")).await;
            assert_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "body.too_large");
        }
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let rate = Rate { burst: NonZeroU32::new(2).expect("not zero"), interval: Duration::from_hours(1) };
    let lab =
        Lab::limited(ApiLimits { anonymous_rate: rate, token_rate: rate, ..ApiLimits::default() }).await;
    for _ in 0..2 {
        assert_eq!(lab.get("/health", None).await.status, StatusCode::OK);
        assert_eq!(lab.get("/sites", lab.admin()).await.status, StatusCode::OK);
    }
    for (path, token) in [("/health", None), ("/sites", lab.admin()), ("/sites", Some("wrong"))] {
        let answer = lab.get(path, token).await;
        assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "rate.too_many");
        let seconds: u64 =
            answer.headers[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
        assert!((1..=3601).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn an_address_that_a_header_claims_counts_for_nothing() {
    let rate = Rate { burst: NonZeroU32::MIN, interval: Duration::from_hours(1) };
    let lab = Lab::limited(ApiLimits { anonymous_rate: rate, ..ApiLimits::default() }).await;
    let ask = async |claimed: &str| {
        let request =
            Request::get("/api/v1/health").header("x-forwarded-for", claimed).header("forwarded", claimed);
        lab.send(request.body(Body::empty()).expect("a request")).await.status
    };
    assert_eq!(ask("192.0.2.1").await, StatusCode::OK);
    assert_eq!(ask("192.0.2.2").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn every_answer_is_kept_out_of_browsers_and_caches() {
    let lab = Lab::new().await;
    for (path, token) in [("/health", None), ("/sites", lab.admin()), ("/sites", None), ("/nothing", None)] {
        let answer = lab.get(path, token).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert!(answer.headers.contains_key("content-security-policy"), "{path}");
        assert!(answer.headers.contains_key("strict-transport-security"), "{path}");
        assert!(!answer.headers.contains_key("server"), "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn the_id_of_a_request_is_the_servers() {
    let lab = Lab::new().await;
    let request = Request::get("/api/v1/nothing").header("x-request-id", "mine\"}");
    let answer = lab.send(request.body(Body::empty()).expect("a request")).await;
    assert_ne!(answer.headers["x-request-id"], "mine\"}");
}

#[tokio::test]
async fn a_store_that_fails_shows_nothing_of_itself() {
    let lab = Lab::new().await;
    lab.fail_the_store();
    let answer = lab.get("/sites", lab.admin()).await;
    assert!(answer.status.is_server_error(), "{:?}", answer.json);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(!answer.json.to_string().contains("injected"), "{:?}", answer.json);
    assert_eq!(lab.get("/health", None).await.status, StatusCode::SERVICE_UNAVAILABLE);
}
