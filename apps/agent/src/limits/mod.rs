//! What the owner of the machine allows. It wins over whatever a server asks.
//!
//! ```toml
//! [targets]
//! allow = ["10.0.0.0/8"]          # nothing else is ever touched; all where this is left out
//! deny = ["10.9.0.0/16"]
//!
//! [ports]
//! allow = "1-1024,8000-9000,U:53" # all where this is left out
//! deny = "9100"                   # printers print what is sent there
//!
//! [options]
//! allow = ["-sS", "-sT", "-sV"]   # all that Portdelta knows where this is left out
//! deny = ["-O"]
//! scripts = ["default", "ssl-cert"]
//!
//! [pace]
//! max_rate = 500                  # packets a second, of all tasks together
//!
//! [tasks]
//! concurrency = 2
//! max_seconds = 3600
//! privileged = false              # connect (-sT) instead of sending raw packets
//! ```

mod check;
mod file;
mod names;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use portdelta_core::AddressSet;
use portdelta_core::escape::escape;
use portdelta_core::port_spec::PortSpec;
use portdelta_core::ports::PortSet;
use portdelta_core::targets::{cidrs, parse_exclusions};
use serde::Deserialize;

pub use check::Forbidden;
pub use file::{LimitsError, LimitsFile};

/// What an owner allows. The default allows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    allowed: Option<AddressSet>,
    denied: AddressSet,
    ports: Option<PortSet>,
    denied_ports: PortSet,
    options: Option<BTreeSet<String>>,
    denied_options: BTreeSet<String>,
    scripts: Option<BTreeSet<String>>,
    max_rate: Option<u32>,
    concurrency: Option<u32>,
    max_task: Option<Duration>,
    unprivileged: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    targets: TargetsTable,
    ports: PortsTable,
    options: OptionsTable,
    pace: PaceTable,
    tasks: TasksTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TargetsTable {
    allow: Option<Vec<String>>,
    deny: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PortsTable {
    allow: Option<String>,
    deny: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OptionsTable {
    allow: Option<Vec<String>>,
    deny: Vec<String>,
    scripts: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PaceTable {
    max_rate: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TasksTable {
    concurrency: Option<u32>,
    max_seconds: Option<u32>,
    privileged: Option<bool>,
}

impl Limits {
    /// Reads a file's text; an empty one allows all. The mistake is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document = toml::from_str(text).map_err(|error| mistake(text, &error))?;
        let ranges = |field: &str, texts: &[String]| {
            parse_exclusions(&texts.join(",")).map_err(|mistake| format!("{field}: {mistake}"))
        };
        let names = |field: &str, texts: Vec<String>| {
            let unknown = texts.iter().find(|name| !names::is_known(name));
            match unknown {
                Some(name) => Err(format!("{field}: `{}` is no option that a task can have", escape(name))),
                None => Ok(texts.into_iter().collect::<BTreeSet<_>>()),
            }
        };
        let at_least_one = |field: &str, number: Option<u32>| match number {
            Some(0) => Err(format!("{field}: 0 would allow nothing; a stopped agent is quieter")),
            number => Ok(number),
        };
        for name in document.options.scripts.iter().flatten() {
            portdelta_core::nmap_options::Script::parse(name)
                .map_err(|problem| format!("options.scripts: `{}`: {problem}", escape(name)))?;
        }
        let max_seconds = at_least_one("tasks.max_seconds", document.tasks.max_seconds)?;
        Ok(Self {
            allowed: document.targets.allow.map(|texts| ranges("targets.allow", &texts)).transpose()?,
            denied: ranges("targets.deny", &document.targets.deny)?,
            ports: document.ports.allow.map(|text| port_set("ports.allow", &text)).transpose()?,
            denied_ports: document
                .ports
                .deny
                .map(|text| port_set("ports.deny", &text))
                .transpose()?
                .unwrap_or_default(),
            options: document.options.allow.map(|list| names("options.allow", list)).transpose()?,
            denied_options: names("options.deny", document.options.deny)?,
            scripts: document.options.scripts.map(|names| names.into_iter().collect()),
            max_rate: at_least_one("pace.max_rate", document.pace.max_rate)?,
            concurrency: at_least_one("tasks.concurrency", document.tasks.concurrency)?,
            max_task: max_seconds.map(|seconds| Duration::from_secs(seconds.into())),
            unprivileged: document.tasks.privileged == Some(false),
        })
    }

    /// Whether nmap may send raw packets, where it can.
    #[must_use]
    pub fn privileged(&self) -> bool {
        !self.unprivileged
    }

    /// How many tasks at once, of so many asked for.
    #[must_use]
    pub fn concurrency(&self, asked: u32) -> u32 {
        self.concurrency.map_or(asked, |most| most.min(asked)).max(1)
    }

    /// How long one task may take.
    #[must_use]
    pub fn max_task(&self) -> Option<Duration> {
        self.max_task
    }

    /// The allowed ranges as targets; empty for all.
    #[must_use]
    pub fn allowed_text(&self) -> String {
        self.allowed.as_ref().map(|allowed| allowed.without(&self.denied).to_string()).unwrap_or_default()
    }
}

fn port_set(field: &str, text: &str) -> Result<PortSet, String> {
    if text.trim().is_empty() {
        return Ok(PortSet::default());
    }
    let spec: PortSpec = text.parse().map_err(|mistake| format!("{field}: {mistake}"))?;
    spec.set()
        .cloned()
        .ok_or_else(|| format!("{field}: name the ports: which top:N are differs between scanners"))
}

/// `10.0.0.0/8, 192.0.2.1`
fn blocks(addresses: &AddressSet) -> String {
    cidrs(addresses).collect::<Vec<_>>().join(", ")
}

/// The shortest text for these ports: `22,80`, `T:22,U:53`.
fn named(ports: &PortSet) -> String {
    PortSpec::Set(ports.clone()).to_string()
}

/// In words: `10.0.0.0/8 except 10.9.0.0/16; ports all; at most 500 packets a second`.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.allowed {
            Some(allowed) if allowed.is_empty() => f.write_str("no targets")?,
            Some(allowed) => f.write_str(&blocks(allowed))?,
            None => f.write_str("all targets")?,
        }
        if !self.denied.is_empty() {
            write!(f, " except {}", blocks(&self.denied))?;
        }
        match &self.ports {
            Some(ports) => write!(f, "; ports {}", named(ports))?,
            None => f.write_str("; ports all")?,
        }
        if !self.denied_ports.is_empty() {
            write!(f, " except {}", named(&self.denied_ports))?;
        }
        let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        if let Some(options) = &self.options {
            write!(f, "; options {}", list(options))?;
        }
        if !self.denied_options.is_empty() {
            write!(f, "; not {}", list(&self.denied_options))?;
        }
        if let Some(scripts) = &self.scripts {
            write!(f, "; scripts {}", list(scripts))?;
        }
        if let Some(rate) = self.max_rate {
            write!(f, "; at most {rate} packets a second")?;
        }
        if let Some(concurrency) = self.concurrency {
            write!(f, "; at most {concurrency} tasks at once")?;
        }
        if let Some(longest) = self.max_task {
            write!(f, "; at most {} seconds a task", longest.as_secs())?;
        }
        if self.unprivileged {
            f.write_str("; no raw packets")?;
        }
        Ok(())
    }
}

/// Where a mistake is and what it is, in one line: it also goes to logs, and to the server.
fn mistake(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(1, |begin| begin.chars().count() + 1);
            format!("line {line}, column {column}: {message}")
        }
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_allows_all() {
        let limits = Limits::parse("").expect("nothing is wrong");
        assert_eq!(limits, Limits::default());
        assert_eq!(limits.to_string(), "all targets; ports all");
        assert_eq!((limits.concurrency(4), limits.max_task()), (4, None));
        assert!(limits.privileged() && limits.allowed_text().is_empty());
    }

    #[test]
    fn the_example_is_read_and_told_in_words() {
        let example = include_str!("../../../../infra/limits.toml");
        let limits = Limits::parse(example).expect("nothing is wrong");
        assert_eq!(limits, Limits::default(), "as shipped nothing is forbidden");
        // What is commented out is right as well.
        let all: String =
            example.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
        let limits = Limits::parse(&all).expect("nothing is wrong");
        assert_eq!(
            limits.to_string(),
            "10.0.0.0/8, 192.168.0.0/16 except 10.9.0.0/16; \
             ports T:1-1024,3389,8000-9000,U:53,161 except 9100; options --host-timeout --max-rate --script -O -Pn -T \
             -n -sC -sS -sT -sU -sV; not -O; scripts default ssl-cert; at most 500 packets a second; at most 2 tasks \
             at once; at most 3600 seconds a task; no raw packets"
        );
        assert_eq!(limits.concurrency(8), 2);
        assert!(!limits.allowed_text().contains("10.9.0.0"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, words) in [
            ("[target]\nallow = []", "unknown field"),
            ("[targets]\nallow = [\"web.example\"]", "targets.allow: target `web.example`"),
            ("[targets]\ndeny = [\"10.0.0.300\"]", "targets.deny"),
            ("[targets]\nallow = \"10.0.0.0/8\"", "invalid type"),
            ("[ports]\nallow = \"top:10\"", "ports.allow: name the ports"),
            ("[ports]\ndeny = \"ssh\"", "ports.deny"),
            ("[options]\ndeny = [\"-oN\"]", "options.deny: `-oN` is no option"),
            ("[options]\nallow = [\"-sQ\"]", "options.allow"),
            ("[options]\nscripts = [\"../evil\"]", "options.scripts"),
            ("[pace]\nmax_rate = 0", "pace.max_rate"),
            ("[tasks]\nmax_seconds = -1", "invalid value"),
            ("[tasks]\nconcurrency = 0", "tasks.concurrency"),
            ("allow = 1", "unknown field"),
            ("[", "line 1, column"),
        ] {
            let mistake = Limits::parse(text).expect_err(text);
            assert!(mistake.contains(words), "{text}: {mistake}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_place_in_one_line() {
        for (text, place) in [
            ("[targets]\nalow = []\n", "line 2, column 1: unknown field `alow`"),
            ("[targets]\n  allow = [\"10.0.0.0/8\"\n", "line "),
            ("[targets]\nallow = 5\n", "line 2, column 9: invalid type: integer `5`"),
            ("[\u{1b}[2J]", "line 1, column "),
        ] {
            let detail = Limits::parse(text).expect_err(text);
            assert!(detail.starts_with(place), "{detail}");
            assert!(!detail.contains('\n') && detail.len() < 300, "{detail}");
        }
    }
}
