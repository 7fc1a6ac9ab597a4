//! Messages that nobody could finish.

use std::time::Duration;

use portdelta_app::ports::queue::{MAX_DELIVERIES, QueueDepth};
use portdelta_app::ports::{Delivery, QueueName};

use super::{LEASE, QueueUnderTest};

impl QueueUnderTest {
    /// Lets all messages of a queue fail up to, not including, the last delivery.
    async fn fail_but_once(&self, queue: &QueueName, messages: usize) {
        for _ in 1..MAX_DELIVERIES {
            for delivery in self.hold(queue, messages).await {
                self.queue.extend(queue, &delivery.receipt, Duration::ZERO).await.expect("it is handed back");
            }
        }
    }

    async fn hold(&self, queue: &QueueName, messages: usize) -> Vec<Delivery> {
        let mut held = Vec::new();
        while held.len() < messages {
            held.extend(self.take(queue, 10).await);
        }
        held
    }

    /// Lets messages of a queue die, after which only those are in it.
    async fn kill(&self, queue: &QueueName, messages: usize) {
        self.fail_but_once(queue, messages).await;
        for delivery in self.hold(queue, messages).await {
            assert_eq!(delivery.deliveries, MAX_DELIVERIES);
            self.queue.extend(queue, &delivery.receipt, Duration::ZERO).await.expect("it is handed back");
        }
        self.nothing(queue).await;
    }
}

/// It is kept, and no longer delivered.
pub async fn after_the_last_delivery_a_message_is_dead(t: QueueUnderTest) {
    let queue = t.make("dying").await;
    t.send(&queue, &["poison"]).await;
    let sent = t.take_one(&queue).await.sent;
    for number in 2..=MAX_DELIVERIES {
        t.pass(3).await;
        assert_eq!(t.take_one(&queue).await.deliveries, number);
    }
    assert_eq!(t.queue.dead_letters(&queue, 10).await.expect("they are listed"), [], "it is still held");
    t.pass(3).await;
    t.nothing(&queue).await;
    let dead = t.second.dead_letters(&queue, 10).await.expect("they are listed");
    assert_eq!(
        dead.iter().map(|letter| (letter.body.as_str(), letter.sent)).collect::<Vec<_>>(),
        [("poison", sent)]
    );
    let depth = t.queue.depth(&queue).await.expect("it can be counted");
    assert_eq!(depth, QueueDepth { waiting: 0, leased: 0, dead: 1 });
}

/// A message that everybody hands back does not go round for ever.
pub async fn handing_back_counts_as_a_delivery(t: QueueUnderTest) {
    let queue = t.make("unwanted").await;
    t.send(&queue, &["1"]).await;
    t.kill(&queue, 1).await;
    assert_eq!(t.queue.depth(&queue).await.expect("it can be counted").dead, 1);
}

/// The last delivery is as good as the first.
pub async fn the_last_holder_can_still_finish(t: QueueUnderTest) {
    let queue = t.make("last").await;
    t.send(&queue, &["1"]).await;
    t.fail_but_once(&queue, 1).await;
    let last = t.take_one(&queue).await;
    t.pass(2).await;
    t.queue.extend(&queue, &last.receipt, LEASE).await.expect("it is held");
    t.pass(2).await;
    t.queue.acknowledge(&queue, &last.receipt).await.expect("it is acknowledged");
    t.pass(3).await;
    t.nothing(&queue).await;
    assert_eq!(t.queue.depth(&queue).await.expect("it can be counted"), QueueDepth::default());
}

/// With as many deliveries before them as a new message has.
pub async fn dead_letters_come_again_after_a_redrive(t: QueueUnderTest) {
    let queue = t.make("redriven").await;
    assert_eq!(t.queue.redrive(&queue).await.expect("there may be none"), 0);
    t.send(&queue, &["1", "2"]).await;
    t.kill(&queue, 2).await;
    assert_eq!(t.second.redrive(&queue).await.expect("they are redriven"), 2);
    let held = t.hold(&queue, 2).await;
    assert_eq!(super::bodies(&held), ["1", "2"].into());
    assert!(held.iter().all(|delivery| delivery.deliveries == 1), "{held:?}");
    t.nothing(&queue).await;
    assert_eq!(t.queue.dead_letters(&queue, 10).await.expect("they are listed"), []);
}

/// And no more than are asked for.
pub async fn dead_letters_are_listed_oldest_first(t: QueueUnderTest) {
    let queue = t.make("listed").await;
    for body in ["c", "a", "b"] {
        t.send(&queue, &[body]).await;
        t.pass(1).await;
    }
    t.kill(&queue, 3).await;
    let listed = async |max| {
        let dead = t.queue.dead_letters(&queue, max).await.expect("they are listed");
        dead.into_iter().map(|letter| letter.body).collect::<Vec<_>>()
    };
    assert_eq!(listed(10).await, ["c", "a", "b"]);
    assert_eq!(listed(2).await, ["c", "a"]);
}

/// They stay where they are, and what is sent later comes.
pub async fn dead_letters_do_not_hold_up_others(t: QueueUnderTest) {
    let queue = t.make("beside").await;
    t.send(&queue, &["dead"]).await;
    t.kill(&queue, 1).await;
    t.send(&queue, &["alive"]).await;
    let alive = t.take_one(&queue).await;
    assert_eq!((alive.body.as_str(), alive.deliveries), ("alive", 1));
}
