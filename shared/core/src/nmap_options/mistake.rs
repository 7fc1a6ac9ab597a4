//! What can be wrong with options, and what to do about it.

use std::fmt;

use super::{Conflict, Refusal, ScriptProblem};
use crate::escape::escape;
use crate::place::{Place, PointedAt};
use crate::port_spec::PortProblem;

/// A mistake in the text form of options.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OptionMistake {
    /// The option that is wrong, with its value.
    pub place: Place,
    /// What is wrong with it.
    pub problem: OptionProblem,
}

/// ``option `-oN out.txt` at column 5: options of output would write files on the agent``
impl fmt::Display for OptionMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "option `{}` at {}: {}", escape(&self.place.piece), self.place, self.problem)
    }
}

/// What is wrong with an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionProblem {
    /// nmap has no such option, or several that begin like this, or its value is missing.
    #[error("no such option, or not all of it")]
    Unknown,
    /// It is none.
    #[error("this is no option, and targets are not named in options")]
    Target,
    /// nmap has it, and it is not taken.
    #[error("{0}")]
    Refused(Refusal),
    /// Its value is not one that it takes.
    #[error("its value is not {expected}")]
    Value {
        /// What it takes, with unit and range.
        expected: &'static str,
    },
    /// The ports of a discovery probe.
    #[error("its ports are no list of ports: {0}")]
    ProbePorts(PortProblem),
    /// It stands there twice with different values.
    #[error("it was given before with another value")]
    Repeated,
    /// A script that may not run.
    #[error("script `{}`: {problem}", escape(.name))]
    Script {
        /// The script.
        name: String,
        /// Why not.
        problem: ScriptProblem,
    },
    /// It does not go together with another.
    #[error("{0}")]
    Conflict(Conflict),
}

impl OptionMistake {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.problem {
            OptionProblem::Unknown => "option_unknown",
            OptionProblem::Target => "option_is_target",
            OptionProblem::Refused(refusal) => refusal.code(),
            OptionProblem::Value { .. } | OptionProblem::ProbePorts(_) => "option_bad_value",
            OptionProblem::Repeated => "option_repeated",
            OptionProblem::Script { .. } => "option_script_not_allowed",
            OptionProblem::Conflict(_) => "options_conflict",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match &self.problem {
            OptionProblem::Unknown => "options are spelt as nmap spells them: -sV -T4 --max-rate 300",
            OptionProblem::Target => "give targets in their own field",
            OptionProblem::Refused(refusal) => refusal.hint(),
            OptionProblem::Value { .. } => "times have a unit: 500ms, 30s, 10m, 2h; numbers are whole",
            OptionProblem::ProbePorts(problem) => problem.hint(),
            OptionProblem::Repeated => "give it once",
            OptionProblem::Script { problem, .. } => problem.hint(),
            OptionProblem::Conflict(conflict) => conflict.hint(),
        }
    }

    /// Two lines that point at the mistake in `text`, the text that was parsed.
    #[must_use]
    pub fn point_at<'a>(&'a self, text: &'a str) -> PointedAt<'a> {
        self.place.point_at(text)
    }
}
