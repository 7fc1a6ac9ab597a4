//! What the agent says about itself and its machine.

use std::fs;

use portdelta_protocol::agent::{AgentFacts, Load};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::limits::Limits;
use crate::nmap::Nmap;

/// At most so many MAC addresses, and so many addresses: a machine with many containers has thousands.
const MOST: usize = 64;

/// What stands in an enrolment, and in each ask for access.
#[must_use]
pub fn facts(nmap: Option<&Nmap>, limits: &Limits, concurrency: u32) -> AgentFacts {
    AgentFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        nmap_version: nmap.map(|nmap| nmap.version().to_owned()),
        host_name: host_name(),
        macs: macs(),
        addresses: addresses(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        limits: limits.to_string(),
        allowed: limits.allowed_text(),
        privileged: nmap.is_some_and(Nmap::is_privileged) && limits.privileged(),
        concurrency: limits.concurrency(concurrency),
    }
}

/// The machine's name.
#[must_use]
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().chars().take(255).collect()
}

fn macs() -> Vec<String> {
    // Where there is no such folder the machine has other ways to be told apart.
    let Ok(entries) = fs::read_dir("/sys/class/net") else { return Vec::new() };
    let mut macs: Vec<_> = entries
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("address")).ok())
        .map(|text| text.trim().to_ascii_lowercase())
        .filter(|mac| mac.len() == 17 && mac != "00:00:00:00:00:00")
        .collect();
    macs.sort();
    macs.dedup();
    macs.truncate(MOST);
    macs
}

fn addresses() -> Vec<String> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<_> =
        interfaces.into_iter().filter(|one| !one.is_loopback()).map(|one| one.ip()).collect();
    addresses.sort();
    addresses.dedup();
    addresses.truncate(MOST);
    addresses.into_iter().map(|address| address.to_string()).collect()
}

/// Watches the load of the machine: processors since the last look.
#[derive(Debug)]
pub struct Machine(Option<System>);

impl Machine {
    /// Begins to watch.
    #[must_use]
    pub fn watch() -> Self {
        Self(System::new_with_specifics(what()).ok())
    }

    /// The load since the last look; nothing where the system does not tell.
    pub fn load(&mut self) -> Load {
        let Some(system) = &mut self.0 else { return Load::default() };
        system.refresh_specifics(what());
        let cpu = system.global_cpu_usage().clamp(0.0, 100.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
        let cpu_percent = cpu as u8;
        Load { cpu_percent, memory_used: system.used_memory(), memory_total: system.total_memory() }
    }
}

fn what() -> RefreshKind {
    RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing().with_usage())
        .with_memory(MemoryRefreshKind::nothing().with_ram())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_known() {
        assert!(!host_name().is_empty());
        let load = Machine::watch().load();
        assert!(load.memory_used > 0 && load.memory_used <= load.memory_total, "{load:?}");
        for mac in macs() {
            assert!(mac.split(':').all(|part| u8::from_str_radix(part, 16).is_ok()), "{mac}");
        }
        for address in addresses() {
            let address: std::net::IpAddr = address.parse().expect("an address");
            assert!(!address.is_loopback());
        }
    }
}
