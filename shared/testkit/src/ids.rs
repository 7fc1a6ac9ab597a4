//! Ids that a test can foresee.

use std::sync::atomic::{AtomicU64, Ordering};

use portdelta_app::ports::Ids;

/// Counts: the first id is `00000000-0000-7000-8000-000000000001`, and so on, in ascending order.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl CountedIds {
    /// The `number`th id, from 1.
    #[must_use]
    pub fn nth(number: u64) -> String {
        format!("00000000-0000-7000-8000-{number:012x}")
    }
}

impl Ids for CountedIds {
    fn new_id(&self) -> String {
        Self::nth(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}
