//! A mail server that keeps what it gets, or is difficult.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A conversation that stands still ends after so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest message that is taken, in bytes.
const MAX_MESSAGE: u64 = 4 << 20;

/// How a [`MailCatcher`] behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailMode {
    /// It takes every message.
    #[default]
    Accept,
    /// It refuses every recipient for good: 550.
    Reject,
    /// It refuses every message for now: 451.
    Later,
    /// It closes the connection in the middle of the message.
    Drop,
    /// It says nothing.
    Silent,
    /// It takes a message and closes the connection before it says so.
    DropAfter,
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaughtMail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Header and body, lines ending with `\n`, dots unstuffed.
    pub text: String,
}

impl CaughtMail {
    /// A header by its name, unfolded; `None` where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let head =
            self.text.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
        let prefix = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&prefix))?;
        Some(line[prefix.len()..].trim().to_owned())
    }

    /// What stands behind the header.
    #[must_use]
    pub fn body(&self) -> &str {
        self.text.split_once("\n\n").map_or("", |(_, body)| body)
    }
}

/// A server of RFC 5321 on loopback, without TLS. Ends with its value.
pub struct MailCatcher {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    mode: MailMode,
    mails: Vec<CaughtMail>,
    conversations: usize,
    ended: bool,
}

impl MailCatcher {
    /// A server on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// Where there is no free port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::<Mutex<Shared>>::default();
        let theirs = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mode = {
                    let mut shared = lock(&theirs);
                    if shared.ended {
                        return;
                    }
                    shared.conversations += 1;
                    shared.mode
                };
                let shared = theirs.clone();
                thread::spawn(move || {
                    // A client that goes away in the middle is part of the test.
                    let _ = converse(&stream, mode, &shared);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes how it behaves, from the next conversation on.
    pub fn set_mode(&self, mode: MailMode) {
        lock(&self.shared).mode = mode;
    }

    /// What it got so far.
    #[must_use]
    pub fn mails(&self) -> Vec<CaughtMail> {
        lock(&self.shared).mails.clone()
    }

    /// Forgets what it got.
    pub fn forget(&self) {
        lock(&self.shared).mails.clear();
    }

    /// How often somebody connected.
    #[must_use]
    pub fn conversations(&self) -> usize {
        lock(&self.shared).conversations
    }
}

impl Drop for MailCatcher {
    fn drop(&mut self) {
        lock(&self.shared).ended = true;
        // Wakes the thread that waits for the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn converse(stream: &TcpStream, mode: MailMode, shared: &Mutex<Shared>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    if mode == MailMode::Silent {
        // Until the client gives up.
        let mut nothing = [0; 1];
        let _ = (&*stream).read(&mut nothing);
        return Ok(());
    }
    let mut out = stream;
    let mut lines = BufReader::new(stream.take(MAX_MESSAGE));
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes());
    say("220 catcher.test ESMTP")?;
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let path = || {
            command.split('<').nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default().to_owned()
        };
        match verb.as_str() {
            "EHLO" => {
                say("250-catcher.test")?;
                say("250-8BITMIME")?;
                say("250 SIZE 4194304")?;
            }
            "HELO" | "NOOP" => say("250 fine")?,
            "RSET" => {
                (from, to) = (String::new(), Vec::new());
                say("250 fine")?;
            }
            "MAIL" => {
                from = path();
                say("250 fine")?;
            }
            "RCPT" if mode == MailMode::Reject => say("550 5.1.1 no such user \u{1b}[2Jhere")?,
            "RCPT" => {
                to.push(path());
                say("250 fine")?;
            }
            "DATA" if to.is_empty() => say("503 nobody to send it to")?,
            "DATA" => {
                say("354 go on")?;
                if mode == MailMode::Drop {
                    lines.read_line(&mut line)?;
                    return Ok(());
                }
                let text = message(&mut lines)?;
                if mode == MailMode::Later {
                    say("451 4.3.0 try again later")?;
                    continue;
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                lock(shared).mails.push(CaughtMail { from, to, text });
                if mode == MailMode::DropAfter {
                    return Ok(());
                }
                say("250 taken")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Ok(());
            }
            _ => say("502 not here")?,
        }
    }
}

/// Everything up to the line with only a dot.
fn message(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        if line == "." {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push('\n');
    }
}
