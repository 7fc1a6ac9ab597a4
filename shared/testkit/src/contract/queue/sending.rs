//! What is sent and how it arrives.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use portdelta_app::ports::queue::{MAX_DELAY, MAX_LEASE, MAX_MESSAGE_BYTES, MAX_RECEIVED, MAX_WAIT};
use portdelta_app::ports::{Clock, ErrorClass, Outgoing, QueueError, QueueName, Receipt, Work};

use super::{LEASE, QueueUnderTest, bodies, outgoing, receive};

/// Any text is kept.
pub async fn a_message_comes_as_it_was_sent(t: QueueUnderTest) {
    let queue = t.make("whole").await;
    let body = "{\"text\": \"ä\u{1f600} 'quoted' \\ \n\t\"}";
    t.send(&queue, &[body]).await;
    let delivery = t.take_one(&queue).await;
    assert_eq!((delivery.body.as_str(), delivery.deliveries), (body, 1));
    assert!((1..=1024).contains(&delivery.receipt.0.len()), "{:?}", delivery.receipt);
    if let Some(clock) = &t.clock {
        assert_eq!(delivery.sent, clock.now());
    }
}

/// More than a service takes in one call; none is fine as well.
pub async fn any_number_of_messages_is_sent(t: QueueUnderTest) {
    let queue = t.make("many").await;
    t.send(&queue, &[]).await;
    let texts: Vec<String> = (0..57).map(|number| format!("message {number}")).collect();
    t.send(&queue, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut found = BTreeSet::new();
    while found.len() < texts.len() {
        for delivery in t.take(&queue, MAX_RECEIVED).await {
            t.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
            assert!(found.insert(delivery.body), "each once");
        }
    }
    assert_eq!(found, texts.into_iter().collect());
    t.nothing(&queue).await;
}

/// Before its time nobody gets it.
pub async fn a_delayed_message_comes_later(t: QueueUnderTest) {
    let queue = t.make("delayed").await;
    let delayed = Outgoing { body: "later".to_owned(), delay: Duration::from_secs(3) };
    t.queue.send(&queue, vec![delayed]).await.expect("messages can be sent");
    t.send(&queue, &["now"]).await;
    let now = t.take_one(&queue).await;
    assert_eq!(now.body, "now");
    t.queue.acknowledge(&queue, &now.receipt).await.expect("it is acknowledged");
    t.pass(2).await;
    t.nothing(&queue).await;
    t.pass(1).await;
    assert_eq!(t.take_one(&queue).await.body, "later");
}

/// The limit counts bytes; of a batch with a message that is too large none is sent.
pub async fn the_largest_message_is_taken_and_no_larger_one(t: QueueUnderTest) {
    let queue = t.make("large").await;
    let largest = "ä".repeat(MAX_MESSAGE_BYTES / 2);
    for refused in ["", &format!("{largest}x")] {
        let error = t.queue.send(&queue, outgoing(&["fits", refused])).await.expect_err("it does not fit");
        assert!(matches!(error, QueueError::OverLimit { .. }), "{error:?}");
        assert_eq!((error.code(), error.class()), ("queue.over_limit", ErrorClass::Bug));
    }
    t.nothing(&queue).await;
    t.send(&queue, &[&largest]).await;
    assert!(t.take_one(&queue).await.body == largest);
}

/// Delays, leases, waits and counts have limits.
pub async fn what_is_out_of_range_is_refused(t: QueueUnderTest) {
    let queue = t.make("range").await;
    let second = Duration::from_secs(1);
    let delayed = |delay| vec![Outgoing { body: "delayed".to_owned(), delay }];
    t.queue.send(&queue, delayed(MAX_DELAY)).await.expect("the longest delay is fine");
    let mut errors =
        vec![t.queue.send(&queue, delayed(MAX_DELAY + second)).await.expect_err("it is too long")];
    let ranges = [
        (0, Duration::ZERO, LEASE),
        (MAX_RECEIVED + 1, Duration::ZERO, LEASE),
        (1, MAX_WAIT + second, LEASE),
        (1, Duration::ZERO, Duration::ZERO),
        (1, Duration::ZERO, MAX_LEASE + second),
    ];
    for (max, wait, lease) in ranges {
        errors.push(t.queue.receive(&queue, max, wait, lease).await.expect_err("it is out of range"));
    }
    t.send(&queue, &["held"]).await;
    let held = t.queue.receive(&queue, 1, second, MAX_LEASE).await.expect("the longest lease is fine");
    let receipt = &held[0].receipt;
    errors.push(t.queue.extend(&queue, receipt, MAX_LEASE + second).await.expect_err("it is too long"));
    t.queue.extend(&queue, receipt, MAX_LEASE).await.expect("the longest lease is fine");
    for error in errors {
        assert!(matches!(error, QueueError::OverLimit { .. }), "{error:?}");
    }
}

/// Nothing makes a queue but making it.
pub async fn unknown_queues_are_told(t: QueueUnderTest) {
    let queue = t.name("nowhere");
    let receipt = Receipt("none".to_owned());
    let errors = [
        t.queue.send(&queue, outgoing(&["lost"])).await.expect_err("there is none"),
        t.queue.receive(&queue, 1, Duration::ZERO, LEASE).await.expect_err("there is none"),
        t.queue.extend(&queue, &receipt, LEASE).await.expect_err("there is none"),
        t.queue.depth(&queue).await.expect_err("there is none"),
        t.queue.dead_letters(&queue, 1).await.expect_err("there is none"),
        t.queue.redrive(&queue).await.expect_err("there is none"),
    ];
    for error in errors {
        assert!(
            matches!(&error, QueueError::NoQueue { queue: told } if *told == queue.to_string()),
            "{error:?}"
        );
        assert_eq!((error.code(), error.class()), ("queue.none", ErrorClass::Caller));
    }
    t.queue.remove(&queue).await.expect("removing nothing is fine");
}

/// Making it again leaves its messages; after removing it they are gone for good.
pub async fn a_queue_is_made_once_and_removed_with_all_it_holds(t: QueueUnderTest) {
    let queue = t.make("removed").await;
    t.send(&queue, &["held", "waiting"]).await;
    t.queue.create(&queue).await.expect("making it again is fine");
    t.second.create(&queue).await.expect("making it again is fine");
    let held = t.take(&queue, 1).await.remove(0);
    t.queue.remove(&queue).await.expect("it can be removed");
    let error = t.second.depth(&queue).await.expect_err("it is gone");
    assert!(matches!(error, QueueError::NoQueue { .. }), "{error:?}");
    t.queue.create(&queue).await.expect("it can be made again");
    t.nothing(&queue).await;
    super::lost(&t.queue.extend(&queue, &held.receipt, LEASE).await);
}

/// A message comes out of the queue into which it went.
pub async fn queues_are_apart(t: QueueUnderTest) {
    let (one, other) = (t.make("apart").await, t.make("apart-2").await);
    t.send(&one, &["one"]).await;
    t.nothing(&other).await;
    let held = t.take_one(&one).await;
    super::lost(&t.queue.extend(&other, &held.receipt, LEASE).await);
    t.queue.acknowledge(&other, &held.receipt).await.expect("a foreign receipt acknowledges nothing");
    t.queue.extend(&one, &held.receipt, LEASE).await.expect("it is still held");
    let names: BTreeSet<_> = Work::ALL.iter().map(|work| QueueName::Work(*work).to_string()).collect();
    assert_eq!(names.len(), Work::ALL.len());
}

/// What one process has sent, another one gets; and its receipts are good everywhere.
pub async fn the_other_side_sees_a_message_at_once(t: QueueUnderTest) {
    let queue = t.make("sides").await;
    t.send(&queue, &["1"]).await;
    let found = receive(&*t.second, &queue, 1).await;
    assert_eq!(bodies(&found), BTreeSet::from(["1"]));
    t.queue.extend(&queue, &found[0].receipt, LEASE).await.expect("it is held");
    t.queue.acknowledge(&queue, &found[0].receipt).await.expect("it is acknowledged");
    super::lost(&t.second.extend(&queue, &found[0].receipt, LEASE).await);
}

/// Whoever waits gets a message when it comes, from either side, or when its delay ends.
pub async fn a_receiver_waits_for_a_message(t: QueueUnderTest) {
    let queue = t.make("awaited").await;
    for (number, sender) in [&t.queue, &t.second].into_iter().enumerate() {
        let (receiver, name) = (t.queue.clone(), queue.clone());
        let waiting = tokio::spawn(async move { receiver.receive(&name, 10, MAX_WAIT, LEASE).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begin = Instant::now();
        sender.send(&queue, outgoing(&[&number.to_string()])).await.expect("messages can be sent");
        let found = waiting.await.expect("it ends").expect("receiving succeeds");
        assert_eq!(bodies(&found), BTreeSet::from([number.to_string().as_str()]));
        assert!(begin.elapsed() < Duration::from_secs(10), "it did not wait to the end");
        t.queue.acknowledge(&queue, &found[0].receipt).await.expect("it is acknowledged");
    }
}

/// The wait ends with nothing, and not before its time.
pub async fn a_receiver_does_not_wait_for_ever(t: QueueUnderTest) {
    let queue = t.make("in-vain").await;
    let begin = Instant::now();
    let found = t.queue.receive(&queue, 1, Duration::from_secs(1), LEASE).await;
    assert_eq!(found.expect("receiving succeeds"), []);
    assert!(begin.elapsed() >= Duration::from_millis(900) && begin.elapsed() < Duration::from_secs(10));
}
