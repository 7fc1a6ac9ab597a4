//! The contract suites of the ports on every adapter that needs no service, and what only the embedded ones have:
//! files that are opened again, shared, foreign, of a newer version, or on a full disk.

mod embedded_blobs;
mod embedded_table;
mod memory;
mod opening;
