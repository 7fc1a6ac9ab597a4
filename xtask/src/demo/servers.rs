//! Servers that greet whoever connects.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

/// Listens until it is dropped; closed means closed: nothing answers afterwards.
pub struct Server {
    address: (Ipv4Addr, u16),
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Three addresses for three hosts; one and the same where the system has one loopback address only.
pub fn addresses() -> [Ipv4Addr; 3] {
    let hosts = [1, 2, 3].map(|last| Ipv4Addr::new(127, 0, 10, last));
    let usable = hosts.iter().all(|&host| TcpListener::bind((host, 0)).is_ok());
    if usable { hosts } else { [Ipv4Addr::LOCALHOST; 3] }
}

impl Server {
    /// Listens on `port`, and sends `greeting` to everyone.
    pub fn start(host: Ipv4Addr, port: u16, greeting: &'static str) -> Result<Self> {
        let address = (host, port);
        let listener = TcpListener::bind(address)
            .with_context(|| format!("port {port} of {host} is taken; stop what listens there"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(connection) = connection {
                    greet(connection, greeting);
                }
            }
        });
        Ok(Self { address, stop, thread: Some(thread) })
    }
}

/// A client that has gone already is no trouble.
fn greet(mut connection: TcpStream, greeting: &str) {
    let _ = connection.set_write_timeout(Some(Duration::from_secs(1)));
    let _ = connection.write_all(greeting.as_bytes());
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which then looks at `stop`.
        let _ = TcpStream::connect_timeout(&self.address.into(), Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
