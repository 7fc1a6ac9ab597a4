//! Services that throttle, fail, and lose answers: in the end everything is as if nothing had failed, item by item.

use portdelta_app::AppError;
use portdelta_app::ports::ErrorClass;
use serde_json::{Value, json};

use crate::installation::Cloud;
use crate::proxy::Proxy;
use crate::story::{Order, play};

/// Deliveries of a message before it would be a dead letter are fewer; here it is about the end.
const MOST_TRIES: usize = 60;

/// Does something until it succeeds, as whoever delivers a message again and again.
pub async fn until_done(what: &str, mut step: impl AsyncFnMut() -> Result<(), AppError>) {
    let mut last = None;
    for _ in 0..MOST_TRIES {
        match step().await {
            Ok(()) => return,
            Err(error) => {
                assert_ne!(error.class(), ErrorClass::Bug, "{what}: {error:?}");
                last = Some(error);
            }
        }
    }
    panic!("{what} never succeeds: {last:?}");
}

/// Schedules that fire twice, events of S3 and records of the stream that come twice, and all of it in another order.
#[tokio::test]
async fn everything_comes_twice_and_in_another_order() {
    let Some(cloud) = Cloud::new().await else { return };
    let (memory, letters) = cloud.undisturbed().await;
    // Else the comparison would compare nothing.
    let items = memory.table.items();
    for kind in ["SITE#", "BLK#", "ALERT#", "SENT#", "RESULT#", "RUN#", "SCAN#"] {
        assert!(items.iter().any(|item| item.key.partition.starts_with(kind)), "{kind}");
    }
    assert!(letters.len() >= 4, "{letters:?}");
    let ports = cloud.ports();
    play(&ports, cloud.topic(), Order::Reversed, async |step| {
        for _ in 0..2 {
            step.take(&ports).await.expect("nothing fails");
        }
    })
    .await;
    cloud.assert_same(&memory, "twice").await;
    assert_eq!(cloud.letters().await, letters);
}

/// The story with a proxy in between that answers as AWS does on its bad days.
async fn through(rules: Value) {
    let Some(cloud) = Cloud::new().await else { return };
    let Some(proxy) = Proxy::start().await else { return };
    let (memory, letters) = cloud.undisturbed().await;
    let ports = cloud.ports_through(&Cloud::by_way_of(proxy.address()));
    proxy.rules(&rules).await;
    play(&cloud.ports(), cloud.topic(), Order::AsSent, async |step| {
        until_done(&format!("{step:?}"), async || step.take(&ports).await).await;
    })
    .await;
    let fired = proxy.fired().await;
    assert!(fired >= 5, "only {fired} faults: {rules}");
    cloud.assert_same(&memory, &rules.to_string()).await;
    assert_eq!(cloud.letters().await, letters, "{rules}");
}

#[tokio::test]
async fn a_table_that_throttles_or_fails_is_asked_again() {
    through(json!([
        {"service": "dynamodb", "probability": 0.1, "error": {"code": "ProvisionedThroughputExceededException"}},
        {"service": "dynamodb", "probability": 0.1, "error": {"code": "InternalServerError", "status": 500}},
    ]))
    .await;
}

/// The answer is lost, whatever was done.
#[tokio::test]
async fn a_write_that_went_through_unheard_is_not_done_again() {
    let lost = |operation: &str| json!({"service": "dynamodb", "operation": operation, "probability": 0.3, "response": {"abort_frac": 0}});
    through(["TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"].map(lost).into()).await;
}

#[tokio::test]
async fn a_bucket_that_slows_down_or_loses_answers_is_asked_again() {
    through(json!([
        {"service": "s3", "probability": 0.3, "error": {"code": "SlowDown", "status": 503}},
        {"service": "s3", "operation": "GetObject", "probability": 0.3, "response": {"abort_frac": 0.5}},
        {"service": "s3", "probability": 0.3, "response": {"abort_frac": 0}},
    ]))
    .await;
}

#[tokio::test]
async fn queues_that_throttle_fail_or_lose_answers_are_asked_again() {
    through(json!([
        {"service": "sqs", "probability": 0.2, "error": {"code": "RequestThrottled"}},
        {"service": "sqs", "probability": 0.2, "error": {"code": "InternalError", "status": 500}},
        {"service": "sqs", "probability": 0.3, "response": {"abort_frac": 0}},
    ]))
    .await;
}

#[tokio::test]
async fn a_topic_that_throttles_fails_or_loses_answers_is_told_again() {
    through(json!([
        {"service": "sns", "probability": 0.4, "error": {"code": "Throttled", "status": 429}},
        {"service": "sns", "probability": 0.4, "error": {"code": "InternalError", "status": 500}},
        {"service": "sns", "probability": 0.5, "response": {"abort_frac": 0}},
    ]))
    .await;
}

#[tokio::test]
async fn connections_that_are_cut_before_anything_arrived_are_made_again() {
    through(json!([{"service": "*", "probability": 0.1, "reset": true}])).await;
}
