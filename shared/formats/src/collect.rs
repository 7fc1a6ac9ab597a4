//! Whole documents in memory.

use std::io::Read;

use portdelta_core::observation::{Document, HostRecord, Scanner, Summary};

use crate::limits::ResultLimits;
use crate::read::{DocumentSink, ReadOptions, Reading, read};
use crate::refusal::Refusal;

/// A sink that keeps everything.
#[derive(Debug, Default)]
pub struct Documents {
    /// The documents that have ended, in file order.
    pub documents: Vec<Document>,
    open: Option<(Scanner, Vec<HostRecord>)>,
}

impl DocumentSink for Documents {
    fn begin(&mut self, scanner: Scanner) {
        self.open = Some((scanner, Vec::new()));
    }

    fn host(&mut self, host: HostRecord) {
        if let Some((_, hosts)) = &mut self.open {
            hosts.push(host);
        }
    }

    fn end(&mut self, summary: Summary) {
        if let Some((scanner, hosts)) = self.open.take() {
            self.documents.push(Document { scanner, hosts, summary });
        }
    }
}

/// A file that was read.
#[derive(Debug)]
pub struct CollectedFile {
    /// What it was.
    pub reading: Reading,
    /// What stands in it.
    pub documents: Vec<Document>,
}

/// Reads a whole file into memory; see [`read`](crate::read()).
pub fn collect(
    input: impl Read,
    options: &ReadOptions,
    limits: &ResultLimits,
) -> Result<CollectedFile, Refusal> {
    let mut sink = Documents::default();
    let reading = read(input, options, limits, &mut sink)?;
    Ok(CollectedFile { reading, documents: sink.documents })
}

#[cfg(test)]
pub(crate) fn collect_bytes(bytes: &[u8]) -> (Reading, Vec<Document>) {
    let file = collect(bytes, &ReadOptions::default(), &ResultLimits::default()).expect("a readable file");
    (file.reading, file.documents)
}

/// `192.0.2.1 80/tcp open` for every port of every record.
#[cfg(test)]
pub(crate) fn listed(documents: &[Document]) -> Vec<String> {
    let hosts = documents.iter().flat_map(|document| &document.hosts);
    let line = |host: &HostRecord| -> Vec<String> {
        let ports = host.ports.iter();
        ports.map(|port| format!("{} {} {}", host.address, port.port, port.status.name())).collect()
    };
    hosts.flat_map(line).collect()
}
