//! Telling people: from committed deltas to alerts, from alerts and runs to notifications, and those out of the door.
//!
//! What happens to an alert and what is to be told of it is one transaction: the notice goes into a *bundle*, and
//! whoever closes a bundle makes one delivery of it for each channel. So a crash between any two steps loses and doubles
//! nothing, a hundred ports of a new subnet are one message, and a late message finds its bundle closed and
//! takes the next one.
//!
//! | bundle | holds | closed by |
//! |---|---|---|
//! | `run-<run>` | what the results of a run did to alerts | [`Service::notify_run`](crate::Service::notify_run), with the digest |
//! | `alerts-<run>-<result>-<block>` | the same of one batch, for channels that want it at once | [`Service::notify_batch`](crate::Service::notify_batch) |
//! | `minute-<n>` | everything that has no run, or comes after its digest | [`Service::deliver_pending`](crate::Service::deliver_pending), a minute later |

mod act;
mod batch;
mod channels;
mod deliver;
mod digest;
mod evaluate;
mod expected;
mod happen;
mod list;
mod network_of;
mod progress;
mod render;
mod route;
mod run;
mod run_batches;
mod run_digests;
mod send;
mod trouble;
pub mod views;
mod watched;

pub use act::BulkLine;
pub use deliver::DeliveryReport;
pub(crate) use expected::Judging;
pub(crate) use happen::Occasion;
pub use list::{AlertFilter, AlertPage};
pub(crate) use network_of::network_of;
pub use watched::WatchedPortDraft;
