//! Which scripts may run.
//!
//! A script is code that someone else wrote for any purpose, and what it does to a target stands in no option.
//! nmap's own categories do not help: `safe` holds scripts that broadcast, that add targets and that tell
//! third parties which addresses are scanned. So scripts are allowed by name: those that ask a service what it
//! is, as their last word tells, and the default set, which nmap keeps harmless.

use std::fmt;

use crate::script::is_compared;

/// Categories that may be named.
const CATEGORIES: [&str; 2] = ["default", "version"];

/// Names that are allowed as they are.
const NAMES: [&str; 16] = [
    "banner",
    "dns-recursion",
    "fcrdns",
    "fingerprint-strings",
    "ftp-anon",
    "http-auth",
    "http-generator",
    "http-title",
    "nbstat",
    "rpcinfo",
    "smb-os-discovery",
    "ssl-dh-params",
    "ssl-enum-ciphers",
    "tls-alpn",
    "tls-nextprotoneg",
    "x11-access",
];

/// Scripts to choose from, those that tell most first. Others may run too.
pub const SUGGESTED_SCRIPTS: [&str; 14] = [
    "default",
    "banner",
    "http-title",
    "ssl-cert",
    "ssh-hostkey",
    "http-server-header",
    "http-headers",
    "http-methods",
    "ssl-enum-ciphers",
    "ssh2-enum-algos",
    "smb-os-discovery",
    "smb2-security-mode",
    "rdp-ntlm-info",
    "nbstat",
];

/// Last words of scripts that only ask.
const LAST_WORDS: [&str; 24] = [
    "algos",
    "capabilities",
    "cert",
    "commands",
    "cors",
    "encryption",
    "favicon",
    "header",
    "headers",
    "hostkey",
    "info",
    "interfaces",
    "methods",
    "mode",
    "nsid",
    "protocols",
    "robots.txt",
    "rootdse",
    "serverinfo",
    "showmount",
    "sslv2",
    "sysdescr",
    "syst",
    "version",
];

/// Words that make a script more than a question, wherever they stand.
const BARRED_WORDS: [(&str, ScriptProblem); 17] = [
    ("brute", ScriptProblem::BruteForce),
    ("dos", ScriptProblem::Harmful),
    ("exec", ScriptProblem::Harmful),
    ("exploit", ScriptProblem::Harmful),
    ("exploiter", ScriptProblem::Harmful),
    ("flood", ScriptProblem::Harmful),
    ("fuzz", ScriptProblem::Harmful),
    ("fuzzer", ScriptProblem::Harmful),
    ("inject", ScriptProblem::Harmful),
    ("intrusive", ScriptProblem::Harmful),
    ("malware", ScriptProblem::Harmful),
    ("slowloris", ScriptProblem::Harmful),
    ("vuln", ScriptProblem::Harmful),
    ("broadcast", ScriptProblem::OtherTargets),
    ("discovery", ScriptProblem::OtherTargets),
    ("external", ScriptProblem::OtherTargets),
    ("targets", ScriptProblem::OtherTargets),
];

/// Names that end like a question and are none: they send to others, or log in.
const BARRED_NAMES: [&str; 5] =
    ["eap-info", "metasploit-info", "nbd-info", "smb-system-info", "ssh-auth-methods"];

/// A script, or a category of scripts, that may run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Script(String);

/// Why a script may not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptProblem {
    /// It is a path, or has letters that names of scripts do not have.
    #[error("this is not the plain name of a script")]
    NoName,
    /// `http-*`, `default and safe`, `+http-title`
    #[error("patterns and expressions may take in any script")]
    Expression,
    /// Guesses passwords.
    #[error("scripts that guess passwords are not run")]
    BruteForce,
    /// Crashes, fuzzes, exploits or changes a target.
    #[error("scripts that may harm a target are not run")]
    Harmful,
    /// Sends to machines that are no targets.
    #[error("scripts that talk to other machines than the targets are not run")]
    OtherTargets,
    /// Its output is never compared.
    #[error("nothing is made of its output, it differs every time")]
    NeverCompared,
    /// Not among those that may run.
    #[error("this script is not on the list of those that only ask a service what it is")]
    NotAllowed,
}

impl Script {
    /// `-sC`
    #[must_use]
    pub fn default_set() -> Self {
        Self("default".to_owned())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Reads one name; `.nse` at its end is left out.
    pub fn parse(name: &str) -> Result<Self, ScriptProblem> {
        let name = name.strip_suffix(".nse").unwrap_or(name);
        if name.contains(['*', '?', '(', ')', ' ', '+']) || matches!(name, "all" | "and" | "or" | "not") {
            return Err(ScriptProblem::Expression);
        }
        let letters =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(letters) {
            return Err(ScriptProblem::NoName);
        }
        if CATEGORIES.contains(&name) || NAMES.contains(&name) {
            return Ok(Self(name.to_owned()));
        }
        if let Some((_, problem)) =
            BARRED_WORDS.iter().find(|(word, _)| name.split('-').any(|part| part == *word))
        {
            return Err(*problem);
        }
        if !is_compared(name) {
            return Err(ScriptProblem::NeverCompared);
        }
        let asks = name.split('-').next_back().is_some_and(|last| LAST_WORDS.contains(&last));
        if !asks || BARRED_NAMES.contains(&name) {
            return Err(ScriptProblem::NotAllowed);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ScriptProblem {
    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoName | Self::Expression => {
                "name the scripts one by one, without paths: --script ssl-cert,http-title"
            }
            Self::BruteForce | Self::Harmful | Self::OtherTargets => {
                "a scan here only looks; run it by hand where you may, and import the result"
            }
            Self::NeverCompared => "leave it out",
            Self::NotAllowed => {
                "allowed are default, names that end in -info, -version, -methods, -headers, -cert, -hostkey, \
                 -capabilities and their like, and banner, http-title, http-auth, ssl-enum-ciphers"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_only_ask_are_allowed() {
        for name in [
            "default",
            "version",
            "banner",
            "ssl-cert",
            "ssl-cert.nse",
            "ssh-hostkey",
            "http-title",
            "http-methods",
            "http-robots.txt",
            "ssh2-enum-algos",
            "smb2-security-mode",
            "rdp-ntlm-info",
            "smb-os-discovery",
        ] {
            assert!(Script::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_suggested_is_allowed() {
        for name in SUGGESTED_SCRIPTS {
            assert_eq!(Script::parse(name).as_ref().map(Script::name), Ok(name));
        }
    }

    #[test]
    fn all_others_are_refused_with_their_reason() {
        use ScriptProblem::{
            BruteForce, Expression, Harmful, NeverCompared, NoName, NotAllowed, OtherTargets,
        };
        for (name, problem) in [
            ("/tmp/evil.nse", NoName),
            ("../evil", NoName),
            ("scripts\\evil", NoName),
            ("", NoName),
            ("-oN", NoName),
            ("Banner", NoName),
            ("http-*", Expression),
            ("not intrusive", Expression),
            ("+http-title", Expression),
            ("all", Expression),
            ("brute", BruteForce),
            ("ftp-brute", BruteForce),
            ("dos", Harmful),
            ("exploit", Harmful),
            ("vuln", Harmful),
            ("smb-vuln-ms17-010", Harmful),
            ("http-slowloris-check", Harmful),
            ("ipv6-ra-flood", Harmful),
            ("broadcast-upnp-info", OtherTargets),
            ("targets-xml", OtherTargets),
            ("lltd-discovery", OtherTargets),
            ("external", OtherTargets),
            ("ssl-date", NeverCompared),
            ("uptime-agent-info", NeverCompared),
            ("safe", NotAllowed),
            ("auth", NotAllowed),
            ("whois-ip", NotAllowed),
            ("http-put", NotAllowed),
            ("smb-psexec", NotAllowed),
            ("ssh-auth-methods", NotAllowed),
        ] {
            assert_eq!(Script::parse(name), Err(problem), "{name}");
        }
    }
}
