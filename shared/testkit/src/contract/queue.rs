//! The suite of the queue port.

pub mod dead;
pub mod exact;
pub mod leases;
pub mod sending;

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Delivery, Outgoing, Queue, QueueError, QueueName};

use crate::TestClock;

/// Queues to be tested; there may be others whose sites do not begin with `salt`.
pub struct QueueUnderTest {
    /// One way to the queues.
    pub queue: Arc<dyn Queue>,
    /// Another way to the same queues, as another process has it; may be the same.
    pub second: Arc<dyn Queue>,
    /// What delays and leases end by; `None` where that is the service's own clock: the cases then really wait.
    pub clock: Option<Arc<TestClock>>,
    /// Begins every site that a case uses.
    pub salt: String,
    /// What must live as long as the queues, such as their folder.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// The lease of most cases.
const LEASE: Duration = Duration::from_secs(3);

impl QueueUnderTest {
    fn name(&self, name: &str) -> QueueName {
        QueueName::Tasks(format!("{}{name}", self.salt).parse().expect("the sites of the suite are valid"))
    }

    /// A new queue.
    async fn make(&self, name: &str) -> QueueName {
        let name = self.name(name);
        self.queue.create(&name).await.expect("a queue can be made");
        name
    }

    /// Lets time go by.
    async fn pass(&self, seconds: u32) {
        match &self.clock {
            Some(clock) => clock.advance(seconds.into()),
            None => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
        }
    }

    async fn send(&self, queue: &QueueName, bodies: &[&str]) {
        self.queue.send(queue, outgoing(bodies)).await.expect("messages can be sent");
    }

    /// At least one message, within some seconds: an emulator's leases end when it comes to look at them.
    async fn take(&self, queue: &QueueName, max: usize) -> Vec<Delivery> {
        for _ in 0..50 {
            let found = receive(&*self.queue, queue, max).await;
            if !found.is_empty() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("there is something to receive");
    }

    /// The only message that there is.
    async fn take_one(&self, queue: &QueueName) -> Delivery {
        let mut found = self.take(queue, 10).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    async fn nothing(&self, queue: &QueueName) {
        assert_eq!(receive(&*self.queue, queue, 10).await, []);
        assert_eq!(receive(&*self.second, queue, 10).await, []);
    }
}

async fn receive(queue: &dyn Queue, name: &QueueName, max: usize) -> Vec<Delivery> {
    let found = queue.receive(name, max, Duration::ZERO, LEASE).await.expect("receiving succeeds");
    assert!(found.len() <= max, "{} messages instead of {max}", found.len());
    found
}

fn outgoing(bodies: &[&str]) -> Vec<Outgoing> {
    bodies.iter().map(|body| Outgoing { body: (*body).to_owned(), delay: Duration::ZERO }).collect()
}

fn bodies(deliveries: &[Delivery]) -> BTreeSet<&str> {
    let bodies: BTreeSet<_> = deliveries.iter().map(|delivery| delivery.body.as_str()).collect();
    assert_eq!(bodies.len(), deliveries.len(), "each once");
    bodies
}

fn lost(result: &Result<(), QueueError>) {
    assert!(matches!(result, Err(QueueError::LeaseLost)), "{result:?}");
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`QueueUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is.
///
/// With `every`, only what every queue does, as SQS can: without it also what a queue does that knows at every moment
/// who holds a message.
#[macro_export]
macro_rules! queue_contract {
    ($fixture:path) => {
        $crate::queue_contract!($fixture, every);
        $crate::queue_contract!(@tests $fixture, exact: [
            a_lease_that_has_ended_can_not_be_extended,
            a_receipt_is_void_when_its_message_was_handed_back,
            a_late_acknowledgement_does_not_take_the_message_from_its_new_holder,
        ]);
    };
    ($fixture:path, every) => {
        $crate::queue_contract!(@tests $fixture, sending: [
            a_message_comes_as_it_was_sent,
            any_number_of_messages_is_sent,
            a_delayed_message_comes_later,
            the_largest_message_is_taken_and_no_larger_one,
            what_is_out_of_range_is_refused,
            unknown_queues_are_told,
            a_queue_is_made_once_and_removed_with_all_it_holds,
            queues_are_apart,
            the_other_side_sees_a_message_at_once,
            a_receiver_waits_for_a_message,
            a_receiver_does_not_wait_for_ever,
        ]);
        $crate::queue_contract!(@tests $fixture, leases: [
            a_leased_message_is_nobody_elses,
            a_lease_ends_by_the_clock,
            an_extended_lease_ends_later,
            an_extension_counts_from_now,
            a_lost_lease_can_not_be_extended,
            a_message_that_is_handed_back_comes_at_once,
            an_acknowledged_message_never_comes_again,
            a_late_acknowledgement_is_no_error,
            several_receivers_get_each_message_once,
            depth_tells_who_waits_and_who_is_held,
        ]);
        $crate::queue_contract!(@tests $fixture, dead: [
            after_the_last_delivery_a_message_is_dead,
            handing_back_counts_as_a_delivery,
            the_last_holder_can_still_finish,
            dead_letters_come_again_after_a_redrive,
            dead_letters_are_listed_oldest_first,
            dead_letters_do_not_hold_up_others,
        ]);
    };
    (@tests $fixture:path, $module:ident: [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::queue::$module::$case(under_test).await;
                }
            }
        )*
    };
}
