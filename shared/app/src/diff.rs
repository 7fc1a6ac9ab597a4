//! What changed from one file to another, without a store.

use std::collections::{BTreeMap, BTreeSet};

use portdelta_core::coverage::{Basis, CoverageWarning, Evidence, Lens, cover};
use portdelta_core::delta::Delta;
use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::observation::Document;
use portdelta_core::reconcile::{Tally, reconcile};
use portdelta_core::state::BlockState;
use portdelta_core::{AddressSet, Block, PortSet, UnixTime};

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

/// Compares two files: the first is the earlier one, whatever the times in them say.
///
/// Memory follows the number of listed hosts.
///
/// # Panics
/// Never: the fixed ids are valid.
#[must_use]
pub fn diff(request: DiffRequest) -> DiffReport {
    let DiffRequest { old: (old, old_id), new: (new, new_id), targets, ports } = request;
    let mut report = DiffReport::default();
    let (old_time, new_time) = (latest(&old), latest(&new));
    if let (Some(old_time), Some(new_time)) = (old_time, new_time)
        && old_time > new_time
    {
        report.warnings.push(CoverageWarning {
            code: "times_disagree",
            message: "the file given as old is the later one by its own times".to_owned(),
        });
    }
    // The order is what the caller says; the times are only shown.
    let first = old_time.unwrap_or(UnixTime::EPOCH);
    let second = new_time.unwrap_or(first).max(first.shifted(1));
    let side = |documents: Vec<Document>, id, time, run: &str| -> Vec<Evidence> {
        let basis = Basis {
            site: site(),
            run: run_id(run),
            result: id,
            lens: Lens::Same,
            targets: targets.as_ref(),
            ports: ports.as_ref(),
            received: UnixTime::MAX,
            time: Some(time),
            default_time: time,
            confirm_open: 1,
            confirm_close: 1,
            lists_first_looks: false,
        };
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let numbered = documents.into_iter().enumerate();
        numbered
            .map(|(place, document)| {
                let result = ResultId::derive(id.0, &basis.site, None, number(place));
                cover(document, &Basis { result: if place == 0 { id } else { result }, ..basis.clone() })
            })
            .collect()
    };
    // The same bytes twice are a repeat where results are remembered; here they are two looks that agree.
    let again = || ResultId::derive(new_id.0, &site(), None, u32::MAX);
    let new_id = if new_id == old_id { again() } else { new_id };
    let mut old = side(old, old_id, first, "old");
    let mut new = side(new, new_id, second, "new");
    for (name, evidence) in old.iter().map(|one| ("old", one)).chain(new.iter().map(|one| ("new", one))) {
        for warning in &evidence.warnings {
            let message = format!("{name}: {}", warning.message);
            report.warnings.push(CoverageWarning { code: warning.code, message });
        }
    }

    // Blocks that neither file lists an address of are down in both.
    let blocks: BTreeSet<Block> = old.iter().chain(&new).flat_map(Evidence::listed_blocks).collect();
    for block in blocks {
        compare(block, &mut old, &mut new, &mut report);
    }
    report
}

fn compare(block: Block, old: &mut [Evidence], new: &mut [Evidence], report: &mut DiffReport) {
    let mut state = BlockState::default();
    for evidence in old {
        let part = evidence.take_block(block);
        reconcile(&mut state, &part, &evidence.origin);
    }
    let was_up = state.up();
    let mut blackout = false;
    for evidence in new {
        let part = evidence.take_block(block);
        let outcome = reconcile(&mut state, &part, &evidence.origin);
        report.unchanged += outcome.unchanged;
        report.not_comparable += outcome.first_looks;
        report.deltas.extend(outcome.deltas);
        blackout |= outcome.blackout;
    }
    if blackout && state.is_pending() {
        report.warnings.push(CoverageWarning {
            code: "blackout",
            message: format!(
                "nothing answers in {block}, where {was_up} hosts were up: a scanner without network looks the \
                 same, so nothing is reported as gone or closed there before a second result agrees"
            ),
        });
    }
}

/// The latest time that stands in the documents.
fn latest(documents: &[Document]) -> Option<UnixTime> {
    let times = documents.iter().flat_map(|document| {
        let hosts = document.hosts.iter().filter_map(|host| host.end);
        hosts.chain(document.scanner.start).chain(document.summary.end)
    });
    times.max()
}

#[expect(clippy::expect_used, reason = "the text is fixed and valid")]
fn site() -> SiteId {
    "diff".parse().expect("a valid id")
}

#[expect(clippy::expect_used, reason = "the texts are fixed and valid")]
fn run_id(name: &str) -> RunId {
    name.parse().expect("a valid id")
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
