//! Ports that raise an alert when they are open.

use portdelta_protocol::admin::{Severity, WatchedPort};
use serde_json::json;

use crate::arguments::{RemoteArguments, WatchedPortArguments};
use crate::client::Client;
use crate::failure::Failure;
use crate::inputs;
use crate::output::{Listing, tell};

/// Lists them.
pub async fn list(remote: &RemoteArguments) -> Result<u8, Failure> {
    let ports = all(&Client::of(&remote.server)?).await?;
    let columns = &["port", "severity", "label", "where", "service"];
    let mut listing = Listing::new(columns, "No port raises an alert.");
    for port in &ports {
        let cells = vec![
            port_text(port),
            port.severity.name().to_owned(),
            port.label.clone(),
            port.network
                .clone()
                .or(Some(port.addresses.clone()).filter(|text| !text.is_empty()))
                .unwrap_or_else(|| "any".to_owned()),
            port.service.clone().unwrap_or_else(|| "any".to_owned()),
        ];
        listing.row(cells, json!(port));
    }
    listing.print(remote.format.format)?;
    Ok(0)
}

/// Adds one, or replaces the one for the same port, network and service.
pub async fn watch(
    port: &WatchedPortArguments,
    severity: Severity,
    label: &str,
    remote: &RemoteArguments,
) -> Result<u8, Failure> {
    let client = Client::of(&remote.server)?;
    let new = wanted(port, severity, label)?;
    let mut ports = all(&client).await?;
    match ports.iter_mut().find(|old| is_same(old, &new)) {
        // The rule keeps its id, and with it its alerts.
        Some(old) => *old = WatchedPort { id: old.id.clone(), ..new.clone() },
        None => ports.push(new.clone()),
    }
    let _: Vec<WatchedPort> = client.put(&["watched-ports"]).json(&ports)?.answer().await?;
    let sentence = format!("An open port {} raises an alert now: {}.", port_text(&new), severity.name());
    tell(remote.format.format, &sentence, &new)?;
    Ok(0)
}

/// Removes one.
pub async fn unwatch(port: &WatchedPortArguments, remote: &RemoteArguments) -> Result<u8, Failure> {
    let client = Client::of(&remote.server)?;
    let old = wanted(port, Severity::Low, "")?;
    let mut ports = all(&client).await?;
    let before = ports.len();
    ports.retain(|port| !is_same(port, &old));
    if ports.len() == before {
        return Err(Failure::new("unknown", format!("an open port {} raises no alert", port_text(&old)))
            .hint("`portdelta alerts ports` shows which do; name network and service where it has them."));
    }
    let _: Vec<WatchedPort> = client.put(&["watched-ports"]).json(&ports)?.answer().await?;
    tell(remote.format.format, &format!("An open port {} raises no alert any more.", port_text(&old)), &old)?;
    Ok(0)
}

async fn all(client: &Client) -> Result<Vec<WatchedPort>, Failure> {
    client.get(&["watched-ports"]).answer().await
}

fn wanted(port: &WatchedPortArguments, severity: Severity, label: &str) -> Result<WatchedPort, Failure> {
    // `8000-8100/udp`: the protocol stands behind the last one.
    let (numbers, protocol) = port.port.split_once('/').unwrap_or((&port.port, "tcp"));
    let (first, last) = numbers.split_once('-').map_or((numbers, None), |(first, last)| (first, Some(last)));
    let first = inputs::port(&format!("{first}/{protocol}"))?;
    let last = last.map(|last| inputs::port(&format!("{last}/{protocol}"))).transpose()?;
    Ok(WatchedPort {
        id: None,
        protocol: first.protocol.name().to_owned(),
        port: first.number,
        last: last.map(|last| last.number),
        addresses: port.addresses.clone().unwrap_or_default(),
        label: label.to_owned(),
        severity,
        network: port.network.clone(),
        service: port.service.clone(),
    })
}

fn is_same(one: &WatchedPort, other: &WatchedPort) -> bool {
    let key = |port: &WatchedPort| {
        let WatchedPort { protocol, port, last, addresses, network, service, .. } = port.clone();
        (protocol, port, last, addresses, network, service)
    };
    key(one) == key(other)
}

fn port_text(port: &WatchedPort) -> String {
    let last = port.last.map(|last| format!("-{last}")).unwrap_or_default();
    format!("{}{last}/{}", port.port, port.protocol)
}
