//! Tells options, their values and targets apart, as nmap's own `getopt_long_only` does.

use std::cell::Cell;
use std::ops::Range;

/// Letters that stand alone.
const FLAGS: &str = "46AFfhInqRrV";

/// Letters with a value directly behind them, else in the next argument.
const WITH_VALUE: &str = "bDegiMmopST";

/// Letters with a value only directly behind them.
const WITH_ATTACHED_VALUE: &str = "dOPsv";

/// Words that stand alone, of all versions of nmap (`nmap -h`, its manual, and what 7.93 names as candidates
/// for each first letter).
const FLAG_WORDS: [&str; 45] = [
    "adler32",
    "allports",
    "append-output",
    "badsum",
    "debug",
    "defeat-icmp-ratelimit",
    "defeat-rst-ratelimit",
    "deprecated-xml-osclass",
    "disable-arp-ping",
    "discovery-ignore-rst",
    "ff",
    "fuzzy",
    "help",
    "iflist",
    "interactive",
    "log-errors",
    "no-stylesheet",
    "nogcc",
    "noninteractive",
    "open",
    "osscan-guess",
    "osscan-limit",
    "packet-trace",
    "privileged",
    "rH",
    "randomize-hosts",
    "reason",
    "release-memory",
    "resolve-all",
    "script-trace",
    "script-updatedb",
    "send-eth",
    "send-ip",
    "system-dns",
    "thc",
    "traceroute",
    "unique",
    "unprivileged",
    "verbose",
    "version",
    "version-all",
    "version-light",
    "version-trace",
    "vv",
    "webxml",
];

/// Words with a value behind `=`, else in the next argument.
const VALUE_WORDS: [&str; 56] = [
    "data",
    "data-length",
    "data-string",
    "datadir",
    "dns-servers",
    "exclude",
    "exclude-ports",
    "excludefile",
    "host-timeout",
    "iL",
    "iR",
    "initial-rtt-timeout",
    "ip-options",
    "max-hostgroup",
    "max-os-tries",
    "max-parallelism",
    "max-rate",
    "max-retries",
    "max-rtt-timeout",
    "max-scan-delay",
    "min-hostgroup",
    "min-parallelism",
    "min-rate",
    "min-rtt-timeout",
    "mtu",
    "nsock-engine",
    "oA",
    "oG",
    "oH",
    "oM",
    "oN",
    "oS",
    "oX",
    "port-ratio",
    "proxies",
    "proxy",
    "resume",
    "route-dst",
    "sI",
    "scan-delay",
    "scanflags",
    "script",
    "script-args",
    "script-args-file",
    "script-help",
    "script-timeout",
    "servicedb",
    "source-port",
    "spoof-mac",
    "stats-every",
    "stylesheet",
    "timing",
    "top-ports",
    "ttl",
    "version-intensity",
    "versiondb",
];

/// One thing on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument<'a> {
    /// An option of one letter, and its value.
    Letter(char, &'a str),
    /// An option of several letters by its full name, and its value.
    Word(&'static str, &'a str),
    /// What is no option: a target.
    Target(&'a str),
    /// An option that nmap does not have, that is ambiguous, or that lacks its value.
    Unknown(&'a str),
}

/// The arguments in their order, each with the numbers of its first word and of the one behind its last;
/// options may stand behind targets, up to a `--`.
pub(crate) fn read<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(Range<usize>, Argument<'a>)> {
    let taken = Cell::new(0);
    let mut words = words.inspect(|_| taken.set(taken.get() + 1));
    let mut arguments = Vec::new();
    while let Some(word) = words.next() {
        let first = taken.get() - 1;
        let mut found = Vec::new();
        if word == "--" {
            for target in words.by_ref() {
                arguments.push((taken.get() - 1..taken.get(), Argument::Target(target)));
            }
        } else if !word.starts_with('-') || word == "-" {
            found.push(Argument::Target(word));
        } else {
            option(word, &mut words, &mut found);
        }
        arguments.extend(found.into_iter().map(|argument| (first..taken.get(), argument)));
    }
    arguments
}

fn option<'a>(word: &'a str, next: &mut impl Iterator<Item = &'a str>, arguments: &mut Vec<Argument<'a>>) {
    let (name, is_long) = match word.strip_prefix("--") {
        Some(name) => (name, true),
        None => (&word[1..], false),
    };
    let is_letter =
        |letter| [FLAGS, WITH_VALUE, WITH_ATTACHED_VALUE].iter().any(|letters| letters.contains(letter));
    // A single letter is the option of that letter, whatever words begin with it.
    let may_be_word = is_long || name.chars().count() > 1 || !name.contains(is_letter);
    if may_be_word {
        let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        match find(name) {
            Found::Flag(name) => {
                // `--debug=3` takes a value behind its sign, the others would refuse it.
                return arguments.push(match value {
                    Some(_) if name != "debug" => Argument::Unknown(word),
                    _ => Argument::Word(name, ""),
                });
            }
            Found::WithValue(name) => {
                return arguments.push(match value.or_else(|| next.next()) {
                    Some(value) => Argument::Word(name, value),
                    None => Argument::Unknown(word),
                });
            }
            Found::Several => return arguments.push(Argument::Unknown(word)),
            Found::None if is_long => return arguments.push(Argument::Unknown(word)),
            Found::None => {}
        }
    }
    letters(word, next, arguments);
}

/// The letters of a word like `-sSV`, `-nT4`.
fn letters<'a>(word: &'a str, next: &mut impl Iterator<Item = &'a str>, arguments: &mut Vec<Argument<'a>>) {
    let mut rest = word[1..].chars();
    while let Some(letter) = rest.next() {
        let attached = rest.as_str();
        if FLAGS.contains(letter) {
            arguments.push(Argument::Letter(letter, ""));
        } else if matches!(letter, 'v' | 'd') {
            // Versions before 6 read what follows as further letters, later ones as a level.
            let behind = attached.trim_start_matches(|digit: char| digit.is_ascii_digit());
            arguments.push(Argument::Letter(letter, &attached[..attached.len() - behind.len()]));
            rest = behind.chars();
        } else if WITH_ATTACHED_VALUE.contains(letter) {
            return arguments.push(Argument::Letter(letter, attached));
        } else if WITH_VALUE.contains(letter) {
            let value = Some(attached).filter(|value| !value.is_empty()).or_else(|| next.next());
            return arguments
                .push(value.map_or(Argument::Unknown(word), |value| Argument::Letter(letter, value)));
        } else {
            return arguments.push(Argument::Unknown(word));
        }
    }
}

enum Found {
    Flag(&'static str),
    WithValue(&'static str),
    Several,
    None,
}

/// The word that is `name`, else the only one that begins with it. Old spellings with `_` count too.
fn find(name: &str) -> Found {
    let name = name.replace('_', "-");
    let begins = |word: &&&str| word.starts_with(name.as_str());
    if name.is_empty() {
        return Found::None;
    }
    for exact in [true, false] {
        let matches = |word: &&&str| if exact { **word == name } else { begins(word) };
        let mut flags = FLAG_WORDS.iter().filter(matches);
        let mut valued = VALUE_WORDS.iter().filter(matches);
        match (flags.next(), valued.next()) {
            (None, None) => {}
            (Some(word), None) if flags.next().is_none() => return Found::Flag(word),
            (None, Some(word)) if valued.next().is_none() => return Found::WithValue(word),
            _ => return Found::Several,
        }
    }
    Found::None
}

/// Every word, and whether it takes a value.
#[cfg(test)]
pub(super) fn all_words() -> impl Iterator<Item = (&'static str, bool)> {
    FLAG_WORDS.iter().map(|&word| (word, false)).chain(VALUE_WORDS.iter().map(|&word| (word, true)))
}

#[cfg(test)]
mod tests {
    use super::Argument::{Letter, Target, Unknown, Word};
    use super::*;

    fn check(line: &str, expected: &[Argument<'_>]) {
        let read: Vec<_> = read(line.split(' ')).into_iter().map(|(_, argument)| argument).collect();
        assert_eq!(read, expected, "{line}");
    }

    #[test]
    fn letters_and_words_are_told_apart() {
        check("-sSV -T4 a", &[Letter('s', "SV"), Letter('T', "4"), Target("a")]);
        check("-T 4 -p- -p 80", &[Letter('T', "4"), Letter('p', "-"), Letter('p', "80")]);
        check("-s S", &[Letter('s', ""), Target("S")]);
        check("-PS 22", &[Letter('P', "S"), Target("22")]);
        check("-PS22,80 -P0", &[Letter('P', "S22,80"), Letter('P', "0")]);
        check("-oA base a", &[Word("oA", "base"), Target("a")]);
        check("-oXfile -oX - a", &[Letter('o', "Xfile"), Word("oX", "-"), Target("a")]);
        check("-iL list --exclude=a,b", &[Word("iL", "list"), Word("exclude", "a,b")]);
        check(
            "-vvv -vv -d2 -dd",
            &[
                Letter('v', ""),
                Letter('v', ""),
                Letter('v', ""),
                Word("vv", ""),
                Letter('d', "2"),
                Letter('d', ""),
                Letter('d', ""),
            ],
        );
        check("-vA -nF", &[Letter('v', ""), Letter('A', ""), Letter('n', ""), Letter('F', "")]);
        check(
            "-O -O2 -A -sI zombie:80",
            &[Letter('O', ""), Letter('O', "2"), Letter('A', ""), Word("sI", "zombie:80")],
        );
        check("-e eth0 -eth0 -g53", &[Letter('e', "eth0"), Letter('e', "th0"), Letter('g', "53")]);
    }

    #[test]
    fn words_may_be_shortened_and_have_one_dash() {
        check("-ope --op -open --open", &vec![Word("open", ""); 4]);
        check(
            "-tr -max-rate 5 --max_rate=5",
            &[Word("traceroute", ""), Word("max-rate", "5"), Word("max-rate", "5")],
        );
        check("--script a --script-t", &[Word("script", "a"), Unknown("--script-t")]);
        check("-sc --v -re", &[Unknown("-sc"), Unknown("--v"), Unknown("-re")]);
        check("-ve --verb", &[Unknown("-ve"), Word("verbose", "")]);
    }

    #[test]
    fn what_nmap_refuses_is_unknown() {
        check("--nonesuch a", &[Unknown("--nonesuch"), Target("a")]);
        check("-x", &[Unknown("-x")]);
        check("--open=1", &[Unknown("--open=1")]);
        check("a -p", &[Target("a"), Unknown("-p")]);
        check("a --exclude", &[Target("a"), Unknown("--exclude")]);
    }

    #[test]
    fn two_dashes_end_the_options() {
        check("-n -- -sV - a", &[Letter('n', ""), Target("-sV"), Target("-"), Target("a")]);
        check("a - -n", &[Target("a"), Target("-"), Letter('n', "")]);
    }
}
