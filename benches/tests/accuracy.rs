//! Every true change of a generated pair is found, and nothing else, whatever noise is around it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use portdelta_app::diff::{DiffReport, DiffRequest, diff};
use portdelta_benches::differences::differences;
use portdelta_benches::generate::{Cause, Plan, Shape, Side, true_changes, write_scan};
use portdelta_core::ids::ResultId;
use portdelta_core::observation::{Document, Scanner, Summary, Tool};
use portdelta_formats::{ReadOptions, ResultLimits, collect};

/// Hosts that are the same in both files are not gone through again; a second document turns that off.
fn assert_short_cut_changes_nothing(old: &[u8], new: &[u8], short: &DiffReport) {
    let documents = |xml| collect(xml, &ReadOptions::default(), &ResultLimits::default()).expect("readable");
    let (old, mut new) = (documents(old).documents, documents(new).documents);
    let nothing =
        Document { scanner: Scanner::of(Tool::Nmap), hosts: Vec::new(), summary: Summary::default() };
    new.push(nothing);
    let id = |number| ResultId::derive([number; 32], &"bench".parse().expect("an id"), None, 0);
    let long = diff(DiffRequest { old: (old, id(1)), new: (new, id(2)), targets: None, ports: None });
    assert_eq!((&short.deltas, short.unchanged), (&long.deltas, long.unchanged));
}

type Change = (IpAddr, Option<u16>, &'static str, Option<&'static str>);

fn assert_exact(plan: Plan) {
    let file = |side| {
        let mut xml = Vec::new();
        write_scan(&plan, side, &mut xml).expect("memory takes everything");
        xml
    };
    let (old, new) = (file(Side::Old), file(Side::New));
    let report = differences(&old, &new).expect("readable files");
    assert_short_cut_changes_nothing(&old, &new, &report);
    let found: Vec<Change> = report
        .deltas
        .iter()
        .filter(|delta| !delta.first_look)
        .map(|delta| {
            let port = delta.port.map(|port| port.number);
            (delta.address, port, delta.kind.name(), delta.cause.map(portdelta_core::delta::Cause::name))
        })
        .collect();
    let truth: BTreeSet<Change> = true_changes(&plan)
        .map(|change| (change.address.into(), change.port, change.kind.name(), change.cause.map(Cause::name)))
        .collect();
    let distinct: BTreeSet<Change> = found.iter().copied().collect();
    let missing: Vec<_> = truth.difference(&distinct).take(5).collect();
    let wrong: Vec<_> = distinct.difference(&truth).take(5).collect();
    assert!(missing.is_empty() && wrong.is_empty(), "{plan:?}: missing {missing:?}, wrong {wrong:?}");
    assert_eq!(found.len(), truth.len(), "nothing twice");
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(report.not_comparable, portdelta_core::reconcile::Tally::default());
}

#[test]
fn true_changes_are_found() {
    for shape in [Shape::Full, Shape::Ss, Shape::Lean] {
        assert_exact(Plan { changed: 0.03, ..Plan::new(shape, 400) });
    }
}

#[test]
fn hosts_that_come_and_go_take_their_ports_with_them() {
    for shape in [Shape::Full, Shape::Ss, Shape::Lean] {
        assert_exact(Plan { changed: 0.02, gone: 15, new: 20, seed: 5, ..Plan::new(shape, 600) });
    }
}

#[test]
fn noise_is_no_change() {
    for shape in [Shape::Full, Shape::Ss, Shape::Lean] {
        assert_exact(Plan { changed: 0.0, seed: 9, ..Plan::new(shape, 400) });
    }
}
