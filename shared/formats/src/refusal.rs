//! Why a file is not read.

/// Why a file was not read, or not to its end. The display says what is wrong, [`Refusal::hint`] what to do.
///
/// What a sink got before belongs to whole records.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is not the output of a scanner.
    #[error("this is not a scan result ({looks_like})")]
    NotAScan {
        /// What it looks like.
        looks_like: &'static str,
    },
    /// It is something that scanners or other tools write, in a format that is not read.
    #[error("{what} is not a format that Portdelta reads")]
    UnsupportedFormat {
        /// Which.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// [`ResultLimits::max_bytes`](crate::ResultLimits::max_bytes)
    #[error("the file has more than {limit} bytes after unpacking")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// [`ResultLimits::max_ratio`](crate::ResultLimits::max_ratio)
    #[error("the file unpacks to more than {limit} times its size")]
    TooCompressed {
        /// The limit.
        limit: u64,
    },
    /// [`ResultLimits::max_documents`](crate::ResultLimits::max_documents)
    #[error("the file has more than {limit} documents")]
    TooManyDocuments {
        /// The limit.
        limit: u32,
    },
    /// [`ResultLimits::max_hosts`](crate::ResultLimits::max_hosts)
    #[error("the file has more than {limit} host records")]
    TooManyHosts {
        /// The limit.
        limit: u64,
    },
    /// [`ResultLimits::max_ports_per_host`](crate::ResultLimits::max_ports_per_host)
    #[error("a host has more than {limit} port records")]
    TooManyPorts {
        /// The limit.
        limit: usize,
    },
    /// [`ResultLimits::max_depth`](crate::ResultLimits::max_depth)
    #[error("elements are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// [`ResultLimits::max_tag_bytes`](crate::ResultLimits::max_tag_bytes)
    #[error("a tag is longer than {limit} bytes")]
    TagTooLarge {
        /// The limit.
        limit: usize,
    },
    /// It is packed, and damaged so early that nothing could be read.
    #[error("the file could not be unpacked")]
    Unpacking(#[source] std::io::Error),
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
            Self::TooCompressed { .. } => "too_compressed",
            Self::TooManyDocuments { .. } => "too_many_documents",
            Self::TooManyHosts { .. } => "too_many_hosts",
            Self::TooManyPorts { .. } => "too_many_ports",
            Self::TooDeep { .. } => "too_deep",
            Self::TagTooLarge { .. } => "tag_too_large",
            Self::Unpacking(_) => "unpacking_failed",
            Self::Io(_) => "unreadable",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "The scanner wrote nothing; an empty file is no evidence that hosts are gone.",
            Self::NotAScan { .. } => {
                "Give the output of nmap (-oX or -oG), masscan, naabu or rustscan, or lines of address,port,protocol."
            }
            Self::UnsupportedFormat { hint, .. } => hint,
            Self::TooLarge { .. } | Self::TooManyDocuments { .. } | Self::TooManyHosts { .. } => {
                "Cut the scan into smaller ones."
            }
            Self::TooCompressed { .. } => "If you trust the file, unpack it and give the unpacked one.",
            Self::TooManyPorts { .. } | Self::TooDeep { .. } | Self::TagTooLarge { .. } => {
                "No scanner writes this: look at where the file comes from."
            }
            Self::Unpacking(_) => "The file is damaged or cut: fetch it again.",
            Self::Io(_) => "Check that the file exists and may be read.",
        }
    }
}
