//! One host element.

use std::collections::HashMap;

use compact_str::CompactString;
use portdelta_core::observation::{
    ExtraPorts, ExtraReason, HostRecord, OsMatch, PortRecord, PortStatus, Reason, ScriptRecord,
    ServiceRecord, Status,
};
use portdelta_core::{PortSet, Protocol};
use quick_xml::events::BytesStart;

use super::attributes::{each, resolved};
use crate::text;
use crate::warnings::Warnings;

/// Collects what a host element says, until its end tag.
pub(super) struct HostReader {
    host: Option<HostRecord>,
    has_address: bool,
    /// What stands in place of the address where it is none.
    label: CompactString,
    port: Option<PortRecord>,
    in_port: bool,
    in_os_match: bool,
    max_text_bytes: usize,
    /// Many hosts have the same list of ports behind a reason.
    port_lists: HashMap<(Protocol, Vec<u8>), PortSet>,
}

/// Lists of ports that are remembered; more are read again each time.
const MOST_PORT_LISTS: usize = 64;

/// What stands for the address until one is found.
const NO_ADDRESS: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

impl HostReader {
    pub(super) fn new(max_text_bytes: usize) -> Self {
        Self {
            host: None,
            has_address: false,
            label: CompactString::default(),
            port: None,
            in_port: false,
            in_os_match: false,
            max_text_bytes,
            port_lists: HashMap::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.host.is_some()
    }

    /// A host begins; one that is open is dropped, for its end never came.
    pub(super) fn restart(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        if self.host.is_some() {
            warnings.add("host_cut", "hosts that are not whole were left out", "");
        }
        let mut host = HostRecord::of(NO_ADDRESS);
        each(tag, |name, value| match name {
            b"endtime" => host.end = text::time(value, warnings),
            b"timedout" => host.timed_out = value == b"true",
            _ => {}
        });
        self.host = Some(host);
        self.has_address = false;
        self.label = CompactString::default();
        self.port = None;
        self.in_port = false;
        self.in_os_match = false;
    }

    pub(super) fn abandon(&mut self) {
        self.host = None;
    }

    /// The host is whole; with what stands in place of its address where that is none.
    pub(super) fn finish(&mut self) -> Option<(HostRecord, Option<CompactString>)> {
        self.end_port();
        let host = self.host.take()?;
        let label = std::mem::take(&mut self.label);
        Some((host, (!self.has_address).then_some(label)))
    }

    /// An element begins inside the host.
    pub(super) fn open(&mut self, name: &[u8], tag: &BytesStart<'_>, warnings: &mut Warnings) {
        match name {
            b"port" => self.start_port(tag, warnings),
            b"state" => self.state(tag),
            b"service" => self.service(tag, warnings),
            b"script" => self.script(tag, warnings),
            b"address" => self.address(tag, warnings),
            b"status" => self.status(tag),
            b"hostname" => self.name(tag, warnings),
            b"extraports" => self.extra_ports(tag),
            b"extrareasons" => self.extra_reasons(tag),
            b"os" => self.with(|host| host.os = Some(host.os.take().unwrap_or_default())),
            b"osmatch" => self.os_match(tag, warnings),
            b"osclass" => self.os_class(tag, warnings),
            _ => {}
        }
    }

    /// An element ends inside the host.
    pub(super) fn close(&mut self, name: &[u8]) {
        match name {
            b"port" => self.end_port(),
            b"osmatch" => self.in_os_match = false,
            _ => {}
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut HostRecord)) {
        if let Some(host) = &mut self.host {
            change(host);
        }
    }

    fn address(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let (mut address, mut kind): (&[u8], &[u8]) = (b"", b"ipv4");
        each(tag, |name, value| match name {
            b"addr" => address = value,
            b"addrtype" => kind = value,
            _ => {}
        });
        let Some(host) = &mut self.host else { return };
        if kind == b"mac" {
            host.mac = mac(address).or(host.mac);
        } else if !self.has_address {
            let address = resolved(address);
            match text::address(&String::from_utf8_lossy(&address), warnings) {
                Some(address) => {
                    host.address = address;
                    self.has_address = true;
                }
                None if self.label.is_empty() => {
                    self.label = text::kept(&address, self.max_text_bytes.min(255), warnings);
                }
                None => {}
            }
        }
    }

    fn status(&mut self, tag: &BytesStart<'_>) {
        let Some(host) = &mut self.host else { return };
        each(tag, |name, value| match name {
            b"state" => {
                host.status = match value {
                    b"up" => Status::Up,
                    b"down" => Status::Down,
                    _ => Status::Unknown,
                }
            }
            b"reason" => host.reason = reason(value),
            _ => {}
        });
    }

    fn name(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let (mut found, mut by_user): (&[u8], bool) = (b"", false);
        each(tag, |name, value| match name {
            b"name" => found = value,
            b"type" => by_user = value == b"user",
            _ => {}
        });
        let mut name = text::kept(&resolved(found), self.max_text_bytes.min(255), warnings).to_lowercase();
        if name.ends_with('.') {
            name.pop();
        }
        if name.is_empty() {
            return;
        }
        self.with(|host| if by_user { &mut host.aliases } else { &mut host.names }.push(name));
    }

    fn start_port(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        self.end_port();
        let (mut protocol, mut number): (&[u8], &[u8]) = (b"", b"");
        each(tag, |name, value| match name {
            b"protocol" => protocol = value,
            b"portid" => number = value,
            _ => {}
        });
        if protocol.is_empty() {
            // The DTD demands it; writers that imitate nmap leave it out and mean TCP.
            warnings.add("no_protocol", "ports without a protocol were taken for TCP", "");
            protocol = b"tcp";
        }
        self.in_port = true;
        self.port = text::port(protocol, number, warnings).map(|port| PortRecord {
            port,
            status: PortStatus::Unknown,
            reason: Reason::None,
            time: None,
            service: None,
            scripts: Vec::new(),
        });
    }

    fn end_port(&mut self) {
        self.in_port = false;
        if let (Some(host), Some(port)) = (&mut self.host, self.port.take()) {
            host.ports.push(port);
        }
    }

    fn state(&mut self, tag: &BytesStart<'_>) {
        let Some(port) = &mut self.port else { return };
        each(tag, |name, value| match name {
            b"state" => port.status = status(value),
            b"reason" => port.reason = reason(value),
            _ => {}
        });
    }

    fn service(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let most = self.max_text_bytes;
        let Some(port) = &mut self.port else { return };
        let mut service = ServiceRecord { confidence: 10, ..ServiceRecord::default() };
        each(tag, |name, value| {
            let mut keep = |field: &mut CompactString| {
                *field = text::kept(&resolved(value), most, warnings);
            };
            match name {
                b"name" => keep(&mut service.name),
                b"tunnel" => keep(&mut service.tunnel),
                b"product" => keep(&mut service.product),
                b"version" => keep(&mut service.version),
                b"extrainfo" => keep(&mut service.extra_info),
                b"method" => service.probed = value == b"probed",
                b"conf" => {
                    let confidence = text::count(value).and_then(|number| u8::try_from(number).ok());
                    service.confidence = confidence.unwrap_or(0);
                }
                _ => {}
            }
        });
        port.service = Some(service);
    }

    fn script(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let (mut id, mut output): (&[u8], &[u8]) = (b"", b"");
        each(tag, |name, value| match name {
            b"id" => id = value,
            b"output" => output = value,
            _ => {}
        });
        let id = text::kept(&resolved(id), self.max_text_bytes.min(255), warnings);
        let output = resolved(output);
        let Some(script) = record(&id, &String::from_utf8_lossy(&output)) else { return };
        if self.in_port {
            if let Some(port) = &mut self.port {
                port.scripts.push(script);
            }
        } else {
            self.with(|host| host.scripts.push(script));
        }
    }

    fn extra_ports(&mut self, tag: &BytesStart<'_>) {
        let mut extra = ExtraPorts { status: PortStatus::Unknown, count: 0, reasons: Vec::new() };
        each(tag, |name, value| match name {
            b"state" => extra.status = status(value),
            b"count" => extra.count = small_count(value),
            _ => {}
        });
        self.with(|host| host.extra.push(extra));
    }

    fn extra_reasons(&mut self, tag: &BytesStart<'_>) {
        let mut extra = ExtraReason { reason: Reason::None, count: 0, ports: None };
        let (mut protocol, mut list) = (Protocol::Tcp, None);
        each(tag, |name, value| match name {
            b"reason" => extra.reason = reason(value),
            b"count" => extra.count = small_count(value),
            b"proto" => {
                protocol = Protocol::from_name(&String::from_utf8_lossy(value)).unwrap_or(Protocol::Tcp);
            }
            b"ports" => list = Some(value),
            _ => {}
        });
        extra.ports = list.and_then(|list| self.port_list(protocol, list));
        self.with(|host| {
            if let Some(last) = host.extra.last_mut() {
                last.reasons.push(extra);
            }
        });
    }

    fn port_list(&mut self, protocol: Protocol, list: &[u8]) -> Option<PortSet> {
        let key = (protocol, list.to_vec());
        if let Some(known) = self.port_lists.get(&key) {
            return Some(known.clone());
        }
        let set = text::port_list(protocol, list)?;
        if self.port_lists.len() < MOST_PORT_LISTS {
            self.port_lists.insert(key, set.clone());
        }
        Some(set)
    }

    fn os_match(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let mut found = OsMatch { name: "".into(), accuracy: 0, classes: Vec::new() };
        let most = self.max_text_bytes;
        each(tag, |name, value| match name {
            b"name" => found.name = text::kept(&resolved(value), most, warnings),
            b"accuracy" => found.accuracy = accuracy(value),
            _ => {}
        });
        self.in_os_match = true;
        self.with(|host| host.os.get_or_insert_default().push(found));
    }

    fn os_class(&mut self, tag: &BytesStart<'_>, warnings: &mut Warnings) {
        let most = self.max_text_bytes;
        let (mut family, mut generation) = ("".into(), "".into());
        let mut class_accuracy = 0;
        each(tag, |name, value| match name {
            b"osfamily" => family = text::kept(&resolved(value), most, warnings),
            b"osgen" => generation = text::kept(&resolved(value), most, warnings),
            b"accuracy" => class_accuracy = accuracy(value),
            _ => {}
        });
        let in_match = self.in_os_match;
        self.with(|host| {
            let matches = host.os.get_or_insert_default();
            match matches.last_mut().filter(|_| in_match) {
                Some(last) => last.classes.push((family, generation)),
                // Before nmap 5.x classes stood beside the matches.
                None => matches.push(OsMatch {
                    name: "".into(),
                    accuracy: class_accuracy,
                    classes: vec![(family, generation)],
                }),
            }
        });
    }
}

fn record(id: &str, output: &str) -> Option<ScriptRecord> {
    portdelta_core::script::record(id, output)
}

fn small_count(value: &[u8]) -> u32 {
    text::count(value).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

fn accuracy(value: &[u8]) -> u8 {
    text::count(value).and_then(|number| u8::try_from(number).ok()).unwrap_or(0).min(100)
}

fn status(value: &[u8]) -> PortStatus {
    std::str::from_utf8(value).map_or(PortStatus::Unknown, PortStatus::from_name)
}

fn reason(value: &[u8]) -> Reason {
    std::str::from_utf8(value).map_or(Reason::None, Reason::from_name)
}

fn mac(text: &[u8]) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(|&byte| byte == b':' || byte == b'-');
    for byte in &mut mac {
        let digits = std::str::from_utf8(parts.next()?).ok().filter(|digits| digits.len() == 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}
