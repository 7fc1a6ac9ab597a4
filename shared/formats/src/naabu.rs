//! naabu's JSON lines.

use portdelta_core::UnixTime;
use portdelta_core::observation::{HostRecord, Scanner, Summary, Tool};
use serde::Deserialize;
use serde_json::Value;

use crate::json::Objects;
use crate::masscan_json::plain;
use crate::port_record::port_record;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::{Odd, Warnings};
use crate::window::Window;

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    ip: String,
    #[serde(default)]
    host: String,
    port: Value,
    protocol: Option<String>,
    #[serde(default)]
    timestamp: Value,
}

/// Reads a file as one document; naabu repeats lines, and they stay repeated here.
pub(crate) fn read(window: &mut Window<'_>, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut objects = Objects::new(window);
    let mut whole = true;
    progress.begin(Scanner::of(Tool::Naabu))?;
    while let Some(object) = objects.next(progress)? {
        let Ok(record) = serde_json::from_str::<Record>(&object) else {
            whole = false;
            progress.warnings.add(Odd::UnreadableRecord, &object);
            continue;
        };
        if let Some(host) = host_of(&record, &mut progress.warnings) {
            progress.host(host)?;
        }
    }
    progress.end(Summary { complete: whole && !objects.skipped, ..Summary::default() });
    Ok(())
}

fn host_of(record: &Record, warnings: &mut Warnings) -> Option<HostRecord> {
    let address = if record.ip.is_empty() { &record.host } else { &record.ip };
    let address = text::address(address, warnings)?;
    let (number, protocol) = match &record.port {
        // Versions before 2.1 wrote an object, the protocol as a number: 0 for TCP, 1 for UDP.
        Value::Object(parts) => {
            let part = |name| parts.get(name).map(plain).unwrap_or_default();
            let protocol = match part("Protocol").as_str() {
                "1" | "udp" => "udp",
                _ => "tcp",
            };
            (part("Port"), protocol)
        }
        other => (plain(other), record.protocol.as_deref().unwrap_or("tcp")),
    };
    let port = text::port(protocol, &number, warnings)?;
    let time = time_of(&record.timestamp, warnings);
    Some(HostRecord {
        end: time,
        ports: vec![port_record(port, None, None, time)],
        ..HostRecord::of(address)
    })
}

/// RFC 3339, which names its zone.
fn time_of(value: &Value, warnings: &mut Warnings) -> Option<UnixTime> {
    let text = value.as_str()?;
    let time = text.parse::<jiff::Timestamp>().ok().and_then(|time| UnixTime::from_seconds(time.as_second()));
    if time.is_none() {
        warnings.add(Odd::BadTime, text);
    }
    time
}

#[cfg(test)]
mod tests {
    use crate::collect::{collect_bytes, listed};

    #[test]
    fn all_spellings_of_a_port_are_read() {
        let lines = "{\"ip\":\"192.0.2.1\",\"timestamp\":\"2026-01-01T00:00:01.5Z\",\"port\":80,\"protocol\":\"tcp\"}\n\
                     {\"host\":\"192.0.2.2\",\"port\":\"22\",\"service\":\"ssh\"}\n\
                     {\"host\":\"a.example\",\"ip\":\"192.0.2.3\",\"port\":{\"Port\":53,\"Protocol\":1,\"TLS\":false}}\n\
                     {\"host\":\"a.example\",\"port\":80}\n{\"ip\":\"192.0.2.4\",\"port\":65536}\n";
        let (reading, documents) = collect_bytes(lines.as_bytes());
        assert!(reading.complete);
        assert_eq!(
            listed(&documents),
            ["192.0.2.1 80/tcp open", "192.0.2.2 22/tcp open", "192.0.2.3 53/udp open"]
        );
        assert_eq!(documents[0].hosts[0].end.map(portdelta_core::UnixTime::seconds), Some(1_767_225_601));
        let codes: Vec<_> = reading.warnings.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(codes, ["bad_address", "bad_port"]);
    }

    #[test]
    fn half_a_line_is_no_record() {
        let (reading, documents) =
            collect_bytes(b"{\"ip\":\"192.0.2.1\",\"port\":80}\n{\"ip\":\"192.0.2.1\",\"port\":44");
        assert!(!reading.complete);
        assert_eq!(listed(&documents), ["192.0.2.1 80/tcp open"]);
    }
}
