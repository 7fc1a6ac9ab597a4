//! `cargo xtask lambda-size`: the functions as they go to AWS, and how large they are.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use object::{Object, ObjectSection};

use crate::cloud::deploy::FUNCTIONS;
use crate::python::{CARGO_LAMBDA, SAM};
use crate::steps::{output, run};
use crate::web;
use crate::workspace::Metadata;

/// The largest zip: what a start unpacks costs time.
const MOST_BYTES: u64 = 5_000_000;

/// Lambda's arm64 is Graviton2 and what came after it. What these have needs no tables for processors without it: a
/// tenth of a function that uses S3.
const ARM64_FLAGS: (&str, &str) =
    ("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-C target-cpu=neoverse-n1");

/// What we pack is packed at level 3: strategies for higher levels are three quarters of the library.
const ZSTD_FLAGS: &str = "-DZSTD_EXCLUDE_GREEDY_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_LAZY_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_LAZY2_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTLAZY2_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_BTOPT_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTULTRA_BLOCK_COMPRESSOR";

/// Says how to unwind the stack; what ends at a panic never does, but the linker keeps it.
const UNWINDING: [&str; 2] = [".eh_frame", ".eh_frame_hdr"];

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
    let (flag, target_of_c) = match architecture.as_str() {
        "arm64" => ("--arm64", "aarch64_unknown_linux_gnu"),
        "x86_64" => ("--x86-64", "x86_64_unknown_linux_gnu"),
        other => bail!("PORTDELTA_ARCHITECTURE is {other}, and must be arm64 or x86_64"),
    };
    let folder = target.join("lambda").join(&architecture);
    let mut build = CARGO_LAMBDA.command(&target, "cargo-lambda")?;
    build.args(["lambda", "build", "--profile", "lambda", "--locked", flag, "--lambda-dir"]).arg(&folder);
    build.env(ARM64_FLAGS.0, ARM64_FLAGS.1).env(format!("CFLAGS_{target_of_c}"), ZSTD_FLAGS);
    for function in functions {
        build.args(["--package", &format!("portdelta-function-{function}")]);
    }
    run(&mut build)?;
    for function in functions {
        clear_unwinding(&folder.join(function).join("bootstrap"))?;
    }
    Ok(folder)
}

/// Fills what unwinding would need with zeros, which a zip packs to nothing. Twice is the same.
fn clear_unwinding(file: &Path) -> anyhow::Result<()> {
    let mut bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    for range in unwinding(&bytes).with_context(|| format!("{} is no program", file.display()))? {
        bytes.get_mut(range).context("a section ends behind its file")?.fill(0);
    }
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

/// Where it lies.
fn unwinding(program: &[u8]) -> anyhow::Result<Vec<Range<usize>>> {
    let program = object::File::parse(program)?;
    let sections = UNWINDING.iter().filter_map(|name| program.section_by_name(name));
    let ranges = sections.filter_map(|section| section.file_range());
    ranges.map(|(start, size)| Ok(start.try_into()?..(start + size).try_into()?)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cleared_is_where_unwinding_lies_and_nothing_else() {
        let this = std::env::current_exe().expect("a test has a program");
        let folder = std::env::temp_dir().join(format!("portdelta-xtask-{}", std::process::id()));
        let before = std::fs::read(this).expect("it can be read");
        std::fs::write(&folder, &before).expect("a file can be written");
        clear_unwinding(&folder).expect("it is a program");
        let after = std::fs::read(&folder).expect("it was written");
        std::fs::remove_file(&folder).expect("it is there");
        let ranges = unwinding(&before).expect("it is a program");
        assert_eq!((ranges.len(), after.len()), (2, before.len()));
        for (place, (before, after)) in before.iter().zip(&after).enumerate() {
            let is_cleared = ranges.iter().any(|range| range.contains(&place));
            assert_eq!(*after, if is_cleared { 0 } else { *before }, "{place}");
        }
        assert!(clear_unwinding(&std::path::PathBuf::from("/nowhere/at/all")).is_err());
    }
}
