//! How far nmap is, by the statistics in its own XML.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar that hears nmap's XML as it is written.
pub struct Progress {
    bar: ProgressBar,
    /// The end of what was heard, where an element may have begun.
    tail: Vec<u8>,
}

/// Longer than any progress element.
const TAIL_BYTES: usize = 512;

impl Progress {
    /// A bar on standard error, if that is a terminal.
    pub fn begin() -> Self {
        let bar = ProgressBar::new(100);
        let style = ProgressStyle::with_template("{bar:30} {pos:>3} %  {msg}  {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, tail: Vec::new() }
    }

    /// Hears more of the XML.
    pub fn hear(&mut self, chunk: &[u8]) {
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(chunk);
        let heard = String::from_utf8_lossy(&text);
        if let Some(stage) = last_element(&heard, "<taskbegin ").and_then(|tag| attribute(tag, "task")) {
            self.bar.set_position(0);
            self.bar.set_message(stage.to_owned());
        }
        if let Some(tag) = last_element(&heard, "<taskprogress ") {
            let percent = attribute(tag, "percent").and_then(|percent| percent.parse::<f64>().ok());
            let hundredths = percent.unwrap_or_default().clamp(0.0, 100.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0 to 100"
            )]
            self.bar.set_position(hundredths as u64);
            let left = attribute(tag, "remaining").map(|left| format!(", {left} s left")).unwrap_or_default();
            let task = attribute(tag, "task").unwrap_or_default();
            self.bar.set_message(format!("{task}{left}"));
        }
        let keep = text.len().saturating_sub(TAIL_BYTES);
        self.tail = text.split_off(keep);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The last whole element that begins with `start`.
fn last_element<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let mut end = text.len();
    loop {
        let place = text[..end].rfind(start)?;
        if let Some(close) = text[place..].find('>') {
            return Some(&text[place..place + close]);
        }
        end = place;
    }
}

/// The value of an attribute of nmap's own making: plain text without entities.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    let value = rest.split_once('"')?.0;
    value.chars().all(|character| character.is_ascii() && !character.is_ascii_control()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_element_counts() {
        let text =
            "<taskprogress task=\"SYN Stealth Scan\" percent=\"12.5\" remaining=\"7\"/>\n<taskprogress perc";
        let tag = last_element(text, "<taskprogress ").expect("one is whole");
        assert_eq!(attribute(tag, "percent"), Some("12.5"));
        assert_eq!(attribute(tag, "task"), Some("SYN Stealth Scan"));
        assert_eq!(attribute(tag, "etc"), None);
    }
}
