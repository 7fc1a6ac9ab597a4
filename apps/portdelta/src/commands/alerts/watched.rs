//! Ports that raise an alert when they are open.

use portdelta_protocol::admin::{Severity, WatchedPort};
use serde_json::json;

use crate::arguments::{RemoteArguments, WatchedPortArguments};
use crate::client::Client;
use crate::failure::Failure;
use crate::inputs;
use crate::output::{Listing, tell};

/// How often a change is tried while others change the list too.
const MOST_TRIES: u32 = 5;

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
    change(&client, |ports| {
        match ports.iter_mut().find(|old| is_same(old, &new)) {
            // The rule keeps its id, and with it its alerts.
            Some(old) => *old = WatchedPort { id: old.id.clone(), ..new.clone() },
            None => ports.push(new.clone()),
        }
        Ok(())
    })
    .await?;
    let sentence = format!("An open port {} raises an alert now: {}.", port_text(&new), severity.name());
    tell(remote.format.format, &sentence, &new)?;
    Ok(0)
}

/// Removes one.
pub async fn unwatch(port: &WatchedPortArguments, remote: &RemoteArguments) -> Result<u8, Failure> {
    let client = Client::of(&remote.server)?;
    let old = wanted(port, Severity::Low, "")?;
    change(&client, |ports| {
        let before = ports.len();
        ports.retain(|port| !is_same(port, &old));
        if ports.len() == before {
            return Err(Failure::new("unknown", format!("an open port {} raises no alert", port_text(&old)))
                .hint(
                    "`portdelta alerts ports` shows which do; name network and service where it has them.",
                ));
        }
        Ok(())
    })
    .await?;
    tell(remote.format.format, &format!("An open port {} raises no alert any more.", port_text(&old)), &old)?;
    Ok(0)
}

/// Changes the list. Where somebody else did meanwhile, what they made of it is changed.
async fn change(
    client: &Client,
    edit: impl Fn(&mut Vec<WatchedPort>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (mut ports, tag): (Vec<WatchedPort>, _) = client.get(&["watched-ports"]).tagged().await?;
        edit(&mut ports)?;
        let call = client.put(&["watched-ports"]).if_match(tag);
        match call.json(&ports)?.answer::<Vec<WatchedPort>>().await {
            Err(failure) if failure.code == "stale" && tries < MOST_TRIES => {}
            done => return done.map(drop),
        }
    }
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
