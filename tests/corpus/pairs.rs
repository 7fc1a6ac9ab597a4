//! Pairs of files whose differences are known, and scans that stand in several formats.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use portdelta_app::diff::{DiffReport, DiffRequest, diff};
use portdelta_core::delta::{Cause, Kind};
use portdelta_core::ids::ResultId;
use portdelta_core::observation::Document;
use portdelta_formats::{ReadOptions, ResultLimits, collect};

use crate::{corpus, table};

/// Pairs whose files don't account for all ports that they say they probed: what is only counted is no evidence
/// there, and `independent_diff` does not check that.
const COUNTS_DO_NOT_ADD_UP: [&str; 2] = ["D045", "D047"];

fn documents(path: &Path) -> Option<Vec<Document>> {
    let file = File::open(path).expect("the file is there");
    collect(file, &ReadOptions::default(), &ResultLimits::default()).ok().map(|file| file.documents)
}

fn compare(old: Vec<Document>, new: Vec<Document>) -> DiffReport {
    diff(DiffRequest {
        old: (old, ResultId([1; 32])),
        new: (new, ResultId([2; 32])),
        targets: None,
        ports: None,
    })
}

#[test]
fn pairs_differ_as_the_independent_comparison_says() {
    let (Some(folder), Some(rows)) = (corpus(), table("PAIRS.tsv")) else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for row in &rows {
        let path = |column: &str| folder.join("files").join(&row[column]);
        let (Some(old), Some(new)) = (documents(&path("old")), documents(&path("new"))) else { continue };
        let expected: HashMap<String, u64> =
            serde_json::from_str(&row["independent_diff"]).unwrap_or_default();
        let report = compare(old, new);
        let by_itself = |kinds: &[Kind]| {
            let deltas = report.deltas.iter().filter(|delta| kinds.contains(&delta.kind));
            deltas.filter(|delta| delta.cause == Some(Cause::Port)).count() as u64
        };
        let opened = by_itself(&[Kind::PortOpened, Kind::PortReopened]);
        let closed = by_itself(&[Kind::PortClosed]);
        let should = |name: &str| expected.get(name).copied().unwrap_or(0);
        compared += 1;
        if COUNTS_DO_NOT_ADD_UP.contains(&row["id"].as_str()) {
            // No more than what the comparison that trusts the counts finds.
            assert!(opened <= should("opened") && closed <= should("closed"), "{}", row["id"]);
        } else if (opened, closed) != (should("opened"), should("closed")) {
            wrong.push(format!(
                "{} {} → {}: opened {opened}, closed {closed}; expected {} and {}",
                row["id"],
                row["old"],
                row["new"],
                should("opened"),
                should("closed")
            ));
        }
    }
    println!("{compared} pairs compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 40, "{compared}");
}

#[test]
fn a_file_does_not_differ_from_itself() {
    let (Some(folder), Some(rows)) = (corpus(), table("MANIFEST.tsv")) else { return };
    for row in &rows {
        let Some(file) = documents(&folder.join("files").join(&row["file"])) else { continue };
        // Documents that were appended are results of their own, and may differ from each other.
        if file.len() > 1 {
            continue;
        }
        let report = compare(file.clone(), file);
        assert_eq!(report.deltas, [], "{}", row["file"]);
    }
}

#[test]
fn one_scan_in_several_formats_is_one_scan() {
    let (Some(folder), Some(rows)) = (corpus(), table("SAME_SCAN.tsv")) else { return };
    let mut compared = 0;
    let mut wrong = Vec::new();
    for row in &rows {
        let files = row.iter().find(|(column, _)| column.starts_with("files")).map_or("", |(_, files)| files);
        let read =
            files.split(' ').filter_map(|name| Some((name, documents(&folder.join("files").join(name))?)));
        let read: Vec<_> = read.collect();
        for (old_name, old) in &read {
            for (new_name, new) in read.iter().filter(|(name, _)| name != old_name) {
                let report = compare(old.clone(), new.clone());
                compared += 1;
                for delta in &report.deltas {
                    let what = portdelta_formats::report::change(delta);
                    wrong.push(format!("{old_name} → {new_name}: {} {what}", delta.address));
                }
            }
        }
    }
    println!("{compared} comparisons");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 50, "{compared}");
}
