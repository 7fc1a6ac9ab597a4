//! What a scan takes of DynamoDB, on a small network: an unchanged block is one small conditional write.

use std::sync::Arc;

use portdelta_aws::{Capacity, DynamoTable};
use portdelta_benches::generate::{Plan, Shape, Side};
use portdelta_tests::cost::meter::{Meter, Metered};
use portdelta_tests::cost::run::Installation;

use crate::installation::Cloud;

#[tokio::test]
async fn an_unchanged_block_is_one_small_conditional_write() {
    let Some(cloud) = Cloud::new().await else { return };
    let (meter, capacity) = (Arc::new(Meter::default()), Arc::new(Capacity::default()));
    let dynamo = DynamoTable::new(&cloud.config, cloud.table_name.as_str(), cloud.clock.clone());
    let table = Arc::new(Metered::new(Arc::new(dynamo.observed_by(capacity.clone())), meter.clone()));
    let installation = Installation::new(table, cloud.blobs(), cloud.clock.clone()).await.expect("it begins");
    let quiet = Plan { changed: 0.0, ..Plan::new(Shape::Ss, 5_000) };
    let scan = installation.scan(&quiet, 4).await.expect("the scan is well");
    let first = installation.run(&scan, &quiet, Side::Old).await.expect("it runs");
    assert_eq!((first.tasks, first.batches), (4, 4));
    drop((meter.take(), capacity.take()));
    let again = installation.run(&scan, &quiet, Side::New).await.expect("it runs");
    assert_eq!((again.tasks, again.batches, again.changes), (4, 0, 0));
    let counted = meter.take();
    let head = counted["head"];
    assert!((head.writes - 4.0).abs() < 0.01, "a unit for each of four heads: {counted:?}");
    assert!(!counted.contains_key("body") && !counted.contains_key("batch"), "{counted:?}");
    // The emulator counts as we do, but for what it does not know of: the index.
    let told: f64 = capacity.take().values().map(|total| total.write_units).sum();
    let ours: f64 = counted.values().map(|units| units.writes).sum();
    assert!(told > 0.0 && told <= ours + 0.01, "the emulator says {told}, the rules {ours}: {counted:?}");
    assert!(told >= ours * 0.8, "the emulator says {told}, the rules {ours}: {counted:?}");
}
