//! Functions that die between any two of their writes, lose races, and get the same work at once.

use std::sync::Arc;

use portdelta_app::AppError;
use portdelta_app::ports::ErrorClass;
use portdelta_testkit::{Fault, Faults, FaultyBlobs, FaultyQueue, FaultyTable};

use crate::faults::until_done;
use crate::installation::Cloud;
use crate::story::{Order, Ports, Step, play};

/// So often a step is begun anew and dies after its first write; from then on after its second, third, ...
const DEATHS_AT_FIRST: u64 = 12;

/// These ports, failing where the faults say so.
fn faulty(ports: &Ports, faults: &Arc<Faults>) -> Ports {
    Ports {
        table: Arc::new(FaultyTable::new(ports.table.clone(), faults.clone())),
        blobs: Arc::new(FaultyBlobs::new(ports.blobs.clone(), faults.clone())),
        queue: Arc::new(FaultyQueue::new(ports.queue.clone(), faults.clone())),
        channels: ports.channels.clone(),
        clock: ports.clock.clone(),
    }
}

/// The story on faulty ports; `fail` plans what befalls an attempt (from 1) at a step. How many attempts failed.
async fn disturbed(cloud: &Cloud, fail: impl Fn(&Faults, u64)) -> u64 {
    let (sound, faults) = (cloud.ports(), Arc::new(Faults::default()));
    let ports = faulty(&sound, &faults);
    let failed = std::cell::Cell::new(0);
    play(&sound, cloud.topic(), Order::AsSent, async |step: &Step| {
        for attempt in 1.. {
            fail(&faults, attempt);
            let done = step.take(&ports).await;
            faults.revive();
            match done {
                Ok(()) => break,
                Err(error) => assert_ne!(error.class(), ErrorClass::Bug, "{step:?}: {error:?}"),
            }
            failed.set(failed.get() + 1);
        }
        // As a message that comes again although all was done.
        step.take(&ports).await.expect("nothing fails any more");
    })
    .await;
    failed.get()
}

/// What outlives a process changes with its writes only: these are all ends that there are.
#[tokio::test]
async fn a_function_that_dies_after_any_write_leaves_nothing_that_the_next_does_not_mend() {
    let Some(cloud) = Cloud::new().await else { return };
    let (memory, letters) = cloud.undisturbed().await;
    let died = disturbed(&cloud, |faults, attempt| {
        faults.kill_after_write(attempt.saturating_sub(DEATHS_AT_FIRST).max(1));
    })
    .await;
    assert!(died >= 60, "only {died} deaths");
    cloud.assert_same(&memory, "deaths").await;
    assert_eq!(cloud.letters().await, letters);
}

/// Another transaction was first, or the answer was lost, at operations far and near.
#[tokio::test]
async fn races_that_are_lost_and_answers_that_are_not_heard_are_tried_again() {
    for (step, fault) in [(3, Fault::Conflict), (4, Fault::After)] {
        let Some(cloud) = Cloud::new().await else { return };
        let (memory, letters) = cloud.undisturbed().await;
        let failed = disturbed(&cloud, |faults, attempt| faults.plan(1 + (attempt - 1) * step, fault)).await;
        assert!(failed >= 60, "{fault:?}: only {failed} failures");
        cloud.assert_same(&memory, &format!("{fault:?}")).await;
        assert_eq!(cloud.letters().await, letters, "{fault:?}");
    }
}

/// Two functions get the same message at once: results of one block, records of the stream, firings of a schedule.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_at_once_are_as_one_after_the_other() {
    let Some(cloud) = Cloud::new().await else { return };
    let (memory, letters) = cloud.undisturbed().await;
    let (sound, one, other) = (cloud.ports(), cloud.ports(), cloud.ports());
    play(&sound, cloud.topic(), Order::AsSent, async |step: &Step| {
        let (first, second) = tokio::join!(Box::pin(step.take(&one)), Box::pin(step.take(&other)));
        // Who comes second may find that somebody else is at it; then its message comes again.
        for done in [first, second] {
            if let Err(error) = done {
                assert_eq!(error.class(), ErrorClass::Retry, "{step:?}: {error:?}");
            }
        }
        until_done("what two began", async || -> Result<(), AppError> { step.take(&one).await }).await;
    })
    .await;
    cloud.assert_same(&memory, "two at once").await;
    assert_eq!(cloud.letters().await, letters);
}
