//! What the edge does about an error.

/// Whose turn it is after an error.
///
/// One `match` per edge turns the class into an HTTP status, a retry or an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The person or program that asked must change something; trying again gives the same answer.
    Caller,
    /// The same use case, begun again from its first read, may succeed.
    Retry,
    /// The program or its set-up is wrong; somebody must look.
    Bug,
}
