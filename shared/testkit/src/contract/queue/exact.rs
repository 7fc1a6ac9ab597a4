//! What a queue does that knows at every moment who holds a message.
//!
//! SQS does not promise it: a receipt may be good for longer than its lease, for prolonging and for acknowledging, also
//! after somebody else has received the message. Consumers don't depend on it: repeats are harmless, and a task
//! counts by its mark, whoever finished it.

use std::time::Duration;

use super::{LEASE, QueueUnderTest, lost};

/// Whether or not somebody else has the message by now.
pub async fn a_lease_that_has_ended_can_not_be_extended(t: QueueUnderTest) {
    let queue = t.make("ended").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.pass(3).await;
    lost(&t.queue.extend(&queue, &first.receipt, LEASE).await);
    let second = t.take_one(&queue).await;
    assert_eq!(second.deliveries, 2);
    lost(&t.queue.extend(&queue, &first.receipt, LEASE).await);
    lost(&t.second.extend(&queue, &first.receipt, Duration::ZERO).await);
    t.queue.extend(&queue, &second.receipt, LEASE).await.expect("the new holder keeps it");
}

/// Whoever handed a message back cannot take it again without receiving it.
pub async fn a_receipt_is_void_when_its_message_was_handed_back(t: QueueUnderTest) {
    let queue = t.make("void").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.queue.extend(&queue, &first.receipt, Duration::ZERO).await.expect("it is handed back");
    lost(&t.queue.extend(&queue, &first.receipt, LEASE).await);
    assert_eq!(t.take_one(&queue).await.deliveries, 2);
}

/// Who comes too late does not end the work of another.
pub async fn a_late_acknowledgement_does_not_take_the_message_from_its_new_holder(t: QueueUnderTest) {
    let queue = t.make("late").await;
    t.send(&queue, &["1"]).await;
    let first = t.take_one(&queue).await;
    t.pass(3).await;
    let second = t.take_one(&queue).await;
    t.queue.acknowledge(&queue, &first.receipt).await.expect("it is no error");
    t.queue.extend(&queue, &second.receipt, LEASE).await.expect("the new holder keeps it");
    t.pass(3).await;
    assert_eq!(t.take_one(&queue).await.deliveries, 3);
}
