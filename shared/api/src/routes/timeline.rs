//! All runs of a scan in the order of time.

use axum::extract::State;
use portdelta_app::TimelineEntry;
use portdelta_app::repositories::RunState;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, Page, Time};
use serde::Deserialize;

use super::scans;
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::{kinds, runs, score, tally};

/// Which runs are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only those that changed something of these kinds, joined by commas: `port-opened,host-new`.
    kind: Option<String>,
}

/// The runs of a scan, newest first
#[utoipa::path(get, path = "/scans/{scan}/timeline", operation_id = "timeline", tag = "scans", params(
    ("scan" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::TimelineEntry>)))]
pub(crate) async fn timeline(
    State(api): State<Api>,
    Named(scan): Named<String>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::TimelineEntry>>, ApiError> {
    let scan = scans::find(&api, &scan).await?;
    let of = format!("timeline {} {wanted:?}", scan.id);
    let after: Option<String> = paging.place(&of)?;
    let kinds = kinds("kind", wanted.kind.as_deref())?;
    let app = api.service.app();
    let limit = paging.limit()?;
    let (entries, next) =
        app.timeline(&scan.id, wanted.site.as_ref(), &kinds, limit, after.as_deref()).await?;
    let next = next.and_then(|next| cursor(&of, &next));
    Ok(Answer(Page { items: entries.iter().map(entry).collect(), next }))
}

fn entry(entry: &TimelineEntry) -> admin::TimelineEntry {
    let run = &entry.run;
    let is_over = run.state != RunState::Running;
    admin::TimelineEntry {
        run: run.id.clone(),
        site: run.site.clone(),
        state: runs::state(run.state),
        started: Time(run.started),
        finished: run.finished.map(Time),
        score: is_over.then(|| score(&run.changes)),
        coverage_percent: entry.coverage_percent,
        changes: run.changes.clone(),
        unchanged: tally(run.unchanged),
        first_looks: tally(run.first_looks),
    }
}
