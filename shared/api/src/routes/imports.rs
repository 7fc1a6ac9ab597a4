//! Results that were made elsewhere.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portdelta_app::repositories::{Applied, Judgement, ResultStatus};
use portdelta_app::{IngestReport, Raw, Upload};
use portdelta_core::delta::Delta;
use portdelta_core::ids::SiteId;
use portdelta_formats::Format;
use portdelta_protocol::admin::{Imported, MAX_PAGE, Time, Warning};
use serde::Deserialize;

use super::sites;
use crate::Api;
use crate::access::Caller;
use crate::answer::json_response;
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::large_body::LargeBody;
use crate::views::{self, addresses, named_ports};

/// What a file is judged by, where it does not say itself.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Judged {
    /// What to call it, at most 200 characters: the name of the file.
    name: Option<String>,
    /// The addresses that were scanned.
    targets: Option<String>,
    /// The ports that were scanned.
    ports: Option<String>,
    /// The time of a file that has none; now where absent.
    #[param(value_type = Option<Time>)]
    time: Option<Time>,
    /// The zone of times that name none: `Europe/Berlin`; UTC where absent.
    timezone: Option<String>,
    /// The format; by its content where absent.
    format: Option<String>,
    /// So many results in a row must agree before something new is reported, 1 to 20.
    confirm_open: Option<u16>,
    /// So many results in a row must agree before something gone is reported, 1 to 20.
    confirm_close: Option<u16>,
}

/// Takes a scanner's output in
///
/// nmap XML or grepable, masscan, naabu, rustscan or lines of `address,port,protocol`, packed with gzip or zstd or not.
#[utoipa::path(post, path = "/sites/{site}/imports", operation_id = "import", tag = "results", params(
    ("site" = String, Path), Judged,
), request_body(content_type = "application/octet-stream", content = String), responses(
    (status = 201, description = "It was taken in, or refused and kept.", body = Imported),
    (status = 200, description = "It had been taken in before.", body = Imported),
))]
pub(crate) async fn take_in(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(site): Named<SiteId>,
    Query(judged): Query<Judged>,
    body: Body,
) -> Result<Response, ApiError> {
    let site = sites::find(&api, &site).await?.id;
    let judgement = judgement(&api, &judged)?;
    let source = judged.name.unwrap_or_else(|| "upload".to_owned());
    if source.is_empty() || source.chars().count() > 200 {
        return Err(ApiError::invalid("name", "name.length", "a name has 1 to 200 characters"));
    }
    let turn = api.large_bodies.wait(&caller).await;
    let raw = raw(&api, LargeBody::new(body, api.settings.limits.max_import_bytes)).await?;
    if raw.bytes() == 0 {
        return Err(ApiError::invalid("body", "body.empty", "there is nothing to import"));
    }
    let staged = match &raw {
        Raw::Staged { key, .. } => Some(key.clone()),
        Raw::Held(_) => None,
    };
    let upload = Upload {
        site: site.clone(),
        title: format!("import {source}"),
        source,
        raw,
        run: None,
        by: Some(caller.name()),
        judgement,
    };
    // Reading is work of the processor; the threads that serve others must not wait for it.
    let service = api.service.clone();
    let runtime = tokio::runtime::Handle::current();
    let job = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move {
            let report = service.import(upload, &|_, _| {}).await;
            // Also when whoever asked has gone; what a crash leaves, the sweep removes.
            if let Some(staged) = staged {
                service.app().unstage(&staged).await?;
            }
            report
        })
    });
    let report = job.await.map_err(|error| ApiError::ours("panic", error.to_string()))??;
    drop(turn);
    let status = if report.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok(json_response(status, "application/json", &imported(&site, report)).into_response())
}

/// The body: in memory where it is small, else in the store.
async fn raw(api: &Api, mut body: LargeBody) -> Result<Raw, ApiError> {
    if let Some(held) = body.held().await? {
        return Ok(Raw::Held(held));
    }
    let app = api.service.app();
    match app.stage(&mut body).await {
        Ok(raw) => Ok(raw),
        Err(error) => Err(body.why(error)),
    }
}

fn judgement(api: &Api, judged: &Judged) -> Result<Judgement, ApiError> {
    let confirm = |field: &str, count: Option<u16>| match count.unwrap_or(1) {
        count @ 1..=20 => Ok(count),
        _ => Err(ApiError::invalid(field, "confirm.out_of_range", "this is from 1 to 20")),
    };
    let zone = judged.timezone.as_deref().unwrap_or("UTC");
    if jiff::tz::TimeZone::get(zone).is_err() {
        return Err(ApiError::invalid("timezone", "timezone.unknown", "there is no such time zone")
            .hint("Write an IANA name: Europe/Berlin."));
    }
    if judged.format.as_deref().is_some_and(|name| Format::from_name(name).is_none()) {
        let names = Format::ALL.map(Format::name).join(", ");
        return Err(ApiError::invalid("format", "format.unknown", "there is no such format")
            .hint(format!("There are {names}.")));
    }
    Ok(Judgement {
        // Filled in with one that is named by the content.
        run: "import".parse().map_err(|_| ApiError::unknown("run"))?,
        scan: None,
        targets: judged.targets.as_deref().map(|text| addresses("targets", text)).transpose()?,
        ports: judged.ports.as_deref().map(|text| named_ports("ports", text)).transpose()?,
        default_time: judged.time.map_or_else(|| api.service.app().now(), |Time(time)| time),
        time_zone: zone.to_owned(),
        format: judged.format.clone(),
        confirm_open: confirm("confirm_open", judged.confirm_open)?,
        confirm_close: confirm("confirm_close", judged.confirm_close)?,
    })
}

fn imported(site: &SiteId, report: IngestReport) -> Imported {
    let IngestReport { record, repeated, deltas } = report;
    let run = record.judgement.run;
    let mut deltas: Vec<Delta> = deltas.into_iter().filter(|delta| !delta.first_look).collect();
    deltas.sort_by_key(|delta| (delta.address, delta.kind, delta.port));
    let (applied, refused) = match record.status {
        ResultStatus::Applied(applied) => (applied, None),
        ResultStatus::Refused { code, message } => (Applied::default(), Some(Warning { code, message })),
        ResultStatus::Stored => (Applied::default(), None),
    };
    Imported {
        result: record.id.to_string(),
        repeated,
        complete: applied.complete,
        refused,
        score: views::score(&applied.changes),
        unchanged: views::tally(applied.unchanged),
        first_looks: views::tally(applied.first_looks),
        superseded: views::tally(applied.superseded),
        warnings: views::warnings(&applied.warnings),
        deltas: deltas
            .iter()
            .take(MAX_PAGE as usize)
            .map(|delta| views::delta(site, &run, false, delta))
            .collect(),
        changes: applied.changes,
        run,
    }
}
