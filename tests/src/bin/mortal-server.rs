//! A server that ends, as if by kill -9, at one operation of its stores.
//!
//! `mortal-server DATA ADDRESS CLOCK [END]`, such as `write 17`: the file CLOCK holds how many seconds its clock is ahead.

use std::sync::{Arc, OnceLock};

use portdelta_app::ports::Clock;
use portdelta_channels::Outward;
use portdelta_server::{Parts, Server, ServerOptions, Stores, TlsOptions};
use portdelta_system::SystemIds;
use portdelta_testkit::{Faults, FaultyBlobs, FaultyQueue, FaultyTable};
use portdelta_tests::ForwardClock;

static FAULTS: OnceLock<Arc<Faults>> = OnceLock::new();

fn faults() -> Arc<Faults> {
    Arc::clone(FAULTS.get_or_init(Arc::default))
}

/// Counts every operation of every store together.
fn mortal(stores: Stores) -> Stores {
    Stores {
        table: Arc::new(FaultyTable::new(stores.table, faults())),
        blobs: Arc::new(FaultyBlobs::new(stores.blobs, faults())),
        queue: Arc::new(FaultyQueue::new(stores.queue, faults())),
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("DATA ADDRESS CLOCK");
    let (data, address, clock) = (next(), next(), next());
    if let Some(end) = arguments.next() {
        assert!(faults().plan_end(&end), "not an end: {end}");
    }
    let clock: Arc<dyn Clock> = Arc::new(ForwardClock(clock.into()));
    let channels = Arc::new(Outward::new(Arc::clone(&clock)));
    let parts = Parts { clock, ids: Arc::new(SystemIds), channels, around: mortal };
    let mut options = ServerOptions::new(data, address.parse().expect("an address"));
    options.tls = TlsOptions::Plain { insecure: false };
    options.local_agent = false;
    let server = Server::start(options, parts).await.expect("the server starts");
    server.run_until(std::future::pending()).await;
}
