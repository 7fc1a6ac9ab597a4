//! Open ports of hosts under test, each a thread that ends with its value.
#![expect(clippy::missing_panics_doc, reason = "a port that is taken ends the test")]

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// How often a server looks whether it is to end.
const TURN: Duration = Duration::from_millis(5);

/// An open port: a TCP server with a greeting, or a UDP server that answers.
pub struct Listener {
    port: u16,
    greeting: Arc<Mutex<String>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens on a free TCP port of an address, and says nothing.
    #[must_use]
    pub fn on(address: &str) -> Self {
        Self::at(address, 0)
    }

    /// Listens on a given TCP port.
    #[must_use]
    pub fn at(address: &str, port: u16) -> Self {
        Self::of(TcpListener::bind(place(address, port)).expect("the port is free"))
    }

    /// Listens on a TCP port of a host in a network namespace.
    #[must_use]
    pub fn inside(namespace: &str, address: &str, port: u16) -> Self {
        let file = File::open(Path::new("/run/netns").join(namespace)).expect("the namespace is there");
        let place = place(address, port);
        // A thread can move alone, and the socket stays where it was made.
        let thread = std::thread::spawn(move || {
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
                .expect("root may move into a namespace");
            TcpListener::bind(place).expect("the port is free")
        });
        Self::of(thread.join().expect("it listens"))
    }

    fn of(socket: TcpListener) -> Self {
        socket.set_nonblocking(true).expect("sockets need not block");
        let port = socket.local_addr().expect("a bound socket has an address").port();
        Self::serving(port, move |greeting| match socket.accept() {
            Ok((mut stream, _)) => {
                // A scanner that goes at once is no trouble.
                let _ = stream.write_all(greeting.as_bytes());
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        })
    }

    /// Answers every datagram at a free UDP port of an address.
    #[must_use]
    pub fn udp(address: &str) -> Self {
        let socket = UdpSocket::bind(place(address, 0)).expect("some port is free");
        socket.set_nonblocking(true).expect("sockets need not block");
        let port = socket.local_addr().expect("a bound socket has an address").port();
        Self::serving(port, move |_| {
            let mut datagram = [0; 2048];
            if let Ok((size, from)) = socket.recv_from(&mut datagram) {
                let _ = socket.send_to(&datagram[..size.max(1)], from);
            }
        })
    }

    fn serving(port: u16, mut turn: impl FnMut(&str) + Send + 'static) -> Self {
        let greeting = Arc::new(Mutex::new(String::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let (of_thread, is_end) = (greeting.clone(), ends.clone());
        let thread = std::thread::spawn(move || {
            while !is_end.load(Ordering::Relaxed) {
                let text = of_thread.lock().expect("nobody panics with it").clone();
                turn(&text);
                std::thread::sleep(TURN);
            }
        });
        Self { port, greeting, ends, thread: Some(thread) }
    }

    /// Greets with this text from now on.
    #[must_use]
    pub fn greets(self, greeting: &str) -> Self {
        greeting.clone_into(&mut self.greeting.lock().expect("nobody panics with it"));
        self
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // The port is closed when the thread has ended, and not before.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A TCP port of an address at which nobody listens.
#[must_use]
pub fn closed_port(address: &str) -> u16 {
    Listener::on(address).port()
}

fn place(address: &str, port: u16) -> SocketAddr {
    let address: IpAddr = address.parse().expect("the test names an address");
    SocketAddr::new(address, port)
}
