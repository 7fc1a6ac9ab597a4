//! Bytes of a file as text: unpacked, decoded, counted.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use crate::limits::Refusal;

/// How much of a file is looked at to tell what it is.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// Reads until `buffer` is full or the input ends.
pub(crate) fn fill(input: &mut impl Read, buffer: &mut Vec<u8>, most: usize) -> io::Result<()> {
    input.take((most - buffer.len()) as u64).read_to_end(buffer).map(drop)
}

/// The file unpacked (gzip, zstd) and as UTF-8 (from UTF-16 by its mark), stopping at `max_bytes`.
pub(crate) fn open<'a>(input: impl Read + 'a, max_bytes: u64) -> Result<Box<dyn Read + 'a>, Refusal> {
    let mut unpacked = BufReader::with_capacity(HEAD_BYTES, unpack(input, max_bytes)?);
    let mark = unpacked.fill_buf().map_err(|error| refusal_of(error, true))?;
    match mark {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Ok(Box::new(encoding_rs_io::DecodeReaderBytes::new(unpacked))),
        [0xef, 0xbb, 0xbf, ..] => {
            unpacked.consume(3);
            Ok(Box::new(unpacked))
        }
        _ => Ok(Box::new(unpacked)),
    }
}

fn unpack<'a>(mut input: impl Read + 'a, max_bytes: u64) -> Result<Box<dyn Read + 'a>, Refusal> {
    let mut magic = Vec::new();
    fill(&mut input, &mut magic, 4).map_err(Refusal::Io)?;
    let packed = Cursor::new(magic.clone()).chain(input);
    let unpacked: Box<dyn Read + 'a> = match magic[..] {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::stream::read::Decoder::new(packed).map_err(Refusal::Io)?),
        _ => Box::new(packed),
    };
    Ok(Box::new(Limited { inner: unpacked, left: max_bytes, limit: max_bytes }))
}

/// The bytes of a file unpacked (gzip, zstd), undecoded: what its identity is derived from.
///
/// Damaged or cut packed data ends early, and is no error.
///
/// # Errors
/// [`Refusal::TooLarge`] above `max_bytes`, [`Refusal::Io`] where the file can't be read.
pub fn unpacked_chunks(input: impl Read, max_bytes: u64, mut take: impl FnMut(&[u8])) -> Result<(), Refusal> {
    let mut reader = match unpack(input, max_bytes) {
        Ok(reader) => reader,
        Err(Refusal::Unpacking { .. }) => return Ok(()),
        Err(refusal) => return Err(refusal),
    };
    let mut chunk = vec![0; HEAD_BYTES];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => take(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_cut(&error) => return Ok(()),
            Err(error) => return Err(refusal_of(error, false)),
        }
    }
}

/// Fails with [`OverLimit`] instead of giving more than `left` bytes.
struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

/// A limit was reached while reading.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
struct OverLimit(u64);

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left =
            self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(OverLimit(self.limit)))?;
        Ok(read)
    }
}

/// The refusal that an error while reading stands for; `first` where nothing was read yet.
pub(crate) fn refusal_of(error: io::Error, first: bool) -> Refusal {
    if let Some(OverLimit(limit)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return Refusal::TooLarge { limit: *limit };
    }
    if first { Refusal::Unpacking { detail: error.to_string() } } else { Refusal::Io(error) }
}

/// Whether an error while reading means that the packed data ends early or is damaged: what came before counts.
pub(crate) fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
    ) || error.kind() == io::ErrorKind::Other
        && error.get_ref().is_none_or(|inner| inner.downcast_ref::<OverLimit>().is_none())
}
