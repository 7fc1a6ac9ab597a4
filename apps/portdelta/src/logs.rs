//! Logs of commands that run for long: one line an event on standard error.

use portdelta_server::RecentLogs;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::arguments::{LogArguments, LogFormat};
use crate::failure::Failure;

/// Begins to log; what passes the same filter is kept in `recent` too.
pub fn begin(arguments: &LogArguments, recent: Option<RecentLogs>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&arguments.log_level).map_err(|error| {
        Failure::new("bad_log_level", format!("not a level of the log: {error}"))
            .hint("Levels are error, warn, info, debug and trace.")
    })?;
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match arguments.log_format {
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
    };
    // A second call, in a test, finds the log begun.
    let _ = tracing_subscriber::registry().with(filter).with(lines).with(recent).try_init();
    Ok(())
}
