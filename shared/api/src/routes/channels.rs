//! Ways out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::notify::views::channel_out;
use portdelta_app::ports::ChannelError;
use portdelta_app::repositories::ChannelRecord;
use portdelta_protocol::admin::{self, ChannelDraft, ChannelTest, Page};

use crate::Api;
use crate::answer::{Answer, Created, etag};
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query, if_match};

/// All channels, without their secrets
#[utoipa::path(get, path = "/channels", operation_id = "channels", tag = "channels", params(ByName, Paging), responses(
    (status = 200, body = Page<admin::Channel>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Channel>>, ApiError> {
    let mut records = api.service.app().channel_records().await?;
    records.retain(|channel| by.wants(&[&channel.name]));
    let page =
        page_of(records, &paging, &format!("channels {by:?}"), |channel: &ChannelRecord| channel.id.clone())?;
    let mut items = Vec::with_capacity(page.items.len());
    for channel in &page.items {
        items.push(view(&api, channel).await?);
    }
    Ok(Answer(Page { items, next: page.next }))
}

/// Makes a channel
#[utoipa::path(post, path = "/channels", operation_id = "create_channel", tag = "channels",
    request_body = ChannelDraft, responses(
    (status = 201, body = admin::Channel, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn create(
    State(api): State<Api>,
    Json(draft): Json<ChannelDraft>,
) -> Result<Response, ApiError> {
    let channel = api.service.create_channel(&draft).await?;
    Ok((etag(channel.version), Created(view(&api, &channel).await?)).into_response())
}

/// One channel
#[utoipa::path(get, path = "/channels/{channel}", operation_id = "channel", tag = "channels", params(
    ("channel" = String, Path),
), responses((status = 200, body = admin::Channel, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<String>) -> Result<Response, ApiError> {
    let records = api.service.app().channel_records().await?;
    let channel = records.into_iter().find(|channel| channel.id == id);
    let channel = channel.ok_or_else(|| ApiError::unknown(format!("channel {id}")))?;
    Ok((etag(channel.version), Answer(view(&api, &channel).await?)).into_response())
}

/// Changes a channel
///
/// Settings that are absent stay as they are, and so does an absent secret.
#[utoipa::path(put, path = "/channels/{channel}", operation_id = "edit_channel", tag = "channels", params(
    ("channel" = String, Path), ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = ChannelDraft, responses(
    (status = 200, body = admin::Channel, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Json(draft): Json<ChannelDraft>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let channel = api.service.edit_channel(&id, &draft, Some(seen)).await?;
    Ok((etag(channel.version), Answer(view(&api, &channel).await?)).into_response())
}

/// Removes a channel
#[utoipa::path(delete, path = "/channels/{channel}", operation_id = "delete_channel", tag = "channels", params(
    ("channel" = String, Path),
), responses((status = 204)))]
pub(crate) async fn delete(State(api): State<Api>, Named(id): Named<String>) -> Result<StatusCode, ApiError> {
    api.service.app().delete_channel(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test
///
/// An other side that does not answer within 40 seconds, 20 on AWS, is a test that failed, and may work later.
#[utoipa::path(post, path = "/channels/{channel}/test", operation_id = "test_channel", tag = "channels", params(
    ("channel" = String, Path),
), responses((status = 200, body = ChannelTest)))]
pub(crate) async fn test(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<ChannelTest>, ApiError> {
    let most = api.settings.limits.channel_test;
    let outcome = if let Ok(outcome) = tokio::time::timeout(most, api.service.test_channel(&id)).await {
        outcome?
    } else {
        let seconds = most.as_secs();
        let error = ChannelError::Later(format!("the other side did not answer within {seconds} seconds"));
        api.service.note_channel_test(&id, Some(&error)).await?;
        Err(error)
    };
    Ok(Answer(match outcome {
        Ok(()) => ChannelTest { delivered: true, error: None, retry: false },
        Err(error) => ChannelTest {
            delivered: false,
            retry: matches!(error, ChannelError::Later(_)),
            error: Some(error.to_string()),
        },
    }))
}

async fn view(api: &Api, channel: &ChannelRecord) -> Result<admin::Channel, ApiError> {
    let status = api.service.app().channel_status(&channel.id).await?;
    Ok(channel_out(channel, status))
}
