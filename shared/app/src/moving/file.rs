//! An export as a file: a magic word, the format version, and frames behind their lengths.

use std::io::{Read, Write};

use portdelta_core::UnixTime;

use super::error::MoveError;
use super::frame::{Frame, MOST_FRAME_BYTES, MoveEnd, VERSION, chained};

/// Tells an export, and one that was copied as text.
const MAGIC: [u8; 8] = *b"PDMOVE\r\n";

/// Writes an export.
pub(super) struct FrameWriter<'a> {
    out: &'a mut (dyn Write + Send),
    next: u32,
    chain: [u8; 32],
    bytes: u64,
}

impl<'a> FrameWriter<'a> {
    /// Begins an export.
    pub(super) fn new(out: &'a mut (dyn Write + Send)) -> Result<Self, MoveError> {
        let mut writer = Self { out, next: 0, chain: [0; 32], bytes: 0 };
        writer.write(&MAGIC)?;
        writer.write(&[VERSION])?;
        Ok(writer)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), MoveError> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|source| MoveError::Write { source })
    }

    /// The number of the frame that is written next.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    pub(super) fn frame(&mut self, frame: &Frame) -> Result<(), MoveError> {
        let sealed = frame.seal(self.next)?;
        let length = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        self.write(&length.to_be_bytes())?;
        self.write(&sealed)?;
        self.chain = chained(self.chain, &sealed);
        self.next += 1;
        Ok(())
    }

    /// The last frame; gives how many frames and bytes there are.
    pub(super) fn end(
        mut self,
        counts: std::collections::BTreeMap<String, u64>,
        gone: Option<UnixTime>,
    ) -> Result<(u32, u64), MoveError> {
        let end = MoveEnd { frames: self.next + 1, chain: self.chain, gone, counts };
        self.frame(&Frame::End(end))?;
        self.out.flush().map_err(|source| MoveError::Write { source })?;
        Ok((self.next, self.bytes))
    }
}

/// Reads an export frame by frame; holds one at a time.
pub struct FrameReader<R> {
    input: R,
    next: u32,
}

impl<R: Read> FrameReader<R> {
    /// Refuses what is no export, or a newer one.
    pub fn new(mut input: R) -> Result<Self, MoveError> {
        let mut magic = [0; MAGIC.len()];
        if !fill(&mut input, &mut magic)? || magic != MAGIC {
            return Err(MoveError::NotAnExport);
        }
        let mut version = [0];
        if !fill(&mut input, &mut version)? {
            return Err(MoveError::CutOff { frame: 0 });
        }
        let [version] = version;
        match version {
            0 => Err(MoveError::NotAnExport),
            1..=VERSION => Ok(Self { input, next: 0 }),
            _ => Err(MoveError::Newer { version, known: VERSION }),
        }
    }

    /// The next frame with its number, sealed; `None` at the end of the file.
    pub fn next_sealed(&mut self) -> Result<Option<(u32, Vec<u8>)>, MoveError> {
        let number = self.next;
        let cut = MoveError::CutOff { frame: number };
        let mut length = [0; 4];
        let mut begun = 0;
        while begun < length.len() {
            match self.input.read(&mut length[begun..]) {
                Ok(0) if begun == 0 => return Ok(None),
                Ok(0) => return Err(cut),
                Ok(count) => begun += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(MoveError::Read { source }),
            }
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > MOST_FRAME_BYTES {
            return Err(MoveError::damaged(number, "it is too large"));
        }
        let mut sealed = vec![0; length];
        if !fill(&mut self.input, &mut sealed)? {
            return Err(cut);
        }
        self.next += 1;
        Ok(Some((number, sealed)))
    }
}

/// Fills `bytes`; `false` where the input ends before.
fn fill(input: &mut impl Read, bytes: &mut [u8]) -> Result<bool, MoveError> {
    match input.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(source) => Err(MoveError::Read { source }),
    }
}
