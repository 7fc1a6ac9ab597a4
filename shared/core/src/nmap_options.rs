//! Options of nmap.

pub(crate) mod discovery;
