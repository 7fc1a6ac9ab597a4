//! Expectations as a file that people keep in version control: YAML, of which nothing is guessed and nothing skipped.
//!
//! ```yaml
//! version: 1
//! expectations:
//!   - id: web
//!     site: office
//!     targets: [192.0.2.10-19, 198.51.100.7]
//!     ports: 80,443
//!     state: open
//!     service: "http*"
//!     owner: Web team
//!     reason: Public web servers
//!     expires: 2027-01-31
//! ```
//!
//! `site`, `targets`, `ports` and `state` must be there. Anchors, tags and several documents are refused, as is a field
//! that nobody knows: what is misspelt must not be lost.

mod mistake;
mod read;
mod tree;
mod write;

pub use mistake::FileMistake;
pub use read::{FileEntry, read_expectations};
pub use write::write_expectations;

/// The longest file, in bytes.
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// The fields of an entry.
const FIELDS: [&str; 9] =
    ["id", "site", "targets", "ports", "state", "service", "owner", "reason", "expires"];

#[cfg(test)]
mod tests;
