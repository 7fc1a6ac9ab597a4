//! The programs of the demonstration: Portdelta as a command and as a service, and what else runs beside it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is looked.
const TURN: Duration = Duration::from_millis(50);

/// Portdelta, with a home of the demonstration's own.
pub struct Portdelta {
    program: PathBuf,
    home: PathBuf,
}

impl Portdelta {
    /// The program, which remembers below `home` and nowhere else.
    pub fn new(program: PathBuf, home: PathBuf) -> Self {
        Self { program, home }
    }

    /// A path below the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("HOME", &self.home)
            .env("PORTDELTA_DATA", self.path("server"))
            .env("PORTDELTA_AGENT_DATA", self.path("agent"))
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME");
        command
    }

    /// Runs it with its output on the terminal, after showing what is run.
    pub fn show(&self, arguments: &[&str]) -> Result<()> {
        println!("\n$ {}", shown(arguments));
        let status = self.command(arguments).status().context("could not start Portdelta")?;
        if !status.success() {
            bail!("`{}` failed", shown(arguments));
        }
        Ok(())
    }

    /// What it prints.
    pub fn read(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).stderr(Stdio::inherit()).output();
        let output = output.context("could not start Portdelta")?;
        if !output.status.success() {
            bail!("`{}` failed", shown(arguments));
        }
        String::from_utf8(output.stdout).context("Portdelta wrote something that is no text")
    }

    /// A schedule that fires once, so many seconds from now.
    #[expect(clippy::disallowed_methods, reason = "the demonstration goes by the machine's clock")]
    pub fn once_in(seconds: i64) -> Result<String> {
        let time = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_secs(seconds))?;
        Ok(format!("at({})", time.strftime("%Y-%m-%dT%H:%M:%S")))
    }

    /// Starts it beside the demonstration, with its log in a file.
    pub fn serve(&self, name: &str, arguments: &[&str]) -> Result<Service> {
        println!("\n$ {} &", shown(arguments));
        let log = self.path(&format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("could not write {}", log.display()))?;
        let output = file.try_clone().context("could not share the log")?;
        let mut command = self.command(arguments);
        let child = command.stdin(Stdio::null()).stdout(output).stderr(file).spawn();
        Ok(Service { child: child.with_context(|| format!("could not start the {name}"))?, log })
    }
}

fn shown(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        if argument.contains([' ', '(', '*']) { format!("'{argument}'") } else { shortened(argument) }
    });
    let line: Vec<String> = std::iter::once("portdelta".to_owned()).chain(quoted).collect();
    line.join(" ")
}

/// Tokens are long, and secrets.
fn shortened(argument: &str) -> String {
    match argument.strip_prefix("pde_") {
        Some(rest) => format!("pde_{}...", &rest[..rest.len().min(8)]),
        None => argument.to_owned(),
    }
}

/// A process beside the demonstration, ended with it.
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Where its log is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether it still runs.
    pub fn is_up(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait().context("could not ask for a process")? {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            bail!("it ended with {status}:\n{log}");
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(10) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(TURN);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that takes e-mail for everybody and shows it.
pub struct MailCatcher {
    child: Child,
    /// Its port on loopback.
    pub port: u16,
    mails: Receiver<String>,
}

impl MailCatcher {
    /// Starts the program, which prints its port, and then every e-mail behind a line with its length.
    pub fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the mail catcher")?;
        let output = child.stdout.take().context("the mail catcher has no output")?;
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().context("the mail catcher said nothing")??;
        let port = first.trim().parse().context("the mail catcher did not say its port")?;
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            let mut mail = String::new();
            for line in lines.map_while(Result::ok) {
                if line == "." {
                    let whole = std::mem::take(&mut mail);
                    if sender.send(whole).is_err() {
                        return;
                    }
                } else {
                    mail.push_str(&line);
                    mail.push('\n');
                }
            }
        });
        Ok(Self { child, port, mails })
    }

    /// The next e-mail.
    pub fn next(&self) -> Result<String> {
        self.mails.recv_timeout(PATIENCE).context("no e-mail came")
    }
}

impl Drop for MailCatcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(seen) = look()? {
            return Ok(seen);
        }
        if begin.elapsed() > PATIENCE {
            bail!("waited in vain for {what}");
        }
        std::thread::sleep(TURN);
    }
}
