//! masscan's own formats: JSON, one JSON object a line, list, and what it prints on a terminal.

use std::io::Read;

use portdelta_core::UnixTime;
use portdelta_core::observation::{
    HostRecord, PortRecord, PortStatus, Reason, Scanner, ServiceRecord, Summary, Tool,
};
use serde::Deserialize;
use serde_json::Value;

use crate::detect::Format;
use crate::json::Objects;
use crate::limits::Refusal;
use crate::lines::{LineEnd, Lines};
use crate::read::Progress;
use crate::text;

/// One object of `-oJ` or `-oD`.
#[derive(Deserialize)]
struct Record {
    ip: String,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    ports: Vec<PortObject>,
    // One object a line has its port beside the address.
    port: Option<Value>,
    proto: Option<String>,
    rec_type: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
struct PortObject {
    port: Value,
    #[serde(default)]
    proto: String,
    status: Option<String>,
    reason: Option<String>,
    service: Option<Service>,
}

#[derive(Deserialize, Default)]
struct Data {
    status: Option<String>,
    reason: Option<String>,
    service_name: Option<String>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    name: String,
}

/// Reads `-oJ` and `-oD`.
pub(crate) fn read_json(
    input: impl Read,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let mut objects = Objects::new(input, progress.limits.max_record_bytes);
    progress.begin(Scanner::of(Tool::Masscan))?;
    let mut whole = true;
    let mut finished = false;
    while let Some((object, object_is_whole)) = objects.next()? {
        whole &= object_is_whole;
        let text = String::from_utf8_lossy(object);
        match serde_json::from_str::<Record>(&text) {
            Ok(record) => {
                if let Some(host) = host_of(record, progress) {
                    progress.host(host)?;
                }
            }
            // What masscan writes at the end is not JSON.
            Err(_) if text.contains("finished") && text.len() < 64 => finished = true,
            Err(_) => {
                whole = false;
                progress.warnings.add("bad_record", "records that are not JSON were left out", &text);
            }
        }
    }
    let complete = whole && (format == Format::MasscanNdjson || finished || objects.last_outside == b']');
    progress.end(Summary { complete, ..Summary::default() });
    Ok(())
}

fn host_of(record: Record, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let address = text::address(&record.ip, &mut progress.warnings)?;
    let time = text::time(plain(&record.timestamp).as_bytes(), &mut progress.warnings);
    let mut host = HostRecord { end: time, ..HostRecord::of(address) };
    if let Some(port) = record.port {
        let status = if record.rec_type.as_deref() == Some("banner") { None } else { record.data.status };
        host.ports.extend(port_of(
            (&plain(&port), record.proto.as_deref().unwrap_or("tcp")),
            status.as_deref(),
            record.data.reason.as_deref(),
            record.data.service_name.as_deref(),
            time,
            progress,
        ));
    }
    for port in record.ports {
        let service = port.service.as_ref().map(|service| service.name.as_str());
        let (number, protocol) = (plain(&port.port), port.proto.as_str());
        let (status, reason) = (port.status.as_deref(), port.reason.as_deref());
        host.ports.extend(port_of((&number, protocol), status, reason, service, time, progress));
    }
    Some(host)
}

/// A JSON value as the digits or text that stand in it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// One port; without a status it is a banner, which is no word on the port, but of an open one.
fn port_of(
    (number, protocol): (&str, &str),
    status: Option<&str>,
    reason: Option<&str>,
    service: Option<&str>,
    time: Option<UnixTime>,
    progress: &mut Progress<'_>,
) -> Option<PortRecord> {
    let port = text::port(protocol.as_bytes(), number.as_bytes(), &mut progress.warnings)?;
    let service = service.map(|name| ServiceRecord {
        name: text::kept(name.as_bytes(), progress.limits.max_text_bytes, &mut progress.warnings),
        ..ServiceRecord::default()
    });
    Some(PortRecord {
        port,
        status: status.map_or(PortStatus::Open, PortStatus::from_name),
        reason: reason.map_or(Reason::None, Reason::from_name),
        time,
        service,
        scripts: Vec::new(),
    })
}

/// Whether `line` is one of `-oL`: `open tcp 80 192.0.2.1 1629960470`.
pub(crate) fn is_list_line(line: &str) -> bool {
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    matches!(words[..], ["open" | "closed" | "banner", _, number, _, time, ..]
        if text::port_number(number.as_bytes()).is_some() && text::count(time.as_bytes()).is_some())
}

/// Reads `-oL`, and `Discovered open port` lines.
pub(crate) fn read_lines(
    input: impl Read,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let mut lines = Lines::new(input, progress.limits.max_record_bytes);
    progress.begin(Scanner::of(Tool::Masscan))?;
    let mut complete = false;
    while let Some((line, end)) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            complete |= line == "# end";
            continue;
        }
        let host = match (format, end) {
            // The address or time of a line that is cut may be cut as well.
            (Format::MasscanList, LineEnd::Open) => None,
            (Format::MasscanList, _) => list_line(line, progress),
            _ => discovered_line(line, progress),
        };
        match host {
            Some(host) => progress.host(host)?,
            None => progress.warnings.add("odd_line", "lines of no known kind were left out", line),
        }
    }
    progress.end(Summary { complete: complete || format == Format::MasscanStdout, ..Summary::default() });
    Ok(())
}

fn list_line(line: &str, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    let [kind, protocol, number, address, time, ..] = words[..] else { return None };
    let address = text::address(address, &mut progress.warnings)?;
    let time = text::time(time.as_bytes(), &mut progress.warnings);
    let status = match kind {
        "banner" => None,
        "open" | "closed" => Some(kind),
        _ => return None,
    };
    let port = port_of((number, protocol), status, None, None, time, progress)?;
    Some(HostRecord { end: time, ports: vec![port], ..HostRecord::of(address) })
}

/// `Discovered open port 80/tcp on 192.0.2.1`
fn discovered_line(line: &str, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let (port, address) = line.strip_prefix("Discovered open port ")?.split_once(" on ")?;
    let (number, protocol) = port.split_once('/')?;
    let address = text::address(address.trim(), &mut progress.warnings)?;
    let port = port_of((number, protocol), Some("open"), None, None, None, progress)?;
    Some(HostRecord { ports: vec![port], ..HostRecord::of(address) })
}
