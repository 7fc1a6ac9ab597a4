//! nmap's XML, all of nmap.dtd in any order that it permits, nmap 3.x to 7.9x; and masscan's imitation of it.
//!
//! The file is cut into pieces that end with a host, and each piece is read by quick-xml from memory: no copy of
//! every event, and no more memory than the largest host needs.

mod attributes;
mod document;
mod host;

use std::io::Read;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::detect::Format;
use crate::input::{is_cut, refusal_of};
use crate::limits::Refusal;
use crate::read::Progress;

use document::DocumentReader;

const END_OF_HOST: &[u8] = b"</host>";

/// How much is read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// Hosts have some kilobytes; when so much has come without the end of one, it is read piece by piece.
const MANY_BYTES: usize = 1 << 20;

/// Reads a file of one or more documents.
pub(crate) fn read(mut input: impl Read, format: Format, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let most = progress.limits.max_record_bytes;
    let mut document = DocumentReader::new(format, progress);
    let mut buffer: Vec<u8> = Vec::new();
    let mut start = 0;
    let mut searched = 0;
    let mut at_end = false;
    loop {
        // Everything up to the last host that ends in the buffer can be read; the rest waits for more.
        let found = memmem::rfind(&buffer[searched..], END_OF_HOST);
        if let Some(end) = found.map(|place| searched + place + END_OF_HOST.len()).filter(|&end| end > start)
        {
            start += document.bytes(&mut buffer[start..end], false)?;
        }
        if at_end {
            document.bytes(&mut buffer[start..], true)?;
            return document.finish();
        }
        if buffer.len() - start > MANY_BYTES {
            // A host of that size, or none for long: whole elements need not wait for its end.
            start += document.bytes(&mut buffer[start..], false)?;
        }
        if buffer.len() - start > most {
            return Err(Refusal::RecordTooLarge { limit: most });
        }
        buffer.drain(..start);
        start = 0;
        searched = buffer.len().saturating_sub(END_OF_HOST.len());
        let before = buffer.len();
        match (&mut input).take(CHUNK_BYTES as u64).read_to_end(&mut buffer) {
            Ok(_) => at_end = buffer.len() == before,
            Err(error) if is_cut(&error) => at_end = true,
            Err(error) => return Err(refusal_of(error, false)),
        }
    }
}

/// How much of `bytes` is whole characters; bytes that are none become `?` one by one, so that places stay the
/// same, and are counted.
fn repair(bytes: &mut [u8]) -> (usize, usize) {
    let (mut checked, mut repaired) = (0, 0);
    while let Err(error) = std::str::from_utf8(&bytes[checked..]) {
        let bad = checked + error.valid_up_to();
        let Some(length) = error.error_len() else { return (bad, repaired) };
        bytes[bad..bad + length].fill(b'?');
        checked = bad + length;
        repaired += 1;
    }
    (bytes.len(), repaired)
}

/// The events of a piece of a file, with the place after each.
struct Events<'a> {
    reader: Reader<&'a [u8]>,
    piece: &'a [u8],
    base: usize,
}

impl<'a> Events<'a> {
    fn new(piece: &'a [u8], base: usize) -> Self {
        let mut reader = Reader::from_reader(&piece[base..]);
        // The lenient reading that real files need: two documents in one file, a cut one, a comment before the
        // declaration. Names of end tags are looked at where it matters.
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.check_comments = false;
        Self { reader, piece, base }
    }

    fn next(&mut self) -> Result<Event<'a>, quick_xml::Error> {
        self.reader.read_event()
    }

    /// Where the event just read ended.
    fn place(&self) -> usize {
        self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Goes on behind the next `needle`; `false` where there is none.
    fn skip_past(&mut self, needle: &[u8]) -> bool {
        let place = self.place();
        let Some(found) = memmem::find(&self.piece[place..], needle) else { return false };
        *self = Self::new(self.piece, place + found + needle.len());
        true
    }
}
