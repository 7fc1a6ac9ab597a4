//! A result on its way from an agent to a server: one line of JSON, a line feed, and the scanner's output in zstd.
//!
//! The line travels with the bytes, so that it is the same over HTTP and as an object in a bucket.

use portdelta_core::ids::RunId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest first line.
pub const MAX_NOTE_BYTES: usize = 16 * 1024;

/// What an agent says about a result. Who it is follows from where it may upload, and never from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadNote {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The task.
    pub task: u32,
    /// When nmap was started, by the agent's clock.
    pub began: i64,
    /// When nmap ended, by the agent's clock.
    pub ended: i64,
    /// The agent's clock when the upload was made.
    pub at: i64,
    /// How far the agent's clock is ahead of the server's, in seconds, as it last knew; negative where behind.
    pub clock_ahead: Option<i64>,
    /// Version of nmap.
    pub nmap_version: String,
    /// The arguments that nmap was started with.
    pub arguments: Vec<String>,
    /// How nmap ended: 0, its exit code, or none where it was ended by a signal or by the deadline.
    pub exit_code: Option<i32>,
    /// Why the output may be cut: `deadline`, `cancelled`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// What nmap complained about, at most 2 KB.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub complaints: String,
    /// SHA-256 of the packed bytes after the line, in hexadecimal digits.
    pub sha256: String,
}

/// Bytes that are no upload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnUpload {
    /// There is no line of JSON at the beginning.
    #[error("it does not begin with a line that says what it is")]
    NoNote,
    /// The line is not what it should be.
    #[error("its first line is not understood: {detail}")]
    BadNote {
        /// Why.
        detail: String,
    },
    /// The bytes are not those that the agent sent.
    #[error("it was damaged on its way: its checksum does not fit")]
    Damaged,
}

impl NotAnUpload {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoNote => "upload.no_note",
            Self::BadNote { .. } => "upload.bad_note",
            Self::Damaged => "upload.damaged",
        }
    }
}

/// Puts the note before the packed bytes; fills in the checksum.
#[must_use]
pub fn seal(mut note: UploadNote, packed: &[u8]) -> Vec<u8> {
    note.sha256 = digest(packed);
    // Only strings and numbers: this cannot fail.
    let mut bytes = serde_json::to_vec(&note).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(packed);
    bytes
}

/// The note, and the packed bytes behind it.
pub fn open(bytes: &[u8]) -> Result<(UploadNote, &[u8]), NotAnUpload> {
    let mut inspection = Inspection::default();
    let packed = inspection.update(bytes);
    inspection.finish().note.map(|note| (note, packed))
}

/// Looks an upload over while it comes piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    whole: Sha256,
    packed: Sha256,
    line: Vec<u8>,
    /// The line is whole, or too long to be one.
    ended: Option<bool>,
}

/// What an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// SHA-256 of all of it, in hexadecimal digits.
    pub digest: String,
    /// How many of its bytes stand before the packed ones.
    pub skip: u64,
    /// What it says of itself, where it is whole.
    pub note: Result<UploadNote, NotAnUpload>,
}

impl Inspection {
    /// Takes the next piece; gives what of it belongs to the packed bytes.
    pub fn update<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        self.whole.update(piece);
        let packed = if let Some(is_line) = self.ended {
            &piece[if is_line { 0 } else { piece.len() }..]
        } else {
            let room = MAX_NOTE_BYTES - self.line.len();
            let end = piece.iter().take(room).position(|&byte| byte == b'\n');
            self.line.extend_from_slice(&piece[..end.unwrap_or(piece.len()).min(room)]);
            self.ended = end.map(|_| true).or((self.line.len() == MAX_NOTE_BYTES).then_some(false));
            &piece[end.map_or(piece.len(), |end| end + 1)..]
        };
        self.packed.update(packed);
        packed
    }

    /// All pieces were there.
    #[must_use]
    pub fn finish(self) -> Inspected {
        let Self { whole, packed, line, ended } = self;
        let hex = |hash: Sha256| data_encoding::HEXLOWER.encode(&hash.finalize());
        let read = || {
            if ended != Some(true) {
                return Err(NotAnUpload::NoNote);
            }
            let note: UploadNote = serde_json::from_slice(&line)
                .map_err(|error| NotAnUpload::BadNote { detail: error.to_string() })?;
            if note.sha256 == hex(packed) { Ok(note) } else { Err(NotAnUpload::Damaged) }
        };
        Inspected { skip: line.len() as u64 + 1, note: read(), digest: hex(whole) }
    }
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> UploadNote {
        UploadNote {
            run: "r".parse().expect("an id"),
            task: 3,
            began: 1,
            ended: 2,
            at: 3,
            clock_ahead: Some(-4),
            nmap_version: "7.93".to_owned(),
            arguments: vec!["-sT".to_owned()],
            exit_code: Some(0),
            cut: None,
            complaints: String::new(),
            sha256: String::new(),
        }
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let bytes = seal(note(), b"packed\nbytes");
        let (opened, packed) = open(&bytes).expect("an upload");
        assert_eq!(packed, b"packed\nbytes");
        assert_eq!(UploadNote { sha256: String::new(), ..opened }, note());
    }

    #[test]
    fn pieces_are_looked_over_as_the_whole() {
        let bytes = seal(note(), b"packed\nbytes");
        for size in [1, 2, 7, 100, bytes.len()] {
            let (mut inspection, mut packed) = (Inspection::default(), Vec::new());
            for piece in bytes.chunks(size) {
                packed.extend_from_slice(inspection.update(piece));
            }
            let Inspected { digest: whole, skip, note } = inspection.finish();
            assert_eq!((whole, &bytes[usize::try_from(skip).expect("few")..]), (digest(&bytes), &packed[..]));
            assert_eq!((note.expect("an upload").task, packed), (3, b"packed\nbytes".to_vec()));
        }
    }

    #[test]
    fn damage_is_seen() {
        let mut bytes = seal(note(), b"packed");
        *bytes.last_mut().expect("bytes") ^= 1;
        assert_eq!(open(&bytes), Err(NotAnUpload::Damaged));
        assert_eq!(open(b""), Err(NotAnUpload::NoNote));
        assert_eq!(open(&vec![b' '; 2 * MAX_NOTE_BYTES]), Err(NotAnUpload::NoNote));
        assert!(matches!(open(b"{}\n"), Err(NotAnUpload::BadNote { .. })));
    }
}
