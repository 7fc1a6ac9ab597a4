//! Files written to break parsers: each has one of the answers that are right for it.

use std::fs::File;
use std::time::{Duration, Instant};

use portdelta_formats::{FileSummary, ReadOptions, Refusal, ResultLimits, summarise};

use crate::{corpus, table};

/// What any of them may take.
const MOST_TIME: Duration = Duration::from_secs(2);

/// What a file may give.
enum Answer {
    /// Hosts, open ports and whether it is complete.
    Counts { hosts: u64, open: u64, complete: bool },
    /// A refusal with this code.
    Refused(&'static str),
}

fn expected(number: &str) -> Answer {
    use Answer::{Counts, Refused};
    let whole = |hosts, open| Counts { hosts, open, complete: true };
    let cut = |hosts, open| Counts { hosts, open, complete: false };
    match number {
        "01" | "02" | "03" | "04" | "11" | "19" => whole(1, 1),
        "05" | "06" | "17" | "18" | "20" | "22" => whole(1, 2),
        "07" => cut(2, 3),
        "08" | "09" => cut(1, 1),
        "10" => whole(1, 3),
        // What is no address is kept apart as a label, and is evidence for nothing.
        "12" => whole(10, 11),
        "13" => whole(1, 4),
        "14" => whole(5, 5),
        "15" => whole(6, 6),
        "16" | "23" => Refused("not_a_scan"),
        "21" => Refused("empty_file"),
        "24" => cut(1, 2),
        "25" => Refused("too_compressed"),
        other => panic!("hostile file {other} has no expectation"),
    }
}

fn read(name: &str) -> (Result<FileSummary, Refusal>, Duration) {
    let path = corpus().expect("checked before").join("hostile").join(name);
    let begun = Instant::now();
    let file = File::open(path).expect("the file is there");
    let summary = summarise(file, &ReadOptions::default(), &ResultLimits::default());
    (summary, begun.elapsed())
}

#[test]
fn hostile_files_get_a_right_answer() {
    let Some(rows) = table("hostile/MANIFEST.tsv") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let name = &row["file"];
        let (summary, elapsed) = read(name);
        println!("{name}: {elapsed:?} {summary:?}");
        let right = match (expected(&name[..2]), &summary) {
            (Answer::Refused(code), Err(refusal)) => refusal.code() == code,
            (Answer::Counts { hosts, open, complete }, Ok(summary)) => {
                let found = summary.ports.get("open").copied().unwrap_or(0);
                (summary.hosts.listed, found, summary.complete) == (hosts, open, complete)
            }
            _ => false,
        };
        if !right || elapsed > MOST_TIME {
            wrong.push(format!("{name}: {elapsed:?} {summary:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
