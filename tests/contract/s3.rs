//! Blobs on emulators of S3.

use std::sync::Arc;

use portdelta_aws::{S3Blobs, blobs};
use portdelta_testkit::contract::BlobsUnderTest;

use crate::emulators::{Emulator, unique};

async fn fixture(emulator: Emulator) -> Option<BlobsUnderTest> {
    let config = emulator.config()?;
    let bucket = unique("contract");
    blobs::create(&config, &bucket).await.expect("a bucket can be made");
    let blobs = Arc::new(S3Blobs::new(&config, bucket));
    Some(BlobsUnderTest { blobs, salt: String::new(), keep: Box::new(()) })
}

mod ministack {
    use super::{BlobsUnderTest, Emulator};

    async fn fixture() -> Option<BlobsUnderTest> {
        super::fixture(Emulator::MiniStack).await
    }

    portdelta_testkit::blobs_contract!(fixture);
}

mod localstack {
    use super::{BlobsUnderTest, Emulator};

    async fn fixture() -> Option<BlobsUnderTest> {
        super::fixture(Emulator::LocalStack).await
    }

    portdelta_testkit::blobs_contract!(fixture);
}
