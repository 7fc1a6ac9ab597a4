//! Benchmarks, and the generator of scanner outputs that they read.
//!
//! The generator writes pairs of nmap XML files of any size together with a *truth file*, which lists
//! exactly what differs between the two. Everything else that differs is noise: values that no two
//! scans of an unchanged network agree on. [`seed`] fills the data folder of a server.

pub mod bare_xml_loop;
pub mod cpu;
pub mod differences;
pub mod generate;
pub mod seed;
pub mod streamed;
