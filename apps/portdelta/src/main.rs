//! The command line of Portdelta: parse, run, exit code.

mod arguments;
mod client;
mod commands;
mod failure;
mod inputs;
mod interrupts;
mod logs;
mod nmap;
mod output;
mod source;
mod store;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, everything else is a mistake of the caller.
            let code = if error.use_stderr() { failure::EXIT_ERROR } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match commands::run(arguments) {
        Ok(code) => ExitCode::from(code),
        // Whoever read the output has seen enough: `| head`. Nothing went wrong.
        Err(failure) if failure.code == failure::READER_GONE => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::from(failure::EXIT_ERROR)
        }
    }
}
