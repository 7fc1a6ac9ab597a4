//! Logs of commands that run for long: one line an event on standard error.

use tracing_subscriber::EnvFilter;

use crate::arguments::{LogArguments, LogFormat};
use crate::failure::Failure;

/// Begins to log.
pub fn begin(arguments: &LogArguments) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&arguments.log_level).map_err(|error| {
        Failure::new("bad_log_level", format!("not a level of the log: {error}"))
            .hint("Levels are error, warn, info, debug and trace.")
    })?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second call, in a test, finds the log begun.
    let _ = match arguments.log_format {
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
    };
    Ok(())
}
