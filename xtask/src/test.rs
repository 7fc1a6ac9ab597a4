//! `cargo xtask test`: everything that can be checked without measuring.

use crate::steps::Steps;
use crate::workspace::cargo;
use crate::{lint, setup};

/// Sets up, lints, and runs all tests.
///
/// # Errors
/// If a step failed; all of them run, but for a machine that cannot be set up.
pub fn test() -> anyhow::Result<()> {
    setup::setup(false)?;
    let mut steps = Steps::default();
    lint::add_steps(&mut steps);
    steps.command("tests", cargo().args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]));
    steps.command(
        "documentation tests",
        cargo().args(["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]),
    );
    steps.finish()
}
