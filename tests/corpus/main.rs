//! Real scanner outputs against counts that were made without Portdelta.
//!
//! The corpus is not part of the project: it is looked for beside the checkout (`../shared/corpus`) or where
//! `PORTDELTA_CORPUS` says, and the tests are skipped with a message where it isn't there.

mod counts;
mod hostile;
mod pairs;
mod robust;

use std::collections::HashMap;
use std::path::PathBuf;

/// The folder of the corpus, if there is one.
fn corpus() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
    let folder = std::env::var_os("PORTDELTA_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("MANIFEST.tsv").is_file() {
        return Some(folder);
    }
    println!("skipped: there is no corpus at {}", folder.display());
    None
}

/// The rows of a table of the corpus, by column.
fn table(name: &str) -> Option<Vec<HashMap<String, String>>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .flexible(true)
        .from_path(corpus()?.join(name))
        .expect("the corpus has its tables");
    let rows = reader.deserialize().map(|row| row.expect("a row with its columns")).collect();
    Some(rows)
}
