//! masscan's JSON: the array of `-oJ`, also cut, overwritten or from versions that wrote no JSON, and the lines of
//! `-oD`.

use portdelta_core::observation::{HostRecord, Scanner, Summary, Tool};
use serde::Deserialize;
use serde_json::Value;

use crate::detect::Format;
use crate::json::{Objects, with_quoted_names};
use crate::port_record::port_record;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::Odd;
use crate::window::Window;

/// One object: `-oJ` has a list of ports, `-oD` has its one port beside the address.
#[derive(Deserialize)]
struct Record {
    ip: String,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    ports: Vec<PortPart>,
    port: Option<Value>,
    proto: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
struct PortPart {
    port: Value,
    #[serde(default)]
    proto: String,
    status: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Data {
    status: Option<String>,
    reason: Option<String>,
}

/// Reads a file as one document.
pub(crate) fn read(
    window: &mut Window<'_>,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let mut objects = Objects::new(window);
    let (mut finished, mut whole) = (false, true);
    progress.begin(Scanner::of(Tool::Masscan))?;
    while let Some(object) = objects.next(progress)? {
        let record = serde_json::from_str::<Record>(&object)
            .or_else(|_| serde_json::from_str(&with_quoted_names(&object)));
        match record {
            Ok(record) => {
                if let Some(host) = host_of(record, progress) {
                    progress.host(host)?;
                }
            }
            // The end mark of old versions.
            Err(_) if object.trim_start_matches(['{', ' ', '"']).starts_with("finished") => finished = true,
            Err(_) => {
                whole = false;
                progress.warnings.add(Odd::UnreadableRecord, &object);
            }
        }
    }
    let ended = finished || objects.last_outside == b']' || format == Format::MasscanNdjson;
    progress.end(Summary { complete: whole && ended && !objects.skipped, ..Summary::default() });
    Ok(())
}

fn host_of(record: Record, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let warnings = &mut progress.warnings;
    let address = text::address(&record.ip, warnings)?;
    let time = text::seconds(&plain(&record.timestamp), warnings);
    let mut host = HostRecord { end: time, ..HostRecord::of(address) };
    let single = record.port.map(|port| PortPart {
        port,
        proto: record.proto.unwrap_or_default(),
        status: record.data.status,
        reason: record.data.reason,
    });
    for part in record.ports.into_iter().chain(single) {
        let Some(port) = text::port(&part.proto, &plain(&part.port), warnings) else { continue };
        host.ports.push(port_record(port, part.status.as_deref(), part.reason.as_deref(), time));
    }
    Some(host)
}

/// A JSON value as the digits or text in it: versions differ in what they quote.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::collect::collect_bytes;

    const TWO: &str = "[\n{ \"ip\": \"192.0.2.1\", \"timestamp\": \"1700000000\", \"ports\": [ {\"port\": 80, \
                       \"proto\": \"tcp\", \"status\": \"open\", \"reason\": \"syn-ack\", \"ttl\": 54} ] }\n,\n\
                       { \"ip\": \"192.0.2.1\", \"timestamp\": \"1700000001\", \"ports\": [ {\"port\": 80, \
                       \"proto\": \"tcp\", \"service\": {\"name\": \"title\", \"banner\": \"}]{\\\"\"} } ] }\n]\n";

    fn ports(bytes: &str) -> (bool, Vec<String>) {
        let (reading, documents) = collect_bytes(bytes.as_bytes());
        let hosts = documents.iter().flat_map(|document| &document.hosts);
        let ports = hosts.flat_map(|host| {
            host.ports
                .iter()
                .map(move |port| format!("{} {} {}", host.address, port.port, port.status.name()))
        });
        (reading.complete, ports.collect())
    }

    #[test]
    fn records_and_banners_are_open_ports() {
        let twice = vec!["192.0.2.1 80/tcp open".to_owned(); 2];
        assert_eq!(ports(TWO), (true, twice.clone()));
        assert_eq!(ports(&TWO.replace("\n]", "\n,\n]")), (true, twice.clone()), "a comma too many");
        assert_eq!(ports(TWO.trim_end().trim_end_matches(']')), (false, twice), "cut behind a record");
    }

    #[test]
    fn a_record_that_was_cut_hides_none() {
        let overwritten = TWO.replacen("\"open\", \"reason\": \"syn-ack\", \"ttl\": 54} ] }", "\"op", 1);
        assert_eq!(ports(&overwritten), (false, vec!["192.0.2.1 80/tcp open".to_owned()]));
    }

    #[test]
    fn old_versions_wrote_no_json() {
        let old = "{ ip: \"192.0.2.1\",   timestamp: \"1400000000\", ports: [ {port: 443, proto: \"tcp\", \
                   status: \"open\", reason: \"syn-ack\", ttl: 54} ] },\n{finished: 1}\n";
        assert_eq!(ports(old), (true, vec!["192.0.2.1 443/tcp open".to_owned()]));
        assert_eq!(ports(&old[..old.len() - 4]), (false, vec!["192.0.2.1 443/tcp open".to_owned()]));
    }

    #[test]
    fn lines_are_records() {
        let lines = "{\"ip\":\"2001:db8::1\",\"timestamp\":\"1700000000\",\"port\":53,\"proto\":\"udp\",\
                     \"rec_type\":\"status\",\"data\":{\"status\":\"open\",\"reason\":\"none\",\"ttl\":5}}\n\
                     {\"ip\":\"192.0.2.2\",\"timestamp\":\"1700000000\",\"port\":0,\"proto\":\"icmp\",\
                     \"rec_type\":\"status\",\"data\":{\"status\":\"open\"}}\n";
        let expected = ["2001:db8::1 53/udp open".to_owned(), "192.0.2.2 1/ip open".to_owned()];
        assert_eq!(ports(lines), (true, expected.to_vec()));
        assert_eq!(ports(&lines[..lines.len() - 3]), (false, expected[..1].to_vec()));
    }
}
