//! An agent of a test.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use portdelta_agent::upstream::{ClientOptions, HttpUpstream};
use portdelta_agent::{Agent, AgentError, AgentOptions, EnrolOptions, Enrolment, Home, enrol};
use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;
use portdelta_testkit::Listener;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::support::{FakeServer, now};

/// A folder for an agent, and its server.
pub struct Bench {
    pub server: FakeServer,
    folder: TempDir,
    clock: Arc<dyn Clock>,
    proxy: Option<String>,
}

/// An agent at work.
pub struct Running {
    stop: CancellationToken,
    thread: JoinHandle<Result<(), AgentError>>,
}

/// The machine's clock, so many seconds ahead.
pub struct Ahead(pub i64);

impl Clock for Ahead {
    fn now(&self) -> UnixTime {
        UnixTime::EPOCH.shifted(now() + self.0)
    }
}

impl Bench {
    pub fn new() -> Self {
        Self::of(FakeServer::start())
    }

    pub fn of(server: FakeServer) -> Self {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        Self { server, folder, clock: Arc::new(Ahead(0)), proxy: None }
    }

    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    pub fn with_proxy(self, proxy: &str) -> Self {
        Self { proxy: Some(proxy.to_owned()), ..self }
    }

    /// A bench whose agent is enrolled and approved.
    pub fn enrolled() -> Self {
        let bench = Self::new();
        bench.enrol().expect("the server takes it");
        bench
    }

    pub fn home(&self) -> Home {
        Home::new(self.folder.path().join("agent"))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn enrol(&self) -> Result<Enrolment, AgentError> {
        self.enrol_with(&self.server.token(), false)
    }

    pub fn enrol_with(
        &self,
        token: &portdelta_protocol::enrolment::EnrolmentToken,
        replace: bool,
    ) -> Result<Enrolment, AgentError> {
        let options = EnrolOptions { name: Some("office-1".to_owned()), proxy: self.proxy.clone(), replace };
        runtime().block_on(enrol(&self.home(), token, &options))
    }

    pub fn options() -> AgentOptions {
        AgentOptions { concurrency: 1, ..AgentOptions::default() }
    }

    /// Starts the agent.
    pub fn start(&self, options: AgentOptions) -> Running {
        let stop = CancellationToken::new();
        let agent = self.agent(options).run(stop.clone());
        let thread = std::thread::spawn(move || runtime().block_on(agent));
        Running { stop, thread }
    }

    /// Runs the agent until nothing is left to do.
    pub fn once(&self) -> Result<(), AgentError> {
        runtime().block_on(
            self.agent(AgentOptions { once: true, ..Self::options() }).run(CancellationToken::new()),
        )
    }

    fn agent(&self, options: AgentOptions) -> Agent {
        let identity = self.home().enrolled().expect("it is enrolled");
        let client = ClientOptions { pin: identity.pin, proxy: self.proxy.clone() };
        let upstream = HttpUpstream::new(&identity.server, &client).expect("an address");
        Agent::new(self.home(), options, Arc::new(upstream), self.clock.clone())
    }

    /// How many entries the spool has.
    pub fn spooled(&self) -> usize {
        std::fs::read_dir(self.home().spool()).map_or(0, Iterator::count)
    }
}

impl Running {
    /// Asks it to end, and waits.
    pub fn end(self) -> Result<(), AgentError> {
        self.stop.cancel();
        self.wait()
    }

    /// Waits for its own end.
    pub fn wait(self) -> Result<(), AgentError> {
        self.thread.join().expect("it does not panic")
    }

    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("threads can be made")
}

/// Options that let nmap be quick.
pub const QUICK: &str = "-n -Pn -sT";

/// Options with which nmap takes a second for each port.
pub const SLOW: &str = "-n -Pn -sT --scan-delay 1s --max-retries 0";

/// An open port.
pub fn open_port(address: &str) -> (Listener, String) {
    let listener = Listener::on(address);
    let port = listener.port().to_string();
    (listener, port)
}
