//! A network of a test's own: a scanner and hosts in namespaces, joined by a bridge in another.

use std::path::Path;
use std::process::Command;

use super::{Program, Run, is_root, skip};

/// What the names of all our namespaces begin with.
const PREFIX: &str = "portdelta-test";

/// The network 198.18.N.0/29 with the scanner at .6; goes with its value.
pub struct Lab {
    subnet: u8,
    namespaces: Vec<String>,
}

impl Lab {
    /// A network with no host but the scanner; `None`, and a message, where that cannot be made.
    pub fn new(subnet: u8) -> Option<Self> {
        if !is_root() {
            skip("network namespaces need root");
            return None;
        }
        remove_stale();
        let mut lab = Self { subnet, namespaces: Vec::new() };
        let is_made = lab.add("switch")
            && ip(&format!("-n {} link add bridge type bridge", lab.namespace("switch")))
            && ip(&format!("-n {} link set bridge up", lab.namespace("switch")));
        if !is_made {
            skip("no network namespaces and bridges can be made here");
            return None;
        }
        lab.join("scanner", 6);
        Some(lab)
    }

    /// `198.18.N.0/29`
    pub fn network(&self) -> String {
        format!("198.18.{}.0/29", self.subnet)
    }

    /// `198.18.N.last`
    pub fn address(&self, last: u8) -> String {
        format!("198.18.{}.{last}", self.subnet)
    }

    /// The namespace of the host with this last octet.
    pub fn host(&self, last: u8) -> String {
        self.namespace(&format!("host{last}"))
    }

    /// A new host with this last octet.
    pub fn start(&mut self, last: u8) {
        self.join(&format!("host{last}"), last);
    }

    /// Switches a host's link on or off.
    pub fn switch(&self, last: u8, is_on: bool) {
        must(&format!("-n {} link set eth0 {}", self.host(last), if is_on { "up" } else { "down" }));
    }

    /// Gives a host another network card.
    pub fn change_card(&self, last: u8, mac: &str) {
        self.switch(last, false);
        must(&format!("-n {} link set eth0 address {mac}", self.host(last)));
        self.switch(last, true);
        // As the host's first packets would: nmap believes the table of the machine, and asks at the old card.
        must(&format!("-n {} neighbour flush dev eth0", self.namespace("scanner")));
    }

    /// Puts the scanner's cable into the switch, or pulls it out.
    pub fn plug(&self, is_in: bool) {
        let state = if is_in { "up" } else { "down" };
        must(&format!("-n {} link set port6 {state}", self.namespace("switch")));
    }

    /// Switches the scanner's own link on or off; its routes go with it.
    pub fn switch_scanner(&self, is_on: bool) {
        let state = if is_on { "up" } else { "down" };
        must(&format!("-n {} link set eth0 {state}", self.namespace("scanner")));
    }

    /// Runs `scan` of these targets at the scanner.
    pub fn scan(&self, program: &Program, ports: &str, more: &[&str]) -> Run {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace("scanner"), env!("CARGO_BIN_EXE_portdelta"), "scan"]);
        let has_options = more.iter().any(|argument| argument.starts_with("--options"));
        command.args((!has_options).then_some("--options=-n -T4"));
        command.args(["--format", "json", "--ports", ports]).args(more);
        Run::of(program.settle(&mut command))
    }

    fn namespace(&self, name: &str) -> String {
        format!("{PREFIX}-{}-{}-{name}", std::process::id(), self.subnet)
    }

    fn add(&mut self, name: &str) -> bool {
        let namespace = self.namespace(name);
        let is_made = ip(&format!("netns add {namespace}"));
        if is_made {
            self.namespaces.push(namespace);
        }
        is_made
    }

    /// A namespace with an address, and a cable to the switch.
    fn join(&mut self, name: &str, last: u8) {
        assert!(self.add(name), "one namespace could be made, but not {name}");
        let (switch, own) = (self.namespace("switch"), self.namespace(name));
        let subnet = self.subnet;
        must(&format!("-n {switch} link add port{last} type veth peer name eth0 netns {own}"));
        must(&format!("-n {switch} link set port{last} master bridge up"));
        must(&format!("-n {own} link set eth0 address 02:00:5e:12:{subnet:02x}:{last:02x}"));
        must(&format!("-n {own} address add 198.18.{subnet}.{last}/29 dev eth0"));
        must(&format!("-n {own} link set lo up"));
        must(&format!("-n {own} link set eth0 up"));
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for namespace in &self.namespaces {
            ip(&format!("netns delete {namespace}"));
        }
    }
}

/// Removes what tests left that were killed.
fn remove_stale() {
    let folder = Path::new("/run/netns").read_dir();
    for entry in folder.into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').nth(1));
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            ip(&format!("netns delete {name}"));
        }
    }
}

fn must(arguments: &str) {
    assert!(ip(arguments), "ip {arguments}");
}

fn ip(arguments: &str) -> bool {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    output.is_ok_and(|output| output.status.success())
}
