//! Trying a channel out.

use std::sync::Arc;

use axum::http::StatusCode;
use portdelta_channels::Outward;
use portdelta_testkit::{MailCatcher, MailMode, TestClock};
use serde_json::{Value, json};

use crate::support::Lab;

#[tokio::test(start_paused = true)]
async fn who_tries_a_channel_is_told_in_time_that_nobody_answers() {
    let catcher = MailCatcher::start();
    catcher.set_mode(MailMode::Silent);
    let lab = Lab::telling_by(Arc::new(Outward::new(Arc::new(TestClock::default())))).await;
    let settings = json!({"type": "smtp", "host": "127.0.0.1", "port": catcher.address().port(),
        "security": "none", "from": "portdelta@example.org", "to": ["team@example.org"]});
    let made = lab.post("/channels", json!({"name": "team", "settings": settings})).await;
    let path = format!("/channels/{}", made["id"].as_str().expect("an id"));
    let asked = tokio::time::Instant::now();
    let tested = lab.call(axum::http::Method::POST, &format!("{path}/test"), lab.admin(), None).await;
    assert!(asked.elapsed().as_secs() < 45, "nobody waits longer: {:?}", asked.elapsed());
    assert_eq!(tested.status, StatusCode::OK, "{:?}", tested.json);
    let error = "the other side did not answer within 40 seconds";
    assert_eq!(tested.json, json!({"delivered": false, "retry": true, "error": error}));
    let shown = lab.get(&path, lab.admin()).await.json;
    assert_eq!((&shown["last_error"], &shown["last_delivered"]), (&json!(error), &Value::Null), "{shown}");
}
