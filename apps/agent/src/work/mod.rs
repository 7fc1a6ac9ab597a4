//! The agent at work: asks for access, receives tasks, and ends what must end.

mod access;
mod board;
mod lease;
mod receive;
mod status;
mod task;
mod upload;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portdelta_app::ports::Clock;
use portdelta_core::causes::told;
use portdelta_core::escape::escape;
use portdelta_protocol::agent::{Access, Acknowledge, Release, Standing};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::clock::Clocks;
use crate::error::AgentError;
use crate::home::{Home, Identity, LastSeen};
use crate::limits::{Limits, LimitsError, LimitsFile};
use crate::nmap::end_leftovers;
use crate::retry::Backoff;
use crate::spool::{DEFAULT_BUDGET, Spool};
use crate::upstream::{Kind, Upstream, UpstreamError};
use board::Board;

/// Uploads at once: more only share the line.
const UPLOADS: usize = 2;

/// How often something is said that is not heard.
const TELL_TRIES: u32 = 3;

/// How often the status is reported until the server says how often it wants it.
const STATUS_SECONDS: u32 = 30;

/// How an agent works.
#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// Tasks at once, one nmap each; the owner's limits may allow fewer.
    pub concurrency: u32,
    /// End when no work is left.
    pub once: bool,
    /// The owner's limits.
    pub limits: Option<PathBuf>,
    /// Bytes that the spool may hold.
    pub spool_budget: u64,
}

impl Default for AgentOptions {
    fn default() -> Self {
        Self { concurrency: 2, once: false, limits: None, spool_budget: DEFAULT_BUDGET }
    }
}

/// An enrolled agent.
pub struct Agent {
    home: Home,
    options: AgentOptions,
    upstream: Arc<dyn Upstream>,
    clock: Arc<dyn Clock>,
}

/// What the parts of an agent share.
struct Shared {
    home: Home,
    identity: Identity,
    options: AgentOptions,
    upstream: Arc<dyn Upstream>,
    clocks: Clocks,
    limits: Mutex<LimitsFile>,
    spool: Spool,
    board: Board,
    uploads: Semaphore,
    seen: Mutex<LastSeen>,
    /// Why the limits can't be used.
    limits_trouble: Mutex<Option<String>>,
    approved: AtomicBool,
    /// Access was given, or renewed.
    approval: Notify,
    renew_access: Notify,
    report_now: Notify,
    slot_is_free: Notify,
    line_is_good: Notify,
    status_seconds: AtomicU32,
    /// The same while there is work.
    busy_status_seconds: AtomicU32,
}

impl Agent {
    /// An agent on its data folder.
    #[must_use]
    pub fn new(
        home: Home,
        options: AgentOptions,
        upstream: Arc<dyn Upstream>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { home, options, upstream, clock }
    }

    /// Works until `stop` is cancelled, until nothing is left to do with [`AgentOptions::once`], or until it must not
    /// go on. When stopped it ends nmap and hands work back, which takes some seconds.
    ///
    /// Dropping the future ends all at once; what was left running or lying about is seen to at the next start.
    pub async fn run(self, stop: CancellationToken) -> Result<(), AgentError> {
        let identity = self.home.enrolled()?;
        let _lock = self.home.lock()?;
        let key = self.home.key(&identity.token)?;
        let key = key.ok_or_else(|| AgentError::NotEnrolled { folder: self.home.folder().to_owned() })?;
        let limits = LimitsFile::open(self.options.limits.as_deref())?;
        let spool = Spool::open(&self.home.spool(), self.options.spool_budget)?;
        end_leftovers(spool.folder()).await;
        let waiting = spool.recover()?;
        tracing::info!(
            agent = %identity.agent, server = %escape(&identity.server), limits = %limits.limits(),
            key = key.public().short(), waiting = waiting.len(), "agent {} begins", env!("CARGO_PKG_VERSION")
        );
        let shared = Arc::new(Shared {
            home: self.home,
            identity,
            options: self.options,
            upstream: self.upstream,
            clocks: Clocks::new(self.clock),
            limits: Mutex::new(limits),
            spool,
            board: Board::default(),
            uploads: Semaphore::new(UPLOADS),
            seen: Mutex::default(),
            limits_trouble: Mutex::default(),
            approved: AtomicBool::new(false),
            approval: Notify::new(),
            renew_access: Notify::new(),
            report_now: Notify::new(),
            slot_is_free: Notify::new(),
            line_is_good: Notify::new(),
            status_seconds: AtomicU32::new(STATUS_SECONDS),
            busy_status_seconds: AtomicU32::new(STATUS_SECONDS),
        });
        let ended = tokio::select! {
            fatal = access::keep_access(&shared, &key) => Err(fatal),
            () = status::keep_reporting(&shared) => Ok(()),
            () = status::hold_to_limits(&shared) => Ok(()),
            ended = receive::receive(&shared, waiting, &stop) => ended,
        };
        // What was at work when the agent must not go on is dropped with its future, and nmap with it.
        if let Err(error) = &ended {
            shared.say_trouble(told(error));
        }
        shared.remember();
        ended
    }
}

impl Shared {
    fn limits(&self) -> MutexGuard<'_, LimitsFile> {
        lock(&self.limits)
    }

    /// The limits as they stand in the file now. While they can't be used no work is taken.
    fn limits_now(&self) -> Result<Limits, LimitsError> {
        let renewed = {
            let mut file = self.limits();
            file.renew().map(|_| file.limits().clone())
        };
        let mut trouble = lock(&self.limits_trouble);
        let told = renewed.as_ref().err().map(|error| told(error));
        if *trouble != told {
            if let Some(told) = &told {
                tracing::error!("the owner's limits can't be used, no work is taken: {told}");
            } else {
                tracing::info!("the owner's limits can be used again");
            }
            *trouble = told;
        }
        renewed
    }

    /// Why no work is taken at present.
    fn paused(&self) -> Option<String> {
        if let Some(trouble) = lock(&self.limits_trouble).clone() {
            return Some(trouble);
        }
        self.spool.why_full()
    }

    fn is_approved(&self) -> bool {
        self.approved.load(Ordering::Relaxed)
    }

    fn approve(&self) {
        self.approved.store(true, Ordering::Relaxed);
        self.approval.notify_one();
        self.line_is_good.notify_waiters();
    }

    fn status_every(&self) -> Duration {
        let seconds = if self.board.is_empty() { &self.status_seconds } else { &self.busy_status_seconds };
        Duration::from_secs(seconds.load(Ordering::Relaxed).into())
    }

    fn hear_access(&self, access: &Access) {
        let seconds = access.status_seconds.clamp(1, 3600);
        self.status_seconds.store(seconds, Ordering::Relaxed);
        let busy = access.busy_status_seconds.map_or(seconds, |busy| busy.clamp(1, seconds));
        self.busy_status_seconds.store(busy, Ordering::Relaxed);
        {
            let mut seen = lock(&self.seen);
            access.site.as_str().clone_into(&mut seen.site);
            let standing = match access.standing {
                Standing::Pending => "pending",
                Standing::Approved => "approved",
                Standing::Revoked => "revoked",
            };
            standing.clone_into(&mut seen.standing);
        }
        self.note_contact();
        self.report_now.notify_one();
    }

    /// The server has answered.
    fn note_contact(&self) {
        let now = self.clocks.now().seconds();
        let mut seen = lock(&self.seen);
        if seen.trouble.take().is_some() {
            self.line_is_good.notify_waiters();
        }
        seen.contact = Some(now);
    }

    fn note_trouble(&self, error: &UpstreamError) {
        self.say_trouble(told(error));
    }

    fn say_trouble(&self, trouble: String) {
        lock(&self.seen).trouble = Some(trouble);
    }

    /// A request failed: where access was the reason it is asked for anew.
    fn note_failure(&self, error: &UpstreamError) {
        self.note_trouble(error);
        if error.kind() == Kind::Access {
            self.renew_access.notify_one();
        }
    }

    /// Says something, a few times where it is not heard. Who never hears it will find out by the lease.
    async fn tell<F>(&self, what: &str, mut telling: impl FnMut() -> F)
    where
        F: Future<Output = Result<(), UpstreamError>>,
    {
        let mut backoff = Backoff::new();
        for tries_left in (0..TELL_TRIES).rev() {
            let Err(error) = telling().await else { return };
            if error.kind() == Kind::LeaseLost {
                tracing::info!(
                    "too late to {what} a task: its lease was lost, it may be done twice, and counts once"
                );
                return;
            }
            self.note_failure(&error);
            tracing::warn!(code = error.code(), tries_left, "could not {what} a task: {}", told(&error));
            if error.kind() == Kind::Never || tries_left == 0 {
                return;
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    /// Says that a task is done: the message is not to come back.
    async fn acknowledge(&self, job: &board::Job) {
        // The newest receipt each time: the task may be delivered again meanwhile.
        let acknowledge =
            || async { self.upstream.acknowledge(&Acknowledge { receipt: job.receipt() }).await };
        self.tell("acknowledge", acknowledge).await;
    }

    /// Hands a task back, for others at once or after a time.
    async fn release(&self, receipt: String, delay_seconds: u32) {
        let release = Release { receipt, delay_seconds };
        self.tell("hand back", || self.upstream.release(&release)).await;
    }

    /// Writes down what `status` shows.
    fn remember(&self) {
        let seen = {
            let mut seen = lock(&self.seen);
            let limits = self.limits();
            seen.process = std::process::id();
            seen.limits = limits.limits().to_string();
            seen.limits_file = limits.path().map(ToOwned::to_owned);
            seen.clock_ahead = self.clocks.ahead();
            seen.tasks = u32::try_from(self.board.all().len()).unwrap_or(u32::MAX);
            seen.spool_budget = self.spool.budget();
            seen.paused = self.paused();
            seen.clone()
        };
        if let Err(error) = self.home.keep_last_seen(&seen) {
            tracing::warn!(code = error.code(), "could not write the status: {}", told(&error));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
