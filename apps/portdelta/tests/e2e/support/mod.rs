//! What the tests share: the program on a folder of its own, listeners, networks, files.

mod files;
mod lab;
mod listeners;
mod program;

pub use files::{evening, office, write};
pub use lab::Lab;
pub use listeners::{Listener, closed_port};
pub use program::{Program, Run};

/// Says why a test is not run; for a test that then returns.
pub fn skip(why: &str) {
    println!("skipped: {why}");
}

/// Whether the tests may send raw packets and make namespaces.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so() {
        assert!(begin.elapsed().as_secs() < 30, "waited in vain until {what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
