//! What the tests share: the program on a folder of its own, listeners, networks, files.

mod double;
mod files;
mod lab;
mod program;
mod server;

pub use double::Double;
pub use files::{evening, office, write};
pub use lab::Lab;
pub use portdelta_testkit::{Listener, closed_port, wait_until};
pub use program::{Program, Run};
pub use server::{Agent, Server};

/// Says why a test is not run; for a test that then returns.
pub fn skip(why: &str) {
    println!("skipped: {why}");
}

/// Whether the tests may send raw packets and make namespaces.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
