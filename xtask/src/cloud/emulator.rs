//! Emulators of AWS as processes of this machine: no container engine, no account, reachable from this machine only.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::python::{LOCALSTACK, MINISTACK, MOTO, OIDC, Tool};

/// Starts MiniStack with what policies of agents need and it does not know.
const MINISTACK_WITH_KEYS: &str = include_str!("../../../localstack/ministack_keys.py");
/// How long an emulator may take until it answers, on a machine that is busy with tests.
const READY: Duration = Duration::from_mins(3);
/// How long it may take to end before it is killed.
const END: Duration = Duration::from_secs(10);
/// How much of a log is shown where an emulator did not start.
const LOG_LINES: usize = 20;

/// An emulator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Emulator {
    MiniStack,
    Moto,
    LocalStack,
    /// A provider of OpenID Connect: no part of AWS, and started like those.
    Oidc,
}

/// How to start one.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// Its log, and what it writes. Made if missing.
    pub folder: PathBuf,
    /// Whether it asks policies before it does something (MiniStack only).
    pub auth: bool,
}

/// An emulator that runs; ends, with the functions it runs, when this is dropped.
pub struct Running {
    child: Child,
    /// E.g. `http://127.0.0.1:4566`.
    pub address: String,
}

impl Emulator {
    pub const fn tool(self) -> Tool {
        match self {
            Self::MiniStack => MINISTACK,
            Self::Moto => MOTO,
            Self::LocalStack => LOCALSTACK,
            Self::Oidc => OIDC,
        }
    }

    const fn health(self) -> &'static str {
        match self {
            Self::MiniStack => "/_ministack/health",
            Self::Moto => "/moto-api/",
            Self::LocalStack => "/_localstack/health",
            Self::Oidc => "/.well-known/openid-configuration",
        }
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// If it is not installed, its port is taken, or it does not answer in time; with the end of its log.
    pub fn start(self, target: &Path, settings: &Settings) -> Result<Running> {
        let mut running = self.spawn(target, settings)?;
        self.await_ready(&mut running, settings)?;
        Ok(running)
    }

    /// Starts it, in a process group of its own.
    ///
    /// # Errors
    /// If it is not installed or its port is taken.
    pub fn spawn(self, target: &Path, settings: &Settings) -> Result<Running> {
        let name = self.tool().name;
        if !self.tool().is_installed(target) {
            bail!("{name} is not installed; `cargo xtask setup` does it");
        }
        let port = settings.port;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} is taken; end what listens there, or take another port"))?;
        let temporary = settings.folder.join("tmp");
        fs::create_dir_all(&temporary).with_context(|| format!("cannot make {}", temporary.display()))?;
        let log = settings.log(self);
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let address = format!("http://127.0.0.1:{port}");
        let mut command = self.command(target, settings, &address);
        command.current_dir(&settings.folder).env("TMPDIR", temporary).process_group(0);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Running { child, address })
    }

    fn command(self, target: &Path, settings: &Settings, address: &str) -> Command {
        let port = settings.port.to_string();
        let mut command = Command::new(self.tool().program(target, "python"));
        match self {
            Self::MiniStack => {
                command.args(["-c", MINISTACK_WITH_KEYS]);
                command.env("GATEWAY_PORT", &port).env("BIND_HOST", "127.0.0.1");
                command.env("AUTH", if settings.auth { "true" } else { "false" });
                command.env("S3_DATA_DIR", settings.folder.join("s3")).env("PERSIST_STATE", "0");
                command.env("STATE_DIR", settings.folder.join("state"));
                // These take ports of their own.
                command.env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0");
            }
            Self::Moto => {
                command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port]);
            }
            Self::LocalStack => {
                command.args(["-m", "localstack.runtime.main"]);
                command
                    .env("GATEWAY_LISTEN", format!("127.0.0.1:{port}"))
                    .env("SERVICES", "s3,sqs,sns,scheduler");
                command.env("FILESYSTEM_ROOT", settings.folder.join("files"));
                // Nothing is downloaded or told to anybody, and no names are served.
                command.env("SKIP_SSL_CERT_DOWNLOAD", "1").env("SKIP_INFRA_DOWNLOADS", "1");
                command.env("DISABLE_EVENTS", "1").env("DNS_ADDRESS", "0").env("PERSISTENCE", "0");
            }
            Self::Oidc => {
                command.args(["-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", &port]);
            }
        }
        // For the functions that it runs: without the address they would call AWS itself.
        command.env("AWS_ENDPOINT_URL", address).env("AWS_REGION", "us-east-1");
        command.env("AWS_DEFAULT_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").env_remove("AWS_CONFIG_FILE");
        command
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// If it ends before, or does not answer in time; with the end of its log.
    pub fn await_ready(self, running: &mut Running, settings: &Settings) -> Result<()> {
        let begin = Instant::now();
        while !self.answers(settings.port) {
            let ended = running.child.try_wait().context("cannot ask for a process")?;
            if ended.is_some() || begin.elapsed() > READY {
                let what =
                    ended.map_or("did not answer in time".to_owned(), |status| format!("ended: {status}"));
                let log = settings.log(self);
                let text = fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<_> = text.lines().collect();
                let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
                bail!("{} {what}; the end of {}:\n{end}", self.tool().name, log.display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Whether it answers on a port of this machine.
    pub fn answers(self, port: u16) -> bool {
        let ask = || -> std::io::Result<String> {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let path = self.health();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
            let mut status = [0; 12];
            stream.read_exact(&mut status)?;
            Ok(String::from_utf8_lossy(&status).into_owned())
        };
        ask().is_ok_and(|status| status.ends_with(" 200"))
    }
}

impl Settings {
    /// On a free port.
    ///
    /// # Errors
    /// If there is none.
    pub fn on_free_port(folder: PathBuf) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .context("there is no free port")?
            .port();
        Ok(Self { port, folder, auth: false })
    }

    /// Where what it says goes.
    pub fn log(&self, emulator: Emulator) -> PathBuf {
        self.folder.join(emulator.tool().name).with_extension("log")
    }
}

impl Running {
    /// Its process, and that of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it run on when we end.
    pub fn leave(self) {
        std::mem::forget(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Ok(id) = i32::try_from(self.child.id()) else { return };
        end_group(id, || matches!(self.child.try_wait(), Ok(None)));
        // Collects it, also where it had to be killed.
        let _ = self.child.wait();
    }
}

/// Ends the processes of a group: first asks, then kills.
pub fn end_group(id: i32, mut runs: impl FnMut() -> bool) {
    let Some(group) = Pid::from_raw(id) else { return };
    let _ = kill_process_group(group, Signal::TERM);
    let begin = Instant::now();
    while runs() && begin.elapsed() < END {
        std::thread::sleep(Duration::from_millis(50));
    }
    // Its functions may be left, or it itself.
    let _ = kill_process_group(group, Signal::KILL);
}
