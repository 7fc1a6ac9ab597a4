//! A whole file: head, hosts, end.

use std::io::{self, Write};

use jiff::Timestamp;

use super::host_element::write_host;
use super::noise::{Stream, random};
use super::plan::{ADDRESSES, Plan, Shape, Side};
use super::port_list::{count, probed, push_ranges};

/// How many hosts nmap works on at a time; it prints them in whatever order they are done.
const GROUP: usize = 64;

/// Enough for a few hosts, so that writing costs little beside making them up.
const BUFFER_BYTES: usize = 256 * 1024;

/// When a scan ran. The new one starts a day later, and is a little slower.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub start: i64,
    pub end: i64,
}

impl Clock {
    pub fn new(plan: &Plan, side: Side) -> Self {
        // An arbitrary day: the 9th of October 2025.
        let start = 1_760_000_000 + i64::try_from(plan.seed % 86_400).unwrap_or(0);
        let start = if side == Side::New { start + 86_413 } else { start };
        Self { start, end: start + 60 + i64::from(plan.hosts) / if side == Side::New { 19 } else { 20 } }
    }

    /// When the host at this place of the list was done.
    pub fn host_end(self, plan: &Plan, place: usize) -> i64 {
        let place = i64::try_from(place).unwrap_or(0);
        self.start + 30 + (self.end - self.start - 30) * place / i64::from(plan.hosts)
    }
}

/// A time in the forms that nmap and its scripts use. A time that cannot be told is left empty.
pub(crate) fn time_text(seconds: i64, format: &str) -> String {
    Timestamp::from_second(seconds).map(|time| time.strftime(format).to_string()).unwrap_or_default()
}

/// As `ctime` prints it.
pub(crate) const CTIME: &str = "%a %b %e %H:%M:%S %Y";

/// Writes one file of the pair, and gives the number of hosts in it.
///
/// Streams: memory does not depend on the number of hosts, but for four bytes each. The plan is to be
/// checked before ([`Plan::check`]).
pub fn write_scan(plan: &Plan, side: Side, out: &mut impl Write) -> io::Result<u32> {
    let clock = Clock::new(plan, side);
    let mut buffer = Vec::with_capacity(BUFFER_BYTES + 64 * 1024);
    write_head(plan, clock, &mut buffer)?;
    let mut listed: Vec<u32> = plan.listed(side).collect();
    for group in listed.chunks_mut(GROUP) {
        random(plan, group[0], Stream::Order(side)).shuffle(group);
    }
    for (place, host) in listed.iter().enumerate() {
        write_host(plan, side, *host, clock.host_end(plan, place), &mut buffer)?;
        if buffer.len() >= BUFFER_BYTES {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    write_end(listed.len(), clock, &mut buffer)?;
    out.write_all(&buffer)?;
    u32::try_from(listed.len()).map_err(io::Error::other)
}

fn write_head(plan: &Plan, clock: Clock, out: &mut Vec<u8>) -> io::Result<()> {
    // Two dashes must not stand in a comment, and nmap writes its arguments by the same routine.
    let options = match plan.shape {
        Shape::Full => {
            "-sS -sV -O -&#45;script default -&#45;traceroute -&#45;top-ports 1000 -oX scan.xml 10.20.0.0/16"
        }
        Shape::Ss => "-sS -&#45;top-ports 1000 -oX scan.xml 10.20.0.0/16",
        Shape::Lean => "-sS -p- -oX scan.xml 10.20.0.0/16",
    };
    let start = clock.start;
    let started = time_text(start, CTIME);
    out.extend_from_slice(
        br#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
"#,
    );
    writeln!(out, "<!-- Nmap 7.93 scan initiated {started} as: nmap {options} -->")?;
    writeln!(
        out,
        r#"<nmaprun scanner="nmap" args="nmap {options}" start="{start}" startstr="{started}" version="7.93" xmloutputversion="1.05">"#
    )?;
    let ports = &probed(plan.shape).all;
    write!(out, r#"<scaninfo type="syn" protocol="tcp" numservices="{}" services=""#, count(ports))?;
    push_ranges(out, ports);
    out.extend_from_slice(b"\"/>\n<verbose level=\"0\"/>\n<debugging level=\"0\"/>\n");
    Ok(())
}

fn write_end(up: usize, clock: Clock, out: &mut Vec<u8>) -> io::Result<()> {
    let (end, ended) = (clock.end, time_text(clock.end, CTIME));
    let elapsed = clock.end - clock.start;
    let down = usize::try_from(ADDRESSES).unwrap_or(up).saturating_sub(up);
    writeln!(
        out,
        r#"<runstats><finished time="{end}" timestr="{ended}" summary="Nmap done at {ended}; {ADDRESSES} IP addresses ({up} hosts up) scanned in {elapsed}.00 seconds" elapsed="{elapsed}.00" exit="success"/><hosts up="{up}" down="{down}" total="{ADDRESSES}"/>
</runstats>
</nmaprun>"#
    )
}
