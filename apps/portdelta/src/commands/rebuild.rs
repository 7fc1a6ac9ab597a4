//! `portdelta rebuild`: state and deltas anew from the results that are kept.

use std::path::Path;
use std::sync::Arc;

use portdelta_app::ports::TableError;
use portdelta_embedded::{Alone, Database, DatabaseOptions};
use portdelta_formats::report::{to_line, to_pretty};
use portdelta_server::DataFolder;
use serde_json::json;

use crate::arguments::{OutputFormat, RebuildArguments};
use crate::failure::Failure;
use crate::nmap::bar;
use crate::output::{plural, print_line};
use crate::store::{self, STATE_FILE};

/// The state file while it is being made.
const NEW_STATE: &str = "state.sqlite.rebuilding";
/// The state file as it was before.
const OLD_STATE: &str = "state.sqlite.before-rebuild";

/// Rebuilds into a new file, and swaps it in whole.
pub async fn rebuild(arguments: &RebuildArguments) -> Result<u8, Failure> {
    let folder = store::folder(&arguments.store)?;
    store::refuse_empty(&folder)?;
    // Until the files have changed places: what others wrote meanwhile would be put aside with the old one.
    let alone = alone(&folder)?;
    let report = {
        let of_table = |error| store::of_table(&folder, &error);
        let options = DatabaseOptions::default();
        let old = store::app_on(&folder, Arc::new(alone.open(&options).map_err(of_table)?))?;
        // What an interrupted rebuild left is of no use.
        remove(&folder, NEW_STATE)?;
        let fresh = Database::open(&folder.join(NEW_STATE), &options).map_err(of_table)?;
        let fresh = Arc::new(fresh);
        let new = store::app_on(&folder, Arc::clone(&fresh))?;
        let bar = bar::of_results();
        let report = old.rebuild(&new, &|done, total| bar::show(&bar, done, total)).await;
        bar.finish_and_clear();
        let report = report?;
        fresh.take_over(&folder.join(STATE_FILE)).map_err(of_table)?;
        report
    };
    swap(&folder)?;
    let json = json!({"results": report.results, "deltas": report.deltas, "withdrawn": report.withdrawn});
    match arguments.format.format {
        OutputFormat::Json => print_line(&to_pretty(&json)?)?,
        OutputFormat::Jsonl => print_line(&to_line(&json)?)?,
        OutputFormat::Table => print_line(&format!(
            "Rebuilt from {}: {}, {} withdrawn.",
            plural(report.results as u64, "result"),
            plural(report.deltas as u64, "change"),
            report.withdrawn
        ))?,
        OutputFormat::Csv => {
            print_line("results,deltas,withdrawn")?;
            print_line(&format!("{},{},{}", report.results, report.deltas, report.withdrawn))?;
        }
    }
    Ok(0)
}

/// The state file, for nobody else.
fn alone(folder: &Path) -> Result<Alone, Failure> {
    Alone::take(&folder.join(STATE_FILE)).map_err(|error| match error {
        TableError::InUse { .. } => {
            let message = match DataFolder::holder(folder) {
                Some(process) => format!("a server works on {} (process {process})", folder.display()),
                None => format!("another portdelta works on {}", folder.display()),
            };
            Failure::new(error.code(), message).hint("Stop it, rebuild, and start it again.")
        }
        error => store::of_table(folder, &error),
    })
}

fn swap(folder: &Path) -> Result<(), Failure> {
    remove(folder, OLD_STATE)?;
    rename(folder, STATE_FILE, OLD_STATE)?;
    rename(folder, NEW_STATE, STATE_FILE)?;
    // Its locks: nobody opens that name any more.
    remove(folder, NEW_STATE)
}

/// A closed state file has its journal beside it only after a crash; both go together.
fn rename(folder: &Path, from: &str, to: &str) -> Result<(), Failure> {
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (folder.join(format!("{from}{suffix}")), folder.join(format!("{to}{suffix}")));
        match std::fs::rename(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !suffix.is_empty() => {}
            Err(error) => {
                let message = format!("could not move {} to {}: {error}", from.display(), to.display());
                return Err(Failure::new("swap_failed", message)
                    .hint("Nothing is lost: both files are in the data folder."));
            }
        }
    }
    Ok(())
}

fn remove(folder: &Path, name: &str) -> Result<(), Failure> {
    for suffix in ["-wal", "-shm", "-lock", "-in-use", ""] {
        let path = folder.join(format!("{name}{suffix}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(
                    "swap_failed",
                    format!("could not remove {}: {error}", path.display()),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
