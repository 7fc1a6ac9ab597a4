//! What changed from one file to another, without a store.

mod compare;
mod files;

use std::collections::BTreeMap;

use portdelta_core::coverage::CoverageWarning;
use portdelta_core::delta::Delta;
use portdelta_core::ids::ResultId;
use portdelta_core::observation::Document;
use portdelta_core::reconcile::Tally;
use portdelta_core::{AddressSet, PortSet};
use portdelta_formats::DocumentSink;

pub use files::{EarlierFile, LaterFile};

/// What both files were to scan.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The addresses, where the files do not say.
    pub targets: Option<AddressSet>,
    /// The ports, where the files do not say.
    pub ports: Option<PortSet>,
}

/// What to compare with what.
#[derive(Clone, Debug)]
pub struct DiffRequest {
    /// The documents of the earlier file, and its result id.
    pub old: (Vec<Document>, ResultId),
    /// The documents of the later file, and its result id.
    pub new: (Vec<Document>, ResultId),
    /// The addresses that both were to scan, where the files do not say.
    pub targets: Option<AddressSet>,
    /// The ports that both were to scan, where the files do not say.
    pub ports: Option<PortSet>,
}

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct DiffReport {
    /// The changes by address; first looks are only counted.
    pub deltas: Vec<Delta>,
    /// What was up or open in both, covered in both, without a delta.
    pub unchanged: Tally,
    /// What is up or open in the later file where the earlier one did not look.
    pub not_comparable: Tally,
    /// What was corrected, could not be covered, or was held back.
    pub warnings: Vec<CoverageWarning>,
}

/// Compares two files that are in memory: the first is the earlier one, whatever the times in them say.
///
/// Files that are not are better read into an [`EarlierFile`] and a [`LaterFile`].
#[must_use]
pub fn diff(request: DiffRequest) -> DiffReport {
    let DiffRequest { old: (old, old_id), new: (new, new_id), targets, ports } = request;
    let mut earlier = EarlierFile::default();
    give(old, &mut earlier);
    let mut later = earlier.whole(old_id, Told { targets, ports });
    give(new, &mut later);
    later.report(new_id)
}

fn give(documents: Vec<Document>, sink: &mut dyn DocumentSink) {
    for Document { scanner, hosts, summary } in documents {
        sink.begin(scanner);
        for host in hosts {
            sink.host(host);
        }
        sink.end(summary);
    }
}

/// How many changes there are of each kind that occurs, by the kind's name.
#[must_use]
pub fn counts(deltas: &[Delta]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for delta in deltas.iter().filter(|delta| !delta.first_look) {
        *counts.entry(delta.kind.name()).or_default() += 1;
    }
    counts
}
