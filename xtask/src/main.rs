//! `cargo xtask`: what is done to the project, rather than by it. One module a task.

mod bench;
mod cloud;
mod demo;
mod lambda;
mod lint;
mod python;
mod setup;
mod steps;
mod test;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up, checks, tests and measures the project.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what this machine lacks to build, test and try the project.
    Setup {
        /// Also what the benches compare with: ndiff, and python-libnmap in an environment of its own.
        #[arg(long)]
        bench: bool,
    },
    /// Format, clippy, dependencies, docs, and the direction of dependencies.
    Lint,
    /// Everything: setup, lint, all tests.
    Test {
        /// Let property tests begin with another seed each time: to look for what nobody has seen yet.
        #[arg(long)]
        random: bool,
    },
    /// AWS on this machine, without an account or a container engine.
    #[command(subcommand)]
    Cloud(cloud::Action),
    /// Build the dashboard: its pages, as `portdelta serve` shows them.
    Web,
    /// Write pictures of every page of the dashboard, light, dark and on a phone.
    Screenshots {
        /// The folder.
        #[arg(long, default_value = "target/screenshots")]
        into: std::path::PathBuf,
    },
    /// Show what Portdelta does: a real scan of servers on loopback, a change, the delta.
    Demo,
    /// Measure.
    Bench(bench::BenchOptions),
    /// Build the functions as they go to AWS, print the sizes of their zips, and fail where one is too large.
    LambdaSize,
    /// For the Makefile, as `sam build` calls it: put a function's binary into a folder.
    #[command(hide = true)]
    LambdaBootstrap {
        /// The function.
        function: String,
        /// The folder.
        folder: std::path::PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Options::parse().task {
        Task::Setup { bench } => setup::setup(bench),
        Task::Lint => lint::lint(),
        Task::Test { random } => test::test(random),
        Task::Cloud(action) => cloud::cloud(&action),
        Task::Web => web::web(),
        Task::Screenshots { into } => web::screenshots(&into),
        Task::Demo => demo::demo(),
        Task::Bench(options) => bench::bench(&options),
        Task::LambdaSize => lambda::lambda_size(),
        Task::LambdaBootstrap { function, folder } => cloud::deploy::bootstrap(&function, &folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
