//! Our own reading, streamed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use portdelta_core::observation::{HostRecord, Scanner, Summary};
use portdelta_formats::{DocumentSink, ReadOptions, ResultLimits, read};

/// Takes every host and keeps none.
#[derive(Default)]
struct Passing {
    ports: u64,
}

impl DocumentSink for Passing {
    fn begin(&mut self, _scanner: Scanner) {}

    fn host(&mut self, host: HostRecord) {
        self.ports += host.ports.len() as u64;
    }

    fn end(&mut self, _summary: Summary) {}
}

/// Reads a result as it comes, and gives the number of ports in it.
///
/// # Errors
/// Where the result is refused.
pub fn count_ports(input: impl Read) -> anyhow::Result<u64> {
    let mut sink = Passing::default();
    read(input, &ReadOptions::default(), &ResultLimits::default(), &mut sink)?;
    Ok(sink.ports)
}

/// [`count_ports`] of a file.
///
/// # Errors
/// Where it cannot be read, or is refused.
pub fn count_ports_of(path: &Path) -> anyhow::Result<u64> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    count_ports(file).with_context(|| format!("cannot read {}", path.display()))
}
