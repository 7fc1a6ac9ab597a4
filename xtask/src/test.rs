//! `cargo xtask test`: everything that can be checked without measuring.

use crate::python::SCHEMATHESIS;
use crate::steps::Steps;
use crate::workspace::{Metadata, cargo};
use crate::{cloud, lint, setup, web};

/// Where property tests begin, so that a change is judged by what it changed; `--random` looks elsewhere.
const SEED: &str = "20261121";

/// Sets up, lints, and runs all tests.
///
/// # Errors
/// If a step failed; all of them run, but for a machine that cannot be set up.
pub fn test(random: bool) -> anyhow::Result<()> {
    setup::setup(false)?;
    let mut steps = Steps::default();
    lint::add_steps(&mut steps);
    web::add_checks(&mut steps);
    let mut emulators = None;
    steps.step("emulators of AWS", || {
        emulators = Some(cloud::Emulators::start()?);
        Ok(())
    });
    // With the tests, so that nothing is built twice: what they need of a library decides how all of it is built.
    steps.command("build", cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]));
    let (mut deployed, mut variables) = (None, Vec::new());
    if let Some(address) = emulators.as_ref().and_then(cloud::Emulators::for_stacks) {
        steps.step("deploy to the local AWS", || {
            let (stack, more) = cloud::deploy::for_tests(address)?;
            (deployed, variables) = (Some(stack), more);
            Ok(())
        });
    }
    let mut tests = cargo();
    tests.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    if !random && std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        tests.env("PROPTEST_RNG_SEED", SEED);
    }
    if let Some(emulators) = &emulators {
        emulators.tell(&mut tests);
    }
    tests.envs(variables);
    let target = Metadata::read()?.target_directory;
    if SCHEMATHESIS.is_installed(&target) {
        tests.env("PORTDELTA_TEST_SCHEMATHESIS", SCHEMATHESIS.program(&target, "schemathesis"));
    } else {
        eprintln!("schemathesis is not installed: the API is not tried by its description");
    }
    steps.command("tests", &mut tests);
    web::add_browser_tests(&mut steps, emulators.as_ref());
    if let Some(deployed) = &deployed {
        web::add_tests_of_stack(&mut steps, deployed);
    }
    drop(emulators);
    steps.command(
        "documentation tests",
        cargo().args(["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]),
    );
    steps.finish()
}
