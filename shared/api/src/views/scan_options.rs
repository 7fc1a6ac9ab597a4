//! Options of scans, field by field.

use portdelta_core::nmap_options::{self as core, NmapOptions, SUGGESTED_SCRIPTS, ranges};
use portdelta_protocol::admin::{
    NameLookup, OptionFields, OptionMistake, OptionsPreview, OsOptions, ServiceOptions,
};

/// The text that these fields come to.
pub(crate) fn written(fields: OptionFields) -> String {
    let fields = core::OptionFields {
        timing: fields.timing,
        skip_discovery: fields.skip_discovery,
        probes: fields.probes,
        discovery_only: fields.discovery_only,
        techniques: fields.techniques,
        services: fields.services.map(|ServiceOptions { intensity }| core::ServiceDetection { intensity }),
        os: fields.os.map(|OsOptions { limit, guess }| core::OsDetection { limit, guess }),
        scripts: fields.scripts,
        names: match fields.names {
            NameLookup::Up => core::NameLookup::Up,
            NameLookup::Never => core::NameLookup::Never,
            NameLookup::Always => core::NameLookup::Always,
        },
        pace: fields.pace,
        switches: fields.switches,
        verbosity: fields.verbosity,
    };
    fields.to_args().join(" ")
}

/// What can be read of a text, and what cannot.
pub(crate) fn read(text: String) -> OptionsPreview {
    let understood = NmapOptions::understand(&text);
    let mistakes = understood.mistakes.iter().map(|mistake| OptionMistake {
        code: mistake.code().to_owned(),
        message: mistake.to_string(),
        hint: mistake.hint().to_owned(),
    });
    OptionsPreview {
        text,
        fields: fields(core::OptionFields::from(&understood.options)),
        rest: understood.rest,
        mistakes: mistakes.collect(),
        ranges: ranges().map(|(name, range)| (name.to_owned(), range.to_owned())).collect(),
        suggested_scripts: SUGGESTED_SCRIPTS.map(str::to_owned).to_vec(),
    }
}

fn fields(fields: core::OptionFields) -> OptionFields {
    OptionFields {
        timing: fields.timing,
        skip_discovery: fields.skip_discovery,
        probes: fields.probes,
        discovery_only: fields.discovery_only,
        techniques: fields.techniques,
        services: fields.services.map(|core::ServiceDetection { intensity }| ServiceOptions { intensity }),
        os: fields.os.map(|core::OsDetection { limit, guess }| OsOptions { limit, guess }),
        scripts: fields.scripts,
        names: match fields.names {
            core::NameLookup::Up => NameLookup::Up,
            core::NameLookup::Never => NameLookup::Never,
            core::NameLookup::Always => NameLookup::Always,
        },
        pace: fields.pace,
        switches: fields.switches,
        verbosity: fields.verbosity,
    }
}
