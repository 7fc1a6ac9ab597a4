//! A server of the tests' own, and an agent that works for it.

mod queue;
mod server;

pub use server::{FakeServer, Faults, RUN, now};
