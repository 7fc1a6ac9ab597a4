//! Lines of bounded length.

use std::borrow::Cow;

use crate::read::Progress;
use crate::refusal::Refusal;
use crate::warnings::Odd;
use crate::window::{Ahead, Window};

/// One line without its end.
pub(crate) struct Line<'a> {
    pub(crate) text: Cow<'a, str>,
    /// It ended with a line feed, not with the file: a line that did not may be cut.
    pub(crate) whole: bool,
}

/// The lines of a file.
pub(crate) struct Lines<'w, 'a> {
    window: &'w mut Window<'a>,
    /// Bytes of the line that was given last.
    given: usize,
    /// Something was too long, and left out.
    pub(crate) skipped: bool,
}

impl<'w, 'a> Lines<'w, 'a> {
    pub(crate) fn new(window: &'w mut Window<'a>) -> Self {
        Self { window, given: 0, skipped: false }
    }

    /// The next line; `None` at the end. Lines above the limit are left out with a warning.
    pub(crate) fn next(&mut self, progress: &mut Progress<'_>) -> Result<Option<Line<'_>>, Refusal> {
        self.window.consume(self.given);
        self.given = 0;
        let mut searched = 0;
        let mut skipping = false;
        let (length, whole) = loop {
            let unread = self.window.unread();
            if let Some(place) = memchr::memchr(b'\n', &unread[searched..]) {
                let length = searched + place;
                if !skipping {
                    break (length, true);
                }
                self.window.consume(length + 1);
                (searched, skipping) = (0, false);
                continue;
            }
            searched = unread.len();
            match self.window.fill(progress.limits.max_record_bytes)? {
                Ahead::More => {}
                Ahead::Nothing if searched == 0 || skipping => return Ok(None),
                Ahead::Nothing => break (searched, false),
                Ahead::Full => {
                    if !skipping {
                        let start = String::from_utf8_lossy(&self.window.unread()[..60]).into_owned();
                        progress.warnings.add(Odd::RecordTooLong, &start);
                        (self.skipped, skipping) = (true, true);
                    }
                    self.window.consume(searched);
                    searched = 0;
                }
            }
        };
        self.given = length + usize::from(whole);
        let line = &self.window.unread()[..length];
        let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        Ok(Some(Line { text, whole }))
    }
}
