//! Scans that people start from.

/// A scan to start from, as texts that people can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its word on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its options, read by [`super::NmapOptions`].
    pub options: &'static str,
    /// Its ports, read by [`crate::port_spec::PortSpec`]; `None` where no ports are scanned.
    pub ports: Option<&'static str>,
}

/// All presets, in the order in which they are shown.
pub const PRESETS: [Preset; 5] = [
    Preset {
        name: "fast",
        about: "the hundred most common TCP ports, nothing more",
        options: "-T4 --max-retries 2 --host-timeout 5m",
        ports: Some("top:100"),
    },
    Preset {
        name: "service",
        about: "a thousand TCP ports and the services behind them",
        options: "-T4 -sV --host-timeout 30m",
        ports: Some("top:1000"),
    },
    Preset {
        name: "full",
        about: "every TCP port, services, default scripts and operating systems; slow, needs root",
        options: "-T4 -sS -sV -sC -O --host-timeout 2h",
        ports: Some("all"),
    },
    Preset { name: "discovery", about: "which hosts are up, no ports", options: "-sn -T4", ports: None },
    Preset {
        name: "udp-top",
        about: "UDP ports that matter most; slow, needs root",
        options: "-T4 -sU -sV --version-intensity 0 --max-retries 2 --host-timeout 30m",
        ports: Some(
            "U:7,9,19,53,67-69,111,123,135,137-139,161-162,177,389,427,443,500,514,518,520,523,554,623,626,631,\
             636,1194,1434,1604,1645-1646,1701,1812-1813,1900,2049,2222,3283,3389,3456,3478,3702,4500,4672,5004,\
             5060,5353,5683,6481,10000,11211,17185,20031,27015,30718,31337,32768-32771,47808,49152-49154",
        ),
    },
];

impl Preset {
    /// The preset of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}
