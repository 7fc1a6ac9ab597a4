//! `portdelta import`: takes in what scanners elsewhere wrote.

use std::io::Read;
use std::path::Path;

use portdelta_core::ids::RunId;

use super::taker::{Taken, Taker};
use crate::arguments::{ImportArguments, OutputFormat};
use crate::failure::{EXIT_CHANGES, EXIT_ERROR, Failure};
use crate::inputs;
use crate::output::{BOLD, print_line};

/// Imports each file as a run of its own, in the order of the command line.
pub async fn import(arguments: &ImportArguments) -> Result<u8, Failure> {
    let taker = Taker::of(
        &arguments.view,
        &arguments.judgement,
        arguments.time.as_deref(),
        (arguments.confirm_open, arguments.confirm_close),
    )
    .await?;
    let (mut failed, mut changed) = (false, false);
    for path in &arguments.files {
        match one(&taker, path).await {
            Ok(result) => {
                if arguments.format.format == OutputFormat::Table && arguments.files.len() > 1 {
                    let name = path.display().to_string();
                    print_line(&format!("{BOLD}{}{BOLD:#}", portdelta_core::escape::escape(&name)))?;
                }
                result.print(arguments.format.format, arguments.why)?;
                failed |= result.refusal().is_some();
                changed |= result.has_changes();
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

async fn one(taker: &Taker, path: &Path) -> Result<Taken, Failure> {
    let source = path.display().to_string();
    let raw = packed(inputs::open(path)?)
        .map_err(|error| Failure::new("unreadable", format!("could not read {source}: {error}")))?;
    taker.take(source, raw).await
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
