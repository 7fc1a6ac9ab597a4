//! The command line of Portdelta.
fn main() {}
