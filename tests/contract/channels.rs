//! Channels in memory, and those to servers and programs.

mod memory;
mod outward;
