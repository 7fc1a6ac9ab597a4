//! What a stack on the emulator tells by e-mail. The emulator sends none, so a queue listens to the topic in the place of
//! people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::deploy::ask;

/// A message of the topic, as SNS would put it into an e-mail; without control characters.
#[derive(Debug, Deserialize)]
pub struct Mail {
    /// E.g. `2026-01-31T12:00:00.000Z`.
    time: String,
    subject: String,
    text: String,
    /// What subscriptions filter by.
    attributes: BTreeMap<String, String>,
}

/// Lets a queue have what the topic sends from now on. Twice is as good as once.
///
/// # Errors
/// If the stack is not there.
pub fn listen(address: &str, stack: &str) -> Result<()> {
    ask(address, &["mailbox", stack]).map(drop)
}

/// What came since the last time, oldest first.
///
/// # Errors
/// If nobody listens for that stack.
pub fn came(address: &str, stack: &str) -> Result<Vec<Mail>> {
    serde_json::from_value(ask(address, &["mail", stack])?).context("stack.py gave no mails")
}

/// As a person reads them.
pub fn page(mails: &[Mail]) -> String {
    if mails.is_empty() {
        return "No mail came since you last looked. It comes within a minute after a run found something: open a port, run the \
                scan again, look again.\n`portdelta runs list` says how runs ended, `cargo xtask cloud logs` what the \
                functions said.\n"
            .to_owned();
    }
    let mut page = String::new();
    for Mail { time, subject, text, attributes } in mails {
        let attributes: Vec<_> = attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = write!(
            page,
            "{}\nDate:       {time}\nSubject:    {subject}\nAttributes: {}\n\n{}\n\n",
            "-".repeat(72),
            attributes.join(" "),
            text.trim_end()
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_printed_one_below_the_other() {
        let mails: Vec<Mail> = serde_json::from_value(serde_json::json!([
            {"time": "2026-01-31T12:00:00.000Z", "subject": "first", "text": "one\ntwo\n", "attributes": {}},
            {"time": "2026-01-31T12:00:01.000Z", "subject": "second", "text": "three",
             "attributes": {"site": "office", "severity": "critical"}},
        ]))
        .expect("mails");
        let line = "-".repeat(72);
        assert_eq!(
            page(&mails),
            format!(
                "{line}\nDate:       2026-01-31T12:00:00.000Z\nSubject:    first\nAttributes: \n\none\ntwo\n\n\
                 {line}\nDate:       2026-01-31T12:00:01.000Z\nSubject:    second\n\
                 Attributes: severity=critical site=office\n\nthree\n\n"
            )
        );
    }

    #[test]
    fn no_mail_says_what_leads_to_one() {
        assert!(page(&[]).contains("open a port, run the scan again"));
    }
}
