//! The command line that a scanner recorded in its output, read by nmap's own grammar.
//!
//! A result is evidence about an address that it does not list only if the command tells which addresses were
//! asked for. So this reader rather knows nothing than something wrong: whatever it does not understand makes
//! [`RecordedCommand::targets`] unknown.

mod targets;
mod words;

use crate::address::AddressSet;
use crate::escape::escape_within;
use crate::nmap_options::discovery::{Discovery, ProbeOption, Probes, discovery_key};
use crate::nmap_options::getopt::{self, Argument};

/// What a recorded command says about its scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own, given or not")]
pub struct RecordedCommand {
    /// The addresses asked for, less `--exclude`; `None` where the command does not tell them all.
    pub targets: Option<AddressSet>,
    /// Why [`Self::targets`] is `None`, the first reason if there are several.
    pub why_not: Option<TargetsUnknown>,
    /// `-Pn` in any spelling: addresses count as up without a look.
    pub skips_discovery: bool,
    /// `-sL`: nothing is sent to the targets.
    pub list_only: bool,
    /// `-sn`, `-sP`: no ports are looked at.
    pub ping_only: bool,
    /// `--open`: what is not open is left out.
    pub open_only: bool,
    /// `-n`: no names are looked up.
    pub no_dns: bool,
    /// `--scanflags`, `--badsum`: what its packets make of an answer is not what the scan type says.
    pub bends_probes: bool,
    /// Some option is not known, so that nothing is sure that another one may change.
    pub has_unknown_option: bool,
    /// `-sV`, `-sR`, `-A`
    pub services_probed: bool,
    /// `-O`, `-A`
    pub os_detection: bool,
    /// `-sC`, `--script`, `-A`
    pub scripts: bool,
    /// How hosts were looked for, the same for all spellings of the same options; empty for nmap's own choice.
    pub discovery_key: String,
    /// The letters of the scan techniques in alphabetical order, each once (`SU`; `I` is `-sI`, `b` is `-b`);
    /// empty for nmap's own choice.
    pub scan_types: String,
}

/// Why a command does not tell which addresses were asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetsUnknown {
    /// There is no target in it.
    #[error("the command names no targets")]
    NoTargets,
    /// `-iL`
    #[error("the targets are in a file (-iL)")]
    TargetFile,
    /// `-iR`
    #[error("the targets are random (-iR)")]
    RandomTargets,
    /// `--excludefile`
    #[error("the exclusions are in a file (--excludefile)")]
    ExcludeFile,
    /// `--resume`
    #[error("the scan was resumed from a file (--resume)")]
    Resumed,
    /// A target, or an exclusion, that is no address of the family that is scanned.
    #[error("`{}` is a host name or no target", escape_within(.0, 60))]
    HostName(String),
    /// An option that we do not know, or that misses its value: what follows it may be its value or a target.
    #[error("the option `{}` is not known", escape_within(.0, 60))]
    UnknownOption(String),
    /// Octet patterns fall into more ranges than [`crate::targets::MAX_PATTERN_RANGES`].
    #[error("the targets fall into too many ranges")]
    TooManyRanges,
    /// A quotation does not end.
    #[error("the recorded command is cut off")]
    Unreadable,
}

impl TargetsUnknown {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTargets => "command_names_no_targets",
            Self::TargetFile => "command_reads_target_file",
            Self::RandomTargets => "command_takes_random_targets",
            Self::ExcludeFile => "command_reads_exclude_file",
            Self::Resumed => "command_resumes",
            Self::HostName(_) => "command_has_host_name",
            Self::UnknownOption(_) => "command_has_unknown_option",
            Self::TooManyRanges => "command_has_too_many_ranges",
            Self::Unreadable => "command_unreadable",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "only the hosts that the result lists are covered; name what was scanned with --targets"
    }
}

impl RecordedCommand {
    /// Reads a recorded command line; entities are resolved before. Never fails: see [`Self::why_not`].
    #[must_use]
    pub fn read(args: &str) -> Self {
        let mut command = Self::default();
        let Some(words) = words::arguments(args) else {
            command.why_not = Some(TargetsUnknown::Unreadable);
            return command;
        };
        let mut looks = Looks::default();
        let mut targets = targets::RecordedTargets::default();
        for (_, argument) in getopt::read(words.iter().map(String::as_str)) {
            match argument {
                Argument::Target(target) => targets.include(target),
                Argument::Unknown(option) => {
                    command.unknown(TargetsUnknown::UnknownOption(option.to_owned()));
                }
                Argument::Letter('6', _) => targets.v6 = true,
                Argument::Letter('P', value) => looks.probe(value),
                Argument::Letter(letter, value) => command.letter(letter, value),
                Argument::Word("exclude", value) => targets.exclude(value),
                Argument::Word(name, _) => {
                    looks.switch(name);
                    command.word(name);
                }
            }
        }
        command.skips_discovery = looks.discovery() == Discovery::Skip;
        command.discovery_key = looks.key();
        let mut letters: Vec<char> = command.scan_types.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        command.scan_types = letters.into_iter().collect();
        if command.why_not.is_none() {
            match targets.set() {
                Ok(set) => command.targets = Some(set),
                Err(reason) => command.why_not = Some(reason),
            }
        }
        command
    }

    fn unknown(&mut self, reason: TargetsUnknown) {
        self.has_unknown_option |= matches!(reason, TargetsUnknown::UnknownOption(_));
        self.why_not.get_or_insert(reason);
    }

    fn letter(&mut self, letter: char, value: &str) {
        match letter {
            'A' => {
                self.os_detection = true;
                self.services_probed = true;
                self.scripts = true;
            }
            'O' => self.os_detection = true,
            'n' => self.no_dns = true,
            'b' => self.scan_types.push('b'),
            's' if value.is_empty() => self.unknown(TargetsUnknown::UnknownOption("-s".to_owned())),
            's' => value.chars().for_each(|technique| self.technique(technique)),
            // `-iLfile`, and what nmap would refuse.
            'i' => self.unknown(match value.chars().next() {
                Some('R') => TargetsUnknown::RandomTargets,
                _ => TargetsUnknown::TargetFile,
            }),
            _ => {}
        }
    }

    fn technique(&mut self, letter: char) {
        match letter {
            'L' => self.list_only = true,
            'n' | 'P' => self.ping_only = true,
            'V' | 'R' => self.services_probed = true,
            'C' => self.scripts = true,
            'S' | 'T' | 'A' | 'W' | 'M' | 'F' | 'N' | 'X' | 'U' | 'Y' | 'Z' | 'O' | 'I' => {
                self.scan_types.push(letter);
            }
            _ => self.unknown(TargetsUnknown::UnknownOption(format!("-s{letter}"))),
        }
    }

    fn word(&mut self, name: &'static str) {
        match name {
            "open" => self.open_only = true,
            "script" => self.scripts = true,
            "scanflags" | "badsum" => self.bends_probes = true,
            "sI" => self.scan_types.push('I'),
            "iL" => self.unknown(TargetsUnknown::TargetFile),
            "iR" => self.unknown(TargetsUnknown::RandomTargets),
            "excludefile" => self.unknown(TargetsUnknown::ExcludeFile),
            "resume" => self.unknown(TargetsUnknown::Resumed),
            // It takes its targets from a keyboard.
            "interactive" => self.unknown(TargetsUnknown::UnknownOption("--interactive".to_owned())),
            _ => {}
        }
    }
}

/// How hosts were looked for.
#[derive(Default)]
struct Looks {
    skip: bool,
    probes: Probes,
    switches: Vec<String>,
}

impl Looks {
    fn probe(&mut self, value: &str) {
        match ProbeOption::parse(value) {
            Ok(ProbeOption::Skip) => self.skip = true,
            Ok(option) => self.probes.add(option),
            // A probe to named services, or one of a newer nmap: it is the same lens only to itself.
            Err(_) => self.switches.push(format!("-P{value}")),
        }
    }

    fn switch(&mut self, name: &str) {
        // Without raw packets hosts are looked for by connecting only, so that others are found.
        if matches!(name, "disable-arp-ping" | "send-ip" | "discovery-ignore-rst" | "unprivileged") {
            self.switches.push(format!("--{name}"));
        }
    }

    fn discovery(&self) -> Discovery {
        if self.skip {
            Discovery::Skip
        } else if self.probes == Probes::default() {
            Discovery::Normal
        } else {
            Discovery::Probes(self.probes.clone())
        }
    }

    fn key(&self) -> String {
        let switches = self.switches.iter().map(String::as_str).filter(|_| !self.skip);
        discovery_key(&self.discovery(), switches)
    }
}

#[cfg(test)]
mod tests;
