//! Reads options in nmap's spelling.

use std::ops::Range;

use super::discovery::{ProbeOption, ProbeProblem};
use super::getopt::{self, Argument};
use super::pace::PaceOption;
use super::{
    Conflict, Discovery, MAX_VERBOSITY, NameLookup, NmapOptions, OptionMistake, OptionProblem, OsDetection,
    Probes, Refusal, Script, Switch, Technique, Timing,
};
use crate::place::Place;

const INTENSITY: &str = "a number from 0 to 9";

/// What [`NmapOptions::understand`] made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What could be read; nmap would take it.
    pub options: NmapOptions,
    /// What could not, as it was written, parted by blanks.
    pub rest: String,
    /// What is wrong with each piece of the rest.
    pub mistakes: Vec<OptionMistake>,
}

pub(super) fn parse(text: &str) -> Result<NmapOptions, OptionMistake> {
    let pieces = pieces(text);
    let mut read = Reading::default();
    for piece in &pieces {
        // At once, so that the place is that of the later of two options that do not go together.
        read.take(&piece.argument).map_err(|problem| piece.mistake(text, problem))?;
    }
    read.finish().map_err(|conflict| {
        let waits = pieces.iter().find(|piece| conflict == Conflict::Needs(needed_by(&piece.argument)));
        let bytes = waits.map_or(0..text.trim_end().len(), |piece| piece.bytes.clone());
        mistake(text, &bytes, OptionProblem::Conflict(conflict))
    })
}

pub(super) fn understand(text: &str) -> Understood {
    let pieces = pieces(text);
    let mut read = Reading::default();
    let mut left = Vec::new();
    // Several letters in one word, as in `-nT4`, are taken together or not at all.
    for word in pieces.chunk_by(|one, next| one.bytes == next.bytes) {
        let mut longer = read.clone();
        match word.iter().try_for_each(|piece| longer.take(&piece.argument)) {
            Ok(()) => read = longer,
            Err(problem) => left.push((&word[0].bytes, problem)),
        }
    }
    let options = loop {
        let conflict = match read.clone().finish() {
            Ok(options) => break options,
            Err(conflict) => conflict,
        };
        let before = left.len();
        for piece in pieces.iter().filter(|piece| conflict == Conflict::Needs(needed_by(&piece.argument))) {
            if left.iter().all(|(bytes, _)| *bytes != &piece.bytes) {
                left.push((&piece.bytes, OptionProblem::Conflict(conflict)));
            }
        }
        // Only what waits in vain is a conflict that no single option told of.
        if left.len() == before || !read.forget(conflict) {
            break NmapOptions::default();
        }
    };
    left.sort_by_key(|(bytes, _)| bytes.start);
    Understood {
        options,
        rest: left.iter().map(|(bytes, _)| &text[(*bytes).clone()]).collect::<Vec<_>>().join(" "),
        mistakes: left.into_iter().map(|(bytes, problem)| mistake(text, bytes, problem)).collect(),
    }
}

/// One option with its value, and where it stands.
struct Piece<'a> {
    bytes: Range<usize>,
    argument: Argument<'a>,
}

impl Piece<'_> {
    fn mistake(&self, text: &str, problem: OptionProblem) -> OptionMistake {
        mistake(text, &self.bytes, problem)
    }
}

fn mistake(text: &str, bytes: &Range<usize>, problem: OptionProblem) -> OptionMistake {
    OptionMistake { place: Place::of(text, bytes.start, bytes.end), problem }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let words: Vec<Range<usize>> = words(text).collect();
    let arguments = getopt::read(words.iter().map(|word| &text[word.clone()]));
    let piece = |(taken, argument): (Range<usize>, _)| Piece {
        bytes: words[taken.start].start..words[taken.end - 1].end,
        argument,
    };
    arguments.into_iter().map(piece).collect()
}

/// The option without which this one does nothing; empty where it needs none.
fn needed_by(argument: &Argument<'_>) -> &'static str {
    match argument {
        Argument::Word("version-intensity" | "version-light" | "version-all", _) => "-sV",
        Argument::Word("osscan-limit" | "osscan-guess" | "fuzzy", _) => "-O",
        Argument::Word("defeat-rst-ratelimit", _) => "-sS",
        _ => "",
    }
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive(char::is_whitespace).filter_map(move |part| {
        let word = start..start + part.trim_end().len();
        start += part.len();
        (!word.is_empty()).then_some(word)
    })
}

/// The options read so far. What needs another option waits for it: their order is free.
#[derive(Clone, Default)]
struct Reading {
    options: NmapOptions,
    skip: bool,
    probes: Probes,
    intensity: Option<u8>,
    os: OsDetection,
    names: Option<NameLookup>,
}

impl Reading {
    /// Takes one option more; where it is refused, a part of it may have been taken.
    fn take(&mut self, argument: &Argument<'_>) -> Result<(), OptionProblem> {
        self.argument(argument)?;
        self.conflict().map_err(OptionProblem::Conflict)
    }

    /// Leaves out what waits in vain; `false` where this conflict is none of that kind.
    fn forget(&mut self, conflict: Conflict) -> bool {
        match conflict {
            Conflict::Needs("-sV") => self.intensity = None,
            Conflict::Needs("-O") => self.os = OsDetection::default(),
            Conflict::Needs(_) => {
                self.options.switches.remove(&Switch::DefeatRstRatelimit);
            }
            _ => return false,
        }
        true
    }

    fn argument(&mut self, argument: &Argument<'_>) -> Result<(), OptionProblem> {
        match *argument {
            Argument::Target(_) => Err(OptionProblem::Target),
            Argument::Unknown(_) => Err(OptionProblem::Unknown),
            Argument::Letter(letter, value) => self.letter(letter, value),
            Argument::Word(name, value) => self.word(name, value),
        }
    }

    fn letter(&mut self, letter: char, value: &str) -> Result<(), OptionProblem> {
        match letter {
            'A' => {
                self.options.services.get_or_insert_default();
                self.options.os.get_or_insert_default();
                self.options.scripts.insert(Script::default_set());
            }
            'n' => return self.names(NameLookup::Never),
            'R' => return self.names(NameLookup::Always),
            'O' if value.is_empty() => {
                self.options.os.get_or_insert_default();
            }
            'P' => return self.probe(value),
            's' if value.is_empty() => return Err(OptionProblem::Unknown),
            's' => return value.chars().try_for_each(|letter| self.technique(letter)),
            'T' => return self.timing(value),
            'M' => return self.word("max-parallelism", value),
            'v' => return self.more_verbose(value.parse().unwrap_or(1)),
            _ => {
                return Err(Refusal::of_letter(letter).map_or(OptionProblem::Unknown, OptionProblem::Refused));
            }
        }
        Ok(())
    }

    fn word(&mut self, name: &'static str, value: &str) -> Result<(), OptionProblem> {
        if let Some(option) = PaceOption::named(name) {
            let read = option.parse(value).ok_or(OptionProblem::Value { expected: option.range })?;
            if (option.get)(&self.options.pace).is_some_and(|before| before != read) {
                return Err(OptionProblem::Repeated);
            }
            (option.set)(&mut self.options.pace, Some(read));
            return Ok(());
        }
        if let Some(switch) = Switch::ALL.into_iter().find(|switch| switch.name() == name) {
            self.options.switches.insert(switch);
            return Ok(());
        }
        match name {
            "timing" => self.timing(value),
            "verbose" => self.more_verbose(1),
            "vv" => self.more_verbose(2),
            "version-intensity" => {
                let digit = value.parse().ok().filter(|intensity| value.len() == 1 && *intensity <= 9);
                self.intensity(digit.ok_or(OptionProblem::Value { expected: INTENSITY })?)
            }
            "version-light" => self.intensity(2),
            "version-all" => self.intensity(9),
            "osscan-limit" => {
                self.os.limit = true;
                Ok(())
            }
            "osscan-guess" | "fuzzy" => {
                self.os.guess = true;
                Ok(())
            }
            "script" => value.split(',').try_for_each(|name| match Script::parse(name) {
                Ok(script) => {
                    self.options.scripts.insert(script);
                    Ok(())
                }
                Err(problem) => Err(OptionProblem::Script { name: name.to_owned(), problem }),
            }),
            _ => Err(Refusal::of_word(name).map_or(OptionProblem::Unknown, OptionProblem::Refused)),
        }
    }

    fn technique(&mut self, letter: char) -> Result<(), OptionProblem> {
        match letter {
            'n' | 'P' => self.options.discovery_only = true,
            'V' => {
                self.options.services.get_or_insert_default();
            }
            'C' => {
                self.options.scripts.insert(Script::default_set());
            }
            'L' => return Err(OptionProblem::Refused(Refusal::ListScan)),
            'O' => return Err(OptionProblem::Refused(Refusal::IpProtocols)),
            'I' => return Err(OptionProblem::Refused(Refusal::ThirdParty)),
            _ => {
                self.options.techniques.insert(Technique::from_letter(letter).ok_or(OptionProblem::Unknown)?);
            }
        }
        Ok(())
    }

    fn probe(&mut self, value: &str) -> Result<(), OptionProblem> {
        match ProbeOption::parse(value) {
            Ok(ProbeOption::Skip) => self.skip = true,
            Ok(ProbeOption::ToPorts(probe, ports)) => {
                if self.probes.to_ports.get(&probe).is_some_and(|before| *before != ports) {
                    return Err(OptionProblem::Repeated);
                }
                self.probes.add(ProbeOption::ToPorts(probe, ports));
            }
            Ok(option) => self.probes.add(option),
            Err(ProbeProblem::Unknown) => return Err(OptionProblem::Unknown),
            Err(ProbeProblem::Ports(problem)) => return Err(OptionProblem::ProbePorts(problem)),
        }
        Ok(())
    }

    fn timing(&mut self, value: &str) -> Result<(), OptionProblem> {
        let expected = "a level from 0 to 5, or its name";
        let timing = Timing::parse(value).ok_or(OptionProblem::Value { expected })?;
        once(&mut self.options.timing, timing)
    }

    fn intensity(&mut self, intensity: u8) -> Result<(), OptionProblem> {
        once(&mut self.intensity, intensity)
    }

    fn names(&mut self, names: NameLookup) -> Result<(), OptionProblem> {
        once(&mut self.names, names).map_err(|_| OptionProblem::Conflict(Conflict::Names))
    }

    fn more_verbose(&mut self, by: u8) -> Result<(), OptionProblem> {
        self.options.verbosity = self.options.verbosity.saturating_add(by);
        let expected = "within three -v";
        if self.options.verbosity > MAX_VERBOSITY { Err(OptionProblem::Value { expected }) } else { Ok(()) }
    }

    /// What cannot be mended by any option that may follow.
    fn conflict(&self) -> Result<(), Conflict> {
        if self.skip && (self.probes != Probes::default() || self.options.discovery_only) {
            return Err(Conflict::SkippedDiscovery);
        }
        match self.options.check() {
            Err(Conflict::Needs(_)) => Ok(()),
            checked => checked,
        }
    }

    /// The options, if none waits for another in vain.
    fn finish(self) -> Result<NmapOptions, Conflict> {
        let mut options = self.options;
        options.names = self.names.unwrap_or_default();
        if self.skip {
            options.discovery = Discovery::Skip;
        } else if self.probes != Probes::default() {
            options.discovery = Discovery::Probes(self.probes);
        }
        match (&mut options.services, self.intensity) {
            (Some(services), intensity) => services.intensity = intensity,
            (None, Some(_)) => return Err(Conflict::Needs("-sV")),
            (None, None) => {}
        }
        match &mut options.os {
            Some(os) => *os = self.os,
            None if self.os != OsDetection::default() => return Err(Conflict::Needs("-O")),
            None => {}
        }
        options.check()?;
        Ok(options)
    }
}

/// Sets what may be set once, or twice to the same.
fn once<T: PartialEq>(slot: &mut Option<T>, value: T) -> Result<(), OptionProblem> {
    match slot {
        Some(before) if *before != value => Err(OptionProblem::Repeated),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}
