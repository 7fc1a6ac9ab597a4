//! Vantage points.

use portdelta_protocol::admin::{Host, RunState};
use portdelta_testkit::Listener;

use super::draft;
use crate::api::id;
use crate::runtime::{AgentProcess, Runtime};

/// The same address seen from two sites is two states: each has its own first look, and its own change.
pub fn two_see_the_same_network(runtime: &mut impl Runtime) {
    let listener = Listener::on("127.0.55.1");
    for site in ["inside", "outside"] {
        runtime.api().add_site(site);
    }
    let _inside = AgentProcess::approved(runtime, "inside", "in");
    let api = runtime.api();
    let port = listener.port();
    let scan = api.add_scan(&draft("127.0.55.1", &port.to_string(), &["inside", "outside"]));
    let started = api.start(&scan, "first");
    assert_eq!(started.runs.len(), 2, "{started:?}");
    let _outside = AgentProcess::approved(runtime, "outside", "out");
    for run in &started.runs {
        let run = api.finished(&id(run));
        assert_eq!((run.state, run.first_looks.ports), (RunState::Complete, 1), "{run:?}");
    }

    drop(listener);
    let started = api.start(&scan, "second");
    for run in &started.runs {
        let run = api.finished(&id(run));
        assert_eq!(api.changes(&run), [format!("port-closed 127.0.55.1 {port}/tcp")], "{run:?}");
    }
    for site in ["inside", "outside"] {
        let hosts: Vec<Host> = api.all(&format!("/sites/{site}/hosts"));
        assert_eq!(hosts.len(), 1, "{site}: {hosts:?}");
    }
}
