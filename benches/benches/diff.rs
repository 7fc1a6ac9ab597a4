//! Reading and comparing two files.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portdelta_benches::differences::differences;
use portdelta_benches::generate::{Plan, Shape, Side, write_scan};

fn diff(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10);
    for shape in [Shape::Full, Shape::Ss, Shape::Lean] {
        for hosts in [256, 2_560] {
            let plan = Plan::new(shape, hosts);
            let file = |side| {
                let mut xml = Vec::new();
                write_scan(&plan, side, &mut xml).expect("memory takes everything");
                xml
            };
            let (old, new) = (file(Side::Old), file(Side::New));
            group.throughput(Throughput::Elements(hosts.into()));
            group.bench_function(BenchmarkId::new(shape.to_string(), hosts), |bencher| {
                bencher.iter(|| differences(black_box(&old), black_box(&new)).expect("readable files"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, diff);
criterion_main!(benches);
