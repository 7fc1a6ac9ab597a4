//! What the application knows, as administrators read it.

pub(crate) mod runs;
pub(crate) mod scan_options;
pub(crate) mod scans;

use std::collections::BTreeMap;
use std::net::IpAddr;

use portdelta_app::HostRow;
use portdelta_app::repositories::{Batch, HostNote, Network};
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::score::ChangeCounts;
use portdelta_core::state::{PortState, Presence};
use portdelta_core::{AddressSet, Port, PortSet, Protocol, UnixTime, targets};
use portdelta_formats::report::{DeltaView, change};
use portdelta_protocol::admin::{self, Cover, Host, HostPort, HostService, Time, Warning, Why};

use crate::error::ApiError;

/// Targets in a field of a request.
pub(crate) fn addresses(field: &str, text: &str) -> Result<AddressSet, ApiError> {
    targets::parse(text).map_err(|mistake| {
        let position = characters_before(text, mistake.place.offset);
        ApiError::invalid(field, mistake.code(), mistake.to_string()).hint(mistake.hint()).position(position)
    })
}

/// Ports in a field of a request, named one by one.
pub(crate) fn named_ports(field: &str, text: &str) -> Result<PortSet, ApiError> {
    let ports: PortSpec = text.parse().map_err(|mistake: portdelta_core::port_spec::PortMistake| {
        let position = characters_before(text, mistake.place.offset);
        ApiError::invalid(field, mistake.code(), mistake.to_string()).hint(mistake.hint()).position(position)
    })?;
    ports.set().cloned().ok_or_else(|| {
        ApiError::invalid(field, "ports_not_named", "top:N does not name the ports that were scanned")
            .hint("Name them: 22,80,443 or 1-1000.")
    })
}

/// `22` or `53/udp`.
pub(crate) fn port(field: &str, text: &str) -> Result<Port, ApiError> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let parsed = number.parse().ok().zip(Protocol::from_name(protocol));
    parsed
        .map(|(number, protocol)| Port { protocol, number })
        .ok_or_else(|| ApiError::invalid(field, "bad_port", "this is no port").hint("Write 22, or 53/udp."))
}

/// `port-opened,host-new`; none where there is no such text.
pub(crate) fn kinds(field: &str, names: Option<&str>) -> Result<Vec<Kind>, ApiError> {
    let names = names.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let kind = |name: &str| {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let known = Kind::ALL.map(Kind::name).join(", ");
            ApiError::invalid(field, "kind.unknown", "there is no such kind of change")
                .hint(format!("There are {known}."))
        })
    };
    names.map(kind).collect()
}

pub(crate) fn characters_before(text: &str, offset: usize) -> u64 {
    text.get(..offset).map_or(0, |before| before.chars().count() as u64)
}

/// `192.0.2.0/24, 198.51.100.7-198.51.100.9`
pub(crate) fn address_text(set: &AddressSet) -> String {
    set.ranges().iter().map(|&range| range.notation()).collect::<Vec<_>>().join(", ")
}

/// All changes of a batch; first looks only where they are wanted.
pub(crate) fn delta(site: &SiteId, run: &RunId, late: bool, delta: &Delta) -> admin::Delta {
    let view = DeltaView::of(delta);
    let cover = |&(time, result): &(UnixTime, portdelta_core::ids::ResultId)| Cover {
        time: Time(time),
        result: result.to_string(),
    };
    admin::Delta {
        id: delta.id.to_string(),
        site: site.clone(),
        run: run.clone(),
        time: Time(delta.time),
        first_seen: Time(delta.first_seen),
        kind: view.kind.to_owned(),
        address: view.address,
        protocol: view.protocol.map(str::to_owned),
        port: view.port,
        script: view.script,
        cause: view.cause.map(str::to_owned),
        before: view.before,
        after: view.after,
        change: change(delta),
        why: Why {
            sentence: view.why.sentence,
            previous: delta.why.previous.as_ref().map(cover),
            agreed: delta.why.agreed.iter().map(cover).collect(),
            needed: delta.why.needed,
            blackout: delta.why.blackout,
        },
        first_look: delta.first_look,
        late,
    }
}

/// A delta of a batch.
pub(crate) fn delta_of(batch: &Batch, one: &Delta) -> admin::Delta {
    delta(&batch.site, &batch.run, batch.late, one)
}

/// A host, with the network it belongs to.
pub(crate) fn host(row: &HostRow, networks: &[Network], note: Option<&HostNote>) -> Host {
    let ports = row.state.open_ports().map(|(port, state)| {
        let covered = row.ports_covered.iter().find(|(covered, _)| *covered == port);
        host_port(port, state, covered.and_then(|(_, time)| *time))
    });
    let status = match row.state.presence {
        Presence::Up => "up",
        Presence::Gone => "gone",
        Presence::Awaited => "pending",
    };
    let names = row.state.names.as_ref();
    Host {
        address: row.address.to_string(),
        status: status.to_owned(),
        pending: row.state.is_pending(),
        names: names.map(|names| names.value.iter().map(ToString::to_string).collect()),
        aliases: row.state.aliases.iter().map(ToString::to_string).collect(),
        mac: row.state.mac.as_ref().map(|mac| mac.value.map(|byte| format!("{byte:02x}")).join(":")),
        first_seen: Time(row.state.first_seen),
        last_covered: row.last_covered.map(Time),
        network: network_of(row.address, networks).map(|network| network.name.clone()),
        owner: note.map(|note| note.owner.clone()).filter(|owner| !owner.is_empty()),
        labels: note.map(|note| note.labels.clone()).unwrap_or_default(),
        ports: ports.collect(),
    }
}

/// An open port.
pub(crate) fn host_port(port: Port, state: &PortState, covered: Option<UnixTime>) -> HostPort {
    HostPort {
        protocol: port.protocol.name().to_owned(),
        port: port.number,
        first_seen: Time(state.first_seen),
        since: Time(state.changed),
        last_covered: covered.map(Time),
        pending: state.pending.is_some(),
        service: state.service.as_ref().map(|known| HostService {
            name: known.value.name.to_string(),
            tunnel: known.value.tunnel.to_string(),
            product: known.value.product.to_string(),
            version: known.value.version.to_string(),
            extra_info: known.value.extra_info.to_string(),
        }),
    }
}

/// The network with the smallest range around an address.
fn network_of(address: IpAddr, networks: &[Network]) -> Option<&Network> {
    let around = |network: &Network| {
        let ranges = network.prefixes.ranges().iter();
        ranges.filter(|range| range.contains(address)).map(|range| range.count()).min()
    };
    networks
        .iter()
        .filter_map(|network| Some((around(network)?, network)))
        .min_by_key(|(size, _)| *size)
        .map(|(_, network)| network)
}

pub(crate) fn tally(tally: portdelta_core::reconcile::Tally) -> admin::Tally {
    admin::Tally { hosts: tally.hosts, ports: tally.ports }
}

pub(crate) fn warnings(warnings: &[(String, String)]) -> Vec<Warning> {
    let warning =
        |(code, message): &(String, String)| Warning { code: code.clone(), message: message.clone() };
    warnings.iter().map(warning).collect()
}

/// The score of so many changes of each kind.
pub(crate) fn score(changes: &BTreeMap<String, u64>) -> admin::Score {
    let of = |kinds: &[Kind]| kinds.iter().filter_map(|kind| changes.get(kind.name())).sum::<u64>();
    let counts = ChangeCounts {
        opened: of(&[Kind::PortOpened, Kind::PortReopened]),
        closed: of(&[Kind::PortClosed]),
        service_changes: of(&[Kind::ServiceChanged]),
        new_hosts: of(&[Kind::HostNew, Kind::HostBack]),
        hosts_gone: of(&[Kind::HostGone]),
        other: of(&[Kind::HostnameChanged, Kind::MacChanged, Kind::OsChanged, Kind::ScriptChanged]),
    };
    let score = counts.score();
    admin::Score {
        value: score.value(),
        class: score.class().name().to_owned(),
        status: counts.status().name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_blocks_are_written_as_blocks() {
        for (text, expected) in [
            ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
            ("192.0.2.0-192.0.2.127, 198.51.100.7", "192.0.2.0/25, 198.51.100.7"),
            ("192.0.2.1-192.0.2.254", "192.0.2.1-192.0.2.254"),
            ("192.0.2.4-192.0.2.11", "192.0.2.4-192.0.2.11"),
            ("2001:db8::/112", "2001:db8::/112"),
            ("10.0.0.0/8", "10.0.0.0/8"),
        ] {
            let set = addresses("targets", text).expect("targets");
            assert_eq!(address_text(&set), expected);
            assert_eq!(addresses("targets", &address_text(&set)).expect("targets"), set);
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_field_and_position() {
        let refused = addresses("targets", "10.0.0.1, 10.0.0.300").expect_err("no address");
        assert_eq!((refused.field.as_deref(), refused.position), (Some("targets"), Some(10)));
        assert!(refused.hint.is_some());
    }
}
