//! One host element.

use std::net::{IpAddr, Ipv4Addr};

use compact_str::CompactString;
use portdelta_core::observation::{HostRecord, Reason, ScriptRecord, Status, Tool};

use super::Then;
use super::attributes::{Attribute, resolve_into, resolved};
use super::document::is_uncounted;
use super::extra::{self, PortLists};
use super::os::OsReader;
use super::port::PortReader;
use crate::read::{Detail, Progress};
use crate::text;
use crate::warnings::{Odd, Warnings};

/// Gathers what a host element says, until its end tag.
pub(super) struct HostReader {
    detail: Detail,
    host: Option<HostRecord>,
    has_address: bool,
    /// What stands in the place of an address and is none.
    label: CompactString,
    pub(super) port: PortReader,
    os: OsReader,
    in_host_script: bool,
    port_lists: PortLists,
    /// Port records of the last host, as a guess at those of the next.
    usual_ports: usize,
    /// Where script output is unescaped.
    scratch: String,
}

/// What stands for the address until one is found.
const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

impl HostReader {
    pub(super) fn new(detail: Detail, tool: Tool) -> Self {
        Self {
            detail,
            host: None,
            has_address: false,
            label: CompactString::default(),
            port: PortReader::new(tool),
            os: OsReader::default(),
            in_host_script: false,
            port_lists: PortLists::default(),
            usual_ports: 0,
            scratch: String::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.host.is_some()
    }

    pub(super) fn start(&mut self, attributes: &[Attribute<'_>], progress: &mut Progress<'_>) {
        let mut host = HostRecord::of(NO_ADDRESS);
        host.ports.reserve_exact(self.usual_ports);
        for &(name, value) in attributes {
            match name {
                "endtime" => host.end = text::seconds(value, &mut progress.warnings),
                "timedout" => host.timed_out = value == "true",
                _ => {}
            }
        }
        self.host = Some(host);
        self.has_address = false;
        self.label = CompactString::default();
        self.in_host_script = false;
        self.port.abandon();
        self.os.abandon();
        self.port_lists.clear();
    }

    /// Forgets the host, which has no end.
    pub(super) fn abandon(&mut self) {
        self.host = None;
    }

    /// The host is whole; it comes with a label, which may be empty, where it has no IP address.
    pub(super) fn finish(&mut self, warnings: &mut Warnings) -> Option<(HostRecord, Option<CompactString>)> {
        self.end_port();
        let mut host = self.host.take()?;
        self.os.finish(&mut host);
        self.port_lists.finish(&mut host, warnings);
        self.usual_ports = host.ports.len().min(64);
        let label = std::mem::take(&mut self.label);
        Some((host, (!self.has_address).then_some(label)))
    }

    /// An element begins inside the host.
    pub(super) fn open(
        &mut self,
        name: &str,
        attributes: &[Attribute<'_>],
        progress: &mut Progress<'_>,
    ) -> Then {
        let Some(host) = &mut self.host else { return Then::GoOn };
        let warnings = &mut progress.warnings;
        match name {
            "port" => {
                self.end_port();
                self.port.start(attributes, warnings);
            }
            "state" => {
                self.port.state(attributes);
                if self.detail == Detail::Counts && self.port.is_open() {
                    return Then::SkipTo("port");
                }
            }
            "service" => {
                self.port.service(attributes, progress);
                return Then::SkipTo("service");
            }
            "script" => {
                self.script(attributes, progress);
                // Tables and elements say again what the output says.
                return Then::SkipTo("script");
            }
            "status" => status(attributes, host),
            "address" => self.address(attributes, progress),
            "ports" => {}
            _ if is_uncounted(name, self.detail) => return Then::SkipOver,
            "extraports" => extra::ports(attributes, host, progress),
            "extrareasons" => extra::reasons(attributes, host, &mut self.port_lists, progress),
            "hostname" => hostname(attributes, host, progress),
            "hostscript" => self.in_host_script = true,
            "os" => {
                host.os.get_or_insert_default();
            }
            "osmatch" => self.os.start_match(attributes, host, progress),
            "osclass" => {
                self.os.class(attributes, host, progress);
                return Then::SkipTo("osclass");
            }
            "hostnames" => {}
            _ => return Then::SkipOver,
        }
        Then::GoOn
    }

    /// An element ends inside the host.
    pub(super) fn close(&mut self, name: &str) {
        match name {
            "port" => self.end_port(),
            "hostscript" => self.in_host_script = false,
            "osmatch" => self.os.end_match(),
            _ => {}
        }
    }

    fn end_port(&mut self) {
        if let (Some(host), Some(port)) = (&mut self.host, self.port.finish()) {
            host.ports.push(port);
        }
    }

    fn address(&mut self, attributes: &[Attribute<'_>], progress: &mut Progress<'_>) {
        let Some(host) = &mut self.host else { return };
        let (mut address, mut kind) = ("", "ipv4");
        for &(name, value) in attributes {
            match name {
                "addr" => address = value,
                "addrtype" => kind = value,
                _ => {}
            }
        }
        let warnings = &mut progress.warnings;
        if kind == "mac" {
            let mac = mac(address);
            if mac.is_none() {
                warnings.add(Odd::BadMac, address);
            }
            host.mac = mac.or(host.mac);
        } else if !self.has_address {
            let address = resolved(address, warnings);
            if let Some(address) = text::address(&address, warnings) {
                host.address = address;
                self.has_address = true;
            } else if self.label.is_empty() {
                self.label = text::kept(&address, progress.limits.max_text_bytes, warnings);
            }
        }
    }

    fn script(&mut self, attributes: &[Attribute<'_>], progress: &mut Progress<'_>) {
        let scripts = match &mut self.host {
            _ if self.detail == Detail::Counts => return,
            Some(host) if self.in_host_script => &mut host.scripts,
            _ => match self.port.scripts() {
                Some(scripts) => scripts,
                None => return,
            },
        };
        let (mut id, mut output) = ("", "");
        for &(name, value) in attributes {
            match name {
                "id" => id = value,
                "output" => output = value,
                _ => {}
            }
        }
        let warnings = &mut progress.warnings;
        let id = text::kept(&resolved(id, warnings), progress.limits.max_text_bytes, warnings);
        if !portdelta_core::script::is_compared(&id) {
            return;
        }
        self.scratch.clear();
        resolve_into(output, &mut self.scratch, warnings);
        let record = portdelta_core::script::record(&id, &text::clean(&self.scratch, warnings));
        if scripts.capacity() == 0 {
            // Most ports have one or two; a list would begin with room for four.
            scripts.reserve_exact(2);
        }
        push_within(scripts, record, progress.limits.max_list_items, warnings);
    }
}

/// Adds an item, or a warning where there are too many.
pub(super) fn push_within<T>(list: &mut Vec<T>, item: Option<T>, most: usize, warnings: &mut Warnings) {
    let Some(item) = item else { return };
    if list.len() < most {
        list.push(item);
    } else {
        warnings.add(Odd::ListCut, "");
    }
}

fn status(attributes: &[Attribute<'_>], host: &mut HostRecord) {
    for &(name, value) in attributes {
        match name {
            "state" => {
                host.status = match value {
                    "up" => Status::Up,
                    "down" => Status::Down,
                    _ => Status::Unknown,
                }
            }
            "reason" => host.reason = Reason::from_name(value),
            _ => {}
        }
    }
}

/// `type` says whether a name was looked up (PTR) or given by the user; old versions looked all of them up.
fn hostname(attributes: &[Attribute<'_>], host: &mut HostRecord, progress: &mut Progress<'_>) {
    let (mut found, mut kind) = ("", "PTR");
    for &(name, value) in attributes {
        match name {
            "name" => found = value,
            "type" => kind = value,
            _ => {}
        }
    }
    let warnings = &mut progress.warnings;
    let name = text::name(&resolved(found, warnings), progress.limits.max_text_bytes, warnings);
    let names = if kind == "user" { &mut host.aliases } else { &mut host.names };
    push_within(names, name, progress.limits.max_list_items, warnings);
}

/// `00:11:22:AA:BB:CC`
fn mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split([':', '-']);
    for byte in &mut mac {
        let digits = parts.next().filter(|digits| digits.len() == 2 && !digits.starts_with('+'))?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

/// Scripts of a host or port, to be filled.
pub(super) type Scripts = Vec<ScriptRecord>;
