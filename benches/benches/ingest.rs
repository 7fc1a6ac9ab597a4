//! Taking results into a store on disk: a first scan, one that changed nothing, one that changed a little.

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portdelta_app::repositories::Judgement;
use portdelta_app::{App, Upload};
use portdelta_benches::generate::{Plan, Shape, Side, write_scan};
use portdelta_core::UnixTime;
use portdelta_embedded::{Database, DatabaseOptions, FolderBlobs, SqliteTable};
use portdelta_system::{SystemClock, SystemIds};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A store in a folder of its own.
struct Store {
    app: App,
    _folder: TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let clock = Arc::new(SystemClock);
        let path = folder.path().join("state.sqlite");
        let database = Database::open(&path, &DatabaseOptions::default()).expect("a new store");
        let blobs = FolderBlobs::open(&folder.path().join("blobs")).expect("a new folder");
        let table = SqliteTable::new(Arc::new(database), clock.clone());
        let app = App::new(Arc::new(table), Arc::new(blobs), clock, Arc::new(SystemIds));
        Self { app, _folder: folder }
    }

    fn ingest(&self, runtime: &Runtime, raw: &[u8]) -> usize {
        let report = runtime.block_on(self.app.ingest(upload(raw), &|_, _| {})).expect("a sound store");
        report.deltas.len()
    }
}

fn upload(raw: &[u8]) -> Upload {
    Upload {
        site: "bench".parse().expect("a valid id"),
        source: "generated".to_owned(),
        title: "generated".to_owned(),
        raw: raw.to_vec().into(),
        run: None,
        by: None,
        judgement: Judgement {
            run: "bench".parse().expect("a valid id"),
            scan: None,
            targets: None,
            ports: None,
            default_time: UnixTime::EPOCH,
            time_zone: "UTC".to_owned(),
            format: None,
            confirm_open: 1,
            confirm_close: 1,
        },
    }
}

fn packed(plan: &Plan, side: Side) -> Vec<u8> {
    let mut xml = Vec::new();
    write_scan(plan, side, &mut xml).expect("memory takes everything");
    zstd::bulk::compress(&xml, 3).expect("memory takes everything")
}

fn ingest(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10);
    let hosts = 1_000;
    group.throughput(Throughput::Elements(hosts.into()));
    for shape in [Shape::Full, Shape::Ss] {
        let changing = Plan::new(shape, hosts);
        let quiet = Plan { changed: 0.0, ..changing };
        let old = packed(&changing, Side::Old);
        group.bench_function(BenchmarkId::new("first", shape.to_string()), |bencher| {
            bencher.iter_batched(Store::new, |store| store.ingest(&runtime, &old), BatchSize::PerIteration);
        });
        for (name, plan) in [("unchanged", &quiet), ("one per cent changed", &changing)] {
            let (old, new) = (packed(plan, Side::Old), packed(plan, Side::New));
            let prepared = || {
                let store = Store::new();
                store.ingest(&runtime, &old);
                store
            };
            group.bench_function(BenchmarkId::new(name, shape.to_string()), |bencher| {
                bencher.iter_batched(prepared, |store| store.ingest(&runtime, &new), BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
