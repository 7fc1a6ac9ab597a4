//! What a result may cost.

/// Limits on hostile input, one [`Refusal`](crate::Refusal) or one warning for each.
///
/// The defaults admit a /8 of quiet hosts and a /16 with everything that nmap can print, and keep the memory of a
/// reader below some 20 MiB whatever the file holds, beside the window of a packed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultLimits {
    /// Bytes after unpacking and before decoding: [`Refusal::TooLarge`](crate::Refusal::TooLarge).
    pub max_bytes: u64,
    /// Unpacked bytes for each packed one, checked from [`Self::max_ratio_from_bytes`] on:
    /// [`Refusal::TooCompressed`](crate::Refusal::TooCompressed). Scans of nothing but down hosts come to 100.
    pub max_ratio: u64,
    /// Unpacked bytes that are never too many for their packing.
    pub max_ratio_from_bytes: u64,
    /// The largest window of a zstd frame, as a power of two: so much memory unpacking takes at the utmost. Larger
    /// ones are no data that can be unpacked.
    pub max_window_log: u32,
    /// Documents of an appended file: [`Refusal::TooManyDocuments`](crate::Refusal::TooManyDocuments).
    pub max_documents: u32,
    /// Host records of a file, repeated addresses included:
    /// [`Refusal::TooManyHosts`](crate::Refusal::TooManyHosts).
    pub max_hosts: u64,
    /// Port records of one host record: [`Refusal::TooManyPorts`](crate::Refusal::TooManyPorts).
    pub max_ports_per_host: usize,
    /// XML elements inside each other, those that are skipped whole not counted:
    /// [`Refusal::TooDeep`](crate::Refusal::TooDeep).
    pub max_depth: usize,
    /// Bytes of one line or one JSON object: longer ones are left out, with a warning.
    pub max_record_bytes: usize,
    /// Bytes of one XML tag that is read as it stands. From a longer one, attributes are cut to
    /// [`Self::max_attribute_bytes`], with a warning; one that is still longer then is refused:
    /// [`Refusal::TagTooLarge`](crate::Refusal::TagTooLarge).
    pub max_tag_bytes: usize,
    /// Bytes kept of each attribute of a tag that is too long.
    pub max_attribute_bytes: usize,
    /// Bytes of the recorded command; a longer one is left out, with a warning, for half of it would name other
    /// targets.
    pub max_args_bytes: usize,
    /// Bytes of any other text that is kept: longer ones are cut, with a warning.
    pub max_text_bytes: usize,
    /// Names of one host record, scripts of one host or port, matches and classes of one operating system section,
    /// groups of ports that are only counted: what is above is left out, with a warning.
    pub max_list_items: usize,
    /// Bytes read at once.
    pub read_buffer_bytes: usize,
}

impl Default for ResultLimits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 30,
            max_ratio: 400,
            max_ratio_from_bytes: 64 << 20,
            // 128 MiB, which is `zstd --long`; without it, frames have 8 MiB at the utmost.
            max_window_log: 27,
            max_documents: 10_000,
            max_hosts: 20_000_000,
            // Every port of every protocol, and some twice.
            max_ports_per_host: 300_000,
            max_depth: 64,
            max_record_bytes: 16 << 20,
            // The longest list of ports that nmap can write has 380 KB.
            max_tag_bytes: 1 << 20,
            max_attribute_bytes: 64 << 10,
            max_args_bytes: 128 << 10,
            max_text_bytes: 512,
            max_list_items: 1_024,
            read_buffer_bytes: 256 << 10,
        }
    }
}
