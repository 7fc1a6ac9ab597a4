//! Sides of a change in words, from their JSON: what comes from a server has no other form.

use serde_json::Value;

/// What [`value_text`](super::value_text) says of the value that [`value_json`](super::value_json) wrote.
///
/// Something else, as a newer server may send it, is given as JSON.
#[must_use]
pub fn value_words(json: &Value) -> String {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    if let Some(state) = text("state") {
        return match (state, text("reason")) {
            _ if json.get("with_host").is_some() => "closed (with its host)".to_owned(),
            ("closed|filtered", None) => "not open".to_owned(),
            (_, None) => state.to_owned(),
            (_, Some(reason)) => format!("{state} ({reason})"),
        };
    }
    if let Some(names) = json.get("names").and_then(Value::as_array) {
        let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
        return if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
    }
    if let Some(mac) = text("mac") {
        return mac.to_owned();
    }
    if let Some(classes) = json.get("os").and_then(Value::as_array) {
        let of = |class: &Value, name: &str| class[name].as_str().unwrap_or_default().to_owned();
        let words = |class: &Value| format!("{} {}", of(class, "family"), of(class, "generation"));
        return classes.iter().map(|class| words(class).trim().to_owned()).collect::<Vec<_>>().join(", ");
    }
    if let Some(output) = text("output") {
        return format!("“{output}”");
    }
    if ["name", "tunnel", "product", "version", "extra_info"].iter().any(|name| text(name).is_some()) {
        return service_words(json);
    }
    json.to_string()
}

/// `ssl/http nginx 1.24.0 (Ubuntu)`
fn service_words(json: &Value) -> String {
    let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut words = String::new();
    if !text("tunnel").is_empty() {
        words = format!("{}/", text("tunnel"));
    }
    words.push_str(text("name"));
    for part in ["product", "version"] {
        if !text(part).is_empty() {
            words.push(' ');
            words.push_str(text(part));
        }
    }
    match text("extra_info") {
        "" => words,
        extra => format!("{words} ({extra})"),
    }
}

#[cfg(test)]
mod tests {
    use portdelta_core::delta::Value;
    use portdelta_core::observation::{PortStatus, Reason};
    use portdelta_core::service::Service;

    use super::super::{value_json, value_text};
    use super::*;

    #[test]
    fn words_from_json_are_those_of_the_value() {
        let service = |tunnel: &str, extra: &str| {
            Value::Service(Service {
                name: "http".into(),
                tunnel: tunnel.into(),
                product: "nginx".into(),
                version: "1.24.0".into(),
                extra_info: extra.into(),
                joined: false,
            })
        };
        let values = [
            Value::HostUp(Reason::None),
            Value::HostDown(Reason::None),
            Value::Port(PortStatus::Open, Reason::None),
            Value::Port(PortStatus::ClosedFiltered, Reason::None),
            Value::PortWithHost,
            service("", ""),
            service("ssl", "Ubuntu"),
            Value::Names(vec![]),
            Value::Names(vec!["a.example".into(), "b.example".into()]),
            Value::Mac([2, 0, 0x5e, 0x10, 0, 2]),
            Value::Os(vec![("Linux".into(), "6.X".into()), ("BSD".into(), "".into())]),
            Value::Script("SSH-2.0\n\u{1b}[2J".into()),
        ];
        for value in values {
            assert_eq!(value_words(&value_json(&value)), value_text(&value), "{value:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_is() {
        assert_eq!(value_words(&serde_json::json!({"colour": "blue"})), r#"{"colour":"blue"}"#);
    }
}
