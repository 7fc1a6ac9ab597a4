//! What schemathesis tried, by its report.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

/// How often each operation answered with which status.
#[derive(Debug, Default)]
pub struct Tried(BTreeMap<String, BTreeMap<u64, u64>>);

impl Tried {
    /// Of a report with one event a line.
    pub fn read(report: &str) -> Self {
        let mut tried = Self::default();
        for line in report.lines() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            let recorder = &event["ScenarioFinished"]["recorder"];
            let (Some(name), Some(asked)) =
                (recorder["label"].as_str(), recorder["interactions"].as_object())
            else {
                continue;
            };
            let method = name.split(' ').next();
            // It also asks with methods that there are not.
            for one in asked.values().filter(|one| one["request"]["method"].as_str() == method) {
                if let Some(status) = one["response"]["status_code"].as_u64() {
                    *tried.0.entry(name.to_owned()).or_default().entry(status).or_default() += 1;
                }
            }
        }
        tried
    }

    /// How often an operation, `GET /sites`, answered with which status.
    pub fn of(&self, name: &str) -> BTreeMap<u64, u64> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Those that answered with one of these.
    pub fn with(&self, statuses: Range<u64>) -> Vec<&str> {
        let with = |answers: &BTreeMap<u64, u64>| answers.range(statuses.clone()).next().is_some();
        self.0.iter().filter(|(_, answers)| with(answers)).map(|(name, _)| name.as_str()).collect()
    }
}
