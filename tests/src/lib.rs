//! What the programs of the tests share; the tests themselves are beside this folder.

pub mod cost;

use std::path::PathBuf;

use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;
use portdelta_system::SystemClock;

/// The machine's clock, put forward by so many seconds as stand in a file.
pub struct ForwardClock(pub PathBuf);

impl Clock for ForwardClock {
    fn now(&self) -> UnixTime {
        let ahead = std::fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse().ok());
        SystemClock.now().shifted(ahead.unwrap_or(0))
    }
}
