//! Whose turn it is to bring a large body.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Caller;
use crate::limits::ApiLimits;

/// Large bodies are taken in a few at a time, and of one caller fewer: nobody keeps all others waiting.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    of_one: usize,
    /// Those who have a turn or wait for one.
    callers: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn {
    _of_caller: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new(limits: &ApiLimits) -> Self {
        let all = Arc::new(Semaphore::new(limits.large_bodies_at_once));
        Self { all, of_one: limits.large_bodies_of_one, callers: Mutex::default() }
    }

    /// Waits for one. Who waits for their own other turns takes none from others meanwhile.
    pub(crate) async fn wait(&self, caller: &Caller) -> Turn {
        let own = self.own(caller.rate_key());
        // Neither is ever closed.
        let of_caller = own.acquire_owned().await.ok();
        Turn { _of_caller: of_caller, _of_all: Arc::clone(&self.all).acquire_owned().await.ok() }
    }

    fn own(&self, caller: String) -> Arc<Semaphore> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.retain(|_, own| own.strong_count() > 0);
        if let Some(own) = callers.get(&caller).and_then(Weak::upgrade) {
            return own;
        }
        let own = Arc::new(Semaphore::new(self.of_one));
        callers.insert(caller, Arc::downgrade(&own));
        own
    }
}
