//! Ctrl-C, and the polite request of a service manager to end.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Heard from when it is made: none falls between two turns of a loop.
pub struct Interrupts {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// Begins to listen.
    pub fn begin() -> Result<Self, Failure> {
        let hear = |kind| {
            signal(kind).map_err(|error| {
                Failure::new("no_signals", format!("could not listen for Ctrl-C: {error}"))
                    .hint("Look at the limits of this user's processes.")
            })
        };
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
