//! What other systems report that never happened, one test each, named by what went wrong there.

mod coverage;
mod history;
mod identity;
mod office;
mod presets;
mod reading;
mod scan_types;
