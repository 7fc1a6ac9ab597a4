//! Which ports a scan probes, and how nmap writes lists of them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fastrand::Rng;

use super::catalog::CATALOG;
use super::plan::Shape;

/// The first and the last port of a run of neighbours.
pub(crate) type Range = (u16, u16);

/// The probed ports of a shape, in order, as the longest ranges.
pub(crate) struct Probed {
    pub all: Vec<Range>,
    /// Those that a filter lets through.
    pub open_to_all: Vec<Range>,
    /// Those that it drops.
    pub dropped: Vec<Range>,
    /// Those that it refuses in its own name.
    pub prohibited: Vec<Range>,
}

/// Whether a filter drops probes to this port.
pub(crate) fn is_dropped(port: u16) -> bool {
    matches!(port, 130..=149 | 6000..=6999)
}

/// Whether a filter answers probes to this port, to say that they are not allowed.
fn is_prohibited(port: u16) -> bool {
    matches!(port, 20_000..=20_999)
}

/// The probed ports. Made once: a file names them tens of millions of times.
pub(crate) fn probed(shape: Shape) -> &'static Probed {
    static THOUSAND: LazyLock<Probed> = LazyLock::new(|| split(&thousand()));
    static ALL: LazyLock<Probed> = LazyLock::new(|| split(&(1..=u16::MAX).collect()));
    match shape {
        Shape::Full | Shape::Ss => &THOUSAND,
        Shape::Lean => &ALL,
    }
}

fn split(ports: &BTreeSet<u16>) -> Probed {
    let ranges_of = |keep: fn(u16) -> bool| ranges(ports.iter().copied().filter(|port| keep(*port)));
    Probed {
        all: ranges_of(|_| true),
        open_to_all: ranges_of(|port| !is_dropped(port) && !is_prohibited(port)),
        dropped: ranges_of(is_dropped),
        prohibited: ranges_of(is_prohibited),
    }
}

/// A thousand ports, dense at the low end and thin above, like the popular ones; not nmap's own list.
fn thousand() -> BTreeSet<u16> {
    let mut random = Rng::with_seed(1000);
    let mut ports: BTreeSet<u16> = CATALOG.iter().map(|service| service.port).collect();
    while ports.len() < 1000 {
        let start = match random.u8(..10) {
            0..2 => random.u16(1..1024),
            2..7 => random.u16(1024..10_000),
            _ => random.u16(10_000..65_000),
        };
        let run = if random.u8(..5) == 0 { random.u16(2..6) } else { 1 };
        ports.extend((start..start + run).take(1000 - ports.len()));
    }
    ports
}

fn ranges(ports: impl Iterator<Item = u16>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for port in ports {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == port => *last = port,
            _ => ranges.push((port, port)),
        }
    }
    ranges
}

/// The ranges without some ports, which must be in order.
pub(crate) fn without(ranges: &[Range], holes: &[u16]) -> Vec<Range> {
    let mut left = Vec::with_capacity(ranges.len() + holes.len());
    let mut holes = holes.iter().copied().peekable();
    for &(mut from, to) in ranges {
        while holes.next_if(|hole| *hole < from).is_some() {}
        let mut is_used_up = false;
        while let Some(hole) = holes.next_if(|hole| *hole <= to) {
            if hole > from {
                left.push((from, hole - 1));
            }
            is_used_up = hole == to;
            from = hole.saturating_add(1);
        }
        if !is_used_up {
            left.push((from, to));
        }
    }
    left
}

/// How many ports the ranges hold.
pub(crate) fn count(ranges: &[Range]) -> usize {
    ranges.iter().map(|(from, to)| usize::from(to - from) + 1).sum()
}

/// Adds ranges as nmap lists them: `1-3,7`.
pub(crate) fn push_ranges(out: &mut Vec<u8>, ranges: &[Range]) {
    for (place, &(from, to)) in ranges.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        push_number(out, from);
        if to > from {
            out.push(b'-');
            push_number(out, to);
        }
    }
}

/// Without the formatting machinery, which takes a third of the whole time here.
fn push_number(out: &mut Vec<u8>, number: u16) {
    let mut power = 10_000;
    while power > 1 && number < power {
        power /= 10;
    }
    while power > 0 {
        out.push(b'0' + u8::try_from(number / power % 10).unwrap_or(0));
        power /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_nmap_does() {
        let mut out = Vec::new();
        push_ranges(&mut out, &ranges([1, 2, 3, 7, 9, 10, 65_535].into_iter()));
        assert_eq!(String::from_utf8(out).expect("digits"), "1-3,7,9-10,65535");
    }

    #[test]
    fn a_thousand_ports_hold_the_catalog() {
        let probed = probed(Shape::Ss);
        assert_eq!(count(&probed.all), 1000);
        assert_eq!(count(&probed.open_to_all) + count(&probed.dropped) + count(&probed.prohibited), 1000);
        assert!(CATALOG.iter().all(|service| thousand().contains(&service.port)));
        assert!(CATALOG.iter().all(|service| !is_prohibited(service.port)), "these are only ever folded");
    }

    #[test]
    fn holes_are_left_out() {
        let ranges = [(1, 3), (7, 7), (9, 12), (65_530, 65_535)];
        assert_eq!(without(&ranges, &[]), ranges);
        assert_eq!(without(&ranges, &[5, 7, 8]), [(1, 3), (9, 12), (65_530, 65_535)]);
        assert_eq!(
            without(&ranges, &[1, 10, 12, 65_535]),
            [(2, 3), (7, 7), (9, 9), (11, 11), (65_530, 65_534)]
        );
        assert_eq!(without(&[(1, 2)], &[1, 2]), []);
    }
}
