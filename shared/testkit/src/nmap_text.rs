//! nmap's XML, as much of it as a test needs.

use std::fmt::Write;

macro_rules! put {
    ($text:ident, $($part:tt)*) => {{
        // Writing into a string does not fail.
        let _ = write!($text, $($part)*);
    }};
}

/// The second at which scans begin unless they are told otherwise: before [`TestClock`](crate::TestClock)'s time.
const BEGINNING: i64 = 1_999_000_000;

/// One document as nmap writes it, from a few facts.
///
/// Ports that were probed and are not listed are counted as closed; the counts add up unless a test says otherwise.
#[derive(Clone, Debug)]
pub struct NmapText {
    arguments: String,
    start: i64,
    end: i64,
    probed: Vec<(&'static str, &'static str, String)>,
    hosts: Vec<NmapHost>,
    total: Option<u64>,
    exit: Option<&'static str>,
}

/// One host element.
#[derive(Clone, Debug)]
pub struct NmapHost {
    address: String,
    up: bool,
    reason: &'static str,
    timed_out: bool,
    mac: Option<String>,
    names: Vec<(String, &'static str)>,
    ports: Vec<String>,
    extra: Option<Vec<(String, u32)>>,
    tail: String,
    before: String,
}

impl NmapText {
    /// The second at which scans begin unless they are told otherwise.
    pub const BEGINNING: i64 = BEGINNING;

    /// The scan that `nmap` with these arguments would be.
    #[must_use]
    pub fn of(arguments: &str) -> Self {
        Self {
            arguments: arguments.to_owned(),
            start: BEGINNING,
            end: BEGINNING + 10,
            probed: Vec::new(),
            hosts: Vec::new(),
            total: None,
            exit: Some("success"),
        }
    }

    /// It begins so many seconds after all others that say nothing, and takes ten seconds.
    #[must_use]
    pub fn at(mut self, seconds: i64) -> Self {
        self.start = BEGINNING + seconds;
        self.end = self.start + 10;
        self
    }

    /// It takes so many seconds.
    #[must_use]
    pub fn lasting(mut self, seconds: i64) -> Self {
        self.end = self.start + seconds;
        self
    }

    /// It connects to these TCP ports: `22,80,8000-8010`.
    #[must_use]
    pub fn tcp(self, ports: &str) -> Self {
        self.probed("connect", "tcp", ports)
    }

    /// It probes these UDP ports.
    #[must_use]
    pub fn udp(self, ports: &str) -> Self {
        self.probed("udp", "udp", ports)
    }

    /// It probes these ports of `protocol` by a scan of this type, in the words of `scaninfo`.
    #[must_use]
    pub fn probed(mut self, scan_type: &'static str, protocol: &'static str, ports: &str) -> Self {
        self.probed.push((scan_type, protocol, ports.to_owned()));
        self
    }

    /// It lists this host, after those before.
    #[must_use]
    pub fn host(mut self, host: NmapHost) -> Self {
        self.hosts.push(host);
        self
    }

    /// `runstats` counts so many addresses, listed or not.
    #[must_use]
    pub fn of_total(mut self, addresses: u64) -> Self {
        self.total = Some(addresses);
        self
    }

    /// It ends with `exit="error"`.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.exit = Some("error");
        self
    }

    /// The scanner died after the last host that is listed: there is no `runstats`, nor an end tag.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.exit = None;
        self
    }

    /// The document.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n\
             <nmaprun scanner=\"nmap\" args=\"nmap {}\" start=\"{}\" version=\"7.95\">\n",
            self.arguments, self.start
        );
        for (kind, protocol, ports) in &self.probed {
            let count = number_of(ports);
            let info = format!("type=\"{kind}\" protocol=\"{protocol}\" numservices=\"{count}\"");
            put!(text, "<scaninfo {info} services=\"{ports}\"/>\n");
        }
        let probed: u32 = self.probed.iter().map(|(_, _, ports)| number_of(ports)).sum();
        for host in &self.hosts {
            host.write(&mut text, probed, self.start, self.end);
        }
        let Some(exit) = self.exit else { return text };
        let listed = self.hosts.len() as u64;
        let up = self.hosts.iter().filter(|host| host.up).count() as u64;
        let total = self.total.unwrap_or(listed);
        put!(
            text,
            "<runstats><finished time=\"{}\" exit=\"{exit}\"/>\
             <hosts up=\"{up}\" down=\"{}\" total=\"{total}\"/></runstats>\n</nmaprun>\n",
            self.end,
            total.saturating_sub(up)
        );
        text
    }

    /// The document as a file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.text().into_bytes()
    }
}

impl NmapHost {
    /// A host that answers.
    #[must_use]
    pub fn up(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            up: true,
            reason: "syn-ack",
            timed_out: false,
            mac: None,
            names: Vec::new(),
            ports: Vec::new(),
            extra: None,
            tail: String::new(),
            before: String::new(),
        }
    }

    /// An address that does not answer, as nmap lists it with `-v`.
    #[must_use]
    pub fn down(address: &str) -> Self {
        Self { up: false, reason: "no-response", ..Self::up(address) }
    }

    /// The scanner's word on why it is up or down.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// These TCP ports are open.
    #[must_use]
    pub fn open(mut self, ports: &[u16]) -> Self {
        for port in ports {
            self = self.port("tcp", *port, "open", "");
        }
        self
    }

    /// A port that is listed, with whatever elements belong into it behind its state.
    #[must_use]
    pub fn port(mut self, protocol: &str, port: u16, state: &str, inner: &str) -> Self {
        self.ports.push(format!(
            "<port protocol=\"{protocol}\" portid=\"{port}\"><state state=\"{state}\" reason=\"syn-ack\" \
             reason_ttl=\"64\"/>{inner}</port>"
        ));
        self
    }

    /// An open TCP port whose service was talked to.
    #[must_use]
    pub fn service(self, port: u16, name: &str, product: &str, version: &str) -> Self {
        let service = format!(
            "<service name=\"{name}\" product=\"{product}\" version=\"{version}\" method=\"probed\" conf=\"10\"/>"
        );
        self.port("tcp", port, "open", &service)
    }

    /// Ports that are only counted, by state; in place of the closed ones that would add up.
    #[must_use]
    pub fn counted(mut self, state: &str, count: u32) -> Self {
        self.extra.get_or_insert_default().push((state.to_owned(), count));
        self
    }

    /// A name from a look-up of the address.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.names.push((name.to_owned(), "PTR"));
        self
    }

    /// Its MAC address.
    #[must_use]
    pub fn mac(mut self, mac: &str) -> Self {
        self.mac = Some(mac.to_owned());
        self
    }

    /// `--host-timeout` struck: there is no port table.
    #[must_use]
    pub fn timed_out(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// Elements behind the ports: `os`, `uptime`, `hostscript`, `times`.
    #[must_use]
    pub fn tail(mut self, elements: &str) -> Self {
        self.tail += elements;
        self
    }

    /// Elements of the document before this host: `hosthint`, `taskprogress`.
    #[must_use]
    pub fn after(mut self, elements: &str) -> Self {
        self.before += elements;
        self
    }

    fn write(&self, text: &mut String, probed: u32, start: i64, end: i64) {
        let Self { address, reason, .. } = self;
        let kind = if address.contains(':') { "ipv6" } else { "ipv4" };
        let state = if self.up { "up" } else { "down" };
        let timed_out = if self.timed_out { " timedout=\"true\"" } else { "" };
        *text += &self.before;
        let times = if self.up { format!(" starttime=\"{start}\" endtime=\"{end}\"") } else { String::new() };
        put!(text, "<host{times}{timed_out}><status state=\"{state}\" reason=\"{reason}\"/>\n");
        put!(text, "<address addr=\"{address}\" addrtype=\"{kind}\"/>\n");
        if let Some(mac) = &self.mac {
            put!(text, "<address addr=\"{mac}\" addrtype=\"mac\"/>\n");
        }
        *text += "<hostnames>";
        for (name, kind) in &self.names {
            put!(text, "<hostname name=\"{name}\" type=\"{kind}\"/>");
        }
        *text += "</hostnames>\n";
        if self.up && !self.timed_out && probed > 0 {
            let listed = u32::try_from(self.ports.len()).unwrap_or(u32::MAX);
            let closed = vec![("closed".to_owned(), probed.saturating_sub(listed))];
            *text += "<ports>";
            for (state, count) in self.extra.as_ref().unwrap_or(&closed).iter().filter(|extra| extra.1 > 0) {
                put!(text, "<extraports state=\"{state}\" count=\"{count}\"/>\n");
            }
            for port in &self.ports {
                *text += port;
            }
            *text += "</ports>\n";
        }
        *text += &self.tail;
        *text += "</host>\n";
    }
}

/// How many ports a list names.
fn number_of(ports: &str) -> u32 {
    let number = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)? + 1)
    };
    ports.split(',').filter_map(number).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_adds_up() {
        let scan = NmapText::of("-p22-24 192.0.2.1").tcp("22-24").host(NmapHost::up("192.0.2.1").open(&[22]));
        let text = scan.text();
        assert!(text.contains("<extraports state=\"closed\" count=\"2\"/>"), "{text}");
        assert!(text.contains("<hosts up=\"1\" down=\"0\" total=\"1\"/>"), "{text}");
        assert!(!scan.cut().text().contains("</nmaprun>"));
    }
}
