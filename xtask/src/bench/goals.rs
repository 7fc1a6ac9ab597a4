//! What we want, and what was measured.

use std::fmt::Write;

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A figure to hold against the goal.
    Measured(f64),
    /// There is nothing to compare with on this machine.
    Skipped,
    /// It could not be measured, which is a miss.
    Failed,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is measured, with its unit where it is no ratio.
    pub what: String,
    /// What is wanted.
    pub goal: Goal,
    /// What came out.
    pub outcome: Outcome,
    /// How it came about.
    pub remark: String,
}

impl Row {
    fn verdict(&self) -> &'static str {
        match (&self.outcome, self.goal) {
            (Outcome::Skipped, _) => "skipped",
            (Outcome::Measured(value), Goal::AtLeast(goal)) if *value >= goal => "ok",
            (Outcome::Measured(value), Goal::AtMost(goal)) if *value <= goal => "ok",
            (Outcome::Measured(_) | Outcome::Failed, _) => "MISSED",
        }
    }
}

/// The table that people see.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!("{:width$}  {:>9}  {:>9}  {:7}  remark\n", "what", "goal", "measured", "");
    for row in rows {
        let goal = match row.goal {
            Goal::AtLeast(goal) => format!(">= {goal}"),
            Goal::AtMost(goal) => format!("<= {goal}"),
        };
        let measured = match row.outcome {
            Outcome::Measured(value) => format!("{value:.3}"),
            Outcome::Skipped | Outcome::Failed => "-".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {goal:>9}  {measured:>9}  {:7}  {}",
            row.what,
            row.verdict(),
            row.remark
        );
    }
    text
}

/// The goals that were missed.
pub fn missed(rows: &[Row]) -> Vec<&str> {
    rows.iter().filter(|row| row.verdict() == "MISSED").map(|row| row.what.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(goal: Goal, outcome: Outcome) -> Row {
        Row { what: "speed".to_owned(), goal, outcome, remark: String::new() }
    }

    #[test]
    fn goals_are_met_at_the_line() {
        assert_eq!(row(Goal::AtLeast(2.0), Outcome::Measured(2.0)).verdict(), "ok");
        assert_eq!(row(Goal::AtLeast(2.0), Outcome::Measured(1.9)).verdict(), "MISSED");
        assert_eq!(row(Goal::AtMost(2.0), Outcome::Measured(2.0)).verdict(), "ok");
        assert_eq!(row(Goal::AtMost(2.0), Outcome::Measured(2.1)).verdict(), "MISSED");
        assert_eq!(row(Goal::AtMost(2.0), Outcome::Measured(f64::NAN)).verdict(), "MISSED");
    }

    #[test]
    fn what_cannot_be_compared_is_no_miss_but_a_failure_is() {
        let rows = [row(Goal::AtMost(2.0), Outcome::Skipped), row(Goal::AtMost(2.0), Outcome::Failed)];
        assert_eq!(missed(&rows), ["speed"]);
        assert!(missed(&rows[..1]).is_empty());
    }

    #[test]
    fn the_table_shows_goal_and_measure() {
        let text = table(&[row(Goal::AtLeast(0.7), Outcome::Measured(0.84))]);
        assert!(text.contains(">= 0.7") && text.contains("0.840") && text.contains("ok"), "{text}");
    }
}
