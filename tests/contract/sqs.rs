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
    use super::{Emulator, QueueUnderTest};

    async fn fixture() -> Option<QueueUnderTest> {
        super::fixture(Emulator::MiniStack)
    }

    portdelta_testkit::queue_contract!(fixture, every);
}

mod localstack {
    use super::{Emulator, QueueUnderTest};

    async fn fixture() -> Option<QueueUnderTest> {
        super::fixture(Emulator::LocalStack)
    }

    portdelta_testkit::queue_contract!(fixture, every);
}
