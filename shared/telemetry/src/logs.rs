//! Logs of functions: one line of JSON an event.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// No level of a log.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a level of the log: error, warn, info, debug or trace")]
pub struct NotALevel(String);

/// Begins to log at `level` (`error`, `warn`, `info`, `debug`, `trace`, in any case) to standard error.
///
/// Libraries are logged from `warn` on, at most: what they say at lower levels holds headers and bodies. Again in the
/// same process it changes nothing.
pub fn begin_json(level: &str) -> Result<(), NotALevel> {
    let level: LevelFilter = level.parse().map_err(|_| NotALevel(level.to_owned()))?;
    let ours = ["portdelta", "dispatcher", "ingest", "notify", "sweep", "api"];
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|target| (target, level)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    // A second call, in a test, finds the log begun.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_any_case() {
        for level in ["INFO", "warn", "Debug", "off"] {
            begin_json(level).expect("a level");
        }
        let error = begin_json("loud").expect_err("no level");
        assert_eq!(
            error.to_string(),
            r#""loud" is not a level of the log: error, warn, info, debug or trace"#
        );
    }
}
