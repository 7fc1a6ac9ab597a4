//! A server: everything that runs, and how it ends.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use portdelta_agent::Home;
use portdelta_api::{ApiSettings, Logs};
use portdelta_app::ports::{Clock, Identities, Work};
use portdelta_app::{AppError, Service};
use portdelta_core::causes::told;
use portdelta_oidc::Providers;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::adapters::{Embedded, Parts};
use crate::certificate::{self, Identity};
use crate::data_folder::DataFolder;
use crate::listen::Port;
use crate::loops::again_and_again;
use crate::machine::machine_checks;
use crate::options::{ServerOptions, TlsOptions};
use crate::{RecentLogs, ServeError, first_start, local_agent, worker};

/// How many uploads are applied at once.
const INGEST_WORKERS: usize = 2;

/// How often the clock is looked at for schedules.
const SCHEDULES_EVERY: Duration = Duration::from_secs(1);

/// How often committed changes are passed on.
const OUTBOX_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked for what is to be delivered again.
const DELIVER_EVERY: Duration = Duration::from_secs(5);

/// How often it is looked for what stands still.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// The most messages of one [`Server::tick`].
const MOST_STEPS: usize = 100_000;

type Step = Pin<Box<dyn Future<Output = Result<(), AppError>> + Send>>;

/// A running server.
pub struct Server {
    clock: Arc<dyn Clock>,
    local_url: String,
    address: SocketAddr,
    url: String,
    fingerprint: Option<String>,
    admin_token: Option<String>,
    embedded: Arc<Embedded>,
    stop: CancellationToken,
    tasks: TaskTracker,
    http: JoinHandle<std::io::Result<()>>,
    handle: Handle<SocketAddr>,
    grace: Duration,
    /// Given free last.
    folder: DataFolder,
}

impl Server {
    /// Starts on a data folder, which no other server may use meanwhile.
    pub async fn start(options: ServerOptions, parts: Parts) -> Result<Self, ServeError> {
        let plain = matches!(options.tls, TlsOptions::Plain { .. });
        if options.tls == (TlsOptions::Plain { insecure: false }) && !options.listen.ip().is_loopback() {
            return Err(ServeError::Insecure { address: options.listen });
        }
        let folder = DataFolder::take(&options.data)?;
        let port = Port::take(options.listen)?;
        let host = first_start::host_name();
        let identity = match &options.tls {
            TlsOptions::Plain { .. } => None,
            TlsOptions::Own { certificate, key } => Some(Identity::own(certificate, key)?),
            TlsOptions::Made => {
                let names = certificate::names(port.address.ip(), &first_start::interfaces(), &host);
                Some(Identity::made(&folder, names, parts.clock.now())?)
            }
        };
        let url = options.public_url.clone().unwrap_or_else(|| first_start::url(plain, port.address, &host));
        let (ids, clock) = (Arc::clone(&parts.ids), Arc::clone(&parts.clock));
        let embedded = Embedded::open(&folder, parts)?;
        embedded.prepare().await?;
        let admin_token =
            first_start::admin_token(&folder, embedded.service().app(), options.new_admin_token).await?;
        // A certificate that somebody signed may be renewed at any time, and is trusted by who trusts them.
        let pin = identity
            .as_ref()
            .filter(|identity| identity.signs_itself)
            .map(|identity| identity.fingerprint.clone());
        let local_url = first_start::local_url(plain, port.address);
        first_start::keep_address(
            &folder,
            &local_url,
            identity.as_ref().map(|identity| &*identity.fingerprint),
        )?;
        let home = Home::new(folder.file(local_agent::FOLDER));
        let mut other_urls = vec![local_url.clone()];
        // The local agent signs the address at which it enrolled, and the port may be another one today.
        other_urls.extend(home.identity().ok().flatten().map(|identity| identity.server));
        let stop = CancellationToken::new();
        let settings = ApiSettings {
            public_url: url.clone(),
            other_urls,
            pin,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ids,
            stopping: stop.clone(),
            limits: options.limits.clone(),
            machine: Some(machine_checks(folder.path().to_owned())),
            logs: logs(options.logs),
            identities: identities(),
            trusted_proxies: options.trusted_proxies,
        };
        let api = portdelta_api::router(Arc::clone(embedded.service()), settings);
        let router = portdelta_dashboard::around(api, url.starts_with("https:"));
        let (address, handle) = (port.address, Handle::new());
        let http = port.serve(router, identity.as_ref(), handle.clone())?;
        let server = Self {
            clock,
            local_url,
            address,
            url,
            fingerprint: identity.map(|identity| identity.fingerprint),
            admin_token,
            embedded: Arc::new(embedded),
            stop,
            tasks: TaskTracker::new(),
            http,
            handle,
            grace: options.grace,
            folder,
        };
        if options.background {
            server.begin_loops();
        }
        if options.local_agent {
            server.begin_local_agent(home).await;
        }
        tracing::info!(%address, url = server.url, data = %server.folder.path().display(), "listening at {}", server.url);
        Ok(server)
    }

    fn begin_loops(&self) {
        let workers = [(Work::Dispatch, 1), (Work::Ingest, INGEST_WORKERS), (Work::Notify, 1)];
        for (work, count) in workers {
            for _ in 0..count {
                let (service, stop) = (Arc::clone(self.service()), self.stop.clone());
                let name = match work {
                    Work::Dispatch => "dispatch",
                    Work::Ingest => "ingest",
                    Work::Notify => "notify",
                };
                self.tasks.spawn(again_and_again(name, Duration::ZERO, stop, async move |stop| {
                    worker::step(&service, work, true, stop).await.map(drop)
                }));
            }
        }
        self.begin_loops_of_time();
    }

    fn begin_loops_of_time(&self) {
        let begin = |name, pause, step: fn(Arc<Embedded>) -> Step| {
            let embedded = Arc::clone(&self.embedded);
            let looped =
                again_and_again(name, pause, self.stop.clone(), async move |_: &CancellationToken| {
                    step(Arc::clone(&embedded)).await
                });
            self.tasks.spawn(looped);
        };
        begin("scheduler", SCHEDULES_EVERY, |embedded| {
            Box::pin(async move { embedded.fire_schedules().await })
        });
        begin("outbox", Duration::ZERO, |embedded| {
            Box::pin(async move {
                embedded.await_changes(OUTBOX_EVERY).await;
                embedded.pass_on().await.map(drop)
            })
        });
        begin("deliver", DELIVER_EVERY, |embedded| {
            Box::pin(async move { embedded.service().deliver_pending().await.map(drop) })
        });
        begin("sweep", SWEEP_EVERY, |embedded| Box::pin(async move { embedded.sweep().await }));
    }

    /// Lets the local agent work; without nmap or after a failure the server goes on without it.
    async fn begin_local_agent(&self, home: Home) {
        let pin = self.fingerprint.clone();
        let app = self.service().app();
        match local_agent::enrolled(&home, app, &self.local_url, pin.as_deref()).await {
            Ok(()) => {
                let (url, clock) = (self.local_url.clone(), Arc::clone(&self.clock));
                self.tasks.spawn(local_agent::work(home, url, pin, clock, self.stop.clone()));
            }
            Err(error) => {
                let error = told(&error);
                tracing::error!(error, "there is no local agent");
            }
        }
    }

    /// Does by hand what the loops do: fires what is due, works all queues off, tells, delivers and sweeps, until
    /// nothing is left to do just now; how many messages it worked off.
    pub async fn tick(&self) -> Result<usize, AppError> {
        self.embedded.fire_schedules().await?;
        let mut steps = 0;
        loop {
            let before = steps;
            for work in Work::ALL {
                while steps < MOST_STEPS && worker::step(self.service(), work, false, &self.stop).await? {
                    steps += 1;
                }
            }
            let passed_on = self.embedded.pass_on().await?;
            if steps == before && passed_on == 0 || steps >= MOST_STEPS {
                break;
            }
        }
        self.service().deliver_pending().await?;
        self.embedded.sweep().await?;
        Ok(steps)
    }

    /// Runs until `signal`, then [stops](Self::stop).
    pub async fn run_until(self, signal: impl Future<Output = ()>) {
        signal.await;
        self.stop().await;
    }

    /// Takes no more requests and begins no more steps; what runs may go on for the grace that was given.
    pub async fn stop(self) {
        tracing::info!("stopping");
        // Who waits for work is sent away; the local agent hands its work back, and needs the API for that.
        self.stop.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout(self.grace, self.tasks.wait()).await;
        if ended.is_err() {
            tracing::warn!("some work was broken off; it is done again at the next start");
        }
        self.handle.graceful_shutdown(Some(self.grace));
        let grace = self.grace + Duration::from_secs(1);
        if tokio::time::timeout(grace, self.http).await.is_err() {
            tracing::warn!("some connections were broken off");
        }
        tracing::info!("stopped");
        drop(self.folder);
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether this program was built with the dashboard.
    #[must_use]
    pub fn has_dashboard() -> bool {
        portdelta_dashboard::is_built()
    }

    /// Where agents and people reach it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it is reached from its own machine.
    #[must_use]
    pub fn local_url(&self) -> &str {
        &self.local_url
    }

    /// SHA-256 of its certificate; `None` without TLS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// The token of an administrator that was made at this start.
    #[must_use]
    pub fn admin_token(&self) -> Option<&str> {
        self.admin_token.as_deref()
    }

    /// Its use cases.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        self.embedded.service()
    }
}

/// The log of this process, as far as somebody keeps it.
fn logs(recent: Option<RecentLogs>) -> Logs {
    Logs::Here(Box::new(move || recent.as_ref().map(RecentLogs::newest).unwrap_or_default()))
}

/// Asks providers of single sign-on; none where the machine has no certificates to know them by.
fn identities() -> Option<Arc<dyn Identities>> {
    match Providers::new() {
        Ok(providers) => Some(Arc::new(providers)),
        Err(error) => {
            tracing::error!(%error, "there is no single sign-on");
            None
        }
    }
}
