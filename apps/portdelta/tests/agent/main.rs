//! `portdelta agent` as people and service managers run it: real processes, real signals, real nmap, and a server of
//! the tests' own.

mod arguments;
mod deaths;
mod program;
#[expect(dead_code, unused_imports, reason = "the tests of the library use more of it")]
#[path = "../../../agent/tests/support/mod.rs"]
mod support;
