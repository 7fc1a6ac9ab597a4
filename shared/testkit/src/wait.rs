//! Waiting for what another thread or process does.

use std::time::{Duration, Instant};

/// How often it is looked.
const TURN: Duration = Duration::from_millis(20);

/// Waits until `look` gives something.
///
/// # Panics
/// After `patience`.
#[track_caller]
pub fn wait_for<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begin.elapsed() < patience, "waited {} s in vain for {what}", patience.as_secs());
        std::thread::sleep(TURN);
    }
}

/// Waits up to half a minute until something is so.
///
/// # Panics
/// Where it never is.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, Duration::from_secs(30), || is_so().then_some(()));
}
