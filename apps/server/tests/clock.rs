//! What time does to a whole server: its clock is the test's, and it does what is due when the test says so.

mod office;

use serde_json::json;

use office::Office;

/// An hour, in seconds.
const HOUR: i64 = 3_600;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_the_latest_run_begins_and_the_missed_ones_are_told_once() {
    let mut office = Office::open().await;
    let hourly = json!({"schedule": {"expression": "rate(1 hour)"}});
    let scan = office.scan(&hourly).await;
    let mut agent = office.agent("inside", 0).await;
    office.pass(HOUR).await;
    agent.works(&office, "22").await;
    office.pass(0).await;
    assert_eq!(office.told_of("missed-schedule"), 0);
    office.reopen_after(5 * HOUR + 10).await;
    office.pass(0).await;
    office.pass(60).await;
    office.pass(60).await;
    let runs = office.get("/runs").await;
    let runs = runs["items"].as_array().expect("a list").clone();
    assert_eq!(runs.len(), 2, "the first, and the latest of the five: {runs:?}");
    let alerts = office.alerts().await;
    let missed: Vec<_> = alerts.iter().filter(|alert| alert.contains("were missed")).collect();
    assert_eq!(missed.len(), 1, "{alerts:?}");
    assert!(
        missed[0].contains("4 runs were missed") && missed[0].contains("the server did not run"),
        "{missed:?}"
    );
    assert_eq!(office.told_of("missed-schedule"), 1, "and not with every look");
    let note = office.get(&format!("/scans/{scan}")).await;
    assert!(note["notes"].to_string().contains("4 runs were missed"), "{note}");
    // The next one begins in its time: all is right again.
    agent.works(&office, "22").await;
    office.pass(HOUR).await;
    let alerts = office.alerts().await;
    assert!(!alerts.iter().any(|alert| alert.contains("missed")), "{alerts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_says_nothing_is_told_of_once_and_settles_when_it_speaks() {
    let office = Office::open().await;
    office.scan(&json!({})).await;
    let mut agent = office.agent("inside", 0).await;
    agent.says(&office).await;
    office.pass(599).await;
    assert_eq!(office.alerts().await, Vec::<String>::new());
    assert_eq!(office.checks("agent.silent").await.len(), 1, "whoever looks sees it sooner");
    office.pass(1).await;
    assert_eq!(office.alerts().await, ["agent inside has said nothing for 10 minutes"]);
    office.pass(HOUR).await;
    assert_eq!(office.told_of("silent-agent"), 1);
    let checks = office.checks("agent.silent").await;
    assert!(checks[0].contains("silent for 70 minutes"), "{checks:?}");
    assert_eq!(office.checks("site.no_agent").await.len(), 1, "its scans wait");
    agent.says(&office).await;
    office.pass(1).await;
    assert_eq!(office.alerts().await, Vec::<String>::new());
    assert!(office.checks("agent.silent").await.is_empty());
    assert!(office.checks("site.no_agent").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_at_its_deadline_and_what_comes_later_is_late() {
    let office = Office::open().await;
    let scan = office.scan(&json!({"deadline_minutes": 60})).await;
    let mut agent = office.agent("inside", 0).await;
    let run = office.run(&scan, "first").await;
    let task = agent.takes(&office).await.expect("a task");
    office.pass(HOUR - 1).await;
    agent.says(&office).await;
    assert_eq!(office.get(&format!("/runs/{run}")).await["state"], "running");
    office.pass(1).await;
    let seen = office.get(&format!("/runs/{run}")).await;
    assert_eq!(seen["state"], "expired", "{seen}");
    let report = office.get(&format!("/reports/{run}")).await;
    assert!(report["warnings"].to_string().contains("run_overdue"), "{report}");
    // The sweep that closed it sent the word that it ended.
    office.pass(0).await;
    let alerts = office.alerts().await;
    assert!(alerts.iter().any(|alert| alert.contains("did not end in time")), "{alerts:?}");
    office.pass(HOUR).await;
    assert_eq!(office.told_of("run-overdue"), 1);
    // It is evidence all the same, and closes nothing.
    agent.says(&office).await;
    agent.brings(&office, &task, "22").await;
    office.pass(0).await;
    let hosts = office.get("/sites/office/hosts").await;
    assert!(hosts.to_string().contains(office::HOST), "{hosts}");
    assert_eq!(office.get(&format!("/reports/{run}")).await, report, "a report never changes");
    // The next one ends in its time.
    office.pass(60).await;
    agent.says(&office).await;
    office.run(&scan, "second").await;
    agent.works(&office, "22").await;
    office.pass(1).await;
    let alerts = office.alerts().await;
    assert!(!alerts.iter().any(|alert| alert.contains("did not end in time")), "{alerts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_off_are_told_and_change_no_order() {
    let office = Office::open().await;
    let scan = office.scan(&json!({})).await;
    let mut ahead = office.agent("ahead", 2 * HOUR).await;
    ahead.says(&office).await;
    let clock = office.checks("agent.clock").await;
    assert!(clock.len() == 1 && clock[0].contains("2 hours ahead"), "{clock:?}");
    let first = office.run(&scan, "first").await;
    ahead.works(&office, "22").await;
    office.pass(60).await;
    // By its own clock the second result is three hours older than the first.
    let mut behind = office.agent("behind", -HOUR).await;
    let second = office.run(&scan, "second").await;
    behind.works(&office, "80").await;
    office.pass(60).await;
    for (run, words) in [(&first, "7200 seconds ahead"), (&second, "3600 seconds behind")] {
        let report = office.get(&format!("/reports/{run}")).await;
        assert_eq!(report["state"], "complete", "{report}");
        assert!(report["warnings"].to_string().contains(words), "{report}");
    }
    let deltas = office.get(&format!("/runs/{second}/deltas")).await;
    let mut kinds: Vec<_> = deltas["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|delta| format!("{} {}", delta["kind"].as_str().expect("a kind"), delta["port"]))
        .collect();
    kinds.sort();
    assert_eq!(kinds.len(), 2, "{deltas}");
    assert!(kinds[0].starts_with("port-closed") && kinds[0].contains("22"), "{kinds:?}");
    assert!(kinds[1].starts_with("port-opened") && kinds[1].contains("80"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_within_one_second_lose_nothing() {
    let office = Office::open().await;
    let scan = office.scan(&json!({})).await;
    let mut agent = office.agent("inside", 0).await;
    for (key, open) in [("first", "22"), ("second", "80"), ("third", "22")] {
        let run = office.run(&scan, key).await;
        if key != "first" {
            assert!(agent.takes(&office).await.is_none(), "not in the second of the run before");
            office.pass(1).await;
        }
        agent.works(&office, open).await;
        office.pass(0).await;
        let deltas = office.get(&format!("/runs/{run}/deltas")).await;
        let expected = if key == "first" { 0 } else { 2 };
        assert_eq!(deltas["items"].as_array().map(Vec::len), Some(expected), "{key}: {deltas}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_has_a_report_and_one_digest() {
    let office = Office::open().await;
    let imported = office.import("22").await;
    let run = imported["run"].as_str().expect("a run").to_owned();
    office.pass(0).await;
    let report = office.get(&format!("/reports/{run}")).await;
    let told = (&report["state"], &report["score"]["value"], &report["scan_name"]);
    assert_eq!(told, (&json!("complete"), &json!(100), &json!("import office.xml")), "{report}");
    let listed = office.get("/reports?site=office").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(office.digests(), 1);
    // The same again: nothing new, and nobody hears of it.
    office.import("22").await;
    office.pass(400).await;
    assert_eq!(office.digests(), 1);
    office.import("80").await;
    office.pass(0).await;
    assert_eq!(office.digests(), 2);
    assert_eq!(office.alerts().await, Vec::<String>::new(), "no run of an import covers too little");
}
