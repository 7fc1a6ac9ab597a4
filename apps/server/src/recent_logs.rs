//! The newest lines of this process's log, for administrators.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use portdelta_app::ports::Clock;
use portdelta_protocol::admin::{LogLevel, LogLine, Time};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// So many lines are kept.
const MOST_LINES: usize = 2_000;

/// So many bytes of a line are kept: of its message, and of the names and texts of its fields.
const LINE_BYTES: usize = 2 << 10;

/// Where a line was cut off.
const CUT: char = '…';

/// Numbers of lines between two seconds in which a process may begin: ids grow also from one start to the next.
const IDS_A_SECOND: u64 = 1_000_000;

/// The newest lines of a log, as a layer of it; all clones hold the same ones.
#[derive(Clone)]
pub struct RecentLogs(Arc<Recent>);

struct Recent {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

struct Kept {
    next_id: u64,
    /// Newest first.
    lines: VecDeque<Arc<LogLine>>,
}

impl RecentLogs {
    /// No lines yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let began = u64::try_from(clock.now().seconds()).unwrap_or_default();
        let kept = Kept { next_id: began.saturating_mul(IDS_A_SECOND), lines: VecDeque::new() };
        Self(Arc::new(Recent { clock, kept: Mutex::new(kept) }))
    }

    /// The lines that are kept, newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<Arc<LogLine>> {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.lines.iter().cloned().collect()
    }

    fn keep(&self, level: LogLevel, target: &str, texts: Texts) {
        let time = Time(self.0.clock.now());
        let Texts { message, fields, .. } = texts;
        let mut line = LogLine { id: 0, time, level, target: target.to_owned(), message, fields };
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        line.id = kept.next_id;
        kept.next_id += 1;
        kept.lines.truncate(MOST_LINES - 1);
        kept.lines.push_front(Arc::new(line));
    }
}

impl fmt::Debug for RecentLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentLogs").finish_non_exhaustive()
    }
}

impl<S: Subscriber> Layer<S> for RecentLogs {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        // What libraries say at lower levels holds headers and bodies, and with them tokens.
        if *metadata.level() > Level::WARN && !metadata.target().starts_with("portdelta") {
            return;
        }
        let mut texts = Texts { message: String::new(), fields: BTreeMap::new(), room: LINE_BYTES };
        event.record(&mut texts);
        self.keep(level(*metadata.level()), metadata.target(), texts);
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

/// The texts of an event, as far as there is room for them.
struct Texts {
    message: String,
    fields: BTreeMap<String, String>,
    room: usize,
}

impl Texts {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let is_message = field.name() == "message";
        if !is_message {
            let Some(room) = self.room.checked_sub(field.name().len()) else { return };
            self.room = room;
        }
        let mut text = Within { text: String::new(), room: self.room };
        // What does not fit is not even formatted.
        let _ = text.write_fmt(value);
        self.room = text.room;
        if is_message {
            self.message = text.text;
        } else {
            self.fields.insert(field.name().to_owned(), text.text);
        }
    }
}

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }
}

/// A text that ends where there is no more room.
struct Within {
    text: String,
    room: usize,
}

impl fmt::Write for Within {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if more.len() <= self.room {
            self.room -= more.len();
            self.text.push_str(more);
            return Ok(());
        }
        self.text.push_str(&more[..more.floor_char_boundary(self.room)]);
        self.text.push(CUT);
        self.room = 0;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use portdelta_testkit::TestClock;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What is kept of what `say` says, newest first.
    fn kept(least: LevelFilter, say: impl FnOnce()) -> Vec<Arc<LogLine>> {
        let recent = RecentLogs::new(Arc::new(TestClock::default()));
        let log = tracing_subscriber::registry().with(least).with(recent.clone());
        tracing::subscriber::with_default(log, say);
        recent.newest()
    }

    #[test]
    fn lines_are_kept_with_their_fields_newest_first() {
        let lines = kept(LevelFilter::INFO, || {
            tracing::info!(run = %"0198", tasks = 3, late = false, "run {} begins", "0198");
            tracing::debug!("below the filter");
            tracing::error!(error = "a\u{1b}[2Jb\n<script>", "failed");
        });
        assert_eq!(lines.len(), 2);
        let [failed, begins] = [&lines[0], &lines[1]];
        assert_eq!((failed.level, &*failed.message), (LogLevel::Error, "failed"));
        assert_eq!(failed.fields["error"], "a\u{1b}[2Jb\n<script>", "it is escaped where it goes out");
        assert_eq!((begins.level, &*begins.message), (LogLevel::Info, "run 0198 begins"));
        let fields: Vec<_> = begins.fields.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(fields, ["late=false", "run=0198", "tasks=3"]);
        assert_eq!(begins.target, "portdelta_server::recent_logs::tests");
        assert!(failed.id > begins.id);
    }

    #[test]
    fn old_lines_make_room_and_long_ones_are_cut() {
        let lines = kept(LevelFilter::INFO, || {
            for number in 0..MOST_LINES + 7 {
                tracing::info!(number, "again");
            }
        });
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines[0].fields["number"], (MOST_LINES + 6).to_string());
        assert_eq!(lines[MOST_LINES - 1].fields["number"], "7");
        let long = "ä".repeat(LINE_BYTES);
        let lines = kept(LevelFilter::INFO, || {
            tracing::warn!(long, more = "nothing fits any more", "short");
            tracing::warn!("x{long}");
        });
        for line in &lines {
            let fields: usize = line.fields.iter().map(|(name, text)| name.len() + text.len()).sum();
            let marks = CUT.len_utf8() * (1 + line.fields.len());
            assert!(line.message.len() + fields <= LINE_BYTES + marks, "{line:?}");
        }
        assert!(lines[0].message.starts_with("xää") && lines[0].message.ends_with("ä…"));
        assert!(lines[1].message == "short" && lines[1].fields["long"].ends_with("ä…"));
        assert!(!lines[1].fields.contains_key("more"));
    }

    #[test]
    fn what_libraries_say_of_headers_is_not_kept() {
        let lines = kept(LevelFilter::TRACE, || {
            tracing::debug!(target: "hyper::proto", "authorization: Bearer pda_secret");
            tracing::warn!(target: "hyper::proto", "a connection broke");
            tracing::debug!("ours");
        });
        let messages: Vec<_> = lines.iter().map(|line| &*line.message).collect();
        assert_eq!(messages, ["ours", "a connection broke"]);
    }

    #[test]
    fn ids_grow_from_one_start_to_the_next() {
        let clock = Arc::new(TestClock::default());
        let say = |recent: &RecentLogs| {
            let log = tracing_subscriber::registry().with(recent.clone());
            tracing::subscriber::with_default(log, || tracing::info!("here"));
            recent.newest()[0].id
        };
        let first = say(&RecentLogs::new(clock.clone()));
        clock.advance(1);
        assert!(say(&RecentLogs::new(clock)) > first);
    }
}
