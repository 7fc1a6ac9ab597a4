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
    /// Fill a data folder with many hosts and the runs of a month.
    Seed {
        /// The folder; `seeded` where cargo builds, if absent.
        #[arg(long)]
        into: Option<std::path::PathBuf>,
        /// How many hosts: a power of two from 256 to 65536.
        #[arg(long, default_value_t = 65_536)]
        hosts: u32,
        /// How many runs.
        #[arg(long, default_value_t = 1_000)]
        runs: u32,
    },
    /// Measure what the pages of the dashboard cost with 65,536 hosts and 1,000 runs, and fail where one costs too much.
    Budgets {
        /// A folder that `seed` filled; that of `seed` if absent, which is made where it is not there.
        #[arg(long)]
        data: Option<std::path::PathBuf>,
    },
    /// Show what Portdelta does: a real scan of servers on loopback, a change, the delta.
    Demo {
        /// Keep the dashboard open until a signal comes, also where nobody sits at a terminal.
        #[arg(long)]
        stay: bool,
    },
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
        Task::Seed { into, hosts, runs } => web::seed(into, hosts, runs),
        Task::Budgets { data } => web::budgets(data),
        Task::Demo { stay } => demo::demo(stay),
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
