//! A small world that changes, and scans that see some of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use fastrand::Rng;
use portdelta_core::coverage::{Basis, Lens};
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::observation::{
    Document, ExtraPorts, HostCounts, HostRecord, PortRecord, PortStatus, Reason, ScanInfo, ScanType,
    Scanner, ServiceRecord, Status, Summary, Tool,
};
use portdelta_core::{AddressSet, Port, PortSet, Protocol, UnixTime};

/// What one scan saw.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent options and mishaps of a scan")]
pub struct Scan {
    pub number: u8,
    pub run: u8,
    pub lens: u8,
    pub start: i64,
    pub end: i64,
    pub confirm_open: u16,
    pub confirm_close: u16,
    pub discovery: bool,
    pub open_only: bool,
    pub services: bool,
    /// The file was cut after its last listed host.
    pub cut: bool,
    /// The scanner's counts do not add up.
    pub miscounted: bool,
    pub targets: Vec<IpAddr>,
    pub ports: PortSet,
    pub hosts: Vec<Host>,
}

/// What one scan saw of a host that it lists.
#[derive(Clone)]
pub struct Host {
    pub address: IpAddr,
    pub up: bool,
    pub timed_out: bool,
    /// How many ports that are not open are listed singly instead of counted.
    pub listed: usize,
    /// The counts are wrong: only what is listed is covered.
    pub wrong_counts: bool,
    pub mac: Option<u8>,
    pub ports: BTreeMap<Port, (PortStatus, Option<u8>)>,
}

/// One line a scan and a host, so that a failing history can be read.
impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "#{} run {} lens {} {}..{} confirm {}/{}",
            self.number,
            self.run,
            self.lens_number(),
            self.start,
            self.end,
            self.confirm_open,
            self.confirm_close
        )?;
        for (on, name) in [
            (!self.discovery, "-Pn"),
            (self.open_only, "--open"),
            (self.services, "-sV"),
            (self.cut, "cut"),
            (self.miscounted, "miscounted"),
        ] {
            if on {
                write!(f, " {name}")?;
            }
        }
        write!(f, " {} of {:?}", self.ports, self.targets)?;
        for host in &self.hosts {
            write!(f, "\n    {} up {} timed out {}", host.address, host.up, host.timed_out)?;
            write!(f, " listed {} wrong {} mac {:?}", host.listed, host.wrong_counts, host.mac)?;
            for (port, (status, version)) in &host.ports {
                write!(
                    f,
                    " {port}={}{}",
                    status.name(),
                    version.map_or(String::new(), |v| format!(" v{v}"))
                )?;
            }
        }
        Ok(())
    }
}

pub fn time(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds).expect("a valid time")
}

fn addresses() -> Vec<IpAddr> {
    [[10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 0, 3], [10, 0, 1, 1]].map(IpAddr::from).to_vec()
}

fn pairs() -> Vec<Port> {
    vec![Port::tcp(1), Port::tcp(2), Port::tcp(3), Port::udp(1), Port::udp(2)]
}

/// The real state of a host, which no scanner sees in full.
struct Real {
    up: bool,
    pings: bool,
    mac: u8,
    open: BTreeMap<Port, (bool, u8)>,
}

/// A history: scans in the order in which their results arrive.
pub fn history(seed: u64) -> Vec<Scan> {
    let mut rng = Rng::with_seed(seed);
    let mut world: BTreeMap<IpAddr, Real> = addresses()
        .into_iter()
        .map(|address| {
            let open = pairs().into_iter().map(|port| (port, (rng.bool(), rng.u8(0..2)))).collect();
            (address, Real { up: rng.bool(), pings: rng.u8(0..4) > 0, mac: rng.u8(0..2), open })
        })
        .collect();
    let damped = rng.u8(0..3) == 0;
    let steps = rng.u8(2..=9);
    let mut scans = Vec::new();
    let mut clock = 1_000;
    for number in 0..steps {
        for real in world.values_mut() {
            if rng.u8(0..4) == 0 {
                real.up = !real.up;
            }
            if rng.u8(0..12) == 0 {
                real.mac = rng.u8(0..2);
            }
            for state in real.open.values_mut() {
                if rng.u8(0..5) == 0 {
                    state.0 = !state.0;
                }
                if rng.u8(0..8) == 0 {
                    state.1 = rng.u8(0..2);
                }
            }
        }
        clock += i64::from(rng.u8(0..3)) * 5;
        scans.push(scan(&mut rng, &world, number, clock, damped));
    }
    // Late, twice and in any order.
    if rng.bool() {
        for _ in 0..rng.u8(1..4) {
            let (a, b) = (rng.usize(0..scans.len()), rng.usize(0..scans.len()));
            scans.swap(a, b);
        }
    }
    if rng.bool() {
        let again = scans[rng.usize(0..scans.len())].clone();
        scans.insert(rng.usize(0..=scans.len()), again);
    }
    scans
}

fn scan(rng: &mut Rng, world: &BTreeMap<IpAddr, Real>, number: u8, start: i64, damped: bool) -> Scan {
    let often = |rng: &mut Rng| rng.u8(0..4) > 0;
    let targets: Vec<IpAddr> =
        if rng.bool() { addresses() } else { addresses().into_iter().filter(|_| often(rng)).collect() };
    let ports: PortSet =
        if rng.bool() { pairs() } else { pairs().into_iter().filter(|_| often(rng)).collect() }
            .into_iter()
            .collect();
    let discovery = often(rng);
    let cut = rng.u8(0..8) == 0;
    let lists_down = rng.bool();
    let mut hosts = Vec::new();
    for &address in &targets {
        let real = &world[&address];
        let up = real.up && real.pings || !discovery;
        if cut && rng.bool() || !up && !lists_down {
            continue;
        }
        let ports_seen = ports
            .ports()
            .map(|port| {
                let (open, version) = real.open[&port];
                let status = match port.protocol {
                    _ if open && real.up => PortStatus::Open,
                    Protocol::Udp if rng.bool() => PortStatus::OpenFiltered,
                    _ if real.up && rng.bool() => PortStatus::Closed,
                    Protocol::Udp => PortStatus::OpenFiltered,
                    _ => PortStatus::Filtered,
                };
                (port, (status, (status == PortStatus::Open && often(rng)).then_some(version)))
            })
            .collect();
        hosts.push(Host {
            address,
            up,
            timed_out: up && rng.u8(0..15) == 0,
            listed: rng.usize(0..5),
            wrong_counts: rng.u8(0..15) == 0,
            mac: (up && rng.u8(0..3) == 0).then_some(real.mac),
            ports: ports_seen,
        });
    }
    let (confirm_open, confirm_close) = if damped { (rng.u16(1..3), rng.u16(1..4)) } else { (1, 1) };
    Scan {
        number,
        run: if rng.u8(0..5) == 0 { number.saturating_sub(1) } else { number },
        lens: rng.u8(0..2),
        start,
        end: start + i64::from(rng.u8(0..8)),
        confirm_open,
        confirm_close,
        discovery,
        open_only: rng.u8(0..5) == 0,
        services: rng.bool(),
        cut,
        miscounted: rng.u8(0..10) == 0,
        targets,
        ports,
        hosts,
    }
}

impl Scan {
    /// The lens follows the scan, and whether it looks for hosts at all.
    pub fn lens_number(&self) -> u8 {
        self.lens * 2 + u8::from(self.discovery)
    }

    pub fn result(&self) -> ResultId {
        ResultId([self.number; 32])
    }

    pub fn basis(&self) -> Basis<'_> {
        const LENSES: [&str; 2] = ["scan-0", "scan-1"];
        Basis {
            site: "here".parse::<SiteId>().expect("a valid id"),
            run: format!("run-{}", self.run).parse().expect("a valid id"),
            result: self.result(),
            lens: Lens::Scan(LENSES[usize::from(self.lens)]),
            targets: None,
            ports: None,
            received: UnixTime::MAX,
            time: None,
            default_time: UnixTime::EPOCH,
            confirm_open: self.confirm_open,
            confirm_close: self.confirm_close,
            lists_first_looks: true,
        }
    }

    /// The scan as nmap would have written it.
    pub fn document(&self) -> Document {
        let flags = [(self.open_only, " --open"), (!self.discovery, " -Pn"), (self.services, " -sV")];
        let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag).collect();
        let targets: AddressSet = self.targets.iter().copied().collect();
        let targets: Vec<String> = targets.addresses().map(|address| address.to_string()).collect();
        let scan_infos = [(ScanType::Syn, Protocol::Tcp), (ScanType::Udp, Protocol::Udp)]
            .into_iter()
            .map(|(scan_type, protocol)| ScanInfo {
                scan_type,
                protocol,
                services: self.ports.of_protocol(protocol),
            })
            .filter(|info| !info.services.is_empty())
            .collect();
        let listed_up = self.listed().filter(|host| host.up).count() as u64;
        let down = self.targets.len() as u64 - listed_up.min(self.targets.len() as u64);
        Document {
            scanner: Scanner {
                args: Some(format!("nmap -n{flags} {}", targets.join(" "))),
                start: Some(time(self.start)),
                scan_infos,
                ..Scanner::of(Tool::Nmap)
            },
            hosts: self.listed().map(|host| self.record(host)).collect(),
            summary: Summary {
                complete: !self.cut,
                end: Some(time(self.end)),
                hosts: Some(HostCounts {
                    up: listed_up + u64::from(self.miscounted),
                    down,
                    total: self.targets.len() as u64,
                }),
                error: None,
            },
        }
    }

    /// The hosts in the file: `--open` leaves out those without an open port.
    pub fn listed(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|host| {
            !self.open_only || host.up && host.ports.values().any(|(status, _)| *status == PortStatus::Open)
        })
    }

    fn record(&self, host: &Host) -> HostRecord {
        let mut record = HostRecord {
            status: if host.up { Status::Up } else { Status::Down },
            reason: match (host.up, self.discovery) {
                (true, true) => Reason::EchoReply,
                (true, false) => Reason::UserSet,
                (false, _) => Reason::NoResponse,
            },
            timed_out: host.timed_out,
            end: Some(time(self.end)),
            mac: host.mac.map(|last| [2, 0, 0, 0, 0, last]),
            ..HostRecord::of(host.address)
        };
        if !host.up || host.timed_out {
            return record;
        }
        let mut counted: BTreeMap<PortStatus, u32> = BTreeMap::new();
        let mut room = host.listed;
        for (&port, &(status, version)) in &host.ports {
            let possible = matches!(status, PortStatus::Open | PortStatus::OpenFiltered);
            if self.open_only && !possible {
                continue;
            }
            if status == PortStatus::Open || self.open_only || room > 0 {
                room = room.saturating_sub(usize::from(status != PortStatus::Open));
                let service = version.filter(|_| self.services).map(|version| ServiceRecord {
                    name: "http".into(),
                    version: version.to_string().into(),
                    probed: true,
                    confidence: 10,
                    ..ServiceRecord::default()
                });
                let scripts = Vec::new();
                record.ports.push(PortRecord {
                    port,
                    status,
                    reason: Reason::None,
                    time: None,
                    service,
                    scripts,
                });
            } else {
                *counted.entry(status).or_default() += 1;
            }
        }
        record.extra = counted
            .into_iter()
            .map(|(status, count)| ExtraPorts { status, count, reasons: Vec::new() })
            .collect();
        if host.wrong_counts {
            record.extra.push(ExtraPorts { status: PortStatus::Closed, count: 7, reasons: Vec::new() });
        }
        record
    }
}
