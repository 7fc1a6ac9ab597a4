//! Evidence against evidence, block by block.

use std::collections::BTreeSet;

use portdelta_core::Block;
use portdelta_core::coverage::{CoverageWarning, Evidence};
use portdelta_core::evidence::{BlockEvidence, HostEvidence};
use portdelta_core::reconcile::reconcile;
use portdelta_core::state::BlockState;

use super::DiffReport;
use super::files::Same;

/// Adds all that changed from `old` to `new` to the report. The new evidence is not complete for the hosts in `same`:
/// they answer, and it only repeats the old one.
pub(super) fn compare(
    mut old: Vec<Evidence>,
    mut new: Vec<Evidence>,
    same: &Same,
    mut report: DiffReport,
) -> DiffReport {
    for (name, evidence) in old.iter().map(|one| ("old", one)).chain(new.iter().map(|one| ("new", one))) {
        for warning in &evidence.warnings {
            let message = format!("{name}: {}", warning.message);
            report.warnings.push(CoverageWarning { code: warning.code, message });
        }
    }
    // Blocks that neither file lists an address of are down in both.
    let blocks: BTreeSet<Block> = old.iter().chain(&new).flat_map(Evidence::listed_blocks).collect();
    for block in blocks {
        compare_block(block, &mut old, &mut new, same, &mut report);
    }
    report
}

fn compare_block(
    block: Block,
    old: &mut [Evidence],
    new: &mut [Evidence],
    same: &Same,
    report: &mut DiffReport,
) {
    let mut old: Vec<_> = old.iter_mut().map(|one| (one.take_block(block), &one.origin)).collect();
    let mut new: Vec<_> = new.iter_mut().map(|one| (one.take_block(block), &one.origin)).collect();
    if let ([(old, _)], [(new, _)]) = (&mut old[..], &mut new[..]) {
        leave_out(same, old, new, report);
    }
    let mut state = BlockState::default();
    for (part, origin) in &old {
        reconcile(&mut state, part, origin);
    }
    drop(old);
    let was_up = state.up();
    let mut blackout = false;
    for (part, origin) in &new {
        let outcome = reconcile(&mut state, part, origin);
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

/// Counts the hosts that are the same in both, which needs no state. One of them stays in both, for the rules that
/// ask whether anything in the block answers.
fn leave_out(same: &Same, old: &mut BlockEvidence, new: &mut BlockEvidence, report: &mut DiffReport) {
    let block = old.block;
    let is_same = |host: &HostEvidence| same.contains_key(&block.address(host.index));
    let mut staying = None;
    old.hosts.retain(|host| {
        let goes = is_same(host) && staying.get_or_insert(host.index) != &host.index;
        if goes {
            report.unchanged.hosts += 1;
            report.unchanged.ports += host.open.len() as u64;
        }
        !goes
    });
    new.hosts.retain(|host| !is_same(host) || staying == Some(host.index));
    let Some(index) = staying else { return };
    let known = old.hosts.iter().find(|host| host.index == index);
    let repeated = new.hosts.iter_mut().find(|host| host.index == index);
    if let (Some(known), Some(repeated)) = (known, repeated) {
        repeated.open.clone_from(&known.open);
        repeated.scripts.clone_from(&known.scripts);
    }
}
