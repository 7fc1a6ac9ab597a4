//! How much a run changed, in one number, one class and one status; and how well what is there fits what should be.

use serde::{Deserialize, Serialize};

use crate::watch::Severity;

/// What a run changed, first looks left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    /// Ports that opened; one that reopened is as open as one that was never seen before.
    pub opened: u64,
    /// Ports that closed.
    pub closed: u64,
    /// Services that changed.
    pub service_changes: u64,
    /// Hosts that are new, or back after they were gone.
    pub new_hosts: u64,
    /// Hosts that are gone.
    pub hosts_gone: u64,
    /// All other deltas: names, MAC addresses, operating systems, scripts.
    pub other: u64,
}

/// A change score: 100 where nothing changed for the worse, 0 at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangeScore(u8);

/// What a score means in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreClass {
    /// Below 50.
    Critical,
    /// 50 to 69.
    Monitor,
    /// 70 to 89.
    Good,
    /// 90 and more.
    Excellent,
}

/// What a run found in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Nothing changed.
    Stable,
    /// Something changed, and no port opened.
    Changes,
    /// A port opened.
    Critical,
}

/// What one opened port, changed service and new host cost.
const COSTS: [u64; 3] = [10, 5, 3];

impl ChangeCounts {
    /// `max(0, 100 − 10·opened − 5·service changes − 3·new hosts)`
    #[must_use]
    pub fn score(&self) -> ChangeScore {
        ChangeScore(rest_of([self.opened, self.service_changes, self.new_hosts], COSTS))
    }

    /// The status of a run with these changes.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        if self.opened > 0 {
            RunStatus::Critical
        } else if *self == Self::default() {
            RunStatus::Stable
        } else {
            RunStatus::Changes
        }
    }
}

/// What is wrong now: ports that are open and watched or not expected, and what is expected and missing. What is
/// expected to be open is not wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrongCounts {
    /// How many are critical.
    pub critical: u64,
    /// How many are high.
    pub high: u64,
    /// How many are medium.
    pub medium: u64,
    /// How many are low.
    pub low: u64,
}

/// What one critical, high, medium and low thing costs.
const WEIGHTS: [u64; 4] = [20, 10, 5, 2];

impl WrongCounts {
    /// Counts one thing more.
    pub fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        };
        *count += 1;
    }

    /// The posture score, 0 to 100: `max(0, 100 − 20·critical − 10·high − 5·medium − 2·low)`
    #[must_use]
    pub fn posture(&self) -> u8 {
        rest_of([self.critical, self.high, self.medium, self.low], WEIGHTS)
    }
}

/// 100 less what each of these costs, and 0 at the least.
fn rest_of<const N: usize>(counts: [u64; N], costs: [u64; N]) -> u8 {
    let cost = counts
        .iter()
        .zip(costs)
        .fold(0_u64, |sum, (&count, cost)| sum.saturating_add(count.saturating_mul(cost)));
    u8::try_from(100_u64.saturating_sub(cost)).unwrap_or(0)
}

impl ChangeScore {
    /// 0 to 100.
    #[must_use]
    pub fn value(self) -> u8 {
        self.0
    }

    /// Excellent from 90, good from 70, monitor from 50, critical below.
    #[must_use]
    pub fn class(self) -> ScoreClass {
        match self.0 {
            90.. => ScoreClass::Excellent,
            70.. => ScoreClass::Good,
            50.. => ScoreClass::Monitor,
            _ => ScoreClass::Critical,
        }
    }
}

impl ScoreClass {
    /// `excellent`, `good`, `monitor` or `critical`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Monitor => "monitor",
            Self::Critical => "critical",
        }
    }
}

impl RunStatus {
    /// `stable`, `changes` or `critical`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Changes => "changes",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(opened: u64, service_changes: u64, new_hosts: u64) -> ChangeCounts {
        ChangeCounts { opened, service_changes, new_hosts, ..ChangeCounts::default() }
    }

    #[test]
    fn scores_follow_the_formula() {
        for (counts, score, class) in [
            (counts(0, 0, 0), 100, ScoreClass::Excellent),
            (counts(1, 0, 0), 90, ScoreClass::Excellent),
            (counts(0, 1, 2), 89, ScoreClass::Good),
            (counts(3, 0, 0), 70, ScoreClass::Good),
            (counts(2, 1, 2), 69, ScoreClass::Monitor),
            (counts(5, 0, 0), 50, ScoreClass::Monitor),
            (counts(4, 1, 2), 49, ScoreClass::Critical),
            (counts(9, 1, 1), 2, ScoreClass::Critical),
            (counts(10, 0, 0), 0, ScoreClass::Critical),
            (counts(u64::MAX, u64::MAX, u64::MAX), 0, ScoreClass::Critical),
        ] {
            assert_eq!((counts.score().value(), counts.score().class()), (score, class), "{counts:?}");
        }
    }

    #[test]
    fn posture_follows_the_formula() {
        use Severity::{Critical, High, Low, Medium};
        for (wrong, posture) in [
            (&[][..], 100),
            (&[Critical], 80),
            (&[High, Medium], 85),
            (&[Low], 98),
            (&[Critical, Critical, High, High, Medium, Low], 33),
            (&[Critical; 6], 0),
        ] {
            let mut counts = WrongCounts::default();
            for &severity in wrong {
                counts.add(severity);
            }
            assert_eq!(counts.posture(), posture, "{wrong:?}");
        }
        assert_eq!(WrongCounts { low: u64::MAX, critical: u64::MAX, ..WrongCounts::default() }.posture(), 0);
    }

    #[test]
    fn only_an_opened_port_is_critical() {
        assert_eq!(ChangeCounts::default().status(), RunStatus::Stable);
        assert_eq!(counts(1, 0, 0).status(), RunStatus::Critical);
        for changed in [
            counts(0, 50, 0),
            counts(0, 0, 50),
            ChangeCounts { closed: 1, ..ChangeCounts::default() },
            ChangeCounts { hosts_gone: 1, ..ChangeCounts::default() },
            ChangeCounts { other: 1, ..ChangeCounts::default() },
        ] {
            assert_eq!(changed.status(), RunStatus::Changes, "{changed:?}");
        }
    }

    proptest! {
        #[test]
        fn more_changes_never_score_higher(a in any::<[u64; 3]>(), more in any::<[u64; 3]>()) {
            let less = counts(a[0], a[1], a[2]);
            let greater = counts(
                a[0].saturating_add(more[0]), a[1].saturating_add(more[1]), a[2].saturating_add(more[2]),
            );
            prop_assert!(greater.score() <= less.score());
            prop_assert!(greater.score().class() <= less.score().class());
        }
    }
}
