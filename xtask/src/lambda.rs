//! `cargo xtask lambda-size`: the functions as they go to AWS, and how large they are.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cloud::deploy::FUNCTIONS;
use crate::python::{CARGO_LAMBDA, SAM};
use crate::steps::{output, run};
use crate::web;
use crate::workspace::Metadata;

/// The largest zip: what a start unpacks costs time.
const MOST_BYTES: u64 = 5_000_000;

/// Builds functions for Lambda: small, for Amazon Linux 2023, on the architecture that `PORTDELTA_ARCHITECTURE` says
/// (`arm64`, which is the default as in template.yaml, or `x86_64`). The folder with a folder for each of them.
///
/// # Errors
/// If they can't be built.
pub fn build(functions: &[&str]) -> anyhow::Result<PathBuf> {
    let target = Metadata::read()?.target_directory;
    CARGO_LAMBDA.install(&target)?;
    if functions.contains(&"api") {
        // It serves the pages.
        web::set_up()?;
    }
    let architecture = std::env::var("PORTDELTA_ARCHITECTURE").unwrap_or_else(|_| "arm64".to_owned());
    let flag = match architecture.as_str() {
        "arm64" => "--arm64",
        "x86_64" => "--x86-64",
        other => bail!("PORTDELTA_ARCHITECTURE is {other}, and must be arm64 or x86_64"),
    };
    let folder = target.join("lambda").join(&architecture);
    let mut build = CARGO_LAMBDA.command(&target, "cargo-lambda")?;
    build.args(["lambda", "build", "--profile", "lambda", "--locked", flag, "--lambda-dir"]).arg(&folder);
    for function in functions {
        build.args(["--package", &format!("portdelta-function-{function}")]);
    }
    run(&mut build)?;
    Ok(folder)
}

/// Builds all functions, and prints the sizes of their zips.
///
/// # Errors
/// If one is too large.
pub fn lambda_size() -> anyhow::Result<()> {
    let target = Metadata::read()?.target_directory;
    SAM.install(&target)?;
    let folder = build(&FUNCTIONS)?;
    let mut too_large = Vec::new();
    for function in FUNCTIONS {
        let bytes = zipped(&target, &folder.join(function).join("bootstrap"))?;
        println!("{function:<12} {:>6.2} MB", megabytes(bytes));
        if bytes > MOST_BYTES {
            too_large.push(function);
        }
    }
    if too_large.is_empty() {
        return Ok(());
    }
    bail!("over {} MB: {}", megabytes(MOST_BYTES), too_large.join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "for people, with two digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The size of a zip with this file in it, made as SAM makes it.
fn zipped(target: &Path, file: &Path) -> anyhow::Result<u64> {
    let script = "import io, sys, zipfile\n\
        into = io.BytesIO()\n\
        with zipfile.ZipFile(into, 'w', zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[1], 'bootstrap')\n\
        print(len(into.getvalue()))";
    let mut python = SAM.command(target, "python")?;
    let said = output(python.args(["-c", script]).arg(file))?;
    said.trim().parse().with_context(|| format!("the size of {} is no number", file.display()))
}
