//! The part of a file that is in memory.

use std::io::{self, Read};

use crate::refusal::Refusal;
use crate::unpack::refusal_of;

/// A buffer that slides over a stream: readers look at what is there, consume it, and ask for more.
pub(crate) struct Window<'a> {
    source: Box<dyn Read + 'a>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

/// What came of asking for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// There is more to read, or there may be.
    More,
    /// The window is as large as it may be and nothing of it was consumed.
    Full,
    /// The stream has ended: what is in the window is all there will be.
    Nothing,
}

impl<'a> Window<'a> {
    /// A window of `bytes` at first.
    pub(crate) fn new(source: impl Read + 'a, bytes: usize) -> Self {
        Self { source: Box::new(source), bytes: vec![0; bytes.max(16)], start: 0, end: 0, ended: false }
    }

    /// What was read and not consumed yet.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Moves on by `bytes`, which must be there.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Reads more behind what is unread. The window grows to `most` bytes at the utmost.
    pub(crate) fn fill(&mut self, most: usize) -> Result<Ahead, Refusal> {
        if self.ended {
            return Ok(Ahead::Nothing);
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.bytes.len() && self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.bytes.len() {
            if self.bytes.len() >= most {
                return Ok(Ahead::Full);
            }
            let larger = (self.bytes.len() * 2).min(most);
            self.bytes.resize(larger, 0);
        }
        loop {
            match self.source.read(&mut self.bytes[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(Ahead::Nothing);
                }
                Ok(read) => {
                    self.end += read;
                    return Ok(Ahead::More);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(refusal_of(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_grows_to_its_limit() {
        let text: Vec<u8> = (0..100).collect();
        let mut window = Window::new(&text[..], 16);
        assert_eq!(window.fill(32).expect("memory"), Ahead::More);
        assert_eq!(window.unread(), &text[..16]);
        window.consume(10);
        assert_eq!(window.fill(32).expect("memory"), Ahead::More);
        assert_eq!(window.unread(), &text[10..26]);
        assert_eq!(window.fill(32).expect("memory"), Ahead::More);
        assert_eq!(window.unread(), &text[10..42]);
        assert_eq!(window.fill(32).expect("memory"), Ahead::Full);
        window.consume(32);
        while window.fill(32).expect("memory") != Ahead::Nothing {
            window.consume(16);
        }
        assert_eq!(window.unread(), &text[90..]);
    }
}
