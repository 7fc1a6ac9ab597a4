//! What runs take of DynamoDB and S3, and what that costs: `cargo xtask cloud cost` starts it beside an emulator.
//!
//! `cloud-cost --record FILE --page FILE` writes what was measured and the page of documentation; without them the page is
//! printed. `--compare recorded` fails where it is not what was recorded last; `--hosts N` makes the network smaller. The
//! emulator's address is in `PORTDELTA_TEST_MINISTACK`.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use portdelta_aws::{Capacity, DynamoTable, Place, S3Blobs, SdkConfig, blobs, table};
use portdelta_testkit::TestClock;
use portdelta_tests::cost::measure::{Counted, measured};
use portdelta_tests::cost::report::{ALL_GOAL, ALL_MOST, STATE_GOAL, page};
use portdelta_tests::cost::{Recorded, recorded};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<&str, &str> = arguments.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])).collect();
    let hosts: u32 =
        options.get("--hosts").copied().unwrap_or("5000").parse().context("--hosts takes a number")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = config()?;
    let runs = runtime.block_on(measured(hosts, async || on_aws(&config).await))?;
    let measured = Recorded { hosts, runs };
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

/// On a table and a bucket of its own.
async fn on_aws(config: &SdkConfig) -> Result<Counted> {
    let name = format!("cost-{:012x}", fastrand::u64(..1 << 48));
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| anyhow::anyhow!("{error}");
    table::create(config, &name).await.map_err(failed)?;
    blobs::create(config, &name).await.map_err(failed)?;
    let (clock, capacity) = (Arc::new(TestClock::default()), Arc::new(Capacity::default()));
    let dynamo = DynamoTable::new(config, &name, clock.clone()).observed_by(capacity.clone());
    Counted::new(Arc::new(dynamo), Arc::new(S3Blobs::new(config, name)), clock, capacity).await
}
