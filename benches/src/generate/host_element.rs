//! One `<host>`.

use std::io::{self, Write};

use fastrand::Rng;

use super::catalog::CATALOG;
use super::document::{CTIME, time_text};
use super::hosts::{HostFacts, host_facts};
use super::noise::{Stream, push_hex, random};
use super::plan::{Plan, Shape, Side};
use super::port_element::{Closed, write_closed_port, write_open_port};
use super::port_list::{Range, count, is_dropped, probed, push_ranges, without};
use super::scripts::write_host_scripts;

/// Adds a host as the file of this side shows it.
pub(crate) fn write_host(plan: &Plan, side: Side, host: u32, end: i64, out: &mut Vec<u8>) -> io::Result<()> {
    let facts = host_facts(plan, host);
    let mut noise = random(plan, host, Stream::Noise(side));
    let ttl = if noise.bool() { 64 } else { 63 };
    let start = end - noise.i64(20..200);
    writeln!(
        out,
        r#"<host starttime="{start}" endtime="{end}"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="{}" addrtype="ipv4"/>"#,
        facts.address
    )?;
    let mac = facts.mac.map(|byte| format!("{byte:02X}")).join(":");
    writeln!(out, r#"<address addr="{mac}" addrtype="mac" vendor="{}"/>"#, facts.system.hardware_vendor)?;
    out.extend_from_slice(b"<hostnames>\n");
    if let Some(name) = &facts.name {
        writeln!(out, r#"<hostname name="{name}" type="PTR"/>"#)?;
    }
    out.extend_from_slice(b"</hostnames>\n");
    write_ports(plan, side, host, &facts, ttl, end, &mut noise, out)?;
    if plan.shape == Shape::Full {
        write_system(&facts, end, &mut noise, out)?;
        write_host_scripts(plan, host, &facts, end, &mut noise, out)?;
        write_trace(&facts, &mut noise, out)?;
    }
    writeln!(
        out,
        r#"<times srtt="{}" rttvar="{}" to="{}"/>
</host>"#,
        noise.u32(150..90_000),
        noise.u32(50..30_000),
        noise.u32(100_000..400_000)
    )
}

#[expect(clippy::too_many_arguments, reason = "everything that a port's text depends on")]
fn write_ports(
    plan: &Plan,
    side: Side,
    host: u32,
    facts: &HostFacts,
    ttl: u8,
    end: i64,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let open: Vec<u16> =
        facts.ports.iter().filter(|port| port.is_open(side)).map(|port| port.service.port).collect();
    // Nmap lists closed ports or folds them, depending on how many there are and how much it was asked to
    // tell: here by the toss of a coin, on each side anew.
    let closed: Vec<u16> =
        CATALOG.iter().map(|service| service.port).filter(|port| !open.contains(port)).collect();
    let listed: Vec<u16> = closed.into_iter().filter(|_| noise.u8(..20) == 0).collect();
    let mut shown: Vec<u16> = open.iter().chain(&listed).copied().collect();
    shown.sort_unstable();
    let probed = probed(plan.shape);
    out.extend_from_slice(b"<ports>");
    if facts.has_filter {
        let refused = [("reset", without(&probed.open_to_all, &shown))];
        let mut filtered = [
            ("no-response", without(&probed.dropped, &shown)),
            ("admin-prohibited", probed.prohibited.clone()),
        ];
        // Nmap sorts both by counts that change from scan to scan.
        if noise.bool() {
            filtered.reverse();
        }
        let mut groups = [(Closed::Refused, &refused[..]), (Closed::Filtered, &filtered[..])];
        if noise.bool() {
            groups.reverse();
        }
        for (state, reasons) in groups {
            write_folded(state, reasons, out)?;
        }
    } else {
        write_folded(Closed::Refused, &[("reset", without(&probed.all, &shown))], out)?;
    }
    for number in shown {
        match facts.ports.iter().find(|port| port.service.port == number && port.is_open(side)) {
            Some(port) => write_open_port(plan, side, host, port, ttl, end, noise, out)?,
            None if facts.has_filter && is_dropped(number) => {
                write_closed_port(number, Closed::Filtered, ttl, out)?;
            }
            None => write_closed_port(number, Closed::Refused, ttl, out)?,
        }
    }
    out.extend_from_slice(b"</ports>\n");
    Ok(())
}

fn write_folded(state: Closed, reasons: &[(&str, Vec<Range>)], out: &mut Vec<u8>) -> io::Result<()> {
    let all: usize = reasons.iter().map(|(_, ports)| count(ports)).sum();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, r#"<extraports state="{}" count="{all}">"#, state.name())?;
    for (reason, ports) in reasons.iter().filter(|(_, ports)| !ports.is_empty()) {
        write!(out, r#"<extrareasons reason="{reason}" count="{}" proto="tcp" ports=""#, count(ports))?;
        push_ranges(out, ports);
        out.extend_from_slice(b"\"/>\n");
    }
    out.extend_from_slice(b"</extraports>\n");
    Ok(())
}

/// Operating system, uptime and what was learned from sequence numbers.
fn write_system(facts: &HostFacts, end: i64, noise: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    let system = facts.system;
    let accuracy = noise.u8(96..=100);
    write!(
        out,
        r#"<os><portused state="open" proto="tcp" portid="22"/>
<portused state="closed" proto="tcp" portid="1"/>
<portused state="closed" proto="udp" portid="{}"/>
<osmatch name="{}" accuracy="{accuracy}" line="{}">
<osclass type="{}" vendor="{}" osfamily="{}" osgen="{}" accuracy="{accuracy}"><cpe>cpe:/{}</cpe></osclass>
</osmatch>
"#,
        noise.u16(30_000..45_000),
        system.name,
        50_000 + system.name.len() * 101,
        system.kind,
        system.vendor,
        system.family,
        system.generation,
        system.cpe,
    )?;
    // A further guess, below the line that counts.
    out.extend_from_slice(
        br#"<osmatch name="AXIS 210A or 211 Network Camera (Linux 2.6.17)" accuracy="89" line="61813">
<osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="2.6.X" accuracy="89"><cpe>cpe:/o:linux:linux_kernel:2.6</cpe></osclass>
</osmatch>
"#,
    );
    let uptime = noise.i64(3_600..9_000_000);
    write!(
        out,
        r#"</os>
<uptime seconds="{uptime}" lastboot="{}"/>
<distance value="{}"/>
<tcpsequence index="{}" difficulty="Good luck!" values=""#,
        time_text(end - uptime, CTIME),
        noise.u8(1..4),
        noise.u16(240..270),
    )?;
    push_six_values(out, noise);
    out.extend_from_slice(b"<ipidsequence class=\"All zeros\" values=\"0,0,0,0,0,0\"/>\n");
    out.extend_from_slice(b"<tcptssequence class=\"1000HZ\" values=\"");
    push_six_values(out, noise);
    Ok(())
}

fn push_six_values(out: &mut Vec<u8>, noise: &mut Rng) {
    for place in 0..6 {
        if place > 0 {
            out.push(b',');
        }
        push_hex(out, noise, 8);
    }
    out.extend_from_slice(b"\"/>\n");
}

fn write_trace(facts: &HostFacts, noise: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"<trace port=\"80\" proto=\"tcp\">\n");
    for ttl in 1..=2 {
        let (whole, part) = (noise.u8(..9), noise.u8(..100));
        writeln!(out, r#"<hop ttl="{ttl}" ipaddr="10.19.0.{ttl}" rtt="{whole}.{part:02}"/>"#)?;
    }
    let (whole, part) = (noise.u8(..90), noise.u8(..100));
    write!(out, r#"<hop ttl="3" ipaddr="{}" rtt="{whole}.{part:02}""#, facts.address)?;
    if let Some(name) = &facts.name {
        write!(out, r#" host="{name}""#)?;
    }
    out.extend_from_slice(b"/>\n</trace>\n");
    Ok(())
}
