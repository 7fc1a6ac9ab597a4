//! What the server said of itself.

use axum::extract::State;
use portdelta_protocol::admin::{LogLevel, LogLine, LogPage};
use serde::Deserialize;

use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::Query;
use crate::{Api, Logs};

/// Which lines are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only of this level, and of those that matter more.
    level: Option<LogLevel>,
    /// Only with this text in the message, the part of the program or a field, whatever the case of its letters.
    q: Option<String>,
}

/// The newest lines of the log, newest first
///
/// The embedded server keeps about 2,000, and forgets them when it ends. On AWS there are none: `elsewhere` says where
/// the log is.
#[utoipa::path(get, path = "/logs", operation_id = "logs", tag = "server", params(Wanted, Paging), responses(
    (status = 200, body = LogPage),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<LogPage>, ApiError> {
    let of = format!("logs {wanted:?}");
    let limit = paging.limit()?;
    // What is written meanwhile has larger ids, and moves nothing.
    let before: Option<u64> = paging.place(&of)?;
    let newest = match &api.settings.logs {
        Logs::Here(newest) => newest(),
        Logs::Elsewhere(elsewhere) => {
            return Ok(Answer(LogPage { items: Vec::new(), next: None, elsewhere: Some(elsewhere.clone()) }));
        }
    };
    let text = wanted.q.unwrap_or_default().to_lowercase();
    let mut fitting = newest
        .iter()
        .filter(|line| before.is_none_or(|before| line.id < before))
        .filter(|line| wanted.level.is_none_or(|least| line.level >= least))
        .filter(|line| has(line, &text));
    let items: Vec<LogLine> = fitting.by_ref().take(limit).map(|line| LogLine::clone(line)).collect();
    let more = fitting.next().is_some();
    let next = items.last().filter(|_| more).and_then(|last| cursor(&of, &last.id));
    Ok(Answer(LogPage { items, next, elsewhere: None }))
}

/// Whether a text, in small letters, stands in a line.
fn has(line: &LogLine, text: &str) -> bool {
    let fields = line.fields.iter().flat_map(|(name, value)| [name, value]);
    let mut texts = [&line.message, &line.target].into_iter().chain(fields);
    text.is_empty() || texts.any(|part| part.to_lowercase().contains(text))
}
