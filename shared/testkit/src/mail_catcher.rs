//! A mail server that keeps what it gets, or is difficult.

use std::io::{self, BufRead, BufReader, Read, Take, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::TestCertificate;

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

/// When a [`MailCatcher`] speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// When it is asked for: RFC 3207.
    Starttls,
    /// Before anything else: RFC 8314.
    FromTheStart,
}

/// How a [`MailCatcher`] lets clients in.
#[derive(Clone, Debug, Default)]
struct Manner {
    tls: Option<(MailTls, Arc<ServerConfig>)>,
    /// The only user and password, without which nothing is taken.
    login: Option<(String, String)>,
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
    /// Who had logged in.
    pub user: Option<String>,
    /// Whether it came by TLS.
    pub encrypted: bool,
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

/// A server of RFC 5321 on loopback. Ends with its value.
pub struct MailCatcher {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    mode: MailMode,
    mails: Vec<CaughtMail>,
    /// The users that tried to log in.
    logins: Vec<String>,
    conversations: usize,
    ended: bool,
}

impl MailCatcher {
    /// A server on a free port of 127.0.0.1, without TLS and for everybody.
    ///
    /// # Panics
    /// Where there is no free port.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Manner::default())
    }

    /// The same with TLS, and for one user and password only where these are given.
    #[must_use]
    pub fn encrypted(tls: MailTls, certificate: &TestCertificate, login: Option<(&str, &str)>) -> Self {
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        Self::with(Manner { tls: Some((tls, certificate.config())), login })
    }

    fn with(manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::<Mutex<Shared>>::default();
        let theirs = shared.clone();
        let manner = Arc::new(manner);
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
                let (shared, manner) = (theirs.clone(), manner.clone());
                thread::spawn(move || {
                    // A client that goes away in the middle is part of the test.
                    let _ = converse(stream, &manner, mode, &shared);
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

    /// Who tried to log in.
    #[must_use]
    pub fn logins(&self) -> Vec<String> {
        lock(&self.shared).logins.clone()
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

/// Talks with one client.
fn converse(
    mut stream: TcpStream,
    manner: &Manner,
    mode: MailMode,
    shared: &Mutex<Shared>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if mode == MailMode::Silent {
        // Until the client gives up.
        let _ = stream.read(&mut [0; 1]);
        return Ok(());
    }
    let conversation = |encrypted: bool| Conversation { manner, mode, shared, encrypted };
    let Some((tls, config)) = &manner.tls else {
        return conversation(false).hold(&mut stream, true).map(drop);
    };
    if *tls == MailTls::Starttls && !conversation(false).hold(&mut stream, true)? {
        return Ok(());
    }
    let session = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, stream);
    conversation(true).hold(&mut stream, *tls == MailTls::FromTheStart)?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// One conversation, or the part of it before or behind STARTTLS.
struct Conversation<'a> {
    manner: &'a Manner,
    mode: MailMode,
    shared: &'a Mutex<Shared>,
    encrypted: bool,
}

impl Conversation<'_> {
    /// Goes on until one side ends it; whether TLS is to begin now.
    fn hold(&self, stream: &mut (impl Read + Write), greet: bool) -> io::Result<bool> {
        // What a client sends behind STARTTLS in the clear is thrown away with this reader.
        let mut lines = BufReader::new(stream.take(MAX_MESSAGE));
        if greet {
            say(&mut lines, "220 catcher.test ESMTP")?;
        }
        let (mut from, mut to, mut user) = (String::new(), Vec::new(), None);
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            let command = line.trim_end().to_owned();
            let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let path = || {
                let path = command.split('<').nth(1).and_then(|rest| rest.split('>').next());
                path.unwrap_or_default().to_owned()
            };
            let is_known = self.manner.login.is_none() || user.is_some();
            match verb.as_str() {
                "EHLO" => say(&mut lines, &self.abilities())?,
                "HELO" | "NOOP" => say(&mut lines, "250 fine")?,
                "STARTTLS" if self.may_start_tls() => {
                    say(&mut lines, "220 go on")?;
                    return Ok(true);
                }
                "AUTH" => user = self.log_in(&mut lines, &command)?,
                "RSET" => {
                    (from, to) = (String::new(), Vec::new());
                    say(&mut lines, "250 fine")?;
                }
                "MAIL" | "RCPT" if !is_known => say(&mut lines, "530 5.7.0 who are you?")?,
                "MAIL" => {
                    from = path();
                    say(&mut lines, "250 fine")?;
                }
                "RCPT" if self.mode == MailMode::Reject => {
                    say(&mut lines, "550 5.1.1 no such user \u{1b}[2Jhere")?;
                }
                "RCPT" => {
                    to.push(path());
                    say(&mut lines, "250 fine")?;
                }
                "DATA" if to.is_empty() => say(&mut lines, "503 nobody to send it to")?,
                "DATA" => {
                    say(&mut lines, "354 go on")?;
                    if self.mode == MailMode::Drop {
                        lines.read_line(&mut line)?;
                        return Ok(false);
                    }
                    let text = message(&mut lines)?;
                    if self.mode == MailMode::Later {
                        say(&mut lines, "451 4.3.0 try again later")?;
                        continue;
                    }
                    let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                    let mail = CaughtMail { from, to, text, user: user.clone(), encrypted: self.encrypted };
                    lock(self.shared).mails.push(mail);
                    if self.mode == MailMode::DropAfter {
                        return Ok(false);
                    }
                    say(&mut lines, "250 taken")?;
                }
                "QUIT" => {
                    say(&mut lines, "221 bye")?;
                    return Ok(false);
                }
                _ => say(&mut lines, "502 not here")?,
            }
        }
    }

    fn may_start_tls(&self) -> bool {
        !self.encrypted && self.manner.tls.is_some()
    }

    /// The answer to EHLO.
    fn abilities(&self) -> String {
        let starttls = if self.may_start_tls() { "250-STARTTLS\r\n" } else { "" };
        let auth = if self.manner.login.is_some() { "250-AUTH PLAIN LOGIN\r\n" } else { "" };
        format!("250-catcher.test\r\n250-8BITMIME\r\n{starttls}{auth}250 SIZE 4194304")
    }

    /// `AUTH PLAIN` and `AUTH LOGIN`, each with or without a first answer; the user's name if the password is right.
    fn log_in<S: Read + Write>(
        &self,
        lines: &mut BufReader<Take<&mut S>>,
        command: &str,
    ) -> io::Result<Option<String>> {
        let mut words = command.split_ascii_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let mut next = |question: &str| -> io::Result<String> {
            let text = if let Some(word) = words.next() {
                word.to_owned()
            } else {
                say(lines, &format!("334 {question}"))?;
                let mut line = String::new();
                lines.read_line(&mut line)?;
                line.trim_end().to_owned()
            };
            let bytes = BASE64.decode(text.as_bytes()).map_err(io::Error::other)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let (user, password) = match mechanism.as_str() {
            "PLAIN" => {
                let answer = next("")?;
                let mut parts = answer.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            "LOGIN" => (next("VXNlcm5hbWU6")?, next("UGFzc3dvcmQ6")?),
            _ => {
                say(lines, "504 5.5.4 not in this way")?;
                return Ok(None);
            }
        };
        lock(self.shared).logins.push(user.clone());
        if self.manner.login.as_ref() == Some(&(user.clone(), password)) {
            say(lines, "235 2.7.0 welcome")?;
            return Ok(Some(user));
        }
        say(lines, "535 5.7.8 wrong name or password")?;
        Ok(None)
    }
}

fn say<S: Write>(lines: &mut BufReader<Take<S>>, line: &str) -> io::Result<()> {
    let out = lines.get_mut().get_mut();
    out.write_all(format!("{line}\r\n").as_bytes())?;
    out.flush()
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
