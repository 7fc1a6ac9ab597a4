//! The commands, one a file.

mod agent;
mod deltas;
mod diff;
mod history;
mod hosts;
mod import;
mod parse;
mod rebuild;
mod scan;

use clap::CommandFactory;
use tokio::runtime::Runtime;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs what was asked; gives the exit code.
pub fn run(arguments: Arguments) -> Result<u8, Failure> {
    match arguments.command {
        Command::Scan(arguments) => runtime()?.block_on(scan::scan(&arguments)),
        Command::Import(arguments) => runtime()?.block_on(import::import(&arguments)),
        Command::Hosts(arguments) => runtime()?.block_on(hosts::hosts(&arguments)),
        Command::Deltas(arguments) => runtime()?.block_on(deltas::deltas(&arguments)),
        Command::History(arguments) => runtime()?.block_on(history::history(&arguments)),
        Command::Rebuild(arguments) => runtime()?.block_on(rebuild::rebuild(&arguments)),
        Command::Agent(arguments) => runtime()?.block_on(agent::agent(&arguments)),
        Command::Parse(arguments) => parse::parse(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "portdelta", &mut std::io::stdout());
            Ok(0)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(0)
        }
    }
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("no_runtime", format!("could not start: {error}")))
}
