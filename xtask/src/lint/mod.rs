//! `cargo xtask lint`: what can be checked without running the code.

mod arrows;
mod compose;
mod names;

use anyhow::bail;

use crate::python::SAM;
use crate::steps::{Steps, run};
use crate::workspace::{Metadata, cargo, root};

/// Runs all checks.
///
/// # Errors
/// If one failed; all of them run.
pub fn lint() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    add_steps(&mut steps);
    steps.finish()
}

/// Runs all checks as steps of a larger task.
pub fn add_steps(steps: &mut Steps) {
    steps.command("format", cargo().args(["fmt", "--all", "--check"]));
    steps.command(
        "clippy",
        cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--keep-going",
            "--",
            "-D",
            "warnings",
        ]),
    );
    // Advisories are left out: a new one would fail every change, whoever made it.
    steps.command(
        "dependencies",
        cargo().args(["deny", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
    );
    steps.command(
        "documentation",
        cargo().args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
    steps.step("templates", templates);
    steps.step("compose files", || report(&compose::violations(&Metadata::read()?.target_directory)?));
    steps.step("arrows point inwards", || report(&arrows::violations(&Metadata::read()?)));
    steps.step("names say something", || report(&names::violations(root())?));
}

/// What AWS would refuse, or what is unwise. Both come from the environment of SAM, and neither asks AWS.
fn templates() -> anyhow::Result<()> {
    let target = Metadata::read()?.target_directory;
    SAM.install(&target)?;
    run(SAM.command(&target, "cfn-lint")?.args(["template.yaml", "infra/alarms.yaml"]))?;
    let mut validate = SAM.command(&target, "sam")?;
    validate.args(["validate", "--lint", "--region", "eu-central-1", "--template-file", "template.yaml"]);
    run(validate.env("SAM_CLI_TELEMETRY", "0"))
}

fn report(violations: &[String]) -> anyhow::Result<()> {
    for violation in violations {
        eprintln!("{violation}");
    }
    if violations.is_empty() { Ok(()) } else { bail!("{} found", violations.len()) }
}
