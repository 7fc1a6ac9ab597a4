#![doc = include_str!("../README.md")]

pub mod blobs;
pub mod channel;
pub mod client;
pub mod credentials;
mod failure;
mod http;
pub mod queue;
mod refused_only;
pub mod schedules;
pub mod table;

pub use blobs::S3Blobs;
pub use channel::AwsChannels;
pub use client::{NotInEnvironment, Place, SdkConfig};
pub use credentials::{StsCredentials, StsOptions};
pub use queue::{SqsQueue, SqsQueueOptions};
pub use schedules::{EventBridgeSchedules, SchedulerOptions};
pub use table::{Capacity, DynamoTable, ObserveCapacity};
