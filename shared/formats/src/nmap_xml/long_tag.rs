//! Tags that are too long for the window.

use super::document::DocumentReader;
use crate::refusal::Refusal;

/// A tag of any length with its values cut.
#[derive(Default)]
pub(super) struct LongTag {
    kept: Vec<u8>,
    /// The quotation mark of the value that is being read, and how many of its bytes were kept.
    value: Option<(u8, usize)>,
}

impl LongTag {
    /// Takes the next part of the tag; gives how much of it belonged to the tag when its end is reached.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        document: &mut DocumentReader<'_, '_>,
    ) -> Result<Option<usize>, Refusal> {
        let limits = document.limits();
        let mut place = 0;
        while place < bytes.len() {
            let rest = &bytes[place..];
            if let Some((quote, kept)) = &mut self.value {
                let end = memchr::memchr(*quote, rest);
                let value = &rest[..end.unwrap_or(rest.len())];
                let room = (limits.max_attribute_bytes - *kept).min(value.len());
                self.kept.extend_from_slice(&value[..room]);
                *kept += room;
                if room < value.len() {
                    document.value_cut(&value[..room.min(100)]);
                }
                place += value.len();
                if end.is_some() {
                    self.kept.push(*quote);
                    self.value = None;
                    place += 1;
                }
            } else {
                let end = memchr::memchr3(b'>', b'"', b'\'', rest);
                let plain = &rest[..end.map_or(rest.len(), |end| end + 1)];
                self.kept.extend_from_slice(plain);
                place += plain.len();
                match plain.last() {
                    Some(b'>') => return Ok(Some(place)),
                    Some(&quote @ (b'"' | b'\'')) => self.value = Some((quote, 0)),
                    _ => {}
                }
            }
            if self.kept.len() > limits.max_tag_bytes {
                return Err(Refusal::TagTooLarge { limit: limits.max_tag_bytes });
            }
        }
        Ok(None)
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}
