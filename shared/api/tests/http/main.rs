//! The router as clients meet it, on adapters in memory.

mod access;
mod agents;
mod audit;
mod clean_up;
mod concurrent;
mod dashboard;
mod edits;
mod events;
mod every;
mod expectations;
mod filters;
mod foreign_ids;
mod imports;
mod lists;
mod logs;
mod once;
mod openapi;
mod people;
mod problems;
mod results;
mod retention;
mod roles;
mod scans;
mod sessions;
mod single_sign_on;
mod support;
