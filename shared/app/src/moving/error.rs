//! Why an export or import stopped.

use portdelta_core::escape::escape;

use crate::ports::ErrorClass;
use crate::stored::StoredError;

/// Why an export or import stopped. Texts from a file are escaped.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The file does not begin as an export does.
    #[error("this is no export of Portdelta")]
    NotAnExport,
    /// A later version of Portdelta wrote the export.
    #[error("the export has format version {version}, and this version of Portdelta knows up to {known}")]
    Newer {
        /// Its version.
        version: u8,
        /// The newest that is known.
        known: u8,
    },
    /// The bytes are not what was written.
    #[error("frame {frame} of the export is damaged: {detail}")]
    Damaged {
        /// Its number, from 0.
        frame: u32,
        /// What is wrong.
        detail: String,
    },
    /// The file ends before the export does.
    #[error("the export ends in frame {frame}: the rest is missing")]
    CutOff {
        /// The frame that is not whole, or not there.
        frame: u32,
    },
    /// A frame holds what no export holds.
    #[error("frame {frame} of the export holds {what}, which does not belong there")]
    Foreign {
        /// Its number, from 0.
        frame: u32,
        /// What; escaped.
        what: String,
    },
    /// Something in a frame can't be read.
    #[error("frame {frame} of the export holds {what} that can't be read")]
    Unreadable {
        /// Its number, from 0.
        frame: u32,
        /// What; escaped.
        what: String,
        /// Why.
        #[source]
        source: StoredError,
    },
    /// Sites of the export are there already, and something is known of them.
    #[error("there is something at {} already: {}", plural(sites.len()), sites.join(", "))]
    SitesTaken {
        /// Their ids.
        sites: Vec<String>,
    },
    /// Another export with the same sites is being imported.
    #[error("another import of site {site} was begun and has not ended")]
    Busy {
        /// The site.
        site: String,
    },
    /// A frame came before the first one.
    #[error("no import {id} was begun")]
    NotBegun {
        /// The export's id; escaped.
        id: String,
    },
    /// A frame was left out.
    #[error("frame {frame} came, and frame {expected} is next")]
    Gap {
        /// The one that came.
        frame: u32,
        /// The one that is next.
        expected: u32,
    },
    /// Something was written to a site of the export since its import began.
    #[error("{what} is there already and is another one")]
    Conflict {
        /// What; escaped.
        what: String,
    },
    /// The file can't be read.
    #[error("could not read the export")]
    Read {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file can't be written.
    #[error("could not write the export")]
    Write {
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl MoveError {
    pub(super) fn damaged(frame: u32, detail: impl AsRef<str>) -> Self {
        Self::Damaged { frame, detail: escape(detail.as_ref()).into_owned() }
    }

    pub(super) fn foreign(frame: u32, what: impl AsRef<str>) -> Self {
        Self::Foreign { frame, what: escape(what.as_ref()).into_owned() }
    }

    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnExport => "move.not_an_export",
            Self::Newer { .. } | Self::Unreadable { source: StoredError::Newer { .. }, .. } => "move.newer",
            Self::Damaged { .. } | Self::Unreadable { source: StoredError::Damaged { .. }, .. } => {
                "move.damaged"
            }
            Self::CutOff { .. } => "move.cut_off",
            Self::Foreign { .. } => "move.foreign",
            Self::SitesTaken { .. } => "move.sites_taken",
            Self::Busy { .. } => "move.busy",
            Self::NotBegun { .. } => "move.not_begun",
            Self::Gap { .. } => "move.gap",
            Self::Conflict { .. } => "move.conflict",
            Self::Read { .. } => "move.read",
            Self::Write { .. } => "move.write",
        }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        ErrorClass::Caller
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAnExport => "Give a file that `portdelta export --all` wrote.",
            Self::Newer { .. } | Self::Unreadable { source: StoredError::Newer { .. }, .. } => {
                "Update this Portdelta to the version that wrote the export, or a newer one."
            }
            Self::Damaged { .. } | Self::CutOff { .. } | Self::Unreadable { .. } => {
                "Copy the file again, in binary; if it is the same there, export once more."
            }
            Self::Foreign { .. } => "Import only what your own Portdelta exported.",
            Self::SitesTaken { .. } => {
                "Import into a new installation; what two installations found at one site can't be put together."
            }
            Self::Busy { .. } => "Go on with the file of that import.",
            Self::NotBegun { .. } | Self::Gap { .. } => "Import the file again: it goes on where it stopped.",
            Self::Conflict { .. } => "Nothing may scan or import at a site while it is moved.",
            Self::Read { .. } => "Check that the file exists and may be read.",
            Self::Write { .. } => "Check where it goes: is the disk full?",
        }
    }
}

fn plural(sites: usize) -> &'static str {
    if sites == 1 { "a site of the export" } else { "sites of the export" }
}
