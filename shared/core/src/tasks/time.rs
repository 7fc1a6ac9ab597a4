//! How long a scan takes at worst.

use crate::nmap_options::{Discovery, NmapOptions, Timing};
use crate::port_spec::PortSpec;
use crate::ports::Protocol;

/// Ports of one host by what bounds the speed of their probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PortCounts {
    /// TCP and SCTP: as fast as the network takes them.
    fast: u64,
    /// UDP: hosts answer about one closed port a second.
    udp: u64,
}

impl PortCounts {
    pub(super) fn of(ports: Option<&PortSpec>) -> Self {
        match ports {
            None => Self::default(),
            Some(PortSpec::Top(count)) => Self { fast: u64::from(*count), udp: 0 },
            Some(PortSpec::Set(set)) => {
                let udp = set.of_protocol(Protocol::Udp).count();
                Self { fast: u64::from(set.count() - udp), udp: u64::from(udp) }
            }
        }
    }

    pub(super) fn all(self) -> u64 {
        self.fast + self.udp
    }

    /// The worst of the parts where the ports are cut into `parts`: all of one kind.
    pub(super) fn part(self, parts: u64) -> Self {
        let most = self.all().div_ceil(parts.max(1));
        let udp = self.udp.min(most);
        Self { fast: self.fast.min(most - udp), udp }
    }
}

/// Probes a second, in thousandths, where nothing else is said: what nmap does on an ordinary network.
fn usual_rate(timing: Option<Timing>) -> u64 {
    match timing {
        // One probe every five minutes, every fifteen seconds, every 0.4 seconds.
        Some(Timing::Paranoid) => 3,
        Some(Timing::Sneaky) => 66,
        Some(Timing::Polite) => 2_500,
        None | Some(Timing::Normal) => 1_000_000,
        Some(Timing::Aggressive) => 2_000_000,
        Some(Timing::Insane) => 4_000_000,
    }
}

fn usual_retries(timing: Option<Timing>) -> u64 {
    match timing {
        Some(Timing::Aggressive) => 6,
        Some(Timing::Insane) => 2,
        _ => 10,
    }
}

/// Discovery probes of one address, repeated once.
const DISCOVERY_PROBES: u64 = 8;
/// Starting nmap, looking names up, writing the end.
const OVERHEAD_SECONDS: u64 = 10;
/// Open ports of a host whose services or scripts are worked on.
const OPEN_PORTS: u64 = 20;
/// Hosts that nmap works on at once, at least.
const PARALLEL_HOSTS: u64 = 16;

/// T ≈ [A·discovery + L·P·(1 + retries)] / rate + detection, with every address up and every port filtered; longer
/// where hosts bound the speed (UDP, delays), shorter where a time-out a host does.
pub(super) fn worst_case_seconds(options: &NmapOptions, addresses: u64, ports: PortCounts) -> u64 {
    let pace = &options.pace;
    let mut rate = usual_rate(options.timing);
    rate = rate.max(pace.min_rate.map_or(0, |rate| u64::from(rate) * 1_000));
    rate = rate.min(pace.max_rate.map_or(u64::MAX, |rate| u64::from(rate) * 1_000)).max(1);
    let retries = pace.max_retries.map_or(usual_retries(options.timing), u64::from);
    let tries = ports.all().saturating_mul(1 + retries);
    let discovery = if options.discovery == Discovery::Skip { 0 } else { DISCOVERY_PROBES };

    let probes = addresses.saturating_mul(tries.saturating_add(discovery));
    let by_rate = probes.saturating_mul(1_000).div_ceil(rate);
    // A host is probed serially where it limits its answers or a delay is asked for; hosts side by side.
    let delay = u64::from(pace.scan_delay_ms.unwrap_or(0));
    let by_host =
        (ports.udp.saturating_mul(2)).max(tries.saturating_add(discovery).saturating_mul(delay) / 1_000);
    let rounds = addresses.div_ceil(PARALLEL_HOSTS);
    let looked_at = ports.all().min(OPEN_PORTS) * rounds;
    let services = if options.services.is_some() { looked_at * 6 } else { 0 };
    let script_seconds = pace.script_timeout_ms.map_or(10, |time| u64::from(time / 1_000).clamp(1, 10));
    let scripts = if options.scripts.is_empty() { 0 } else { looked_at.max(rounds) * script_seconds };
    let os = if options.os.is_some() { rounds * 30 } else { 0 };

    let ports_and_detection = by_rate.max(by_host) + services + scripts + os;
    let limited = pace.host_timeout_ms.map_or(u64::MAX, |time| {
        let found = addresses.saturating_mul(discovery * 1_000).div_ceil(rate);
        found + rounds * u64::from(time).div_ceil(1_000)
    });
    OVERHEAD_SECONDS + ports_and_detection.min(limited)
}
