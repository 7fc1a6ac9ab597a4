//! What our queues are called in SQS.

use std::fmt::Write as _;

use portdelta_app::ports::QueueName;
use portdelta_app::ports::queue::Work;
use sha2::{Digest, Sha256};

/// The most that SQS takes, less what is appended for dead letters.
const LONGEST: usize = 80 - DEAD.len();
const DEAD: &str = "-dead";
/// Hexadecimal digits that stand for what a name cannot say.
const DIGITS: usize = 16;

/// `<prefix>-site-<site>`, `<prefix>-work-<kind>`.
///
/// SQS takes letters, digits, `-` and `_`, 80 in all. A site whose name has a dot, is too long, or ends like a queue of
/// dead letters gets a shortened one that ends in `-H` and a hash: no name of a site has a capital.
pub(super) fn of(prefix: &str, queue: &QueueName) -> String {
    let name = match queue {
        QueueName::Tasks(site) => format!("{prefix}-site-{site}"),
        QueueName::Work(Work::Dispatch) => format!("{prefix}-work-dispatch"),
        QueueName::Work(Work::Ingest) => format!("{prefix}-work-ingest"),
        QueueName::Work(Work::Notify) => format!("{prefix}-work-notify"),
    };
    let is_usable = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if name.len() <= LONGEST && name.chars().all(is_usable) && !name.ends_with(DEAD) {
        return name;
    }
    let mut short: String = name.chars().map(|found| if is_usable(found) { found } else { '_' }).collect();
    short.truncate(LONGEST - DIGITS - 2);
    short.push_str("-H");
    for byte in &Sha256::digest(name.as_bytes())[..DIGITS / 2] {
        // Writing to a text cannot fail.
        let _ = write!(short, "{byte:02x}");
    }
    short
}

/// The queue for dead letters beside a queue.
pub(super) fn of_dead(prefix: &str, queue: &QueueName) -> String {
    of(prefix, queue) + DEAD
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn site(name: &str) -> QueueName {
        QueueName::Tasks(name.parse().expect("a site"))
    }

    #[test]
    fn plain_names_are_kept() {
        assert_eq!(of("portdelta", &site("office-1")), "portdelta-site-office-1");
        assert_eq!(of_dead("portdelta", &QueueName::Work(Work::Ingest)), "portdelta-work-ingest-dead");
    }

    #[test]
    fn a_site_is_not_called_like_the_dead_letters_of_another() {
        let (site, dead) = (of("p", &site("office-dead")), of_dead("p", &site("office")));
        assert_ne!(site, dead);
        assert!(site.starts_with("p-site-office-dead-H"), "{site}");
    }

    #[test]
    fn other_names_stay_apart_and_fit() {
        let (long, longer) = ("a".repeat(63), "a".repeat(64));
        let names = ["a.b", "a_b", "a-b", "a..b", &long, &longer];
        let found: BTreeSet<_> = names.iter().map(|name| of_dead("portdelta-prod", &site(name))).collect();
        assert_eq!(found.len(), names.len(), "{found:?}");
        for name in found {
            assert!(name.len() <= 80 && !name.contains('.'), "{name}");
        }
        assert_eq!(of("p", &site("a.b")).len(), "p-site-a_b-H".len() + DIGITS);
    }
}
