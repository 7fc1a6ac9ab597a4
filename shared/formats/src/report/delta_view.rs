//! One delta as JSON, the same in every output.

use portdelta_core::UnixTime;
use portdelta_core::delta::{Delta, Value};
use serde::Serialize;
use serde_json::{Map, json};

use super::sentence;

/// A delta as it stands in JSON; fields that do not apply are absent.
#[derive(Clone, Debug, Serialize)]
pub struct DeltaView {
    /// `port-opened`
    pub kind: &'static str,
    /// `192.0.2.7`
    pub address: String,
    /// `tcp`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<&'static str>,
    /// 0 to 65,535
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The script's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// `host` or `port`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// What was believed; its shape follows the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// What is believed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
    /// What made it.
    pub why: WhyView,
}

/// Why a delta was reported.
#[derive(Clone, Debug, Serialize)]
pub struct WhyView {
    /// For people.
    pub sentence: String,
    /// The last cover before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Cover>,
    /// The results that agreed, the one that made the delta last.
    pub agreed: Vec<Cover>,
    /// How many had to agree.
    pub needed: u16,
    /// Two were needed because nothing in the block answered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blackout: bool,
}

/// A result, and the time of its evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Cover {
    /// RFC 3339, UTC.
    pub time: String,
    /// The result's id.
    pub result: String,
}

impl DeltaView {
    /// The view of `delta`.
    #[must_use]
    pub fn of(delta: &Delta) -> Self {
        let cover = |&(time, result): &(UnixTime, portdelta_core::ids::ResultId)| Cover {
            time: rfc3339(time),
            result: result.to_string(),
        };
        Self {
            kind: delta.kind.name(),
            address: delta.address.to_string(),
            protocol: delta.port.map(|port| port.protocol.name()),
            port: delta.port.map(|port| port.number),
            script: delta.script.as_ref().map(ToString::to_string),
            cause: delta.cause.map(portdelta_core::delta::Cause::name),
            before: delta.before.as_ref().map(value_json),
            after: delta.after.as_ref().map(value_json),
            why: WhyView {
                sentence: sentence::why(delta),
                previous: delta.why.previous.as_ref().map(cover),
                agreed: delta.why.agreed.iter().map(cover).collect(),
                needed: delta.why.needed,
                blackout: delta.why.blackout,
            },
        }
    }
}

/// One side of a change as JSON: an object whose fields follow the kind; what is not known is absent.
#[must_use]
pub fn value_json(value: &Value) -> serde_json::Value {
    let state = |state: &str, reason: &str| {
        if reason.is_empty() { json!({"state": state}) } else { json!({"state": state, "reason": reason}) }
    };
    match value {
        Value::HostUp(reason) => state("up", reason.name()),
        Value::HostDown(reason) => state("down", reason.name()),
        Value::Port(status, reason) => state(status.name(), reason.name()),
        Value::PortWithHost => json!({"state": "closed", "with_host": true}),
        Value::Service(service) => {
            let fields = [
                ("name", &service.name),
                ("tunnel", &service.tunnel),
                ("product", &service.product),
                ("version", &service.version),
                ("extra_info", &service.extra_info),
            ];
            let known = fields.into_iter().filter(|(_, text)| !text.is_empty());
            known.map(|(name, text)| (name.to_owned(), json!(text))).collect::<Map<_, _>>().into()
        }
        Value::Names(names) => json!({"names": names}),
        Value::Mac(mac) => json!({"mac": sentence::mac_text(*mac)}),
        Value::Os(classes) => {
            let classes: Vec<_> = classes
                .iter()
                .map(|(family, generation)| json!({"family": family, "generation": generation}))
                .collect();
            json!({"os": classes})
        }
        Value::Script(output) => json!({"output": output}),
    }
}

/// `2026-01-31T12:00:00Z`
#[must_use]
pub fn rfc3339(time: UnixTime) -> String {
    jiff::Timestamp::from_second(time.seconds()).map_or_else(|_| String::new(), |time| time.to_string())
}
