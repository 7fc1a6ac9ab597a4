//! `portdelta export --all`: all that a data folder knows, as one file.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use portdelta_app::moving::{ExportOptions, ExportReport};
use serde_json::json;

use super::import_all::{counted, folder_alone};
use crate::arguments::{ExportArguments, OutputFormat};
use crate::failure::{Failure, warn};
use crate::nmap::bar;
use crate::output::{Facts, plural};
use crate::store;

/// Writes the export, whole or not at all.
pub async fn export(arguments: &ExportArguments) -> Result<u8, Failure> {
    let folder = store::named_folder(arguments.data.as_deref())?;
    let app = store::open_existing(&folder)?;
    let _alone = folder_alone(&folder)?;
    let options = ExportOptions {
        results: arguments.with_results,
        secrets: arguments.with_secrets,
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let bar = bar::spinner();
    let progress = |kind: &str, count: u64| bar.set_message(format!("{count} items: {kind}"));
    let to_output = arguments.all == Path::new("-");
    let report = if to_output {
        let mut out = BufWriter::new(std::io::stdout());
        app.export_all(&options, &mut out, &progress).await
    } else {
        let mut file = NewFile::at(&arguments.all)?;
        let report = app.export_all(&options, &mut file.out, &progress).await;
        if report.is_ok() {
            file.keep()?;
        }
        report
    };
    bar.finish_and_clear();
    let report = report?;
    tell_what_is_missing(&report, arguments);
    // The output is taken by the export itself.
    if !to_output {
        print(&report, arguments)?;
    }
    Ok(0)
}

fn tell_what_is_missing(report: &ExportReport, arguments: &ExportArguments) {
    if !report.cut_runs.is_empty() {
        let runs: Vec<_> = report.cut_runs.iter().map(ToString::to_string).collect();
        warn(&format!(
            "runs that go on end with what they have when the export is imported: {}",
            runs.join(", ")
        ));
    }
    if report.uploads_left > 0 {
        let results = plural(report.uploads_left, "result");
        warn(&format!(
            "{results} that agents sent are not applied yet, and not in it: start the server once more"
        ));
    }
    if !report.without_secrets.is_empty() {
        let names = report.without_secrets.join(", ");
        warn(&format!("switched off in the export, as their secrets are not in it: {names}"));
    }
    for left in &report.left_out {
        warn(&format!("not in the export: {left}"));
    }
    if arguments.with_secrets {
        warn("the export holds secrets: keep it as safe as those, and remove it when it is imported");
    }
}

fn print(report: &ExportReport, arguments: &ExportArguments) -> Result<(), Failure> {
    let json = json!({
        "id": report.id,
        "file": arguments.all.display().to_string(),
        "bytes": report.bytes,
        "counts": report.counts,
        "cut_runs": report.cut_runs,
        "without_secrets": report.without_secrets,
        "uploads_left": report.uploads_left,
        "left_out": report.left_out,
    });
    let title = format!("Exported to {}", arguments.all.display());
    let facts = Facts::about(title).add("id", &report.id).add("bytes", report.bytes);
    let facts = facts.add("items", counted(&report.counts));
    facts.print(arguments.format.format, &json)?;
    if arguments.format.format == OutputFormat::Table {
        crate::output::print_line(
            "Take it in with `portdelta import --all FILE`, there or with --server URL.",
        )?;
    }
    Ok(())
}

/// A file that is there when it is whole.
struct NewFile {
    out: BufWriter<std::fs::File>,
    part: PathBuf,
    path: PathBuf,
}

impl NewFile {
    fn at(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            return Err(Failure::new("file_exists", format!("{} is there already", path.display()))
                .hint("Give another name, or remove it first."));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.map_err(|error| failed(&part, &error))?;
        Ok(Self { out: BufWriter::new(file), part, path: path.to_owned() })
    }

    fn keep(&mut self) -> Result<(), Failure> {
        let done = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        // Not over a file that came meanwhile.
        done.and_then(|()| std::fs::hard_link(&self.part, &self.path))
            .map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.part);
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new("export_failed", format!("could not write {}: {error}", path.display()))
        .hint("Check that the folder exists, may be written, and that the disk is not full.")
}
