//! `portdelta import`: takes in what scanners elsewhere wrote.

use std::io::Read;
use std::path::Path;

use portdelta_app::repositories::Judgement;
use portdelta_app::{App, Upload};
use portdelta_core::ids::RunId;

use crate::arguments::{ImportArguments, OutputFormat};
use crate::failure::{EXIT_CHANGES, EXIT_ERROR, Failure};
use crate::inputs;
use crate::nmap::bar;
use crate::output::{BOLD, RunSummary, print_line};
use crate::store;

/// Imports each file as a run of its own, in the order of the command line.
pub async fn import(arguments: &ImportArguments) -> Result<u8, Failure> {
    let (targets, ports) = inputs::judgement(&arguments.judgement)?;
    let named_time = arguments.time.as_deref().map(inputs::time).transpose()?;
    let folder = store::folder(&arguments.store)?;
    let app = store::open(&folder)?;
    let judgement = Judgement {
        run: placeholder_run()?,
        scan: None,
        targets,
        ports,
        default_time: named_time.unwrap_or_else(|| app.now()),
        time_zone: arguments.judgement.timezone.clone(),
        format: arguments.judgement.input_format.map(|format| format.name().to_owned()),
        confirm_open: arguments.confirm_open,
        confirm_close: arguments.confirm_close,
    };
    let (mut failed, mut changed) = (false, false);
    for path in &arguments.files {
        match one(&app, path, &judgement, arguments).await {
            Ok(summary) => {
                if arguments.format.format == OutputFormat::Table && arguments.files.len() > 1 {
                    let name = path.display().to_string();
                    print_line(&format!("{BOLD}{}{BOLD:#}", portdelta_core::escape::escape(&name)))?;
                }
                summary.print(arguments.format.format, arguments.why)?;
                failed |= summary.is_refused();
                changed |= !summary.deltas.is_empty();
            }
            Err(failure) => {
                failure.print();
                failed = true;
            }
        }
    }
    Ok(match (failed, changed && arguments.fail_on_change) {
        (true, _) => EXIT_ERROR,
        (false, true) => EXIT_CHANGES,
        (false, false) => 0,
    })
}

async fn one(
    app: &App,
    path: &Path,
    judgement: &Judgement,
    arguments: &ImportArguments,
) -> Result<RunSummary, Failure> {
    let source = path.display().to_string();
    let raw = packed(inputs::open(path)?)
        .map_err(|error| Failure::new("unreadable", format!("could not read {source}: {error}")))?;
    let upload = Upload {
        site: arguments.store.site.clone(),
        title: format!("import {source}"),
        source,
        raw,
        run: None,
        judgement: judgement.clone(),
    };
    let bar = bar::of_blocks();
    let report = app.ingest(upload, &|done, total| bar::show(&bar, done, total)).await;
    bar.finish_and_clear();
    Ok(RunSummary::of(vec![report?]))
}

/// The bytes of an input, packed unless they are already.
pub fn packed(mut input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    input.by_ref().take(4).read_to_end(&mut magic)?;
    let is_packed = magic.starts_with(&[0x1f, 0x8b]) || magic == [0x28, 0xb5, 0x2f, 0xfd];
    let mut all = std::io::Cursor::new(magic).chain(input);
    let mut bytes = Vec::new();
    if is_packed {
        all.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let mut encoder = zstd::stream::Encoder::new(&mut bytes, 3)?;
    std::io::copy(&mut all, &mut encoder)?;
    encoder.finish()?;
    Ok(bytes)
}

/// What stands in a judgement until the run is named by the result's content.
pub fn placeholder_run() -> Result<RunId, Failure> {
    "import".parse().map_err(|error: portdelta_core::ids::NotAnId| Failure::new("bad_run", error.to_string()))
}
