//! Every file of a format that we read, counted as in the manifest.

use std::collections::BTreeMap;
use std::fs::File;

use portdelta_formats::{FileSummary, Format, ReadOptions, Refusal, ResultLimits, summarise};

use crate::{corpus, table};

/// Files whose counts are not those of the manifest, and why that is right.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// What is known in other units: hosts by records and not by addresses, ports with banners or repeated.
fn is_exact(row: &std::collections::HashMap<String, String>, summary: &FileSummary) -> Result<(), String> {
    let number = |column: &str| row[column].parse::<u64>().unwrap_or(0);
    let lenient = row["status"].starts_with("trailing") || row["status"].starts_with("malformed");
    let open = if lenient { number("lenient_open_ports") } else { number("open_ports") };
    let found = summary.ports.get("open").copied().unwrap_or(0);
    if found != open {
        return Err(format!("open ports {found}, the manifest says {open}"));
    }
    if lenient {
        return Ok(());
    }
    let repeats = number("host_records") != number("hosts_distinct");
    let hosts = [
        ("hosts_distinct", summary.hosts.listed, false),
        ("hosts_up", summary.hosts.up, repeats),
        ("hosts_down", summary.hosts.down, repeats),
    ];
    for (column, found, by_record) in hosts {
        if !by_record && found != number(column) {
            return Err(format!("{column} {found}, the manifest says {}", row[column]));
        }
    }
    let states: BTreeMap<String, u64> = serde_json::from_str(&row["ports_by_state"]).unwrap_or_default();
    let is_masscan = row["format"].starts_with("masscan");
    if !repeats && !is_masscan && number("open_entries") == open {
        for (state, count) in states {
            let found = summary.ports.get(state.as_str()).copied().unwrap_or(0);
            if found != count {
                return Err(format!("{state} {found}, the manifest says {count}"));
            }
        }
    }
    Ok(())
}

#[test]
fn counts_are_those_of_the_manifest() {
    let (Some(folder), Some(rows)) = (corpus(), table("MANIFEST.tsv")) else { return };
    let (mut exact, mut wrong) = (0_u32, Vec::new());
    for row in &rows {
        let name = &row["file"];
        let read = || {
            let file = File::open(folder.join("files").join(name)).expect("the file is there");
            summarise(file, &ReadOptions::default(), &ResultLimits::default())
        };
        let Some(format) = Format::from_name(&row["format"]) else {
            match read() {
                Err(Refusal::UnsupportedFormat { .. }) => {}
                other => wrong.push(format!("{name}: {} was not refused: {other:?}", row["format"])),
            }
            continue;
        };
        match read() {
            Ok(summary) if summary.format != format.name() => {
                wrong.push(format!("{name}: detected as {}, is {}", summary.format, format.name()));
            }
            Ok(summary) => match is_exact(row, &summary) {
                Ok(()) => exact += 1,
                Err(what) if EXCEPTIONS.iter().any(|(file, _)| file == name) => println!("{name}: {what}"),
                Err(what) => wrong.push(format!("{name}: {what}")),
            },
            Err(refusal) => wrong.push(format!("{name}: refused: {refusal}")),
        }
    }
    let exceptions = u32::try_from(EXCEPTIONS.len()).expect("few");
    println!("{exact} files exact, {exceptions} exceptions");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(exact >= 99 * exceptions, "fewer than 99 % of the files are exact");
}

#[test]
fn cut_files_are_not_complete_and_whole_ones_are() {
    let (Some(folder), Some(rows)) = (corpus(), table("MANIFEST.tsv")) else { return };
    for row in rows.iter().filter(|row| Format::from_name(&row["format"]).is_some()) {
        let file = File::open(folder.join("files").join(&row["file"])).expect("the file is there");
        let summary = summarise(file, &ReadOptions::default(), &ResultLimits::default()).expect("is read");
        let cut = row["status"] == "truncated" || row["status"] == "no-done-line";
        assert!(!cut || !summary.complete, "{} is cut", row["file"]);
    }
}
