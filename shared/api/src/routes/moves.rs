//! Imports of whole installations, frame by frame.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use portdelta_protocol::admin::Move;

use crate::Api;
use crate::access::Caller;
use crate::answer::Answer;
use crate::error::ApiError;
use crate::extract::{Both, Named};
use crate::large_body::LargeBody;

/// How far an import is
#[utoipa::path(get, path = "/moves/{move}", operation_id = "move", tag = "server", params(
    ("move" = String, Path),
), responses((status = 200, body = Move)))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<String>) -> Result<Answer<Move>, ApiError> {
    let progress = api.service.app().move_progress(&id).await?;
    progress.map(|progress| Answer(progress.into())).ok_or_else(|| ApiError::unknown("such import"))
}

/// Takes a frame of an export in
///
/// In the order of their numbers, from 0. One that was taken before changes nothing. With the last one the scans begin.
#[utoipa::path(put, path = "/moves/{move}/frames/{frame}", operation_id = "put_frame", tag = "server", params(
    ("move" = String, Path), ("frame" = u32, Path),
), request_body(content_type = "application/octet-stream", content = String), responses(
    (status = 200, body = Move),
))]
pub(crate) async fn take(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Both(id, frame): Both<String, u32>,
    body: Body,
) -> Result<Answer<Move>, ApiError> {
    let turn = api.large_bodies.wait(&caller).await;
    let sealed = LargeBody::new(body, api.settings.limits.max_frame_bytes).whole().await?;
    // Unpacking is work of the processor; the threads that serve others must not wait for it.
    let service = api.service.clone();
    let runtime = tokio::runtime::Handle::current();
    let job = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move { service.take_frame(&id, frame, &sealed).await })
    });
    let progress = job.await.map_err(|error| ApiError::ours("panic", error.to_string()))??;
    drop(turn);
    Ok(Answer(progress.into()))
}
