//! What runs take of DynamoDB and S3, and what that costs: `cargo xtask cloud cost` starts it beside an emulator.
//!
//! `cloud-cost --record FILE --page FILE` writes what was measured and the page of documentation; without them the page is
//! printed. `--compare recorded` fails where it is not what was recorded last; `--hosts N` makes the network smaller. The
//! emulator's address is in `PORTDELTA_TEST_MINISTACK`.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use portdelta_app::ports::{Blobs, Table};
use portdelta_app::repositories::Scan;
use portdelta_aws::{Capacity, DynamoTable, Place, S3Blobs, SdkConfig, blobs, table};
use portdelta_benches::generate::{Plan, Shape, Side};
use portdelta_testkit::TestClock;
use portdelta_tests::cost::meter::{Meter, Metered, MeteredBlobs, Requests};
use portdelta_tests::cost::report::{ALL_GOAL, ALL_MOST, Counts, STATE_GOAL, page};
use portdelta_tests::cost::run::Installation;
use portdelta_tests::cost::{Recorded, recorded};

/// The share of ports that change from run to run.
const CHANGED: f64 = 0.005;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<&str, &str> = arguments.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])).collect();
    let hosts: u32 =
        options.get("--hosts").copied().unwrap_or("5000").parse().context("--hosts takes a number")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = Recorded { hosts, runs: runtime.block_on(measured(hosts))? };
    let text = page(&measured.runs, hosts);
    let write =
        |path: &str, text: &str| fs::write(path, text).with_context(|| format!("cannot write {path}"));
    match (options.get("--record"), options.get("--page")) {
        (Some(record), Some(page)) => {
            write(record, &(serde_json::to_string_pretty(&measured)? + "\n"))?;
            write(page, &text)?;
        }
        _ => print!("{text}"),
    }
    let month = measured.runs[2].month();
    println!(
        "state ${:.2} (goal {STATE_GOAL:.2}), all ${:.2} (goal {ALL_GOAL:.2}) a month",
        month.state,
        month.all()
    );
    ensure!(month.state <= STATE_GOAL && month.all() <= ALL_MOST, "it costs more than it may");
    if options.contains_key("--compare") {
        ensure!(
            measured == recorded(),
            "what was recorded is another: `cargo xtask cloud cost` without --check"
        );
    }
    Ok(())
}

fn config() -> Result<SdkConfig> {
    let endpoint =
        std::env::var("PORTDELTA_TEST_MINISTACK").context("PORTDELTA_TEST_MINISTACK has no address")?;
    let place = Place {
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint),
        access_key: "test".to_owned(),
        secret_key: "test".to_owned(),
        session_token: None,
        expires: None,
    };
    Ok(place.config())
}

struct Counted {
    installation: Installation,
    meter: Arc<Meter>,
    capacity: Arc<Capacity>,
    requests: Arc<Requests>,
}

impl Counted {
    async fn new(config: &SdkConfig) -> Result<Self> {
        let name = format!("cost-{:012x}", fastrand::u64(..1 << 48));
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| anyhow::anyhow!("{error}");
        table::create(config, &name).await.map_err(failed)?;
        blobs::create(config, &name).await.map_err(failed)?;
        let clock = Arc::new(TestClock::default());
        let (meter, capacity, requests) = (Arc::default(), Arc::new(Capacity::default()), Arc::default());
        let dynamo = DynamoTable::new(config, &name, clock.clone()).observed_by(capacity.clone());
        let table: Arc<dyn Table> = Arc::new(Metered::new(Arc::new(dynamo), Arc::clone(&meter)));
        let s3: Arc<dyn Blobs> =
            Arc::new(MeteredBlobs::new(Arc::new(S3Blobs::new(config, name)), Arc::clone(&requests)));
        let installation = Installation::new(table, s3, clock).await?;
        Ok(Self { installation, meter, capacity, requests })
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

/// A first scan and an unchanged one on one table, and a changed one after another first one on a second table.
async fn measured(hosts: u32) -> Result<Vec<Counts>> {
    let config = config()?;
    let quiet = Plan { changed: 0.0, ..Plan::new(Shape::Ss, hosts) };
    let one = Counted::new(&config).await?;
    let scan = one.installation.scan(&quiet, 256).await?;
    let first = one.run("first scan", &scan, &quiet, Side::Old).await?;
    let again = one.run("unchanged", &scan, &quiet, Side::New).await?;
    ensure!(again.done.changes == 0 && again.done.batches == 0, "the unchanged scan changed something");
    let changing = Plan { changed: CHANGED, ..Plan::new(Shape::Ss, hosts) };
    let two = Counted::new(&config).await?;
    let scan = two.installation.scan(&changing, 256).await?;
    two.run("another first scan", &scan, &changing, Side::Old).await?;
    let changed = two.run("0.5 % changed", &scan, &changing, Side::New).await?;
    ensure!(changed.done.changes > 0, "the changed scan changed nothing");
    Ok(vec![first, again, changed])
}
