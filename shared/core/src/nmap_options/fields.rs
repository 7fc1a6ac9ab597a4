//! Options apart, for forms.

use std::collections::BTreeMap;

use super::pace::OPTIONS;
use super::{Discovery, NameLookup, NmapOptions, OsDetection, Script, ServiceDetection, Switch};

/// Options field by field, each value as people write it. Unlike [`NmapOptions`] it may hold what is refused: who
/// reads its text again is told what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionFields {
    /// `-T`: 0 to 5.
    pub timing: Option<u8>,
    /// `-Pn`
    pub skip_discovery: bool,
    /// What stands behind `-P`: `E`, `S22,80`.
    pub probes: Vec<String>,
    /// `-sn`
    pub discovery_only: bool,
    /// Letters behind `-s`.
    pub techniques: Vec<String>,
    /// `-sV`
    pub services: Option<ServiceDetection>,
    /// `-O`
    pub os: Option<OsDetection>,
    /// Names of scripts; `default` is `-sC`.
    pub scripts: Vec<String>,
    /// `-n`, `-R`
    pub names: NameLookup,
    /// Rates, timeouts and retries by nmap's names without dashes: `max-rate` → `300`.
    pub pace: BTreeMap<String, String>,
    /// `open`, `reason`, ...
    pub switches: Vec<String>,
    /// How many `-v`.
    pub verbosity: u8,
}

impl OptionFields {
    /// The options as separate arguments, in a canonical order.
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        let mut args = Vec::new();
        match self.names {
            NameLookup::Up => {}
            NameLookup::Never => args.push("-n".to_owned()),
            NameLookup::Always => args.push("-R".to_owned()),
        }
        args.extend(self.skip_discovery.then(|| "-Pn".to_owned()));
        args.extend(self.probes.iter().map(|probe| format!("-P{probe}")));
        args.extend(self.discovery_only.then(|| "-sn".to_owned()));
        args.extend(self.techniques.iter().map(|technique| format!("-s{technique}")));
        if let Some(services) = self.services {
            args.push("-sV".to_owned());
            if let Some(intensity) = services.intensity {
                args.extend(["--version-intensity".to_owned(), intensity.to_string()]);
            }
        }
        if let Some(os) = self.os {
            args.push("-O".to_owned());
            args.extend(os.limit.then(|| "--osscan-limit".to_owned()));
            args.extend(os.guess.then(|| "--osscan-guess".to_owned()));
        }
        match self.scripts.as_slice() {
            [] => {}
            [only] if *only == Script::default_set().name() => args.push("-sC".to_owned()),
            scripts => args.extend(["--script".to_owned(), scripts.join(",")]),
        }
        args.extend(self.timing.map(|level| format!("-T{level}")));
        for (name, value) in self.paces() {
            args.extend([format!("--{name}"), value.to_owned()]);
        }
        args.extend(self.switches.iter().map(|switch| format!("--{switch}")));
        if self.verbosity > 0 {
            args.push(format!("-{}", "v".repeat(self.verbosity.into())));
        }
        args
    }

    /// What is set of the pace, in its canonical order; what is no option of pace comes last, to be refused.
    fn paces(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_known = |name: &str| OPTIONS.iter().any(|option| option.name == name);
        let known = OPTIONS.iter().filter_map(|option| self.pace.get_key_value(option.name));
        let others = self.pace.iter().filter(move |(name, _)| !is_known(name));
        known.chain(others).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl From<&NmapOptions> for OptionFields {
    fn from(options: &NmapOptions) -> Self {
        let probes = match &options.discovery {
            Discovery::Normal | Discovery::Skip => Vec::new(),
            Discovery::Probes(probes) => probes.letters().collect(),
        };
        let pace = OPTIONS.iter().filter_map(|option| {
            let value = (option.get)(&options.pace)?;
            Some((option.name.to_owned(), option.show(value)))
        });
        let switches = Switch::ALL.into_iter().filter(|switch| options.switches.contains(switch));
        Self {
            timing: options.timing.map(super::Timing::level),
            skip_discovery: options.discovery == Discovery::Skip,
            probes,
            discovery_only: options.discovery_only,
            techniques: options.techniques.iter().map(|technique| technique.letter().to_string()).collect(),
            services: options.services,
            os: options.os,
            scripts: options.scripts.iter().map(|script| script.name().to_owned()).collect(),
            names: options.names,
            pace: pace.collect(),
            switches: switches.map(|switch| switch.name().to_owned()).collect(),
            verbosity: options.verbosity,
        }
    }
}

impl NmapOptions {
    /// The options as separate arguments, in a canonical order: equal options give equal arguments.
    ///
    /// ```text
    /// ["-n", "-PE", "-sS", "-sV", "--version-intensity", "5", "-T4", "--max-rate", "300", "--open"]
    /// ```
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        OptionFields::from(self).to_args()
    }
}

/// The options that take a number or a time, and what they take: `("max-retries", "a number from 0 to 50")`.
pub fn ranges() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPTIONS.iter().map(|option| (option.name, option.range))
}
