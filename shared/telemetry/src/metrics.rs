//! Numbers for CloudWatch, in its embedded metric format.
//!
//! Source: "Specification: Embedded metric format" in the user guide of Amazon CloudWatch.

use serde_json::{Map, Value, json};

/// Where the metrics are found in CloudWatch.
const NAMESPACE: &str = "Portdelta";

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
}

/// Numbers of one stack at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    stack: String,
    numbers: Vec<(&'static str, Unit, u64)>,
}

impl Metrics {
    /// No numbers yet.
    #[must_use]
    pub fn of(stack: &str) -> Self {
        Self { stack: stack.to_owned(), numbers: Vec::new() }
    }

    /// With one more number; at most 100.
    #[must_use]
    pub fn with(mut self, name: &'static str, unit: Unit, value: u64) -> Self {
        self.numbers.push((name, unit, value));
        self
    }

    /// The line of the log from which CloudWatch takes them, at a time in seconds since 1970.
    #[must_use]
    pub fn line(&self, at: i64) -> String {
        let definitions: Vec<Value> = self
            .numbers
            .iter()
            .map(|(name, unit, _)| {
                let unit = match unit {
                    Unit::Count => "Count",
                    Unit::Seconds => "Seconds",
                };
                json!({ "Name": name, "Unit": unit })
            })
            .collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": at.saturating_mul(1_000),
                "CloudWatchMetrics": [
                    { "Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": definitions },
                ],
            }),
        );
        line.insert("Stack".to_owned(), json!(self.stack));
        line.extend(self.numbers.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
        Value::Object(line).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_specified() {
        let metrics =
            Metrics::of("one").with("SilentAgents", Unit::Count, 2).with("OldestTask", Unit::Seconds, 90);
        let line: Value = serde_json::from_str(&metrics.line(1_800_000_000)).expect("JSON");
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Portdelta",
                        "Dimensions": [["Stack"]],
                        "Metrics": [
                            { "Name": "SilentAgents", "Unit": "Count" },
                            { "Name": "OldestTask", "Unit": "Seconds" },
                        ],
                    }],
                },
                "Stack": "one",
                "SilentAgents": 2,
                "OldestTask": 90,
            })
        );
    }
}
