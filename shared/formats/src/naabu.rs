//! naabu's JSON lines.

use std::io::Read;

use portdelta_core::UnixTime;
use portdelta_core::observation::{HostRecord, PortRecord, PortStatus, Reason, Scanner, Summary, Tool};
use serde::Deserialize;
use serde_json::Value;

use crate::json::Objects;
use crate::limits::Refusal;
use crate::read::Progress;
use crate::text;

#[derive(Deserialize)]
struct Record {
    ip: Option<String>,
    host: Option<String>,
    port: Value,
    protocol: Option<String>,
    timestamp: Option<String>,
}

/// Reads a file; naabu repeats lines, and they stay repeated here.
pub(crate) fn read(input: impl Read, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut objects = Objects::new(input, progress.limits.max_record_bytes);
    progress.begin(Scanner::of(Tool::Naabu))?;
    let mut complete = true;
    while let Some((object, whole)) = objects.next()? {
        complete &= whole;
        let text = String::from_utf8_lossy(object);
        if let Ok(record) = serde_json::from_str::<Record>(&text) {
            if let Some(host) = host_of(&record, progress) {
                progress.host(host)?;
            }
        } else {
            complete = false;
            progress.warnings.add("bad_record", "records that are not JSON were left out", &text);
        }
    }
    progress.end(Summary { complete, ..Summary::default() });
    Ok(())
}

fn host_of(record: &Record, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let address = record.ip.as_deref().or(record.host.as_deref()).unwrap_or_default();
    let address = text::address(address, &mut progress.warnings)?;
    // Older versions wrote an object for the port, with the protocol as a number: 0 for TCP, 1 for UDP.
    let (number, protocol) = match &record.port {
        Value::Object(port) => {
            let of = |name: &str| port.get(name).map(ToString::to_string).unwrap_or_default();
            let protocol = if of("Protocol") == "1" { "udp" } else { "tcp" };
            (of("Port"), protocol)
        }
        Value::String(digits) => (digits.clone(), record.protocol.as_deref().unwrap_or("tcp")),
        other => (other.to_string(), record.protocol.as_deref().unwrap_or("tcp")),
    };
    let port = text::port(protocol.as_bytes(), number.as_bytes(), &mut progress.warnings)?;
    let time = record.timestamp.as_deref().and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let time = time.and_then(|time| UnixTime::from_seconds(time.as_second()));
    let port = PortRecord {
        port,
        status: PortStatus::Open,
        reason: Reason::None,
        time,
        service: None,
        scripts: Vec::new(),
    };
    Some(HostRecord { end: time, ports: vec![port], ..HostRecord::of(address) })
}
