//! How far nmap is, as a bar on the terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use portdelta_agent::nmap::{Heard, Progress};

/// A progress bar that hears nmap's XML as it is written.
pub struct ProgressLine {
    bar: ProgressBar,
    progress: Progress,
}

impl ProgressLine {
    /// A bar on standard error, if that is a terminal.
    pub fn begin() -> Self {
        let bar = ProgressBar::new(100);
        let style = ProgressStyle::with_template("{bar:30} {pos:>3} %  {msg}  {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, progress: Progress::new() }
    }

    /// Hears more of the XML.
    pub fn hear(&mut self, chunk: &[u8]) {
        for heard in self.progress.hear(chunk) {
            match heard {
                Heard::Phase(phase) => {
                    self.bar.set_position(0);
                    self.bar.set_message(phase);
                }
                Heard::At { phase, percent, left_seconds } => {
                    self.bar.set_position(percent.into());
                    let left = left_seconds.map(|left| format!(", {left} s left")).unwrap_or_default();
                    self.bar.set_message(format!("{phase}{left}"));
                }
            }
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
