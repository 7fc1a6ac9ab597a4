//! `portdelta watch`: takes in every scanner output that appears in a folder.

mod inbox;

use std::path::Path;
use std::time::Duration;

use portdelta_core::escape::escape;
use portdelta_formats::report::to_line;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::import::packed;
use super::taker::{Taken, Taker};
use crate::arguments::{OutputFormat, WatchArguments};
use crate::failure::{EXIT_ERROR, EXIT_INTERRUPTED, Failure, warn};
use crate::inputs;
use crate::output::print_line;
use inbox::Inbox;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The longest wait after something went wrong.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What became of a file.
enum Outcome {
    /// It is in `done` or `refused`.
    Moved { refused: bool },
    /// Something else is wrong: it stays, and is tried again.
    Stays,
}

/// Takes files in until somebody ends it, or until there is none with `--once`.
pub async fn watch(arguments: &WatchArguments) -> Result<u8, Failure> {
    let confirm = (arguments.confirm_open, arguments.confirm_close);
    let mut inbox = Inbox::open(&arguments.folder, Duration::from_secs(arguments.settle))?;
    let taker = Taker::of(&arguments.view, &arguments.judgement, None, confirm).await?;
    let mut ends = Ends::hear()?;
    let mut wait = EVERY;
    let (mut refused, mut failed) = (false, false);
    let mut said = String::new();
    loop {
        let mut stays = false;
        for name in inbox.complete()? {
            match take(&taker, &mut inbox, &name, arguments.format.format, &mut said).await? {
                Outcome::Moved { refused: was_refused } => {
                    refused |= was_refused;
                    wait = EVERY;
                }
                Outcome::Stays => {
                    stays = true;
                    break;
                }
            }
            if let Some(code) = ends.now() {
                return Ok(code);
            }
        }
        failed |= stays;
        if arguments.once && (stays || !inbox.is_awaiting()) {
            return Ok(if refused || failed { EXIT_ERROR } else { 0 });
        }
        if stays {
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        if let Some(code) = ends.within(wait).await {
            return Ok(code);
        }
    }
}

/// Takes in one file. Taking it in comes first, moving it second: after a crash in between it is taken in again, which
/// changes nothing.
async fn take(
    taker: &Taker,
    inbox: &mut Inbox,
    name: &Path,
    format: OutputFormat,
    said: &mut String,
) -> Result<Outcome, Failure> {
    let path = inbox.path(name);
    let shown = name.display().to_string();
    let result = match read(&path) {
        Ok(raw) => taker.take(shown.clone(), raw).await,
        Err(failure) => Err(failure),
    };
    let refusal = match &result {
        Ok(result) => result.refusal().map(|(code, message)| format!("{message} ({code}).")),
        Err(failure) if failure.is_of_input => Some(failure.line()),
        Err(failure) => {
            // Once, not every time: it may take hours until somebody starts the server again.
            let line = failure.line();
            if line != *said {
                warn(&format!("{shown} stays for now: {line}"));
                *said = line;
            }
            return Ok(Outcome::Stays);
        }
    };
    said.clear();
    let moved = match &refusal {
        Some(reason) => inbox.refuse(name, reason),
        None => inbox.done(name),
    };
    if let Err(failure) = moved {
        warn(&failure.line());
        inbox.forget_until_changed(name);
    }
    say(&shown, result.as_ref().ok(), refusal.as_deref(), format)?;
    Ok(Outcome::Moved { refused: refusal.is_some() })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    packed(inputs::open(path)?)
        .map_err(|error| Failure::new("unreadable", format!("could not read {}: {error}", path.display())))
}

fn say(
    name: &str,
    result: Option<&Taken>,
    refusal: Option<&str>,
    format: OutputFormat,
) -> Result<(), Failure> {
    if matches!(format, OutputFormat::Json | OutputFormat::Jsonl) {
        let outcome = match (refusal, result) {
            (Some(_), _) | (None, None) => "refused",
            (None, Some(result)) if result.is_repeated() => "repeated",
            (None, Some(_)) => "taken",
        };
        let (run, changes) = (result.map(Taken::run), result.map(Taken::changes));
        let line =
            json!({"file": name, "outcome": outcome, "reason": refusal, "run": run, "changes": changes});
        return print_line(&to_line(&line)?);
    }
    let what = match (refusal, result) {
        (Some(reason), _) => format!("refused: {reason}"),
        (None, Some(result)) => result.line(),
        (None, None) => String::new(),
    };
    print_line(&format!("{}: {}", escape(name), escape(&what)))
}

/// Ctrl-C, and the polite request of a service manager.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn hear() -> Result<Self, Failure> {
        let hear = |kind| {
            signal(kind).map_err(|error| {
                Failure::new("no_signals", format!("could not listen for Ctrl-C: {error}"))
                    .hint("Look at the limits of this user's processes.")
            })
        };
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// The exit code, if somebody has asked us to end.
    fn now(&mut self) -> Option<u8> {
        use std::task::{Context, Poll, Waker};
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Some(())) = self.interrupt.poll_recv(&mut context) {
            return Some(EXIT_INTERRUPTED);
        }
        matches!(self.terminate.poll_recv(&mut context), Poll::Ready(Some(()))).then_some(0)
    }

    /// The exit code, if somebody asks us to end within this time.
    async fn within(&mut self, wait: Duration) -> Option<u8> {
        tokio::select! {
            () = tokio::time::sleep(wait) => None,
            _ = self.interrupt.recv() => Some(EXIT_INTERRUPTED),
            _ = self.terminate.recv() => Some(0),
        }
    }
}
