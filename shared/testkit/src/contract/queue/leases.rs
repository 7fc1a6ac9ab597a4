//! One holder at a time, for a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::queue::QueueDepth;
use portdelta_app::ports::{ErrorClass, Receipt};
use tokio::task::JoinSet;

use super::{LEASE, QueueUnderTest, bodies, lost};

/// While it is held, nobody gets it.
pub async fn a_leased_message_is_nobody_elses(t: QueueUnderTest) {
    let queue = t.make("leased").await;
    t.send(&queue, &["1", "2"]).await;
    let first = t.take(&queue, 1).await;
    let second = t.take(&queue, 10).await;
    let both = [first, second].concat();
    assert_eq!(bodies(&both), BTreeSet::from(["1", "2"]));
    assert_ne!(both[0].receipt, both[1].receipt);
    t.nothing(&queue).await;
}

/// After it the message comes again, and says so.
pub async fn a_lease_ends_by_the_clock(t: QueueUnderTest) {
    let queue = t.make("ends").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.pass(2).await;
    t.nothing(&queue).await;
    t.pass(1).await;
    let second = t.take_one(&queue).await;
    assert_eq!((second.body.as_str(), second.deliveries, second.sent), ("1", 2, first.sent));
    assert_ne!(first.receipt, second.receipt, "each delivery has a receipt of its own");
}

/// An extension keeps the message.
pub async fn an_extended_lease_ends_later(t: QueueUnderTest) {
    let queue = t.make("extended").await;
    t.send(&queue, &["1"]).await;
    let held = t.take_one(&queue).await;
    for _ in 0..3 {
        t.pass(2).await;
        t.queue.extend(&queue, &held.receipt, LEASE).await.expect("it is still held");
    }
    t.pass(2).await;
    t.nothing(&queue).await;
    t.pass(1).await;
    assert_eq!(t.take_one(&queue).await.deliveries, 2);
}

/// A shorter extension makes the lease shorter.
pub async fn an_extension_counts_from_now(t: QueueUnderTest) {
    let queue = t.make("shortened").await;
    t.send(&queue, &["1"]).await;
    let held = t.queue.receive(&queue, 1, Duration::from_secs(1), Duration::from_hours(1)).await;
    let held = held.expect("receiving succeeds").remove(0);
    t.queue.extend(&queue, &held.receipt, Duration::from_secs(1)).await.expect("it is held");
    t.pass(1).await;
    assert_eq!(t.take_one(&queue).await.deliveries, 2);
}

/// A receipt is good for a delivery that there was and that is not done.
pub async fn a_lost_lease_can_not_be_extended(t: QueueUnderTest) {
    let queue = t.make("lost").await;
    t.send(&queue, &["1"]).await;
    let done = t.take_one(&queue).await;
    t.queue.acknowledge(&queue, &done.receipt).await.expect("it is acknowledged");
    for receipt in [&done.receipt, &Receipt("never given".to_owned()), &Receipt(String::new())] {
        let result = t.queue.extend(&queue, receipt, LEASE).await;
        lost(&result);
        let error = result.expect_err("it is lost");
        assert_eq!((error.code(), error.class()), ("queue.lease_lost", ErrorClass::Caller));
        lost(&t.second.extend(&queue, receipt, Duration::ZERO).await);
    }
}

/// Zero is "at once".
pub async fn a_message_that_is_handed_back_comes_at_once(t: QueueUnderTest) {
    let queue = t.make("back").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.queue.extend(&queue, &first.receipt, Duration::ZERO).await.expect("it is handed back");
    assert_eq!(t.take_one(&queue).await.deliveries, 2);
}

/// Acknowledging again is fine.
pub async fn an_acknowledged_message_never_comes_again(t: QueueUnderTest) {
    let queue = t.make("done").await;
    t.send(&queue, &["1", "2"]).await;
    let (one, other) = (t.take(&queue, 1).await.remove(0), t.take(&queue, 1).await.remove(0));
    for _ in 0..2 {
        t.queue.acknowledge(&queue, &one.receipt).await.expect("it is acknowledged");
    }
    lost(&t.queue.extend(&queue, &one.receipt, LEASE).await);
    t.pass(3).await;
    assert_eq!(t.take_one(&queue).await.body, other.body);
}

/// Whether or not it still counts.
pub async fn a_late_acknowledgement_is_no_error(t: QueueUnderTest) {
    let queue = t.make("too-late").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.pass(3).await;
    t.take_one(&queue).await;
    t.queue.acknowledge(&queue, &first.receipt).await.expect("it is no error");
}

/// Receivers on both sides at once share the messages, and lose none.
pub async fn several_receivers_get_each_message_once(t: QueueUnderTest) {
    let queue = t.make("shared").await;
    let texts: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    t.send(&queue, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut receivers = JoinSet::new();
    for number in 0..8 {
        let side = Arc::clone(if number % 2 == 0 { &t.queue } else { &t.second });
        let name = queue.clone();
        receivers.spawn(async move {
            let mut found = Vec::new();
            loop {
                let more = side.receive(&name, 3, Duration::from_millis(500), Duration::from_mins(5)).await;
                let more = more.expect("receiving succeeds");
                if more.is_empty() {
                    return found;
                }
                found.extend(more);
            }
        });
    }
    let found: Vec<_> = receivers.join_all().await.into_iter().flatten().collect();
    assert_eq!(found.len(), texts.len(), "each once while it is leased");
    assert_eq!(bodies(&found), texts.iter().map(String::as_str).collect());
    assert!(found.iter().all(|delivery| delivery.deliveries == 1));
}

/// Delayed messages count as waiting.
pub async fn depth_tells_who_waits_and_who_is_held(t: QueueUnderTest) {
    let queue = t.make("depth").await;
    assert_eq!(t.queue.depth(&queue).await.expect("it can be counted"), QueueDepth::default());
    t.send(&queue, &["1", "2", "3"]).await;
    let delayed = portdelta_app::ports::Outgoing { body: "4".to_owned(), delay: Duration::from_mins(10) };
    t.queue.send(&queue, vec![delayed]).await.expect("messages can be sent");
    t.take(&queue, 1).await;
    let depth = t.second.depth(&queue).await.expect("it can be counted");
    assert_eq!(depth, QueueDepth { waiting: 3, leased: 1, dead: 0 });
}
