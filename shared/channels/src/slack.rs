//! Webhooks in the shape of Slack's.

use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::{Channel, ChannelError, Notification};
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::ascii_json;
use crate::http_post::Target;

/// How much text is posted, in characters; Slack cuts at 40,000.
const MAX_TEXT: usize = 8_000;

/// A Slack-shaped webhook.
pub(crate) struct Slack {
    target: Target,
}

impl Slack {
    pub fn open(url: &str, allow_private: bool, timeout: Duration) -> Result<Self, ChannelError> {
        Ok(Self { target: Target::parse(url, allow_private, timeout)? })
    }
}

/// Text that mentions nobody, links nothing and formats nothing: Slack's three control characters become entities,
/// and its signs of mark-up are broken up by a space without width.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '*' | '_' | '~' | '`' | '@' | '#' => {
                plain.push('\u{200b}');
                plain.push(character);
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The text within the limit, cut at the end of a line.
fn within(text: &str) -> String {
    if text.chars().count() <= MAX_TEXT {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_TEXT).collect();
    let end = cut.rfind('\n').unwrap_or(cut.len());
    format!("{}\n...", &cut[..end])
}

fn body(notification: &Notification) -> serde_json::Value {
    json!({
        "text": plain(&within(&notification.text)),
        // Neither links nor names become previews or mentions.
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

#[async_trait]
impl Channel for Slack {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let body = ascii_json::to_vec(&body(notification))
            .map_err(|error| ChannelError::Never(format!("could not write the notification: {error}")))?;
        self.target.post(body, HeaderMap::new()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_banner_is_mark_up() {
        let text = plain("<!channel> <https://evil.example|click> *b* `c` @here & x");
        assert!(!text.contains('<') && !text.contains('>'), "{text}");
        assert!(text.contains("&lt;!channel&gt;") && text.contains("&amp; x"), "{text}");
        assert!(
            !text.contains("*b*") && !text.contains("@here\u{200b}") && !text.contains(" @here"),
            "{text}"
        );
    }

    #[test]
    fn a_long_text_ends_at_a_line() {
        let text = within(&"0123456789\n".repeat(2_000));
        assert!(text.chars().count() <= MAX_TEXT + 4 && text.ends_with("9\n..."), "{}", text.len());
    }
}
