//! Runs that are counted: on an emulator of AWS for the page of documentation, in memory to see whether it is still true.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use portdelta_app::ports::{Blobs, Table};
use portdelta_app::repositories::Scan;
use portdelta_aws::Capacity;
use portdelta_benches::generate::{Plan, Shape, Side};
use portdelta_testkit::{MemoryBlobs, MemoryTable, TestClock};

use super::meter::{Meter, Metered, MeteredBlobs, Requests};
use super::report::Counts;
use super::run::Installation;

/// The share of ports that change from run to run.
const CHANGED: f64 = 0.005;

/// An installation whose calls are counted.
pub struct Counted {
    installation: Installation,
    meter: Arc<Meter>,
    capacity: Arc<Capacity>,
    requests: Arc<Requests>,
}

impl Counted {
    /// On this table and these blobs, which obey `clock`; `capacity` hears what DynamoDB says, where it is one.
    pub async fn new(
        table: Arc<dyn Table>,
        blobs: Arc<dyn Blobs>,
        clock: Arc<TestClock>,
        capacity: Arc<Capacity>,
    ) -> Result<Self> {
        let (meter, requests): (Arc<Meter>, Arc<Requests>) = (Arc::default(), Arc::default());
        let table = Arc::new(Metered::new(table, meter.clone()));
        let blobs = Arc::new(MeteredBlobs::new(blobs, requests.clone()));
        let installation = Installation::new(table, blobs, clock).await?;
        Ok(Self { installation, meter, capacity, requests })
    }

    /// In memory.
    pub async fn in_memory() -> Result<Self> {
        let clock = Arc::new(TestClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        Self::new(table, Arc::new(MemoryBlobs::default()), clock, Arc::default()).await
    }

    fn forget(&self) {
        drop((self.meter.take(), self.capacity.take(), self.requests.take()));
    }

    /// A run, and what it took.
    async fn run(&self, name: &str, scan: &Scan, plan: &Plan, side: Side) -> Result<Counts> {
        self.forget();
        let begun = Instant::now();
        let done = self.installation.run(scan, plan, side).await?;
        eprintln!("{name}: {} tasks in {:.0} s", done.tasks, begun.elapsed().as_secs_f64());
        let told = self.capacity.take().into_values();
        let told = told.fold((0.0, 0.0), |(reads, writes), total| {
            (reads + total.read_units, writes + total.write_units)
        });
        let counted = self.meter.take().into_iter().map(|(kind, units)| (kind.to_owned(), units)).collect();
        let requests =
            self.requests.take().into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
        Ok(Counts { name: name.to_owned(), done, counted, told, requests })
    }
}

/// A first scan and an unchanged one on one installation, and a changed one after another first one on a second.
pub async fn measured(hosts: u32, made: impl AsyncFn() -> Result<Counted>) -> Result<Vec<Counts>> {
    let quiet = Plan { changed: 0.0, ..Plan::new(Shape::Ss, hosts) };
    let one = made().await?;
    let scan = one.installation.scan(&quiet, 256).await?;
    let first = one.run("first scan", &scan, &quiet, Side::Old).await?;
    let again = one.run("unchanged", &scan, &quiet, Side::New).await?;
    ensure!(again.done.changes == 0 && again.done.batches == 0, "the unchanged scan changed something");
    let changing = Plan { changed: CHANGED, ..Plan::new(Shape::Ss, hosts) };
    let two = made().await?;
    let scan = two.installation.scan(&changing, 256).await?;
    two.run("another first scan", &scan, &changing, Side::Old).await?;
    let changed = two.run("0.5 % changed", &scan, &changing, Side::New).await?;
    ensure!(changed.done.changes > 0, "the changed scan changed nothing");
    Ok(vec![first, again, changed])
}
