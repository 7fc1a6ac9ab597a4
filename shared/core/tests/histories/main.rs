//! Random histories of scans against a slow model that was written as naively as possible.
//!
//! Each history is a world that changes, scans that see some of it (narrower, cut short, timed out, `--open`,
//! without host discovery, through different lenses, damped or not), and results that arrive late, twice and in
//! any order. After every result the reported changes and all that is believed must be those of the model.
//!
//! `PORTDELTA_HISTORIES` sets how many histories are tried (10,000 if it is not set), `PORTDELTA_HISTORY` one seed.

mod model;
mod world;

use std::collections::BTreeMap;

use portdelta_core::Block;
use portdelta_core::coverage::cover;
use portdelta_core::delta::Delta;
use portdelta_core::reconcile::{Tally, reconcile};
use portdelta_core::state::{Belief, BlockState, Presence};

use model::{Believed, Model, Reported};
use world::{Scan, history};

/// The real thing: block states, and results that are covered and reconciled.
#[derive(Default)]
struct Real {
    blocks: BTreeMap<Block, BlockState>,
}

impl Real {
    fn apply(&mut self, scan: &Scan) -> (Vec<Reported>, Tally) {
        let mut evidence = cover(scan.document(), &scan.basis());
        let mut reported = Vec::new();
        let mut unchanged = Tally::default();
        let blocks: Vec<_> = evidence.blocks().collect();
        for block in blocks {
            let part = evidence.take_block(block);
            let outcome = reconcile(self.blocks.entry(block).or_default(), &part, &evidence.origin);
            reported.extend(outcome.deltas.iter().map(summary));
            unchanged += outcome.unchanged;
        }
        reported.sort();
        (reported, unchanged)
    }

    fn believed(&self) -> Believed {
        let mut believed = Believed::default();
        for (block, state) in &self.blocks {
            for (&index, host) in &state.hosts {
                let address = block.address(index);
                believed.hosts.insert(address, host.presence);
                for (&port, state) in &host.ports {
                    if state.belief != Belief::NeverOpen {
                        let service = state.service.as_ref().map(|known| known.value.version.to_string());
                        believed.ports.insert((address, port), (state.belief, state.unconfirmed, service));
                    }
                }
                if let Some(mac) = &host.mac {
                    believed.macs.insert(address, mac.value);
                }
            }
        }
        believed.hosts.retain(|_, presence| *presence != Presence::Awaited);
        believed
    }
}

fn summary(delta: &Delta) -> Reported {
    Reported {
        address: delta.address,
        kind: delta.kind,
        port: delta.port,
        cause: delta.cause,
        first_look: delta.first_look,
        first_seen: delta.first_seen,
    }
}

/// Runs a history through both; what differs first, in words.
fn difference(scans: &[Scan]) -> Option<String> {
    let (mut real, mut model) = (Real::default(), Model::default());
    for (step, scan) in scans.iter().enumerate() {
        let (is, should) = (real.apply(scan), model.apply(scan));
        if is != should {
            let only = |ours: &[Reported], theirs: &[Reported]| -> Vec<String> {
                ours.iter().filter(|one| !theirs.contains(one)).map(|one| format!("{one:?}")).collect()
            };
            let (extra, missing) = (only(&is.0, &should.0), only(&should.0, &is.0));
            return Some(format!(
                "step {step}: reported without the model {extra:#?}, not reported {missing:#?}, \
                 unchanged {:?} and {:?}",
                is.1, should.1
            ));
        }
        let (is, should) = (real.believed(), model.believed());
        if is != should {
            return Some(format!("step {step}: believed {is:#?}\nthe model believes {should:#?}"));
        }
    }
    None
}

/// Drops scans from a failing history while it goes on failing.
fn shortened(mut scans: Vec<Scan>) -> Vec<Scan> {
    let mut place = 0;
    while place < scans.len() {
        let mut shorter = scans.clone();
        shorter.remove(place);
        if difference(&shorter).is_some() { scans = shorter } else { place += 1 }
    }
    scans
}

/// Histories that once were told differently: a late result that changed nothing when it came, but did when it came again.
const REMEMBERED: [u64; 2] = [464_408, 883_133];

#[test]
fn remembered_histories_agree_with_the_naive_model() {
    for seed in REMEMBERED {
        assert_eq!(difference(&history(seed)), None, "seed {seed}");
    }
}

#[test]
fn random_histories_agree_with_the_naive_model() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PORTDELTA_HISTORY") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PORTDELTA_HISTORIES").unwrap_or(10_000),
    };
    let tried = seeds.end - seeds.start;
    let mut changes = 0;
    for seed in seeds {
        let scans = history(seed);
        if difference(&scans).is_some() {
            let scans = shortened(scans);
            let what = difference(&scans).unwrap_or_default();
            panic!("seed {seed}: {scans:#?}\n{what}");
        }
        let mut model = Model::default();
        changes += scans
            .iter()
            .map(|scan| model.apply(scan).0.iter().filter(|one| !one.first_look).count())
            .sum::<usize>();
    }
    println!("{tried} histories, {changes} changes");
    assert!(changes as u64 >= tried, "histories without changes test nothing: {changes} in {tried}");
}
