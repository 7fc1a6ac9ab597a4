//! The contract suites of the ports on every adapter that needs no service, and what only the embedded ones have:
//! files that are opened again, shared by processes, foreign, of a newer version, damaged, or on a full disk.

mod channels;
mod clocks;
mod embedded_blobs;
mod embedded_outbox;
mod embedded_queue;
mod embedded_table;
mod faulty;
mod memory;
mod opening;
mod processes;
mod schedules;
mod tokens;
