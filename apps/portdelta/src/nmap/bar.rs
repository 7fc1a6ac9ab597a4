//! Progress bars for work that is counted.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for blocks of addresses; shown on a terminal when there are many.
pub fn of_blocks() -> ProgressBar {
    counted("blocks")
}

/// A bar for results.
pub fn of_results() -> ProgressBar {
    counted("results")
}

fn counted(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Something goes on, and nobody knows for how long.
pub fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// A bar for the frames of an export.
pub fn frames() -> ProgressBar {
    counted("frames")
}

/// Moves a bar.
pub fn show(bar: &ProgressBar, done: usize, total: usize) {
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}
