//! The campus that is scanned: a block of up to a /16, in sixteen networks.

use std::net::Ipv4Addr;

use anyhow::{Context, ensure};
use portdelta_testkit::{NmapHost, NmapText};

/// Its first address.
const FIRST: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 0);

/// Networks of the same size.
pub(super) const NETWORKS: [&str; 16] = [
    "Head office",
    "Data centre",
    "Laboratory",
    "Warehouse",
    "Berlin",
    "Hamburg",
    "Lisbon",
    "Porto",
    "Kyoto",
    "Osaka",
    "Denver",
    "Boston",
    "Guests",
    "Printers",
    "Cameras",
    "Telephones",
];

/// A port that hosts may have open.
struct Service {
    port: u16,
    /// One in so many hosts has it.
    one_in: u32,
    /// What answers there: name, product, version.
    is: (&'static str, &'static str, &'static str),
}

const fn service(port: u16, one_in: u32, is: (&'static str, &'static str, &'static str)) -> Service {
    Service { port, one_in, is }
}

const SERVICES: [Service; 12] = [
    service(21, 200, ("ftp", "vsftpd", "3.0.5")),
    service(22, 16, ("ssh", "OpenSSH", "9.6")),
    service(80, 3, ("http", "nginx", "1.26.1")),
    service(443, 3, ("https", "nginx", "1.26.1")),
    service(445, 25, ("microsoft-ds", "Samba smbd", "4.19")),
    service(554, 20, ("rtsp", "Hikvision", "")),
    service(3_306, 150, ("mysql", "MySQL", "8.0.36")),
    service(3_389, 120, ("ms-wbt-server", "Microsoft Terminal Services", "")),
    service(5_060, 20, ("sip", "Asterisk PBX", "20.5")),
    service(5_432, 100, ("postgresql", "PostgreSQL DB", "16.2")),
    service(8_080, 30, ("http-proxy", "Apache Tomcat", "10.1")),
    service(9_100, 30, ("jetdirect", "", "")),
];

/// One in so many ports is for a while as it usually is not.
const DIFFERS: u32 = 2_400;

/// What differs does so for so many runs.
const DIFFERS_FOR: u32 = 40;

/// How large the campus is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Campus {
    /// The prefix length of all of it.
    length: u32,
}

impl Campus {
    /// With so many hosts: a power of two from 256 to 65,536.
    pub(super) fn of(hosts: u32) -> anyhow::Result<Self> {
        let fits = hosts.is_power_of_two() && (256..=65_536).contains(&hosts);
        ensure!(fits, "{hosts} hosts: a power of two from 256 to 65536 is needed");
        Ok(Self { length: 32 - hosts.ilog2() })
    }

    /// All of it, as targets.
    pub(super) fn all(self) -> String {
        format!("{FIRST}/{}", self.length)
    }

    /// One of its networks, as targets.
    pub(super) fn network(self, number: u32) -> String {
        self.block(number, self.length + NETWORKS.len().ilog2())
    }

    /// Where servers stand in a network: its first /24, or all of a smaller one.
    pub(super) fn servers(self, number: u32) -> String {
        self.block(number, (self.length + NETWORKS.len().ilog2()).max(24))
    }

    /// The first addresses of a network.
    pub(super) fn gateways(self, number: u32) -> String {
        self.block(number, 28)
    }

    fn block(self, network: u32, length: u32) -> String {
        let size = (1_u32 << (32 - self.length)) / 16;
        format!("{}/{length}", Ipv4Addr::from(u32::from(FIRST) + network * size))
    }
}

/// The ports that its scans try.
pub(super) fn ports() -> String {
    SERVICES.map(|service| service.port.to_string()).join(",")
}

/// What nmap writes of these blocks at `now`: every host answers, and some of them are not as they were.
pub(super) fn scanned(blocks: &[String], now: i64, run: u32) -> anyhow::Result<Vec<u8>> {
    let ports = ports();
    let mut text = NmapText::of(&format!("-v -sS -sV -p{ports} {}", blocks.join(" "))).tcp(&ports);
    text = text.at(now - NmapText::BEGINNING).lasting(0);
    for block in blocks {
        let (first, length) = block.split_once('/').unwrap_or((block, "32"));
        let wrong = || format!("a task for {block}");
        let first: u32 = first.parse::<Ipv4Addr>().with_context(wrong)?.into();
        let length: u32 = length.parse().with_context(wrong)?;
        for address in (first..).take(1 << (32 - length)) {
            text = text.host(host(address, run));
        }
    }
    Ok(text.bytes())
}

fn host(address: u32, run: u32) -> NmapHost {
    let shown = Ipv4Addr::from(address);
    let [_, _, third, fourth] = shown.octets();
    let mut host = NmapHost::up(&shown.to_string()).name(&format!("host-{third}-{fourth}.example.org"));
    for Service { port, one_in, is: (name, product, version) } in SERVICES {
        let place = (u64::from(address) << 16) | u64::from(port);
        let mut usual = fastrand::Rng::with_seed(place);
        let has_it = usual.u32(..one_in) == 0;
        // Not all at once.
        let period = (run + usual.u32(..DIFFERS_FOR)) / DIFFERS_FOR;
        let differs = fastrand::Rng::with_seed(place ^ (u64::from(period) << 48)).u32(..DIFFERS) == 1;
        if has_it != differs {
            host = host.service(port, name, product, version);
        }
    }
    host
}
