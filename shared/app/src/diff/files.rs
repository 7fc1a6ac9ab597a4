//! The two files, each while it is read.

use std::collections::HashMap;
use std::net::IpAddr;

use portdelta_core::UnixTime;
use portdelta_core::coverage::{Basis, CoverageWarning, Covering, Evidence, Lens};
use portdelta_core::evidence::HostEvidence;
use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::observation::{HostRecord, Reason, Scanner, Summary};
use portdelta_formats::DocumentSink;

use super::compare::compare;
use super::{DiffReport, Told};

/// The earlier file: give it to a reader, then [`EarlierFile::whole`].
///
/// Memory follows the number of hosts that it lists.
#[derive(Debug, Default)]
pub struct EarlierFile {
    documents: Vec<Covering>,
}

impl DocumentSink for EarlierFile {
    fn begin(&mut self, scanner: Scanner) {
        self.documents.push(Covering::begin(scanner));
    }

    fn host(&mut self, host: HostRecord) {
        if let Some(document) = self.documents.last_mut() {
            document.host(host);
        }
    }

    fn end(&mut self, summary: Summary) {
        if let Some(document) = self.documents.last_mut() {
            document.end(summary);
        }
    }
}

impl EarlierFile {
    /// The head of its first document.
    #[must_use]
    pub fn scanner(&self) -> Option<&Scanner> {
        self.documents.first().map(Covering::scanner)
    }

    /// The file was read to its end. `id` is its result id.
    #[must_use]
    pub fn whole(self, id: ResultId, told: Told) -> LaterFile {
        let old_time = latest(&self.documents);
        let first = old_time.unwrap_or(UnixTime::EPOCH);
        let old = evidence(self.documents, id, first, "old", &told);
        LaterFile { old, old_id: id, old_time, told, documents: Vec::new(), same: Same::new() }
    }
}

/// The later file: give it to a reader, then [`LaterFile::report`].
///
/// Beside the earlier one it takes memory only for hosts of which it says something else.
#[derive(Debug)]
pub struct LaterFile {
    old: Vec<Evidence>,
    old_id: ResultId,
    old_time: Option<UnixTime>,
    told: Told,
    documents: Vec<Covering>,
    same: Same,
}

/// Hosts of which the later file only repeats what the earlier one says, with the places of their records. What the
/// records say of open ports and scripts is kept only once, with the earlier file's evidence.
pub(super) type Same = HashMap<IpAddr, usize>;

impl DocumentSink for LaterFile {
    fn begin(&mut self, scanner: Scanner) {
        self.tell_apart();
        self.documents.push(Covering::begin(scanner));
    }

    fn host(&mut self, host: HostRecord) {
        let Self { old, documents, same, .. } = self;
        let address = host.address;
        // With several documents on a side, the last word on a host is not known here.
        let ([old], [document]) = (&old[..], &mut documents[..]) else {
            if let Some(document) = documents.last_mut() {
                document.host(host);
            }
            return;
        };
        let known = old.host(address);
        if let Some(known) = known
            && let Some(place) = same.remove(&address)
        {
            complete(document, place, known);
        }
        let place = document.judged();
        document.host(host);
        if let Some(known) = known
            && let Some(new) = document.judged_mut(place)
            && new.reason != Reason::LocalhostResponse
            && new.only_repeats(known)
        {
            (new.open, new.scripts) = (Vec::new(), Vec::new());
            same.insert(address, place);
        }
    }

    fn end(&mut self, summary: Summary) {
        if let Some(document) = self.documents.last_mut() {
            document.end(summary);
        }
    }
}

impl LaterFile {
    /// The head of its first document.
    #[must_use]
    pub fn scanner(&self) -> Option<&Scanner> {
        self.documents.first().map(Covering::scanner)
    }

    /// The file was read to its end: what changed. `id` is its result id.
    #[must_use]
    pub fn report(self, id: ResultId) -> DiffReport {
        let mut report = DiffReport::default();
        let new_time = latest(&self.documents);
        if let (Some(old_time), Some(new_time)) = (self.old_time, new_time)
            && old_time > new_time
        {
            report.warnings.push(CoverageWarning {
                code: "times_disagree",
                message: "the file given as old is the later one by its own times".to_owned(),
            });
        }
        // The order is what the caller says; the times are only shown.
        let first = self.old_time.unwrap_or(UnixTime::EPOCH);
        let second = new_time.unwrap_or(first).max(first.shifted(1));
        // The same bytes twice are a repeat where results are remembered; here they are two looks that agree.
        let again = || ResultId::derive(id.0, &site(), None, u32::MAX);
        let id = if id == self.old_id { again() } else { id };
        let new = evidence(self.documents, id, second, "new", &self.told);
        compare(self.old, new, &self.same, report)
    }

    /// A host may stand in the next document as well: both are to be heard.
    fn tell_apart(&mut self) {
        let ([old], [document]) = (&self.old[..], &mut self.documents[..]) else { return };
        for (address, place) in self.same.drain() {
            if let Some(known) = old.host(address) {
                complete(document, place, known);
            }
        }
    }
}

/// Puts in what was only kept with the earlier file.
fn complete(document: &mut Covering, place: usize, known: &HostEvidence) {
    if let Some(host) = document.judged_mut(place) {
        host.open.clone_from(&known.open);
        host.scripts.clone_from(&known.scripts);
    }
}

/// What the documents of one file are evidence for.
fn evidence(documents: Vec<Covering>, id: ResultId, time: UnixTime, run: &str, told: &Told) -> Vec<Evidence> {
    let basis = Basis {
        site: site(),
        run: run_id(run),
        result: id,
        lens: Lens::Same,
        targets: told.targets.as_ref(),
        ports: told.ports.as_ref(),
        received: UnixTime::MAX,
        time: Some(time),
        default_time: time,
        confirm_open: 1,
        confirm_close: 1,
        lists_first_looks: false,
    };
    let result = |number| if number == 0 { id } else { ResultId::derive(id.0, &basis.site, None, number) };
    let numbered = documents.into_iter().zip(0..);
    numbered
        .map(|(document, number)| document.evidence(&Basis { result: result(number), ..basis.clone() }))
        .collect()
}

/// The latest time that stands in the documents.
fn latest(documents: &[Covering]) -> Option<UnixTime> {
    documents.iter().filter_map(Covering::latest).max()
}

#[expect(clippy::expect_used, reason = "the text is fixed and valid")]
fn site() -> SiteId {
    "diff".parse().expect("a valid id")
}

#[expect(clippy::expect_used, reason = "the texts are fixed and valid")]
fn run_id(name: &str) -> RunId {
    name.parse().expect("a valid id")
}
