//! Files as a stream of text: unpacked, decoded, and never more than the limits allow.

use std::cell::Cell;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::rc::Rc;

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::limits::ResultLimits;
use crate::refusal::Refusal;
use crate::window::{Ahead, Window};

/// What some editors write before UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How much is looked at to find an encoding declaration.
const DECLARATION_BYTES: usize = 256;

/// A file as the text that a format reader sees; invalid UTF-8 is left to that reader.
pub(crate) struct Unpacked<'a> {
    pub(crate) text: Box<dyn Read + 'a>,
    /// Set when the packed data turns out to be damaged or cut: the text ends there.
    pub(crate) damaged: Rc<Cell<bool>>,
}

/// Unpacks (gzip, also of several members; zstd, also of several frames) and decodes `input`.
pub(crate) fn unpack<'a>(input: impl Read + 'a, limits: &ResultLimits) -> Result<Unpacked<'a>, Refusal> {
    let metered = metered(input, limits)?;
    let damaged = metered.damaged.clone();
    let (head, mut rest) = peek(metered, DECLARATION_BYTES)?;
    if head.starts_with(UTF8_MARK) {
        rest.read_exact(&mut [0; UTF8_MARK.len()]).map_err(refusal_of)?;
    }
    Ok(Unpacked { text: decoded(&head, rest), damaged })
}

/// Gives the bytes of a file unpacked and not decoded: what its identity is derived from. Damaged or cut packed data
/// ends early, as in [`read`](crate::read()).
///
/// # Errors
/// [`Refusal::TooLarge`] and [`Refusal::TooCompressed`] by the same limits, and [`Refusal::Io`] where the file can't be
/// read.
pub fn unpacked_chunks(
    input: impl Read,
    limits: &ResultLimits,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Refusal> {
    let unpacked = match metered(input, limits) {
        Ok(unpacked) => unpacked,
        Err(Refusal::Unpacking(_)) => return Ok(()),
        Err(refusal) => return Err(refusal),
    };
    let mut window = Window::new(unpacked, limits.read_buffer_bytes);
    loop {
        match window.fill(limits.read_buffer_bytes) {
            Ok(Ahead::Nothing) | Err(Refusal::Unpacking(_)) => return Ok(()),
            Ok(_) => {}
            Err(refusal) => return Err(refusal),
        }
        take(window.unread());
        window.consume(window.unread().len());
    }
}

fn metered<'a>(input: impl Read + 'a, limits: &ResultLimits) -> Result<Metered<Box<dyn Read + 'a>>, Refusal> {
    let packed_bytes = Rc::new(Cell::new(0));
    let failed = Rc::new(Cell::new(false));
    let watched = Watched { inner: input, bytes: packed_bytes.clone(), failed: failed.clone() };
    let (magic, rest) = peek(watched, 4)?;
    let unpacked: Box<dyn Read + 'a> = match magic[..] {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(rest))),
        // Frames of data, and frames to skip before them.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            let mut decoder = zstd::stream::read::Decoder::new(rest).map_err(Refusal::Unpacking)?;
            decoder.window_log_max(limits.max_window_log).map_err(Refusal::Unpacking)?;
            Box::new(decoder)
        }
        _ => Box::new(rest),
    };
    Ok(Metered {
        inner: unpacked,
        bytes: 0,
        packed_bytes,
        failed,
        damaged: Rc::default(),
        max_bytes: limits.max_bytes,
        max_ratio: limits.max_ratio,
        max_ratio_from_bytes: limits.max_ratio_from_bytes,
    })
}

/// An input with what was read of it before it again.
type Rejoined<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of an input, and the whole of it.
fn peek<R: Read>(mut input: R, bytes: usize) -> Result<(Vec<u8>, Rejoined<R>), Refusal> {
    let mut head = Vec::with_capacity(bytes);
    (&mut input).take(bytes as u64).read_to_end(&mut head).map_err(refusal_of)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

/// As UTF-8: UTF-16 by its mark or by the zeros in its first tag, others as the XML declaration says.
fn decoded<'a>(head: &[u8], input: impl Read + 'a) -> Box<dyn Read + 'a> {
    let decode = |label: Option<&str>, input| -> DecodeReaderBytes<_, Vec<u8>> {
        let encoding = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        DecodeReaderBytesBuilder::new().encoding(encoding).bom_override(true).build(input)
    };
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Box::new(decode(None, input)),
        [b'<' | b'#', 0, _, 0, ..] => Box::new(decode(Some("utf-16le"), input)),
        [0, b'<' | b'#', 0, _, ..] => Box::new(decode(Some("utf-16be"), input)),
        _ => match declared_encoding(head) {
            Some(label) => Box::new(decode(Some(&label), input)),
            None => Box::new(input),
        },
    }
}

/// The encoding that an XML declaration names, unless it is UTF-8 or can't be, as the declaration was read.
fn declared_encoding(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head.strip_prefix(UTF8_MARK).unwrap_or(head));
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    (encoding.is_ascii_compatible() && encoding != encoding_rs::UTF_8).then(|| label.to_owned())
}

/// The refusal that an error while reading stands for: one of ours, or the operating system's.
pub(crate) fn refusal_of(error: io::Error) -> Refusal {
    match error.downcast::<Refusal>() {
        Ok(refusal) => refusal,
        Err(error) => Refusal::Io(error),
    }
}

/// Counts what is read, and remembers whether it was the input itself that failed.
struct Watched<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
    failed: Rc<Cell<bool>>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        match &result {
            Ok(read) => self.bytes.set(self.bytes.get() + *read as u64),
            Err(error) => self.failed.set(error.kind() != io::ErrorKind::Interrupted),
        }
        result
    }
}

/// Unpacked bytes within the limits; damaged data ends instead of failing.
struct Metered<R> {
    inner: R,
    bytes: u64,
    packed_bytes: Rc<Cell<u64>>,
    failed: Rc<Cell<bool>>,
    damaged: Rc<Cell<bool>>,
    max_bytes: u64,
    max_ratio: u64,
    max_ratio_from_bytes: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.damaged.get() {
            return Ok(0);
        }
        let read = match self.inner.read(buffer) {
            Ok(read) => read,
            Err(error) if self.failed.get() || error.kind() == io::ErrorKind::Interrupted => {
                return Err(error);
            }
            Err(error) if self.bytes == 0 => return Err(io::Error::other(Refusal::Unpacking(error))),
            Err(_) => {
                self.damaged.set(true);
                return Ok(0);
            }
        };
        self.bytes += read as u64;
        if self.bytes > self.max_bytes {
            return Err(io::Error::other(Refusal::TooLarge { limit: self.max_bytes }));
        }
        let most = self.packed_bytes.get().saturating_mul(self.max_ratio);
        if self.bytes > self.max_ratio_from_bytes && self.bytes > most {
            return Err(io::Error::other(Refusal::TooCompressed { limit: self.max_ratio }));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn text_of(bytes: &[u8]) -> Result<(String, bool), Refusal> {
        let limits =
            ResultLimits { max_bytes: 1 << 20, max_ratio_from_bytes: 1 << 18, ..ResultLimits::default() };
        let mut unpacked = unpack(bytes, &limits)?;
        let mut text = Vec::new();
        unpacked.text.read_to_end(&mut text).map_err(refusal_of)?;
        Ok((String::from_utf8_lossy(&text).into_owned(), unpacked.damaged.get()))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).expect("memory takes all")
    }

    #[test]
    fn packed_files_unpack_member_by_member() {
        for pack in [gzip, zstd] {
            let packed = [pack(b"first, "), pack(b"second")].concat();
            assert_eq!(text_of(&packed).expect("packed well"), ("first, second".to_owned(), false));
        }
        assert_eq!(text_of(b"as it is").expect("not packed"), ("as it is".to_owned(), false));
    }

    #[test]
    fn damaged_packing_keeps_what_came_before() {
        let numbers = (0..60_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_string());
        let text = numbers.collect::<Vec<_>>().join(" ");
        for pack in [gzip, zstd] {
            let packed = pack(text.as_bytes());
            let (kept, damaged) =
                text_of(&packed[..packed.len() / 2]).expect("the first half can be unpacked");
            assert!(damaged && text.starts_with(&kept), "{} bytes", kept.len());
            let broken = [&packed[..9], &[0xff; 40]].concat();
            assert!(matches!(text_of(&broken), Err(Refusal::Unpacking(_)) | Ok((_, true))));
        }
    }

    #[test]
    fn long_windows_are_admitted_up_to_the_limit() {
        let text = b"<nmaprun/>".repeat(50_000);
        let packed = |window_log| {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
            encoder.window_log(window_log).expect("a window that zstd knows");
            encoder.write_all(&text).expect("memory takes all");
            encoder.finish().expect("memory takes all")
        };
        let unpacked = |window_log| {
            let limits = ResultLimits { max_ratio: u64::MAX, ..ResultLimits::default() };
            let mut bytes = Vec::new();
            unpack(&packed(window_log)[..], &limits)?.text.read_to_end(&mut bytes).map_err(refusal_of)?;
            Ok::<_, Refusal>(bytes.len())
        };
        // `zstd --long` is 27.
        for window_log in [23, 24, 27] {
            assert!(matches!(unpacked(window_log), Ok(length) if length == text.len()), "{window_log}");
        }
        assert!(matches!(unpacked(28), Err(Refusal::Unpacking(_))));
    }

    #[test]
    fn bombs_are_refused() {
        let bomb = vec![b' '; 900_000];
        for pack in [gzip, zstd] {
            assert!(matches!(text_of(&pack(&bomb)), Err(Refusal::TooCompressed { .. })));
        }
        assert!(matches!(text_of(&vec![b' '; 2 << 20]), Err(Refusal::TooLarge { .. })));
    }

    #[test]
    fn encodings_are_told_by_mark_zeros_or_declaration() {
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let with_mark = [b"\xff\xfe".to_vec(), utf16("<?xml encoding=\"UTF-8\"?><é/>")].concat();
        assert_eq!(text_of(&with_mark).expect("UTF-16").0, "<?xml encoding=\"UTF-8\"?><é/>");
        assert_eq!(text_of(&utf16("<a>é</a>")).expect("UTF-16").0, "<a>é</a>");
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><\xe9/>";
        assert_eq!(text_of(latin).expect("Latin 1").0, "<?xml version='1.0' encoding='iso-8859-1'?><é/>");
        let lying = b"<?xml version='1.0' encoding='utf-16'?><a/>";
        assert_eq!(text_of(lying).expect("UTF-8").0.as_bytes(), lying);
    }

    #[test]
    fn a_failing_disk_is_no_damage() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let packed = gzip(b"text");
        let mut unpacked = unpack(packed[..packed.len() - 9].chain(Failing), &ResultLimits::default());
        let result = unpacked.as_mut().map(|unpacked| unpacked.text.read_to_end(&mut Vec::new()));
        assert!(!matches!(result, Ok(Ok(_))));
    }
}
