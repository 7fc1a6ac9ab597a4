//! The page about costs, and what it may say.

use portdelta_tests::cost::measure::{Counted, measured};
use portdelta_tests::cost::recorded;
use portdelta_tests::cost::report::{ALL_MOST, API_MEGABYTES, Counts, INGEST_MEGABYTES, STATE_GOAL, page};

#[test]
fn the_page_says_what_was_measured() {
    let recorded = recorded();
    let page = page(&recorded.runs, recorded.hosts);
    assert_eq!(include_str!("../../docs/cost.md"), page, "`cargo xtask cloud cost` writes both");
}

/// In memory, by the rules of DynamoDB: what costs more than the page says, or less, is seen by who changed it.
#[tokio::test]
async fn runs_take_today_what_was_measured() {
    let recorded = recorded();
    let measured = measured(recorded.hosts, Counted::in_memory).await.expect("they run");
    for (now, then) in measured.iter().zip(&recorded.runs) {
        let said = format!("{}: `cargo xtask cloud cost` measures anew", then.name);
        assert_eq!((&now.name, now.done, &now.requests), (&then.name, then.done, &then.requests), "{said}");
        let kinds = |run: &Counts| run.counted.keys().cloned().collect::<Vec<_>>();
        assert_eq!(kinds(now), kinds(then), "{said}");
        for (kind, units) in &now.counted {
            let before = then.of(kind);
            assert!((units.writes - before.writes).abs() < 0.01, "{said}: {kind} {units:?}, {before:?}");
            // Pages of DynamoDB end a little elsewhere than those in memory.
            let most = 1.0 + before.reads * 0.05;
            assert!((units.reads - before.reads).abs() <= most, "{said}: {kind} {units:?}, {before:?}");
        }
    }
    assert_eq!(measured.len(), recorded.runs.len());
}

#[test]
fn an_hourly_scan_costs_no_more_than_it_may() {
    let recorded = recorded();
    assert_eq!(recorded.hosts, 5_000);
    let changed = recorded.runs.iter().find(|run| run.name.contains("0.5 %")).expect("it was measured");
    let month = changed.month();
    assert!(month.state > 0.0 && month.state <= STATE_GOAL, "{month:?}");
    assert!(month.all() <= ALL_MOST, "{month:?}");
}

#[test]
fn functions_are_as_large_as_the_template_says() {
    let template = include_str!("../../template.yaml");
    for (function, megabytes) in [("Ingest", INGEST_MEGABYTES), ("ApiFunction", API_MEGABYTES)] {
        let (_, function) = template.split_once(&format!("\n  {function}:\n")).expect("the function");
        let size = function.lines().find_map(|line| line.trim().strip_prefix("MemorySize: "));
        assert_eq!(size, Some(megabytes.to_string().as_str()));
    }
}
