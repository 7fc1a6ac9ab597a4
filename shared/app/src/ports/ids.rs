//! New names for things.

/// Makes ids, so that tests can foresee them.
pub trait Ids: Send + Sync {
    /// A new UUID of version 7: 36 characters, lower case, with hyphens, e.g.
    /// `0190f3c2-7b1e-7c3a-9d55-0f2b1c4d5e6f`.
    ///
    /// Never the same twice. Later ids of one process sort after earlier ones; ids of different processes sort
    /// by their millisecond.
    fn new_id(&self) -> String;
}
