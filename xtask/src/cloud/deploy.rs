//! Deploys template.yaml to an emulator, by the same command as to AWS.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::mail;
use crate::python::SAM;
use crate::steps::{output, run};
use crate::web;
use crate::workspace::{Metadata, cargo};

/// The functions, by the names of their binaries.
pub const FUNCTIONS: [&str; 5] = ["dispatcher", "ingest", "notify", "sweep", "api"];

/// What keeps programs from talking to AWS itself.
fn environment(address: &str) -> Vec<(&'static str, String)> {
    let fixed = [
        ("AWS_ENDPOINT_URL", address),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("SAM_CLI_TELEMETRY", "0"),
    ];
    fixed.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// A stack that is there, and a token for it.
pub struct Deployed {
    /// The API.
    pub url: String,
    /// The same for browsers: pages stand at the root of their server, and the API has one by a name that browsers know to
    /// mean this machine.
    pub pages: String,
    /// Of an administrator.
    pub token: String,
    stack: String,
}

impl Deployed {
    /// What a person does next.
    pub fn next_steps(&self) -> String {
        let Self { url, pages, token, stack } = self;
        format!(
            "\nThe stack {stack} is there. Its dashboard, for a browser such as Chromium:\n\n    {pages}\n\n\
             The token for the first administrator:\n\n    {token}\n\nIts API:\n\n    {url}\n\n\
             By the command line: sign in, let an agent in, and scan:\n\n    \
             echo {token} | portdelta login {url} --token-file -\n    portdelta sites add office\n    \
             portdelta agents enrol --site office\n    \
             portdelta agent run --enrol pde_... --name one    # goes on: take another terminal\n    \
             portdelta agents approve one\n    \
             portdelta scans add loopback --targets 127.0.0.1 --site office\n    \
             portdelta scans run loopback --watch\n\nOpen a port, scan again, and read the mail about the change:\n\n    \
             python3 -m http.server 3389 --bind 127.0.0.1 &\n    \
             portdelta scans run loopback --watch\n    cargo xtask cloud mail --stack {stack}\n\n\
             docs/aws.md says how the same goes on AWS.\n"
        )
    }
}

/// Builds the functions quickly, for this machine, with the dashboard where there is Node.js.
///
/// # Errors
/// If they can't be built.
pub fn build() -> anyhow::Result<()> {
    web::set_up()?;
    let mut build = cargo();
    build.args(["build", "--locked"]);
    for function in FUNCTIONS {
        build.args(["--package", &format!("portdelta-function-{function}")]);
    }
    run(&mut build)
}

/// Deploys; with `built`, the functions as a debug build left them.
///
/// # Errors
/// If a step fails.
pub fn deploy(address: &str, stack: &str, built: bool) -> anyhow::Result<Deployed> {
    if !built {
        build()?;
    }
    let folder = sam_build(address, stack)?;
    let deployed = deploy_template(address, stack, &folder.join("template.yaml"))?;
    mail::listen(address, stack)?;
    Ok(deployed)
}

fn deploy_template(address: &str, stack: &str, template: &Path) -> anyhow::Result<Deployed> {
    run(&mut deploy_command(address, stack, template)?)?;
    let url = output_of(address, stack, "ApiUrl")?;
    let pages = pages(&url).with_context(|| format!("{url} is not where the emulator has its APIs"))?;
    let token = token(address, &output_of(address, stack, "ApiFunction")?)?;
    Ok(Deployed { url, pages, token, stack: stack.to_owned() })
}

/// `http://127.0.0.1:4566/_aws/execute-api/0a1b2c3d` as `http://0a1b2c3d.execute-api.localhost:4566`.
fn pages(url: &str) -> Option<String> {
    let (server, api) = url.split_once("/_aws/execute-api/")?;
    let (_, port) = server.rsplit_once(':')?;
    Some(format!("http://{api}.execute-api.localhost:{port}"))
}

/// Lets SAM collect the functions of a debug build; the folder with the template that names them.
fn sam_build(address: &str, name: &str) -> anyhow::Result<PathBuf> {
    let target = Metadata::read()?.target_directory;
    let folder = target.join("cloud").join(name);
    let mut sam = SAM.command(&Metadata::read()?.target_directory, "sam")?;
    sam.envs(environment(address));
    // The Makefile takes these instead of building for Amazon Linux.
    sam.env("PORTDELTA_BUILT", target.join("debug"));
    sam.args(["build", "--build-in-source", "--build-dir"]).arg(&folder);
    run(&mut sam)?;
    Ok(folder)
}

fn deploy_command(address: &str, stack: &str, template: &Path) -> anyhow::Result<Command> {
    let mut sam = SAM.command(&Metadata::read()?.target_directory, "sam")?;
    sam.envs(environment(address));
    sam.args(["deploy", "--stack-name", stack, "--s3-prefix", stack, "--resolve-s3", "--no-progressbar"]);
    sam.args(["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--template-file"]);
    sam.arg(template);
    sam.args(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--parameter-overrides"]);
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    sam.arg(format!("EmulatorUrl={address}"));
    sam.arg(format!("Architecture={architecture}"));
    sam.args(["AlertEmail=operations@office.example", "LogLevel=debug"]);
    sam.arg("SweepRate=\"rate(1 minute)\"");
    Ok(sam)
}

/// Asks the emulator as an administrator of the account would ask AWS.
pub fn ask(address: &str, arguments: &[&str]) -> anyhow::Result<Value> {
    // The environment of SAM has Amazon's library.
    let mut python = SAM.command(&Metadata::read()?.target_directory, "python")?;
    python.envs(environment(address)).arg("localstack/stack.py").args(arguments);
    let said = output(&mut python)?;
    serde_json::from_str(&said).with_context(|| format!("stack.py said {said:?}"))
}

fn output_of(address: &str, stack: &str, name: &str) -> anyhow::Result<String> {
    let said = ask(address, &["output", stack, name])?;
    said.as_str().map(str::to_owned).with_context(|| format!("the stack has no output {name}"))
}

/// The token of a new administrator, made as the stack's output `NextStep` says.
fn token(address: &str, function: &str) -> anyhow::Result<String> {
    let said = ask(address, &["token", function])?;
    said["token"].as_str().map(str::to_owned).context("the function made no token")
}

/// The template with everything that it names put into the emulator's S3: what `stack.py create` takes.
fn package(address: &str) -> anyhow::Result<PathBuf> {
    let folder = sam_build(address, "package")?;
    let packaged = folder.join("packaged.yaml");
    let mut sam = SAM.command(&Metadata::read()?.target_directory, "sam")?;
    sam.envs(environment(address)).args(["package", "--resolve-s3", "--no-progressbar", "--template-file"]);
    sam.arg(folder.join("template.yaml")).arg("--output-template-file").arg(&packaged);
    run(&mut sam)?;
    Ok(packaged)
}

/// One stack, deployed as people do it, by `sam deploy`; and what tests need that make stacks of their own: see
/// `apps/portdelta/tests/scenarios/cloud.rs`.
///
/// # Errors
/// If the template can't be packaged or deployed; the functions must be built.
pub fn for_tests(address: &str) -> anyhow::Result<(Deployed, Vec<(&'static str, OsString)>)> {
    let template = package(address)?;
    // Not the packaged one: SAM takes addresses of S3 for nested templates, and the emulator's is none.
    let deployed = deploy_template(address, "portdelta", &template.with_file_name("template.yaml"))?;
    let python = SAM.program(&Metadata::read()?.target_directory, "python");
    let variables = vec![
        ("PORTDELTA_TEST_STACKS", address.into()),
        ("PORTDELTA_TEST_TEMPLATE", template.into()),
        ("PORTDELTA_TEST_PYTHON", python.into()),
    ];
    Ok((deployed, variables))
}

/// For `make`, as SAM calls it: puts the binary of a function into a folder, under the name that Lambda starts.
///
/// # Errors
/// If it can't be built or copied.
pub fn bootstrap(function: &str, folder: &Path) -> anyhow::Result<()> {
    let built = match std::env::var_os("PORTDELTA_BUILT") {
        Some(built) => {
            let binary = PathBuf::from(built).join(function);
            let stripped = folder.join("bootstrap");
            // Most of a debug build is what debuggers read.
            let mut strip = Command::new("strip");
            strip.arg("--strip-all").arg("-o").arg(stripped).arg(&binary);
            return run(&mut strip).with_context(|| format!("{} is not built", binary.display()));
        }
        None => crate::lambda::build(&[function])?,
    };
    let (from, to) = (built.join(function).join("bootstrap"), folder.join("bootstrap"));
    std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_find_the_api_at_the_root_of_a_server() {
        let found = pages("http://127.0.0.1:4566/_aws/execute-api/0a1b2c3d");
        assert_eq!(found.as_deref(), Some("http://0a1b2c3d.execute-api.localhost:4566"));
        assert_eq!(pages("https://0a1b2c3d.execute-api.us-east-1.amazonaws.com"), None);
    }
}
