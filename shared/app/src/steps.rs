//! How much one call may do of what is too much for one.

use std::num::NonZeroUsize;

use crate::sweep::GoesOn;

/// Items of one read: few enough that what a call had no steps for is not read again and again, and that one transaction
/// removes them.
pub(crate) const READ_AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(99);

/// So many reads and writes, as long as there is time.
///
/// Whoever has them does one thing before looking whether there are any left: so each call comes further, however short
/// the time is.
pub(crate) struct Steps<'a> {
    left: u32,
    goes_on: GoesOn<'a>,
}

impl<'a> Steps<'a> {
    pub fn new(left: u32, goes_on: GoesOn<'a>) -> Self {
        Self { left, goes_on }
    }

    /// As many as there is time for.
    pub fn unlimited(goes_on: GoesOn<'a>) -> Self {
        Self::new(u32::MAX, goes_on)
    }

    /// Whether there are any left.
    pub fn any(&self) -> bool {
        self.left > 0 && (self.goes_on)()
    }

    pub fn take(&mut self, steps: u32) {
        self.left = self.left.saturating_sub(steps);
    }
}
