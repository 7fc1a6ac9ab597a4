#![doc = include_str!("../README.md")]

pub mod address;
pub mod alert;
pub mod causes;
pub mod coverage;
pub mod delta;
pub mod escape;
pub mod evidence;
pub mod expectation;
pub mod forget;
pub mod ids;
pub mod layers;
pub mod nmap_options;
pub mod observation;
pub mod place;
pub mod port_spec;
pub mod ports;
pub mod reconcile;
pub mod recorded_command;
pub mod rewind;
pub mod run;
pub mod scope;
pub mod score;
pub mod script;
pub mod search;
pub mod service;
pub mod state;
pub mod targets;
pub mod tasks;
pub mod time;
pub mod watch;

pub use address::{AddressSet, Block};
pub use observation::{Document, HostRecord};
pub use ports::{Port, PortSet, Protocol};
pub use time::UnixTime;
