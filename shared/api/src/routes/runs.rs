//! Runs.

use std::num::NonZeroUsize;

use axum::extract::State;
use portdelta_app::ports::QueueName;
use portdelta_app::repositories::RunState;
use portdelta_app::{RunFilter, RunView};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::admin::{self, Page, TaskView};
use serde::Deserialize;

use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::runs::{KnownTask, run, task, view};

/// Which runs are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only of this scan, by its id.
    scan: Option<String>,
    /// Only those whose report is not written yet.
    open: Option<bool>,
    /// Only those that are so: `complete`, `partial`, `cancelled`, `expired`, or `running`, whatever they wait for.
    #[param(value_type = Option<String>)]
    state: Option<RunState>,
}

/// Runs of scans and imports, newest first
#[utoipa::path(get, path = "/runs", operation_id = "runs", tag = "runs", params(Wanted, Paging), responses(
    (status = 200, body = Page<admin::Run>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Run>>, ApiError> {
    let of = format!("runs {wanted:?}");
    let limit = NonZeroUsize::new(paging.limit()?).unwrap_or(NonZeroUsize::MIN);
    let after: Option<String> = paging.place(&of)?;
    let Wanted { site, scan, open, state } = wanted;
    let filter = RunFilter { scan, site, open: open.unwrap_or(false), state };
    let app = api.service.app();
    let page = app.run_list(&filter, limit, after.as_deref()).await?;
    let mut items = Vec::with_capacity(page.runs.len());
    for record in &page.runs {
        // Those that go on are shown with their progress.
        let known = if record.finished.is_none() { app.run_view(&record.id).await? } else { None };
        items.push(known.as_ref().map_or_else(|| run(record), view));
    }
    Ok(Answer(Page { items, next: page.next.and_then(|next| cursor(&of, &next)) }))
}

/// One run, with its progress
#[utoipa::path(get, path = "/runs/{run}", operation_id = "run", tag = "runs", params(
    ("run" = String, Path),
), responses((status = 200, body = admin::Run)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Named(id): Named<RunId>,
) -> Result<Answer<admin::Run>, ApiError> {
    let known = find(&api, &id).await?;
    let mut run = view(&known);
    if let (Some(progress), Some(open)) =
        (&mut run.progress, known.scan_run.filter(|run| run.machine.is_open()))
    {
        // One that has just begun may have no queue yet.
        let depth = api.service.queue().depth(&QueueName::Tasks(open.site)).await;
        progress.queued = depth.ok().map(|depth| depth.waiting);
    }
    Ok(Answer(run))
}

/// The tasks of a run, by their number
///
/// Imports and scans of the command line have none.
#[utoipa::path(get, path = "/runs/{run}/tasks", operation_id = "run_tasks", tag = "runs", params(
    ("run" = String, Path), Paging,
), responses((status = 200, body = Page<TaskView>)))]
pub(crate) async fn tasks(
    State(api): State<Api>,
    Named(id): Named<RunId>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<TaskView>>, ApiError> {
    let of = format!("tasks {id}");
    let limit = u32::try_from(paging.limit()?).unwrap_or(u32::MAX);
    let from: u32 = paging.place(&of)?.unwrap_or(0);
    let app = api.service.app();
    let known = find(&api, &id).await?;
    let is_open = known.scan_run.is_some_and(|run| run.machine.is_open());
    let Some(plan) = app.plan(&id).await? else { return Ok(Answer(Page { items: Vec::new(), next: None })) };
    let cutter = plan.cutter();
    let end = from.saturating_add(limit).min(cutter.tasks());
    let mut items = Vec::new();
    for number in from..end {
        let Some(part) = cutter.task(number) else { break };
        let mark = app.task_mark(&id, number).await?;
        let lent = app.lent_to(&id, number).await?.into_iter().max_by_key(|lent| lent.last);
        let lent = lent.map(|lent| (lent.agent, lent.last));
        items.push(task(KnownTask { number, part, mark, lent }, is_open));
    }
    let next = (end < cutter.tasks()).then(|| cursor(&of, &end)).flatten();
    Ok(Answer(Page { items, next }))
}

/// Ends a run
///
/// Nothing counts towards it any more; its report says what came so far. One that has ended stays as it is.
#[utoipa::path(post, path = "/runs/{run}/cancel", operation_id = "cancel_run", tag = "runs", params(
    ("run" = String, Path),
), responses((status = 200, body = admin::Run)))]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Named(id): Named<RunId>,
) -> Result<Answer<admin::Run>, ApiError> {
    api.service.cancel_run(&id).await?;
    Ok(Answer(view(&find(&api, &id).await?)))
}

/// The run of an id; 404 where there is none.
pub(crate) async fn find(api: &Api, id: &RunId) -> Result<RunView, ApiError> {
    api.service.app().run_view(id).await?.ok_or_else(|| ApiError::unknown(format!("run {id}")))
}
