//! The names by which options are allowed and forbidden.

use std::collections::BTreeSet;

use portdelta_core::nmap_options::NmapOptions;

/// Every option that a task can have, without its value.
const NAMES: [&str; 53] = [
    "-n",
    "-R",
    "-Pn",
    "-PE",
    "-PP",
    "-PM",
    "-PR",
    "-PS",
    "-PA",
    "-PU",
    "-PY",
    "-PO",
    "-sn",
    "-sS",
    "-sT",
    "-sU",
    "-sY",
    "-sA",
    "-sW",
    "-sM",
    "-sF",
    "-sN",
    "-sX",
    "-sZ",
    "-sV",
    "--version-intensity",
    "-O",
    "--osscan-limit",
    "--osscan-guess",
    "-sC",
    "--script",
    "-T",
    "-T0",
    "-T1",
    "-T2",
    "-T3",
    "-T4",
    "-T5",
    "--open",
    "--reason",
    "--defeat-rst-ratelimit",
    "--min-rate",
    "--max-rate",
    "--max-retries",
    "--host-timeout",
    "--script-timeout",
    "--scan-delay",
    "--max-scan-delay",
    "--min-hostgroup",
    "--max-hostgroup",
    "--min-parallelism",
    "--max-parallelism",
    "-v",
];

/// Kept apart from the others for the length of a line only.
const TIMES: [&str; 3] = ["--min-rtt-timeout", "--initial-rtt-timeout", "--max-rtt-timeout"];

/// Whether a task can have an option of this name.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || TIMES.contains(&name)
}

/// Options under all names that they go by: `-T4` is also `-T`, `-PS22` is `-PS`, `-sC` is `--script`.
/// What only changes how much nmap says is left out.
pub(super) fn names_of(options: &NmapOptions) -> Vec<BTreeSet<String>> {
    let arguments = options.to_args();
    let named = arguments.iter().filter(|argument| argument.starts_with('-') && !argument.starts_with("-v"));
    named
        .map(|argument| {
            let mut all = BTreeSet::new();
            if argument.starts_with("-P") {
                all.insert(argument[..3].to_owned());
            } else {
                all.insert(argument.clone());
            }
            if argument.starts_with("-T") {
                all.insert("-T".to_owned());
            }
            if argument == "-sC" {
                all.insert("--script".to_owned());
            }
            all
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_name_that_is_known() {
        let texts = [
            "-n -PE -PP -PM -PR -PS22 -PA80 -PU53 -PY36 -PO1,2 -sS -sU -sY -sV --version-intensity 5 -O \
             --osscan-limit --osscan-guess -sC -T4 --open --reason --defeat-rst-ratelimit -vv",
            "-R -Pn -sT --script ssl-cert,http-title -T0 --min-rate 1 --max-rate 2 --max-retries 1 --host-timeout 1m \
             --script-timeout 1m --scan-delay 1s --max-scan-delay 2s --min-hostgroup 1 --max-hostgroup 2 \
             --min-parallelism 1 --max-parallelism 2 --min-rtt-timeout 10ms --initial-rtt-timeout 20ms \
             --max-rtt-timeout 30ms",
            "-sn",
            "-sA",
            "-sW",
            "-sM",
            "-sF",
            "-sN",
            "-sX",
            "-sZ",
        ];
        let mut seen = BTreeSet::new();
        for text in texts {
            let options: NmapOptions = text.parse().unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
            for names in names_of(&options) {
                assert!(names.iter().all(|name| is_known(name)), "{names:?}");
                seen.extend(names);
            }
        }
        let unseen: Vec<_> = NAMES.iter().chain(&TIMES).filter(|name| !seen.contains(**name)).collect();
        assert_eq!(unseen, [&"-T1", &"-T2", &"-T3", &"-T5", &"-v"]);
    }
}
