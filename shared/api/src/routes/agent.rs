//! What agents say: `portdelta_protocol::agent`. An agent reaches the tasks of its site, and writes under its own name.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use portdelta_app::AppError;
use portdelta_app::ports::{Delivery, QueueError, QueueName, Receipt};
use portdelta_core::ids::RunId;
use portdelta_protocol::agent::{
    Access, Acknowledge, AskAccess, Begin, Begun, DeliveredTask, Enrol, Enrolled, Extend, Receive, Received,
    Refuse, Release, Status, StatusAnswer, task_key,
};
use portdelta_protocol::upload::Inspection;

use crate::Api;
use crate::access::{Caller, CallingAgent};
use crate::answer::Answer;
use crate::error::{ApiError, STOPPING};
use crate::extract::{self, Json};
use crate::large_body::{LargeBody, LargeUpload};

/// An agent holds what it received for so long before it must say that it still works on it.
const LEASE: Duration = Duration::from_mins(2);

/// Asks to be let in, with a one-time token
#[utoipa::path(post, path = "/agent/enrol", operation_id = "enrol", tag = "agent", request_body = Enrol,
    responses((status = 200, body = Enrolled)))]
pub(crate) async fn enrol(
    State(api): State<Api>,
    Json(ask): Json<Enrol>,
) -> Result<Answer<Enrolled>, ApiError> {
    Ok(Answer(api.service.app().enrol(&ask).await?))
}

/// Asks for access, with a signature
#[utoipa::path(post, path = "/agent/access", operation_id = "access", tag = "agent", request_body = AskAccess,
    responses((status = 200, body = Access)))]
pub(crate) async fn access(
    State(api): State<Api>,
    Json(ask): Json<AskAccess>,
) -> Result<Answer<Access>, ApiError> {
    let mut answer = api.service.grant_access(&ask, &api.settings.public_url).await;
    for url in &api.settings.other_urls {
        if !matches!(answer, Err(AppError::Refused { code: "agent.signature", .. })) {
            break;
        }
        answer = api.service.grant_access(&ask, url).await;
    }
    let busy_status_seconds = api.settings.limits.busy_status_seconds;
    Ok(Answer(Access { busy_status_seconds, ..answer? }))
}

/// Says how it is
#[utoipa::path(post, path = "/agent/status", operation_id = "status", tag = "agent", request_body = Status,
    responses((status = 200, body = StatusAnswer)))]
pub(crate) async fn status(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(status): Json<Status>,
) -> Result<Answer<StatusAnswer>, ApiError> {
    Ok(Answer(api.service.app().note_status(&agent.id, &status).await?))
}

/// Waits for tasks
#[utoipa::path(post, path = "/agent/tasks/receive", operation_id = "receive_tasks", tag = "agent",
    request_body = Receive, responses((status = 200, body = Received)))]
pub(crate) async fn receive(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Receive>,
) -> Result<Answer<Received>, ApiError> {
    let max = within("max", ask.max, 1, 10)?;
    let wait = within("wait_seconds", ask.wait_seconds, 0, 20)?;
    if api.settings.stopping.is_cancelled() {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(ApiError::new(status, STOPPING, "the server is about to stop").retry_after(5));
    }
    let queue = QueueName::Tasks(agent.site);
    let wait = Duration::from_secs(wait.into());
    let received = async {
        match api.service.queue().receive(&queue, max as usize, wait, LEASE).await {
            // Made here as well as by the first run, so that nobody sleeps through that.
            Err(QueueError::NoQueue { .. }) => {
                api.service.queue().create(&queue).await?;
                api.service.queue().receive(&queue, max as usize, wait, LEASE).await
            }
            other => other,
        }
    };
    let deliveries = tokio::select! {
        received = received => received?,
        // What was received and is dropped here comes again when its lease ends.
        () = api.settings.stopping.cancelled() => Vec::new(),
    };
    Ok(Answer(Received { tasks: deliveries.into_iter().filter_map(delivered).collect() }))
}

fn delivered(delivery: Delivery) -> Option<DeliveredTask> {
    let task = serde_json::from_str(&delivery.body).inspect_err(|error| {
        // It becomes a dead letter, for somebody to look at.
        tracing::error!(%error, "a message in a queue of tasks is no task");
    });
    Some(DeliveredTask {
        receipt: delivery.receipt.0,
        attempt: delivery.deliveries,
        lease_seconds: u32::try_from(LEASE.as_secs()).unwrap_or(u32::MAX),
        task: task.ok()?,
    })
}

/// Begins a task, or learns that nobody wants it any more
#[utoipa::path(post, path = "/agent/tasks/begin", operation_id = "begin_task", tag = "agent",
    request_body = Begin, responses((status = 200, body = Begun)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Begin>,
) -> Result<Answer<Begun>, ApiError> {
    of_own_site(&api, &agent, &ask.run).await?;
    Ok(Answer(api.service.begin_task(&agent.id, &ask.run, ask.task).await?))
}

/// Holds a task
#[utoipa::path(post, path = "/agent/tasks/extend", operation_id = "extend_task", tag = "agent",
    request_body = Extend, responses((status = 204)))]
pub(crate) async fn extend(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Extend>,
) -> Result<StatusCode, ApiError> {
    let seconds = within("seconds", ask.seconds, 1, 43_200)?;
    let lease = Duration::from_secs(seconds.into());
    api.service.queue().extend(&QueueName::Tasks(agent.site), &Receipt(ask.receipt), lease).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Is done with a task
#[utoipa::path(post, path = "/agent/tasks/acknowledge", operation_id = "acknowledge_task", tag = "agent",
    request_body = Acknowledge, responses((status = 204)))]
pub(crate) async fn acknowledge(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Acknowledge>,
) -> Result<StatusCode, ApiError> {
    api.service.queue().acknowledge(&QueueName::Tasks(agent.site), &Receipt(ask.receipt)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands a task back
#[utoipa::path(post, path = "/agent/tasks/release", operation_id = "release_task", tag = "agent",
    request_body = Release, responses((status = 204)))]
pub(crate) async fn release(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Release>,
) -> Result<StatusCode, ApiError> {
    let delay = within("delay_seconds", ask.delay_seconds, 0, 900)?;
    let lease = Duration::from_secs(delay.into());
    api.service.queue().extend(&QueueName::Tasks(agent.site), &Receipt(ask.receipt), lease).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Will never do a task
#[utoipa::path(post, path = "/agent/tasks/refuse", operation_id = "refuse_task", tag = "agent",
    request_body = Refuse, responses((status = 204)))]
pub(crate) async fn refuse(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    Json(ask): Json<Refuse>,
) -> Result<StatusCode, ApiError> {
    of_own_site(&api, &agent, &ask.run).await?;
    api.service.refuse_task(&agent.id, &ask.run, ask.task, &ask.code, &ask.message).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a result
///
/// The name is the first 16 hexadecimal digits of the SHA-256 of the body.
#[utoipa::path(put, path = "/agent/results/{run}/{task}/{name}", operation_id = "upload_result", tag = "agent", params(
    ("run" = String, Path), ("task" = String, Path), ("name" = String, Path),
), request_body(content_type = "application/octet-stream", content = String), responses(
    (status = 201, description = "It is kept."),
    (status = 200, description = "It was there."),
))]
pub(crate) async fn upload_result(
    State(api): State<Api>,
    Extension(agent): Extension<CallingAgent>,
    extract::Segments(place): extract::Segments,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let [run, task, name] = &place[..] else { return Err(ApiError::unknown("such result")) };
    let run: RunId = run.parse().map_err(|_| ApiError::unknown(format!("run {run}")))?;
    let number: u32 = task.parse().map_err(|_| ApiError::unknown(format!("task {task}")))?;
    if task_key(number) != *task {
        return Err(ApiError::unknown(format!("task {task}")));
    }
    if name.len() != 16 || !name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        let message = "the name of an upload is 16 hexadecimal digits";
        return Err(ApiError::invalid("name", "upload.damaged", message).hint("Send it again."));
    }
    let turn = api.large_bodies.wait(&Caller::Agent(agent.clone())).await;
    let body = LargeBody::new(body, api.settings.limits.max_upload_bytes);
    let mut upload = LargeUpload { body, run: &run, task: number, name, inspection: Inspection::default() };
    // What is wrong is known at the end: then nothing of it is kept.
    let kept = api.service.keep_upload_from(&agent.id, &run, number, name, &mut upload).await;
    let is_new = kept.map_err(|error| upload.body.why(error))?;
    drop(turn);
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}

/// An agent learns nothing of runs at other sites, not even that they are there.
async fn of_own_site(api: &Api, agent: &CallingAgent, run: &RunId) -> Result<(), ApiError> {
    let known = api.service.app().scan_run(run).await?;
    match known {
        Some(known) if known.site != agent.site => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "task.foreign",
            "this task is not one of this agent's site",
        )),
        _ => Ok(()),
    }
}

fn within(field: &str, value: u32, least: u32, most: u32) -> Result<u32, ApiError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(ApiError::invalid(field, "out_of_range", format!("{field} is not from {least} to {most}")))
}
