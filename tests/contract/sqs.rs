//! Queues on emulators of SQS.

use std::collections::HashMap;
use std::sync::Arc;

use portdelta_aws::{SqsQueue, SqsQueueOptions};
use portdelta_testkit::contract::QueueUnderTest;

use crate::emulators::{Emulator, unique};

fn fixture(emulator: Emulator) -> Option<QueueUnderTest> {
    let config = emulator.config()?;
    let options = SqsQueueOptions { prefix: unique("pd"), only_tls: false, known: HashMap::new() };
    Some(QueueUnderTest {
        queue: Arc::new(SqsQueue::new(&config, options.clone())),
        second: Arc::new(SqsQueue::new(&config, options)),
        clock: None,
        salt: String::new(),
        keep: Box::new(()),
    })
}

mod ministack {
    use std::collections::HashMap;
    use std::time::Duration;

    use portdelta_app::ports::{Outgoing, Queue, QueueError, QueueName};
    use portdelta_aws::{SqsQueue, SqsQueueOptions};

    use super::{Emulator, QueueUnderTest, unique};

    async fn fixture() -> Option<QueueUnderTest> {
        super::fixture(Emulator::MiniStack)
    }

    portdelta_testkit::queue_contract!(fixture, every);

    /// The sweep removes the queue of a site that rests; the function that lends has known it for long.
    #[tokio::test]
    async fn a_queue_that_somebody_else_removed_is_made_again() {
        let Some(config) = Emulator::MiniStack.config() else { return };
        let options = SqsQueueOptions { prefix: unique("pd"), only_tls: false, known: HashMap::new() };
        let (lender, sweep) = (SqsQueue::new(&config, options.clone()), SqsQueue::new(&config, options));
        let queue = QueueName::Tasks("office".parse().expect("a site"));
        let address = lender.made(&queue).await.expect("it is made");
        assert_eq!(lender.made(&queue).await.expect("it is there"), address);
        for _ in 0..2 {
            sweep.remove(&queue).await.expect("it is removed");
            assert!(matches!(sweep.depth(&queue).await, Err(QueueError::NoQueue { .. })));
            assert_eq!(lender.made(&queue).await.expect("it is made again"), address);
            let task = Outgoing { body: "task".to_owned(), delay: Duration::ZERO };
            sweep.send(&queue, vec![task]).await.expect("there it is");
        }
    }
}

mod localstack {
    use super::{Emulator, QueueUnderTest};

    async fn fixture() -> Option<QueueUnderTest> {
        super::fixture(Emulator::LocalStack)
    }

    portdelta_testkit::queue_contract!(fixture, every);
}
