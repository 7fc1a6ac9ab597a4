//! `doctor` with a real server and a real agent, where something is wrong with either.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;
use portdelta_server::{Parts, Server as InProcess, ServerOptions};
use portdelta_system::{SystemClock, SystemIds};
use portdelta_testkit::wait_until;
use serde_json::Value;

use crate::support::{Agent, Program, Run};

/// The machine's clock, and how far this one is ahead of it.
#[derive(Default)]
struct Skewed(AtomicI64);

impl Clock for Skewed {
    fn now(&self) -> UnixTime {
        SystemClock.now().shifted(self.0.load(Ordering::SeqCst))
    }
}

/// A server with a clock that can be put wrong, reached by TLS; the program and agents are processes of their own.
struct Clinic {
    here: Program,
    clock: Arc<Skewed>,
    /// Dropped last: the server runs on it.
    _runtime: tokio::runtime::Runtime,
}

impl Clinic {
    fn open() -> Self {
        let (here, clock) = (Program::new(), Arc::new(Skewed::default()));
        let runtime = tokio::runtime::Runtime::new().expect("threads can be made");
        let options = ServerOptions {
            local_agent: false,
            ..ServerOptions::new(here.data(), "127.0.0.1:0".parse().expect("an address"))
        };
        let parts = Parts {
            channels: Arc::new(portdelta_channels::Outward::new(clock.clone())),
            clock: clock.clone(),
            ids: Arc::new(SystemIds),
            around: |stores| stores,
        };
        // It runs until the process ends.
        std::mem::forget(runtime.block_on(InProcess::start(options, parts)).expect("it starts"));
        Self { here, clock, _runtime: runtime }
    }

    fn put_ahead(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Waits until `doctor` finds something, or finds it no more; all that it finds.
    #[track_caller]
    fn finds(&self, code: &str, verdict: &str) -> Value {
        let mut found = Value::Null;
        wait_until(&format!("{code} to be {verdict}"), || {
            let run = self.here.line("doctor --format json");
            found = run.json();
            let is_well = found.as_array().expect("a list").iter().all(|check| check["verdict"] == "ok");
            assert_eq!(run.code, i32::from(!is_well), "{run:?}");
            let checks = found.as_array().expect("a list");
            let wrong = checks.iter().filter(|check| check["verdict"] != "ok");
            assert!(
                wrong.clone().all(|check| check["hint"].as_str().is_some_and(|hint| hint.ends_with('.')))
            );
            checks.iter().any(|check| check["code"] == code && check["verdict"] == verdict)
        });
        found
    }

    /// What people see: within 80 columns, and no colours where nobody looks.
    #[track_caller]
    fn table(&self, code: i32) -> Run {
        let run = self.here.line("doctor").code(code);
        assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{run:?}");
        assert!(!run.out.contains('\u{1b}') && run.err.is_empty(), "{run:?}");
        run
    }
}

/// The check with this code, as `verdict message`.
#[track_caller]
fn said(checks: &Value, code: &str) -> String {
    let checks = checks.as_array().expect("a list");
    let check = checks.iter().find(|check| check["code"] == code);
    let check = check.unwrap_or_else(|| panic!("there is no {code} in {checks:?}"));
    format!("{} {}", check["verdict"].as_str().expect("text"), check["message"].as_str().expect("text"))
}

#[test]
fn a_stopped_agent_a_skewed_clock_and_a_missing_nmap_are_explained() {
    let clinic = Clinic::open();
    clinic.here.line("sites add office").code(0);
    let token = clinic.here.line("agents enrol --site office --format json").code(0).json();
    let mut agent = Agent::enrolled(token["token"].as_str().expect("a token"), "office-1");
    let checks = clinic.finds("agent.pending", "warning");
    assert_eq!(said(&checks, "agent.pending"), "warning agent office-1 waits for somebody to approve it");
    clinic.here.line("agents approve office-1").code(0);
    clinic.finds("agent", "ok");
    wait_until("the agent to know", || {
        agent.machine().line("agent status --format json").json()["standing"] == "approved"
    });
    let run = clinic.table(0);
    assert!(run.out.ends_with("All is well.\n") && run.out.contains("agent office-1 is online"), "{run:?}");

    // It says that it goes.
    assert_eq!(agent.process().terminate(), 0);
    let checks = clinic.finds("agent.stopped", "bad");
    assert!(said(&checks, "agent.stopped").starts_with("bad agent office-1 was stopped "), "{checks}");
    let run = clinic.table(1);
    assert!(run.out.contains("bad     agent office-1 was stopped"), "{run:?}");
    assert!(run.out.contains("hint: Start it again") && run.out.ends_with("1 thing is wrong.\n"), "{run:?}");

    // Without nmap it is there, and gets no work.
    let nothing = agent.machine().home().join("nothing");
    std::fs::create_dir(&nothing).expect("the home is the test's");
    agent.start(Some(nothing.clone()));
    let checks = clinic.finds("agent.no_nmap", "bad");
    assert_eq!(said(&checks, "agent.no_nmap"), "bad agent office-1 has no nmap");
    let run = clinic.table(1);
    assert!(run.out.contains("hint: Install nmap on its machine"), "{run:?}");
    // Nor has the machine that is asked one, which is the server's.
    let mut command = clinic.here.command(["doctor", "--format", "json"]);
    let run = Run::of(command.env("PATH", &nothing)).code(1);
    assert!(run.out.contains("nmap is not installed"), "{run:?}");

    // It dies, and ten minutes go by at the server only.
    agent.process().kill();
    agent.start(None);
    clinic.finds("agent", "ok");
    agent.process().kill();
    clinic.put_ahead(600);
    let checks = clinic.finds("agent.silent", "bad");
    assert_eq!(said(&checks, "agent.silent"), "bad agent office-1 has been silent for 10 minutes");
    let clock = said(&checks, "clock");
    assert!(clock.starts_with("warning the clock here is ") && clock.contains("behind that of"), "{clock}");
    let run = clinic.table(1);
    assert!(run.out.contains("hint: Let both be set by the network"), "{run:?}");

    // The agent comes again, gets along with a difference of three minutes, and it is told.
    clinic.put_ahead(180 - 600);
    agent.start(None);
    let checks = clinic.finds("agent.clock", "warning");
    assert!(said(&checks, "agent.clock").starts_with("warning the clock of agent office-1 is "), "{checks}");
    assert!(said(&checks, "agent.clock").ends_with(" minutes behind"), "{checks}");
    assert!(said(&checks, "agent").ends_with("online"), "{checks}");
}
