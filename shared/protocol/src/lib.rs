#![doc = include_str!("../README.md")]

pub mod admin;
pub mod agent;
pub mod enrolment;
pub mod problem;
pub mod signature;
pub mod upload;

/// The version of the protocol that this program speaks.
pub const PROTOCOL: u32 = 1;

/// The oldest version of an agent that a server of this version works with.
pub const OLDEST_AGENT: u32 = 1;

/// The oldest version of a server that an agent of this version works with.
pub const OLDEST_SERVER: u32 = 1;

/// Where everything is found below a server's address.
pub const BASE_PATH: &str = "/api/v1";
