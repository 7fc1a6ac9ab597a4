//! Runs that are cancelled, overlap, follow an edit, or are started twice.

use portdelta_protocol::admin::{AgentStatus, Run, RunState};
use portdelta_testkit::{Listener, wait_for};

use super::draft;
use crate::api::id;
use crate::runtime::{AgentProcess, PATIENCE, Runtime};

/// Takes half a minute: there is time to do something meanwhile.
const SLOW: &str = "-sT -Pn -n --scan-delay 1s --max-retries 0";

/// A cancelled run ends, its agent stops scanning, and nothing of it is applied.
pub fn cancelled(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let agent = AgentProcess::approved(runtime, "office", "one");
    let mut slow = draft("127.0.51.1", "1-30", &["office"]);
    SLOW.clone_into(&mut slow.options);
    let api = runtime.api();
    let scan = api.add_scan(&slow);
    let run = id(&api.start(&scan, "slow").runs[0]);
    agent.is(runtime, AgentStatus::Scanning);
    let cancelled: Run = api.post(&format!("/runs/{run}/cancel"), &());
    assert_eq!(cancelled.state, RunState::Cancelled);
    agent.is(runtime, AgentStatus::Online);
    let run = api.run(&run);
    assert_eq!((run.state, run.first_looks.ports), (RunState::Cancelled, 0), "{run:?}");
    let again: Run = api.post(&format!("/runs/{}/cancel", run.id), &());
    assert_eq!(again.state, RunState::Cancelled, "cancelling twice is fine");
}

/// A run that is due while the one before still runs is left out, and says so.
pub fn overlapping(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let agent = AgentProcess::approved(runtime, "office", "one");
    let mut slow = draft("127.0.52.1", "1-30", &["office"]);
    SLOW.clone_into(&mut slow.options);
    let api = runtime.api();
    let scan = api.add_scan(&slow);
    let first = id(&api.start(&scan, "first").runs[0]);
    agent.is(runtime, AgentStatus::Scanning);
    let second = api.start(&scan, "second").runs.remove(0);
    assert_eq!(second.id, None, "{second:?}");
    assert!(second.note.is_some_and(|note| note.message.contains(&first)), "it says which one goes on");
    let _: Run = api.post(&format!("/runs/{first}/cancel"), &());
}

/// What is no longer scanned is not closed; what is scanned again is.
pub fn edited_in_between(runtime: &mut impl Runtime) {
    let (stays, goes) = (Listener::on("127.0.53.1"), Listener::on("127.0.53.1"));
    let (both, one) = (format!("{},{}", stays.port(), goes.port()), stays.port().to_string());
    let gone = goes.port();
    runtime.api().add_site("office");
    let _agent = AgentProcess::approved(runtime, "office", "one");
    let api = runtime.api();
    let wide = draft("127.0.53.1", &both, &["office"]);
    let narrow = draft("127.0.53.1", &one, &["office"]);
    let scan = api.add_scan(&wide);
    assert_eq!(api.ran(&scan, "wide").first_looks.ports, 2);

    drop(goes);
    let scan = api.edit_scan(&scan, &narrow);
    let run = api.ran(&scan, "narrow");
    assert_eq!(api.changes(&run), Vec::<String>::new(), "it did not look there");

    let scan = api.edit_scan(&scan, &wide);
    let run = api.ran(&scan, "wide-again");
    assert_eq!(api.changes(&run), [format!("port-closed 127.0.53.1 {gone}/tcp")]);
}

/// Two clicks are one run.
pub fn started_twice(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let _agent = AgentProcess::approved(runtime, "office", "one");
    let api = runtime.api();
    let scan = api.add_scan(&draft("127.0.54.1", "9", &["office"]));
    let (first, second) = (api.start(&scan, "click"), api.start(&scan, "click"));
    assert_eq!(first, second);
    api.finished(&id(&first.runs[0]));
    assert_eq!(api.start(&scan, "click"), first, "also when it is long over");
    wait_for("one run", PATIENCE, || {
        let runs: Vec<Run> = api.all(&format!("/runs?scan={}", scan.id));
        (runs.len() == 1).then_some(())
    });
}
