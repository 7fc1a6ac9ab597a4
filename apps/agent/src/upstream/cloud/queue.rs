//! Tasks of an SQS queue, by its JSON protocol.

use std::time::Duration;

use portdelta_core::UnixTime;
use portdelta_protocol::agent::Receive;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Delivery;
use super::super::error::{Kind, UpstreamError};
use super::{Cloud, Outgoing, PATIENCE, is_about_access, refused};

/// An agent holds what it received for so long before it must say that it still works on it; the server's own queue
/// gives the same.
const LEASE: Duration = Duration::from_mins(2);

/// For so long SQS hides what it gives away until the agent says that it came. Short, as SQS goes on answering an agent
/// that has just ended and whose request for work it still holds: what such an answer carries waits no longer than this
/// for another agent.
const ON_ITS_WAY: Duration = Duration::from_secs(30);

/// Codes with which SQS says that a delivery is void: deleted, held by somebody else, or over the twelve hours that a
/// message can be held.
const LOST: [&str; 3] = ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    #[serde(default)]
    messages: Option<Vec<Message>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    receipt_handle: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    approximate_receive_count: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Confirmed {
    #[serde(default)]
    failed: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(alias = "Message")]
    message: String,
}

pub(super) async fn receive(
    cloud: &Cloud,
    ask: &Receive,
    now: UnixTime,
) -> Result<Vec<Delivery>, UpstreamError> {
    const OPERATION: &str = "receive tasks";
    let wait = ask.wait_seconds.min(20);
    let body = json!({
        "QueueUrl": cloud.queue.as_str(),
        "MaxNumberOfMessages": ask.max.clamp(1, 10),
        "WaitTimeSeconds": wait,
        "VisibilityTimeout": ON_ITS_WAY.as_secs(),
        "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
    });
    let patience = PATIENCE + Duration::from_secs(wait.into());
    let answer = call(cloud, OPERATION, "AmazonSQS.ReceiveMessage", &body, patience, now).await?;
    let received: Received = serde_json::from_slice(&answer)
        .map_err(|error| UpstreamError::NotUnderstood { operation: OPERATION, detail: error.to_string() })?;
    let messages = received.messages.unwrap_or_default();
    let lease = if messages.is_empty() { LEASE } else { confirm(cloud, &messages, now).await };
    let delivery = |message: Message| Delivery {
        receipt: message.receipt_handle,
        attempt: message.attributes.approximate_receive_count.parse().unwrap_or(1),
        lease,
        // What is no JSON says of no task which it is, and goes back.
        task: serde_json::from_str(&message.body).unwrap_or(Value::Null),
    };
    Ok(messages.into_iter().map(delivery).collect())
}

/// Says that messages came, and for how long they are now held at least.
async fn confirm(cloud: &Cloud, messages: &[Message], now: UnixTime) -> Duration {
    let entry = |(position, message): (usize, &Message)| {
        json!({
            "Id": position.to_string(),
            "ReceiptHandle": message.receipt_handle,
            "VisibilityTimeout": LEASE.as_secs(),
        })
    };
    let entries: Vec<_> = messages.iter().enumerate().map(entry).collect();
    let body = json!({"QueueUrl": cloud.queue.as_str(), "Entries": entries});
    let action = "AmazonSQS.ChangeMessageVisibilityBatch";
    let answer = call(cloud, "hold tasks", action, &body, PATIENCE, now).await;
    let confirmed = answer.ok().and_then(|answer| serde_json::from_slice::<Confirmed>(&answer).ok());
    // The work begins all the same: who keeps the lease tries again soon enough.
    if confirmed.is_some_and(|confirmed| confirmed.failed.is_none_or(|failed| failed.is_empty())) {
        LEASE
    } else {
        ON_ITS_WAY
    }
}

/// Holds a message for so long from now on; zero hands it back.
pub(super) async fn hold(
    cloud: &Cloud,
    operation: &'static str,
    receipt: &str,
    seconds: u32,
    now: UnixTime,
) -> Result<(), UpstreamError> {
    let body = json!({
        "QueueUrl": cloud.queue.as_str(),
        "ReceiptHandle": receipt,
        "VisibilityTimeout": seconds.min(43_200),
    });
    call(cloud, operation, "AmazonSQS.ChangeMessageVisibility", &body, PATIENCE, now).await.map(drop)
}

pub(super) async fn remove(cloud: &Cloud, receipt: &str, now: UnixTime) -> Result<(), UpstreamError> {
    let body = json!({"QueueUrl": cloud.queue.as_str(), "ReceiptHandle": receipt});
    call(cloud, "acknowledge a task", "AmazonSQS.DeleteMessage", &body, PATIENCE, now).await.map(drop)
}

async fn call(
    cloud: &Cloud,
    operation: &'static str,
    action: &'static str,
    body: &Value,
    patience: Duration,
    now: UnixTime,
) -> Result<Vec<u8>, UpstreamError> {
    let mut url = cloud.queue.clone();
    url.set_path("/");
    let body = body.to_string().into_bytes();
    let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", action)];
    let request = Outgoing {
        method: Method::POST,
        url: &url,
        service: "sqs",
        headers: &headers,
        body: &body,
        patience,
    };
    let (status, answer) = cloud.send(operation, request, now).await?;
    if (200..300).contains(&status) {
        return Ok(answer);
    }
    let refusal: Refusal = serde_json::from_slice(&answer).unwrap_or_default();
    // `com.amazonaws.sqs#ReceiptHandleIsInvalid`
    let code = refusal.kind.rsplit('#').next().unwrap_or_default();
    Err(refused(operation, kind(action, status, code), status, code, &refusal.message))
}

fn kind(action: &str, status: u16, code: &str) -> Kind {
    if is_about_access(status, code) {
        Kind::Access
    } else if LOST.contains(&code) && action != "AmazonSQS.ReceiveMessage" {
        Kind::LeaseLost
    } else {
        // Throttled, or out of order; what is asked for is never wrong in itself.
        Kind::Retry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let (hold, receive) = ("AmazonSQS.ChangeMessageVisibility", "AmazonSQS.ReceiveMessage");
        for (action, status, code, expected) in [
            (hold, 400, "ReceiptHandleIsInvalid", Kind::LeaseLost),
            (hold, 400, "InvalidParameterValue", Kind::LeaseLost),
            (receive, 400, "InvalidParameterValue", Kind::Retry),
            (receive, 400, "QueueDoesNotExist", Kind::Access),
            (receive, 403, "", Kind::Access),
            (receive, 400, "ExpiredToken", Kind::Access),
            (receive, 400, "RequestThrottled", Kind::Retry),
            (receive, 503, "", Kind::Retry),
        ] {
            assert_eq!(kind(action, status, code), expected, "{action} {status} {code}");
        }
    }
}
