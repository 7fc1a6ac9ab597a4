//! How far nmap is, by the statistics in its own XML.

/// Longer than any progress element.
const TAIL_BYTES: usize = 512;

/// Hears nmap's XML as it is written.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The end of what was heard, where an element may have begun.
    tail: Vec<u8>,
}

/// What is new.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A phase began: `SYN Stealth Scan`.
    Phase(String),
    /// So far is the phase.
    At {
        /// The phase.
        phase: String,
        /// 0 to 100.
        percent: u8,
        /// Seconds that are left, as nmap reckons.
        left_seconds: Option<u32>,
    },
}

impl Progress {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears more of the XML. What comes back is in the order to show it: the last is the newest.
    pub fn hear(&mut self, chunk: &[u8]) -> Vec<Heard> {
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(chunk);
        let heard = String::from_utf8_lossy(&text);
        let phase = last_element(&heard, "<taskbegin ").and_then(|tag| attribute(tag, "task"));
        let mut news: Vec<_> = phase.map(|phase| Heard::Phase(phase.to_owned())).into_iter().collect();
        if let Some(tag) = last_element(&heard, "<taskprogress ") {
            let percent = attribute(tag, "percent").and_then(|percent| percent.parse::<f64>().ok());
            let percent = percent.unwrap_or_default().clamp(0.0, 100.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0 to 100"
            )]
            let percent = percent as u8;
            news.push(Heard::At {
                phase: attribute(tag, "task").unwrap_or_default().to_owned(),
                percent,
                left_seconds: attribute(tag, "remaining").and_then(|left| left.parse().ok()),
            });
        }
        let keep = text.len().saturating_sub(TAIL_BYTES);
        self.tail = text.split_off(keep);
        news
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
        let mut progress = Progress::new();
        let text =
            "<taskprogress task=\"SYN Stealth Scan\" percent=\"12.5\" remaining=\"7\"/>\n<taskprogress perc";
        let at =
            |percent, left_seconds| Heard::At { phase: "SYN Stealth Scan".to_owned(), percent, left_seconds };
        assert_eq!(progress.hear(text.as_bytes()), [at(12, Some(7))]);
        assert_eq!(progress.hear(b"ent=\"99.9\" task=\"SYN Stealth Scan\"/>"), [at(99, None)]);
        let mut progress = Progress::new();
        assert_eq!(progress.hear(b"<taskbegin task=\"Ping Scan\" "), []);
        assert_eq!(progress.hear(b"time=\"1\"/>"), [Heard::Phase("Ping Scan".to_owned())]);
    }
}
