//! The log for administrators: who may see it, what of it, page by page, and harmless wherever it is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use portdelta_api::Logs;
use portdelta_core::UnixTime;
use portdelta_protocol::admin::{LogLevel, LogLine, LogsElsewhere, Time};
use serde_json::{Value, json};

use crate::support::Lab;

fn line(id: u64, level: LogLevel, message: &str, fields: &[(&str, &str)]) -> Arc<LogLine> {
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let time = Time(UnixTime::from_seconds(1_800_000_000).expect("a time"));
    let target = "portdelta_server::worker".to_owned();
    Arc::new(LogLine { id, time, level, target, message: message.to_owned(), fields: fields.collect() })
}

/// Newest first.
async fn lab(lines: Vec<Arc<LogLine>>) -> Lab {
    Lab::logging(Logs::Here(Box::new(move || lines.clone()))).await
}

fn ids(items: &[Value]) -> Vec<u64> {
    items.iter().map(|item| item["id"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn lines_are_found_by_level_and_text() {
    let lab = lab(vec![
        line(5, LogLevel::Debug, "request 77", &[]),
        line(4, LogLevel::Error, "dispatch failed", &[("error", "the disk is FULL")]),
        line(3, LogLevel::Warn, "some work was broken off", &[]),
        line(2, LogLevel::Info, "Run 7 begins", &[("run", "7")]),
        line(1, LogLevel::Info, "listening", &[]),
    ])
    .await;
    let found = async |query: &str| ids(&lab.all(&format!("/logs{query}"), 2).await);
    assert_eq!(found("").await, [5, 4, 3, 2, 1]);
    assert_eq!(found("?level=trace").await, [5, 4, 3, 2, 1]);
    assert_eq!(found("?level=info").await, [4, 3, 2, 1]);
    assert_eq!(found("?level=error").await, [4]);
    assert_eq!(found("?q=full").await, [4], "in a field");
    assert_eq!(found("?q=RUN").await, [2], "in a message, and the name of a field");
    assert_eq!(found("?q=worker&level=warn").await, [4, 3], "in the part of the program");
    assert_eq!(found("?q=nothing").await, [] as [u64; 0]);
    let answer = lab.get("/logs?level=loud", lab.admin()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{:?}", answer.json);
}

#[tokio::test]
async fn pages_follow_each_other_while_more_is_written_and_old_lines_go() {
    let written = Arc::new(std::sync::Mutex::new((1..=9).rev().collect::<Vec<u64>>()));
    let of = written.clone();
    let lab = Lab::logging(Logs::Here(Box::new(move || {
        let ids = of.lock().expect("no panic").clone();
        ids.into_iter().map(|id| line(id, LogLevel::Info, "x", &[])).collect()
    })))
    .await;
    let first = lab.get("/logs?limit=4", lab.admin()).await.json;
    assert_eq!(ids(first["items"].as_array().expect("items")), [9, 8, 7, 6]);
    *written.lock().expect("no panic") = vec![12, 11, 10, 9, 8, 7, 4, 3];
    let cursor = first["next"].as_str().expect("more");
    let second = lab.get(&format!("/logs?limit=4&cursor={cursor}"), lab.admin()).await.json;
    assert_eq!(ids(second["items"].as_array().expect("items")), [4, 3]);
    assert_eq!(second["next"], Value::Null);
    let other = lab.get(&format!("/logs?level=warn&cursor={cursor}"), lab.admin()).await;
    assert_eq!(other.json["code"], "cursor.invalid");
}

#[tokio::test]
async fn only_administrators_see_it() {
    let lab = lab(vec![line(1, LogLevel::Info, "listening", &[])]).await;
    for role in ["viewer", "operator"] {
        let token = lab.token_of(role).await;
        let answer = lab.get("/logs", Some(&token)).await;
        assert_eq!(
            (answer.status, answer.json["code"].as_str()),
            (StatusCode::FORBIDDEN, Some("role.forbidden"))
        );
    }
    assert_eq!(lab.get("/logs", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_others_chose_steers_no_terminal() {
    let hostile = "a\u{1b}]0;title\u{7}\u{9b}31m\u{202e}<script>\n";
    let lab = lab(vec![line(1, LogLevel::Warn, hostile, &[(hostile, hostile)])]).await;
    let answer = lab.get("/logs", lab.admin()).await;
    let steers = |character: char| character.is_control() || character == '\u{202e}';
    assert!(!answer.text.contains(steers), "{:?}", answer.text);
    let item = &answer.json["items"][0];
    assert_eq!(item["message"], hostile, "it reads back as it was");
    let fields: BTreeMap<String, String> = serde_json::from_value(item["fields"].clone()).expect("texts");
    assert_eq!(fields, BTreeMap::from([(hostile.to_owned(), hostile.to_owned())]));
}

#[tokio::test]
async fn a_log_that_is_elsewhere_says_where() {
    let elsewhere = LogsElsewhere {
        service: "CloudWatch Logs".to_owned(),
        region: Some("eu-central-1".to_owned()),
        groups: vec!["/aws/lambda/blue-api".to_owned()],
    };
    let lab = Lab::logging(Logs::Elsewhere(elsewhere)).await;
    let answer = lab.get("/logs?level=warn&q=disk", lab.admin()).await;
    let groups = json!(["/aws/lambda/blue-api"]);
    let told = json!({"service": "CloudWatch Logs", "region": "eu-central-1", "groups": groups});
    assert_eq!(answer.json, json!({"items": [], "elsewhere": told}));
}
