//! The commands, one a file.

mod agent;
mod agents;
mod alerts;
mod audit;
mod channels;
mod clean_up;
mod compliance;
mod deltas;
mod diff;
mod doctor;
mod expectations;
mod export;
mod history;
mod hosts;
mod import;
mod import_all;
mod login;
mod logs;
mod networks;
mod note;
mod parse;
mod rebuild;
mod remote;
mod reports;
mod result;
mod retention;
mod runs;
mod scan;
mod scans;
mod serve;
mod sites;
mod taker;
mod tokens;
mod users;
mod watch;

pub use sites::only_site;

use clap::CommandFactory;
use tokio::runtime::Runtime;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs what was asked; gives the exit code.
pub fn run(arguments: Arguments) -> Result<u8, Failure> {
    match arguments.command {
        Command::Scan(arguments) => runtime()?.block_on(scan::scan(&arguments)),
        Command::Import(arguments) if arguments.all => {
            runtime()?.block_on(import_all::import_all(&arguments))
        }
        Command::Import(arguments) => runtime()?.block_on(import::import(&arguments)),
        Command::Export(arguments) => runtime()?.block_on(export::export(&arguments)),
        Command::Hosts(arguments) => runtime()?.block_on(hosts::hosts(&arguments)),
        Command::Deltas(arguments) => runtime()?.block_on(deltas::deltas(&arguments)),
        Command::History(arguments) => runtime()?.block_on(history::history(&arguments)),
        Command::Result(arguments) => runtime()?.block_on(result::result(&arguments)),
        Command::Rebuild(arguments) => runtime()?.block_on(rebuild::rebuild(&arguments)),
        Command::Agent(arguments) => runtime()?.block_on(agent::agent(&arguments)),
        Command::Login(arguments) => runtime()?.block_on(login::login(&arguments)),
        Command::Logout => login::logout(),
        Command::Sites(command) => runtime()?.block_on(sites::sites(&command)),
        Command::Networks(command) => runtime()?.block_on(networks::networks(&command)),
        Command::Scans(command) => runtime()?.block_on(scans::scans(&command)),
        Command::Agents(command) => runtime()?.block_on(agents::agents(&command)),
        Command::Runs(command) => runtime()?.block_on(runs::runs(&command)),
        Command::Reports(command) => runtime()?.block_on(reports::reports(&command)),
        Command::Alerts(command) => runtime()?.block_on(alerts::alerts(&command)),
        Command::Expectations(command) => runtime()?.block_on(expectations::expectations(&command)),
        Command::Note(arguments) => runtime()?.block_on(note::note(&arguments)),
        Command::Compliance(arguments) => runtime()?.block_on(compliance::compliance(&arguments)),
        Command::Channels(command) => runtime()?.block_on(channels::channels(&command)),
        Command::Retention(command) => runtime()?.block_on(retention::retention(&command)),
        Command::CleanUp(arguments) => runtime()?.block_on(clean_up::clean_up(&arguments)),
        Command::Users(command) => runtime()?.block_on(users::users(&command)),
        Command::Tokens(command) => runtime()?.block_on(tokens::tokens(&command)),
        Command::Audit(arguments) => runtime()?.block_on(audit::audit(&arguments)),
        Command::Logs(arguments) => runtime()?.block_on(logs::logs(&arguments)),
        Command::Watch(arguments) => runtime()?.block_on(watch::watch(&arguments)),
        Command::Doctor(arguments) => runtime()?.block_on(doctor::doctor(&arguments)),
        Command::Serve(arguments) => threads()?.block_on(serve::serve(&arguments)),
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

/// For what serves many at once.
fn threads() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("no_runtime", format!("could not start: {error}")))
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("no_runtime", format!("could not start: {error}")))
}
