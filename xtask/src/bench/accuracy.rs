//! What `portdelta diff` found against what differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::steps::shown;

/// A change, as truth files and `portdelta diff --format json` both tell it.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub struct Change {
    address: String,
    port: Option<u16>,
    protocol: Option<String>,
    kind: String,
    /// Of ports that came or went; what else has one is not compared by it.
    #[serde(default)]
    cause: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    deltas: Vec<Change>,
}

/// How far two lists of changes agree.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Accuracy {
    /// How many true changes there are.
    pub true_changes: usize,
    /// True changes that were not found.
    pub missing: usize,
    /// Found changes that are none, or that were found twice.
    pub wrong: usize,
    /// One of them, for people.
    pub example: Option<String>,
}

/// Runs `portdelta diff`, and holds what it finds against a truth file.
///
/// # Errors
/// If it fails, or its exit code does not tell what it found.
pub fn accuracy(portdelta: &Path, old: &Path, new: &Path, truth: &Path) -> anyhow::Result<Accuracy> {
    let mut command = Command::new(portdelta);
    command.args(["diff", "--format", "json"]).args([old, new]);
    let shown = shown(&command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("`{shown}`: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    let found: Report = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("cannot read what `{shown}` printed"))?;
    let promised = if found.deltas.is_empty() { Some(0) } else { Some(1) };
    if output.status.code() != promised {
        bail!("`{shown}`: {} deltas, and {}", found.deltas.len(), output.status);
    }
    let text = fs::read_to_string(truth).with_context(|| format!("cannot read {}", truth.display()))?;
    let truth = text.lines().map(serde_json::from_str).collect::<Result<Vec<Change>, _>>();
    Ok(compare(&truth.context("cannot read the truth file")?, &found.deltas))
}

fn compare(truth: &[Change], found: &[Change]) -> Accuracy {
    // Other kinds may say what caused them too; the truth says it of ports that came or went.
    let comparable = |change: &Change| {
        let mut change = change.clone();
        if !matches!(change.kind.as_str(), "port-opened" | "port-closed") {
            change.cause = None;
        }
        change
    };
    let expected: BTreeSet<Change> = truth.iter().map(comparable).collect();
    let distinct: BTreeSet<Change> = found.iter().map(comparable).collect();
    let missing: Vec<&Change> = expected.difference(&distinct).collect();
    let wrong: Vec<&Change> = distinct.difference(&expected).collect();
    let example = match (missing.first(), wrong.first()) {
        (Some(change), _) => Some(format!("missing {change:?}")),
        (None, Some(change)) => Some(format!("wrong {change:?}")),
        (None, None) => None,
    };
    Accuracy {
        true_changes: expected.len(),
        missing: missing.len(),
        wrong: wrong.len() + found.len() - distinct.len(),
        example,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(line: &str) -> Change {
        serde_json::from_str(line).expect("a change")
    }

    fn opened(port: u16) -> Change {
        change(&format!(
            r#"{{"kind":"port-opened","address":"10.0.0.1","protocol":"tcp","port":{port},"cause":"port"}}"#
        ))
    }

    #[test]
    fn the_same_changes_in_any_order_agree() {
        let (one, other) = (opened(1), opened(2));
        let accuracy = compare(&[one.clone(), other.clone()], &[other, one]);
        assert_eq!(accuracy, Accuracy { true_changes: 2, ..Accuracy::default() });
    }

    #[test]
    fn missing_wrong_and_repeated_changes_count() {
        let accuracy = compare(&[opened(1), opened(2)], &[opened(1), opened(1), opened(3)]);
        assert_eq!((accuracy.missing, accuracy.wrong), (1, 2));
        assert!(accuracy.example.is_some_and(|example| example.starts_with("missing")));
    }

    #[test]
    fn causes_are_compared_where_the_truth_names_them() {
        let by_host = Change { cause: Some("host".to_owned()), ..opened(1) };
        assert_eq!(compare(&[opened(1)], &[by_host]).wrong, 1);
        let truth = change(r#"{"kind":"host-gone","address":"10.0.0.1"}"#);
        let found = change(r#"{"kind":"host-gone","address":"10.0.0.1","cause":"host","why":"no answer"}"#);
        assert_eq!(compare(&[truth], &[found]).wrong, 0);
    }
}
