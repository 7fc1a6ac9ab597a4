//! Options of a scan, field by field and as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `POST /scan-options/preview`: a text to read, or fields to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskOptions {
    /// Options in nmap's spelling, at most 8 KiB. With fields: what goes behind them.
    #[serde(default)]
    pub text: String,
    /// What to write; absent to read the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<OptionFields>,
}

/// Options as fields. What is absent or empty is nmap's own choice. In a question a value may be anything: what is
/// wrong with it stands in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionFields {
    /// `-T`: 0 (paranoid) to 5 (insane).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<u8>,
    /// `-Pn`: no host is looked for, every address counts as up.
    #[serde(default)]
    pub skip_discovery: bool,
    /// How hosts are looked for, as behind `-P`: `E` (echo request), `P`, `M` (other ICMP), `R` (ARP), and with ports `S22,80`
    /// (TCP SYN), `A` (TCP ACK), `U` (UDP), `Y` (SCTP), `O` (IP protocols).
    #[serde(default)]
    pub probes: Vec<String>,
    /// `-sn`: hosts are looked for, ports are not.
    #[serde(default)]
    pub discovery_only: bool,
    /// How ports are probed, as behind `-s`: `S`, `T`, `U`, `Y`, one a protocol; also `A`, `W`, `M`, `F`, `N`, `X`, `Z`.
    #[serde(default)]
    pub techniques: Vec<String>,
    /// `-sV`: what answers behind open ports; absent where nobody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<ServiceOptions>,
    /// `-O`: the operating system; absent where nobody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<OsOptions>,
    /// Scripts by name; `default` is `-sC`.
    #[serde(default)]
    pub scripts: Vec<String>,
    /// When names of addresses are looked up.
    #[serde(default)]
    pub names: NameLookup,
    /// Rates, timeouts and retries by nmap's names: `{"max-rate": "300", "host-timeout": "30m"}`.
    #[serde(default)]
    pub pace: BTreeMap<String, String>,
    /// `open`, `reason`, `defeat-rst-ratelimit`
    #[serde(default)]
    pub switches: Vec<String>,
    /// How many `-v`, 0 to 3.
    #[serde(default)]
    pub verbosity: u8,
}

/// Service detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceOptions {
    /// `--version-intensity`: 0 (a few probes) to 9 (all); nmap's own is 7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intensity: Option<u8>,
}

/// Detection of operating systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OsOptions {
    /// `--osscan-limit`: only hosts with an open and a closed port.
    #[serde(default)]
    pub limit: bool,
    /// `--osscan-guess`: near matches are named too.
    #[serde(default)]
    pub guess: bool,
}

/// When names of addresses are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NameLookup {
    /// For hosts that are up.
    #[default]
    Up,
    /// `-n`
    Never,
    /// `-R`: for hosts that are down too.
    Always,
}

/// The answer to `POST /scan-options/preview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionsPreview {
    /// The text that was read, or written.
    pub text: String,
    /// What could be read of it.
    pub fields: OptionFields,
    /// What could not, as it stands in the text.
    #[serde(default)]
    pub rest: String,
    /// What is wrong with each piece of the rest.
    #[serde(default)]
    pub mistakes: Vec<OptionMistake>,
    /// What the options of pace take: `{"max-retries": "a number from 0 to 50"}`.
    #[serde(default)]
    pub ranges: BTreeMap<String, String>,
    /// Scripts to choose from; others may be allowed too.
    #[serde(default)]
    pub suggested_scripts: Vec<String>,
}

/// An option that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptionMistake {
    /// Stable: `option_unknown`, `option_writes_output`.
    pub code: String,
    /// A sentence that names the option and its place.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}
