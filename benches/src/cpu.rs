//! The CPU time of this process.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The CPU time that all threads of this process have used until now.
#[must_use]
pub fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The CPU seconds that an action takes, with its result.
pub fn measured<T>(action: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu_time();
    let result = action();
    (cpu_time().saturating_sub(start).as_secs_f64(), result)
}
