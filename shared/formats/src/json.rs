//! Single JSON objects out of a stream that is not always JSON: arrays that are cut, lines, stray commas.

use std::io::{BufRead, BufReader, Read};

use crate::input::{HEAD_BYTES, is_cut, refusal_of};
use crate::limits::Refusal;

/// The outermost `{...}` of an input, one after the other.
pub(crate) struct Objects<R> {
    input: BufReader<R>,
    object: Vec<u8>,
    most: usize,
    /// The last byte outside of objects that is not blank.
    pub(crate) last_outside: u8,
}

impl<R: Read> Objects<R> {
    pub(crate) fn new(input: R, most: usize) -> Self {
        Self { input: BufReader::with_capacity(HEAD_BYTES, input), object: Vec::new(), most, last_outside: 0 }
    }

    /// The next object and whether it is whole; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], bool)>, Refusal> {
        self.object.clear();
        let (mut depth, mut in_text, mut escaped) = (0_u32, false, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if is_cut(&error) => &[],
                Err(error) => return Err(refusal_of(error, false)),
            };
            if chunk.is_empty() {
                return Ok(if depth > 0 { Some((&self.object, false)) } else { None });
            }
            let mut used = 0;
            for &byte in chunk {
                used += 1;
                if depth > 0 {
                    self.object.push(byte);
                }
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if in_text => escaped = true,
                    b'"' if depth > 0 => in_text = !in_text,
                    _ if in_text => {}
                    b'{' => {
                        if depth == 0 {
                            self.object.push(byte);
                        }
                        depth += 1;
                    }
                    b'}' if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            self.input.consume(used);
                            return Ok(Some((&self.object, true)));
                        }
                    }
                    _ if depth == 0 && !byte.is_ascii_whitespace() => self.last_outside = byte,
                    _ => {}
                }
                if self.object.len() > self.most {
                    return Err(Refusal::RecordTooLarge { limit: self.most });
                }
            }
            self.input.consume(used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_in_arrays_lines_and_ruins() {
        let mut objects = Objects::new(&b"[\n{\"a\": \"}\\\"{\"},\n, {\"b\": {}}\n] {\"cut\": 1"[..], 100);
        let mut found = Vec::new();
        while let Some((object, whole)) = objects.next().expect("within limits") {
            found.push((String::from_utf8_lossy(object).into_owned(), whole));
        }
        assert_eq!(
            found,
            [
                ("{\"a\": \"}\\\"{\"}".to_owned(), true),
                ("{\"b\": {}}".to_owned(), true),
                ("{\"cut\": 1".to_owned(), false)
            ]
        );
        assert_eq!(objects.last_outside, b']');
    }

    #[test]
    fn an_endless_object_is_refused() {
        let mut objects = Objects::new(std::io::repeat(b'{').take(1_000), 100);
        assert!(matches!(objects.next(), Err(Refusal::RecordTooLarge { limit: 100 })));
    }
}
