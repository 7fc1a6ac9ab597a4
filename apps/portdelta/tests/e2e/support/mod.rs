//! What the tests share: the program on a folder of its own, listeners, namespaces, files.

mod files;
mod program;

pub use files::{office, write};
pub use program::{Program, Run};

/// Says why a test is not run; for a test that then returns.
pub fn skip(why: &str) {
    println!("skipped: {why}");
}
