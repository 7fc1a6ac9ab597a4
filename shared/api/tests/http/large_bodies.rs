//! Bodies that take their turn: nobody keeps others waiting with theirs.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use futures_core::Stream;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::agents::{self, TestAgent};
use crate::support::{Answer, Lab};

const IMPORT: &str = "/sites/office/imports?name=scan&targets=10.0.0.1&ports=22";
const LIST: &str = "10.0.0.1,22,tcp\n";

/// A body that says when it is read, brings a little, and never goes on.
struct Stalled {
    begun: Option<oneshot::Sender<()>>,
    first: Option<Bytes>,
}

impl Stream for Stalled {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(begun) = self.begun.take() {
            let _ = begun.send(());
        }
        self.first.take().map_or(Poll::Pending, |first| Poll::Ready(Some(Ok(first))))
    }
}

/// A request with a body that stalls: what becomes of it, and what says that its turn has come.
fn stall(
    lab: &Arc<Lab>,
    method: Method,
    path: &str,
    token: &str,
) -> (JoinHandle<Answer>, oneshot::Receiver<()>) {
    let (begun, has_begun) = oneshot::channel();
    let body = Stalled { begun: Some(begun), first: Some(Bytes::from_static(LIST.as_bytes())) };
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/octet-stream")
        .body(Body::from_stream(body))
        .expect("a request");
    let lab = lab.clone();
    (tokio::spawn(async move { lab.send(request).await }), has_begun)
}

#[tokio::test(start_paused = true)]
async fn who_sends_bodies_that_stall_keeps_nobody_else_waiting() {
    let lab = Arc::new(Lab::new().await);
    lab.post("/sites", json!({"id": "office"})).await;
    let (one, other) = (lab.token_of("operator").await, lab.token_of("operator").await);
    let mut stalled: Vec<_> = (0..6).map(|_| stall(&lab, Method::POST, IMPORT, &one)).collect();
    for (_, has_begun) in &mut stalled[..2] {
        has_begun.await.expect("it is their turn");
    }
    let began = Instant::now();
    let request =
        Request::post(format!("/api/v1{IMPORT}")).header("authorization", format!("Bearer {other}"));
    let taken = lab.send(request.body(Body::from(LIST)).expect("a request")).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{:?}", taken.json);
    assert_eq!(began.elapsed(), Duration::ZERO, "somebody else waited");
    // The third waits for the first of its own.
    assert!(stalled[2].1.try_recv().is_err());
    for (answer, _) in stalled {
        let answer = answer.await.expect("it ends");
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (408, &json!("body.stalled")));
    }
    // Two at a time.
    assert_eq!(began.elapsed().as_secs(), 3 * 30);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_that_stalls_is_broken_off_wherever_it_goes() {
    let (lab, run) = agents::lab().await;
    let lab = Arc::new(lab);
    let agent = TestAgent::approved(&lab, "office", 1).await.token(&lab).await;
    let admin = lab.admin().expect("a token").to_owned();
    let upload = format!("/agent/results/{}/00000/0123456789abcdef", run.as_str().expect("a run"));
    for (method, path, token) in [
        (Method::POST, IMPORT, &admin),
        (Method::PUT, "/moves/m-1/frames/0", &admin),
        (Method::PUT, &upload, &agent),
    ] {
        let began = Instant::now();
        let (answer, _) = stall(&lab, method, path, token);
        let answer = answer.await.expect("it ends");
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (408, &json!("body.stalled")), "{path}");
        assert_eq!(began.elapsed().as_secs(), 30, "{path}");
    }
}
