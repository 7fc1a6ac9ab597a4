//! Reading nmap XML: ours, and the limit that the XML parser sets.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portdelta_benches::bare_xml_loop::count_events;
use portdelta_benches::generate::{Plan, Shape, Side, write_scan};
use portdelta_benches::streamed::count_ports;

const HOSTS: u32 = 1_000;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.sample_size(20);
    for shape in [Shape::Full, Shape::Ss, Shape::Lean] {
        let mut xml = Vec::new();
        write_scan(&Plan::new(shape, HOSTS), Side::Old, &mut xml).expect("memory takes everything");
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_with_input(BenchmarkId::new("bare-loop", shape), &xml, |bencher, xml| {
            bencher.iter(|| count_events(black_box(xml)).expect("well-formed"));
        });
        group.bench_with_input(BenchmarkId::new("streamed", shape), &xml, |bencher, xml| {
            bencher.iter(|| count_ports(black_box(xml.as_slice())).expect("readable"));
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
