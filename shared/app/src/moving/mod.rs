//! Moving: all that an installation knows goes into a file, and out of it into another installation.
//!
//! What is moved are items and blobs as they are stored, in an order in which the other side is never wrong, only
//! incomplete: what is named before what names it, heads after bodies, scans last. All writes on the other side are
//! create-only, so that whatever is repeated changes nothing.

mod error;
mod export;
mod file;
mod frame;
mod import;
mod kind;
mod verify;

pub use error::MoveError;
pub use export::{ExportOptions, ExportReport};
pub use file::FrameReader;
pub use frame::MOST_FRAME_BYTES;
pub use verify::{MoveSummary, verify};
