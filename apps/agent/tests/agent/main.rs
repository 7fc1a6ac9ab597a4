//! The agent as a library, against a real server over real sockets, with real nmap on loopback.

mod bench;
mod breaks;
mod entrance;
mod leases;
mod life;
mod limits;
#[path = "../support/mod.rs"]
mod support;
