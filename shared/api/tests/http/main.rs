//! The router as clients meet it, on adapters in memory.

mod access;
mod agents;
mod every;
mod imports;
mod lists;
mod openapi;
mod problems;
mod retention;
mod scans;
mod support;
