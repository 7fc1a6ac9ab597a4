//! The scenarios.

pub mod agents;
pub mod command_line;
pub mod first_run;
pub mod runs;
pub mod sites;

use portdelta_protocol::admin::{Overlap, ScanDraft};

/// A scan of these ports at these addresses, by hand only.
pub fn draft(targets: &str, ports: &str, sites: &[&str]) -> ScanDraft {
    ScanDraft {
        name: format!("loopback {ports}"),
        description: String::new(),
        targets: targets.to_owned(),
        networks: Vec::new(),
        exclusions: String::new(),
        ports: ports.to_owned(),
        options: "-sT -Pn -n -T5 --max-retries 1".to_owned(),
        sites: sites.iter().map(|site| site.parse().expect("the test names a site")).collect(),
        schedule: None,
        scheduled: true,
        first_look_digest: true,
        confirm_open: 1,
        confirm_close: 1,
        deadline_minutes: 60,
        blackout_windows: Vec::new(),
        overlap: Overlap::Skip,
    }
}
