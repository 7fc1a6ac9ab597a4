//! One `<port>`.

use std::io::{self, Write};

use fastrand::Rng;

use super::catalog::Flavour;
use super::document::time_text;
use super::hosts::PortFacts;
use super::noise::{Stream, push_base64, random};
use super::plan::{Plan, Side};
use super::scripts::write_port_scripts;

/// How a port that is not open shows itself.
#[derive(Clone, Copy)]
pub(crate) enum Closed {
    Refused,
    Filtered,
}

impl Closed {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "closed",
            Self::Filtered => "filtered",
        }
    }

    pub const fn reason(self) -> &'static str {
        match self {
            Self::Refused => "reset",
            Self::Filtered => "no-response",
        }
    }
}

/// Adds a port that is not open, outside of the summary.
pub(crate) fn write_closed_port(port: u16, state: Closed, ttl: u8, out: &mut Vec<u8>) -> io::Result<()> {
    let ttl = if matches!(state, Closed::Filtered) { 0 } else { ttl };
    writeln!(
        out,
        r#"<port protocol="tcp" portid="{port}"><state state="{}" reason="{}" reason_ttl="{ttl}"/></port>"#,
        state.name(),
        state.reason()
    )
}

/// Adds an open port, with what was found out about it.
#[expect(clippy::too_many_arguments, reason = "everything that a port's text depends on")]
pub(crate) fn write_open_port(
    plan: &Plan,
    side: Side,
    host: u32,
    port: &PortFacts,
    ttl: u8,
    end: i64,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let service = port.service;
    write!(
        out,
        r#"<port protocol="tcp" portid="{}"><state state="open" reason="syn-ack" reason_ttl="{ttl}"/>"#,
        service.port
    )?;
    if plan.shape.looks_at_services() {
        let mut texts = random(plan, host, Stream::Port(service.port));
        write_service(port, side, end, noise, out)?;
        write_port_scripts(service, end, &mut texts, noise, out)?;
    } else {
        let name = match service.flavour {
            Flavour::Https => "https",
            _ => service.name,
        };
        write!(out, r#"<service name="{name}" method="table" conf="3"/>"#)?;
    }
    out.extend_from_slice(b"</port>\n");
    Ok(())
}

fn write_service(
    port: &PortFacts,
    side: Side,
    end: i64,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let service = port.service;
    write!(out, r#"<service name="{}""#, service.name)?;
    if service.flavour == Flavour::Unrecognised {
        write_answers(service.port, end, noise, out)?;
        return out.write_all(br#" method="table" conf="3"/>"#);
    }
    let version = port.version(side);
    write!(out, r#" product="{}" version="{version}""#, service.product)?;
    if !service.extra_info.is_empty() {
        write!(out, r#" extrainfo="{}""#, service.extra_info)?;
    }
    if matches!(service.flavour, Flavour::Https | Flavour::Tls) {
        out.extend_from_slice(br#" tunnel="ssl""#);
    }
    write!(out, r#" method="probed" conf="10"><cpe>cpe:/{}:{version}</cpe></service>"#, service.cpe)
}

/// The raw answers of a service that nmap knows no name for; full of dates and random ids.
fn write_answers(port: u16, end: i64, noise: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    write!(
        out,
        r#" servicefp="SF-Port{port}-TCP:V=7.93%I=7%D={}%Time={end:X}%P=x86_64-pc-linux-gnu"#,
        time_text(end, "%-m/%-d")
    )?;
    for (probe, bytes) in [("GetRequest", 220), ("HTTPOptions", 160), ("RTSPRequest", 96)] {
        write!(
            out,
            r"%r({probe},{bytes:X},&quot;HTTP/1\.1\x20404\x20Not\x20Found\r\nDATE:\x20{}\r\nX-Request-Id:\x20",
            time_text(end, r"%a,\\x20%d\\x20%b\\x20%Y\\x20%H:%M:%S\\x20GMT")
        )?;
        push_base64(out, noise, bytes);
        out.extend_from_slice(br"\r\n&quot;)");
    }
    out.extend_from_slice(b";\"");
    Ok(())
}
