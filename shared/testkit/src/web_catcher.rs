//! A web server that keeps what is posted to it, or is difficult.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A request that stands still ends after so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest body that is taken, in bytes.
const MAX_BODY: usize = 16 << 20;

/// How a [`WebCatcher`] answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebMode {
    /// 204.
    #[default]
    Accept,
    /// This status and body.
    Answer(u16, String),
    /// A redirect to this address.
    Redirect(String),
    /// It takes the request and closes the connection.
    Close,
    /// It takes the request and says nothing.
    Silent,
    /// An error whose body never ends.
    Endless,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaughtRequest {
    /// `POST /hook HTTP/1.1`
    pub line: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A server of HTTP/1.1 on loopback, one request a connection. Ends with its value.
pub struct WebCatcher {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    mode: WebMode,
    requests: Vec<CaughtRequest>,
    ended: bool,
}

impl WebCatcher {
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
                if lock(&theirs).ended {
                    return;
                }
                let shared = theirs.clone();
                thread::spawn(move || {
                    // A client that goes away in the middle is part of the test.
                    let _ = answer(&stream, &shared);
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

    /// `http://127.0.0.1:<port>/hook`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Changes how it answers, from the next request on.
    pub fn set_mode(&self, mode: WebMode) {
        lock(&self.shared).mode = mode;
    }

    /// What it got so far.
    #[must_use]
    pub fn requests(&self) -> Vec<CaughtRequest> {
        lock(&self.shared).requests.clone()
    }
}

impl Drop for WebCatcher {
    fn drop(&mut self) {
        lock(&self.shared).ended = true;
        // Wakes the thread that waits for the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(stream: &TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let mut request =
        CaughtRequest { line: line.trim_end().to_owned(), headers: BTreeMap::new(), body: Vec::new() };
    loop {
        let mut header = String::new();
        lines.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = request.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; MAX_BODY.min(length)];
    lines.read_exact(&mut request.body)?;
    let mode = {
        let mut shared = lock(shared);
        shared.requests.push(request);
        shared.mode.clone()
    };
    let mut out = stream;
    let mut say = |text: String| out.write_all(text.as_bytes());
    match mode {
        WebMode::Accept => say("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned()),
        WebMode::Answer(status, body) => say(format!(
            "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )),
        WebMode::Redirect(to) => say(format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )),
        WebMode::Close => Ok(()),
        WebMode::Silent => {
            let mut nothing = [0; 1];
            let _ = lines.read(&mut nothing);
            Ok(())
        }
        WebMode::Endless => {
            say("HTTP/1.1 500 Trouble\r\nConnection: close\r\n\r\n".to_owned())?;
            loop {
                say("x".repeat(65_536))?;
            }
        }
    }
}
