#![doc = include_str!("../README.md")]

pub mod clock;
pub mod enrol;
pub mod error;
pub mod facts;
pub mod home;
pub mod limits;
pub mod nmap;
pub mod order;
mod retry;
mod spool;
pub mod upstream;
mod work;

pub use enrol::{EnrolOptions, Enrolment, enrol};
pub use error::AgentError;
pub use home::{Home, Identity, LastSeen};
pub use spool::{DEFAULT_BUDGET, look as look_into_spool};
pub use work::{Agent, AgentOptions};
