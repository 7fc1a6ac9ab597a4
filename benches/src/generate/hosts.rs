//! What is true about a host, in both files.

use std::net::Ipv4Addr;

use super::catalog::{CATALOG, EVERYWHERE, Flavour, Service};
use super::noise::{Stream, random};
use super::plan::{Fate, Plan, Side};

/// What becomes of a port between the two files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Turn {
    Stays,
    Opens,
    Closes,
    ChangesVersion,
}

/// A port that is open in one of the files at least.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortFacts {
    pub service: &'static Service,
    pub turn: Turn,
    version: usize,
}

impl PortFacts {
    pub fn is_open(&self, side: Side) -> bool {
        self.turn != if side == Side::Old { Turn::Opens } else { Turn::Closes }
    }

    pub fn version(&self, side: Side) -> &'static str {
        let moved = usize::from(side == Side::New && self.turn == Turn::ChangesVersion);
        self.service.versions[(self.version + moved) % self.service.versions.len()]
    }
}

/// A host.
#[derive(Clone, Debug)]
pub(crate) struct HostFacts {
    pub address: Ipv4Addr,
    /// One host in eight has no name.
    pub name: Option<String>,
    pub mac: [u8; 6],
    /// In order of port number.
    pub ports: Vec<PortFacts>,
    pub system: &'static System,
    /// Whether some of its ports drop probes instead of refusing them.
    pub has_filter: bool,
}

/// An operating system, as detection names it.
#[derive(Debug)]
pub(crate) struct System {
    pub name: &'static str,
    pub vendor: &'static str,
    pub family: &'static str,
    pub generation: &'static str,
    pub kind: &'static str,
    pub cpe: &'static str,
    pub hardware_vendor: &'static str,
}

static SYSTEMS: [System; 4] = [
    System {
        name: "Linux 4.15 - 5.19",
        vendor: "Linux",
        family: "Linux",
        generation: "5.X",
        kind: "general purpose",
        cpe: "o:linux:linux_kernel:5",
        hardware_vendor: "Intel Corporate",
    },
    System {
        name: "Microsoft Windows 10 1709 - 21H2",
        vendor: "Microsoft",
        family: "Windows",
        generation: "10",
        kind: "general purpose",
        cpe: "o:microsoft:windows_10",
        hardware_vendor: "Dell",
    },
    System {
        name: "FreeBSD 12.0-RELEASE - 13.0-CURRENT",
        vendor: "FreeBSD",
        family: "FreeBSD",
        generation: "13.X",
        kind: "general purpose",
        cpe: "o:freebsd:freebsd:13",
        hardware_vendor: "Super Micro Computer",
    },
    System {
        name: "MikroTik RouterOS 7.2 - 7.5 (Linux 5.6.3)",
        vendor: "MikroTik",
        family: "RouterOS",
        generation: "7.X",
        kind: "router",
        cpe: "o:mikrotik:routeros:7",
        hardware_vendor: "Routerboard.com",
    },
];

/// How many ports of a host are open in one of the files at least.
pub(crate) const PORTS_PER_HOST: usize = 10;

/// What is true about a host. The same plan and number give the same facts.
pub(crate) fn host_facts(plan: &Plan, host: u32) -> HostFacts {
    let mut random = random(plan, host, Stream::Facts);
    let mut others: Vec<&'static Service> = CATALOG[EVERYWHERE..].iter().collect();
    random.shuffle(&mut others);
    let stays = plan.fate(host) == Fate::Stays;
    let mut ports: Vec<PortFacts> = CATALOG[..EVERYWHERE]
        .iter()
        .chain(others.into_iter().take(PORTS_PER_HOST - EVERYWHERE))
        .map(|service| {
            let version = random.usize(..service.versions.len());
            // Drawn always, so that another share leaves everything else as it is.
            let (lot, which) = (random.f64(), random.u8(..3));
            let changes = stays && lot < plan.changed;
            let turn = if changes { turn(which, plan, service) } else { Turn::Stays };
            PortFacts { service, turn, version }
        })
        .collect();
    ports.sort_by_key(|port| port.service.port);
    let address = plan.address(host);
    let [_, _, high, low] = address.octets();
    let name = (random.u8(..8) > 0).then(|| format!("host-{high}-{low}.dept{:02}.lab.example", high % 16));
    let mac = [0x3c, 0xec, 0xef, random.u8(..), high, low];
    let system = &SYSTEMS[random.usize(..SYSTEMS.len())];
    HostFacts { address, name, mac, ports, system, has_filter: random.bool() }
}

fn turn(which: u8, plan: &Plan, service: &Service) -> Turn {
    match which {
        0 => Turn::Opens,
        // There is no version to change where nobody looked for one.
        2 if plan.shape.looks_at_services() && service.flavour != Flavour::Unrecognised => {
            Turn::ChangesVersion
        }
        _ => Turn::Closes,
    }
}
