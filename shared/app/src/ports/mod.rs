//! What the use cases need from the outside, as traits that adapters implement.
//!
//! A port exists where two real adapters do, or where tests must steer what happens. No type of a driver or
//! SDK appears here. Every port has a contract suite in `portdelta-testkit` that all its adapters pass.

pub mod blobs;
pub mod channel;
pub mod class;
pub mod clock;
pub mod credentials;
pub mod identities;
pub mod ids;
pub mod queue;
pub mod schedules;
pub mod table;

pub use blobs::{BlobError, BlobKey, Blobs};
pub use channel::{Channel, ChannelError, ChannelSettings, Channels, Notification};
pub use class::ErrorClass;
pub use clock::Clock;
pub use credentials::{Credentials, CredentialsError, LentAccess};
pub use identities::{Identities, IdentityError, Journey, ProvenIdentity};
pub use ids::Ids;
pub use queue::{Delivery, Outgoing, Queue, QueueError, QueueName, Receipt, Work};
pub use schedules::{ScheduleEntry, ScheduleError, Schedules};
pub use table::{Action, Condition, Cursor, Item, Key, Page, Query, Table, TableError, TableLimits};
