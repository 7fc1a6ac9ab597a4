//! The application on the adapters of AWS, on an emulator that `cargo xtask test` starts; without one these tests are
//! skipped with a message.

mod cost;
mod deaths;
mod dispatch;
#[path = "../contract/emulators.rs"]
#[expect(dead_code, reason = "one emulator is enough here")]
mod emulators;
mod faults;
mod installation;
mod moving;
mod proxy;
mod races;
mod story;
mod units;
