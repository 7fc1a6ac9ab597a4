//! Lines of bounded length.

use std::io::{BufRead, BufReader, Read};

use crate::input::{HEAD_BYTES, is_cut, refusal_of};
use crate::limits::Refusal;

/// Lines of an input, without their ends.
pub(crate) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    most: usize,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// With a line feed.
    Whole,
    /// With the file: the line may be cut.
    Open,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R, most: usize) -> Self {
        Self { input: BufReader::with_capacity(HEAD_BYTES, input), line: Vec::new(), most }
    }

    /// The next line; `None` at the end. Fails where a line is longer than a record may be.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], LineEnd)>, Refusal> {
        self.line.clear();
        let mut limited = (&mut self.input).take(self.most as u64 + 1);
        match limited.read_until(b'\n', &mut self.line) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            // Packed data that ends early: what was unpacked before counts.
            Err(error) if is_cut(&error) && self.line.is_empty() => return Ok(None),
            Err(error) if is_cut(&error) => {}
            Err(error) => return Err(refusal_of(error, false)),
        }
        if self.line.len() > self.most {
            return Err(Refusal::RecordTooLarge { limit: self.most });
        }
        let end = if self.line.last() == Some(&b'\n') { LineEnd::Whole } else { LineEnd::Open };
        let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some((text.strip_suffix(b"\r").unwrap_or(text), end)))
    }
}
