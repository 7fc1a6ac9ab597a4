#![doc = include_str!("../README.md")]

pub mod address;
pub mod ids;
pub mod observation;
pub mod ports;
pub mod scope;
pub mod time;

pub use address::{AddressSet, Block};
pub use observation::{Document, HostRecord};
pub use ports::{Port, PortSet, Protocol};
pub use time::UnixTime;
