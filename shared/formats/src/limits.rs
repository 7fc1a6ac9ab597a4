//! What a result may cost, and why one is refused.

/// Limits on hostile input. Each has an error of its own; a refused result is kept and shown, not dropped.
#[derive(Clone, Debug)]
pub struct ResultLimits {
    /// Bytes after unpacking.
    pub max_bytes: u64,
    /// Host records of a file, also if they repeat addresses.
    pub max_hosts: u64,
    /// Elements inside each other.
    pub max_depth: usize,
    /// Bytes of one host element, one line or one JSON object.
    pub max_record_bytes: usize,
    /// Bytes of one text that is kept (a name, a product, an address); the rest is cut with a warning.
    pub max_text_bytes: usize,
    /// Documents of an appended file.
    pub max_documents: u32,
}

impl Default for ResultLimits {
    /// A /8 of quiet hosts, or a /16 with everything that nmap can print, and no more than that.
    fn default() -> Self {
        Self {
            max_bytes: 16 << 30,
            max_hosts: 20_000_000,
            max_depth: 1_000,
            max_record_bytes: 64 << 20,
            max_text_bytes: 1_024,
            max_documents: 10_000,
        }
    }
}

/// Why a file was not read. The display says what is wrong, [`Refusal::hint`] what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no byte in it.
    #[error("the file is empty")]
    Empty,
    /// It is not the output of a scanner.
    #[error("this is not a scan result{}", .looks_like.map(|what| format!(" ({what})")).unwrap_or_default())]
    NotAScan {
        /// What it looks like.
        looks_like: Option<&'static str>,
    },
    /// It is the output of a scanner, in a format that is not read.
    #[error("{format} is not a format that Portdelta reads")]
    UnsupportedFormat {
        /// Which.
        format: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// It is larger than [`ResultLimits::max_bytes`].
    #[error("the file has more than {limit} bytes after unpacking")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It has more records than [`ResultLimits::max_hosts`].
    #[error("the file has more than {limit} host records")]
    TooManyHosts {
        /// The limit.
        limit: u64,
    },
    /// Elements are nested deeper than [`ResultLimits::max_depth`].
    #[error("elements are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// One record is larger than [`ResultLimits::max_record_bytes`].
    #[error("one record has more than {limit} bytes")]
    RecordTooLarge {
        /// The limit.
        limit: usize,
    },
    /// It has more documents than [`ResultLimits::max_documents`].
    #[error("the file has more than {limit} documents")]
    TooManyDocuments {
        /// The limit.
        limit: u32,
    },
    /// The packed data is damaged before anything could be read.
    #[error("the file could not be unpacked: {detail}")]
    Unpacking {
        /// What the unpacker says.
        detail: String,
    },
    /// The operating system could not read it.
    #[error("the file could not be read")]
    Io(#[source] std::io::Error),
}

impl Refusal {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NotAScan { .. } => "not_a_scan",
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyHosts { .. } => "too_many_hosts",
            Self::TooDeep { .. } => "too_deep",
            Self::RecordTooLarge { .. } => "record_too_large",
            Self::TooManyDocuments { .. } => "too_many_documents",
            Self::Unpacking { .. } => "unpacking_failed",
            Self::Io(_) => "unreadable",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "The scanner wrote nothing: an empty file is no evidence that hosts are gone.",
            Self::NotAScan { .. } => {
                "Give the output of nmap (-oX or -oG), masscan, naabu or rustscan, or lines of \
                 address,port,protocol."
            }
            Self::UnsupportedFormat { hint, .. } => hint,
            Self::TooLarge { .. } | Self::TooManyHosts { .. } | Self::TooManyDocuments { .. } => {
                "Cut the scan into smaller ones."
            }
            Self::TooDeep { .. } | Self::RecordTooLarge { .. } => {
                "No scanner writes this: look at where the file comes from."
            }
            Self::Unpacking { .. } => "The file is damaged or cut: get it again.",
            Self::Io(_) => "Check that the file exists and may be read.",
        }
    }
}
