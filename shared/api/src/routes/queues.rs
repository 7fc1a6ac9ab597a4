//! What waits, and what was given up.

use std::str::FromStr;

use axum::extract::State;
use portdelta_app::ports::{QueueName, Work};
use portdelta_protocol::admin::{DeadLetter, QueueView, Redriven, Time};

use crate::Api;
use crate::answer::Answer;
use crate::error::ApiError;
use crate::extract::Named;

/// Dead letters of one answer.
const MOST_LETTERS: usize = 500;

/// The name of a queue in a path: `tasks-office`, `work-ingest`.
pub(crate) struct InPath(QueueName);

impl FromStr for InPath {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(site) = text.strip_prefix("tasks-") {
            return site.parse().map(|site| Self(QueueName::Tasks(site))).map_err(|_| ());
        }
        let all = Work::ALL.map(QueueName::Work);
        all.into_iter().find(|name| name.to_string() == text).map(Self).ok_or(())
    }
}

/// All queues, and how full they are
#[utoipa::path(get, path = "/queues", operation_id = "queues", tag = "server", responses(
    (status = 200, body = Vec<QueueView>),
))]
pub(crate) async fn list(State(api): State<Api>) -> Result<Answer<Vec<QueueView>>, ApiError> {
    let sites = api.service.app().sites().await?;
    let mut names: Vec<QueueName> = Work::ALL.map(QueueName::Work).to_vec();
    names.extend(sites.into_iter().map(|site| QueueName::Tasks(site.id)));
    let mut views = Vec::new();
    for name in names {
        match api.service.queue().depth(&name).await {
            Ok(depth) => views.push(QueueView {
                name: name.to_string(),
                waiting: depth.waiting,
                leased: depth.leased,
                dead: depth.dead,
            }),
            // A site has one as soon as something was sent to it.
            Err(portdelta_app::ports::QueueError::NoQueue { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer(views))
}

/// What nobody could finish, oldest first
#[utoipa::path(get, path = "/queues/{queue}/dead-letters", operation_id = "dead_letters", tag = "server", params(
    ("queue" = String, Path),
), responses((status = 200, body = Vec<DeadLetter>)))]
pub(crate) async fn dead_letters(
    State(api): State<Api>,
    Named(InPath(queue)): Named<InPath>,
) -> Result<Answer<Vec<DeadLetter>>, ApiError> {
    let letters = api.service.queue().dead_letters(&queue, MOST_LETTERS).await?;
    let view = |letter: portdelta_app::ports::queue::DeadLetter| DeadLetter {
        sent: Time(letter.sent),
        body: letter.body,
    };
    Ok(Answer(letters.into_iter().map(view).collect()))
}

/// Tries everything again that was given up
#[utoipa::path(post, path = "/queues/{queue}/redrive", operation_id = "redrive", tag = "server", params(
    ("queue" = String, Path),
), responses((status = 200, body = Redriven)))]
pub(crate) async fn redrive(
    State(api): State<Api>,
    Named(InPath(queue)): Named<InPath>,
) -> Result<Answer<Redriven>, ApiError> {
    Ok(Answer(Redriven { messages: api.service.queue().redrive(&queue).await? }))
}
