//! Who has what open, now and then; what was covered when; the runs of a scan.

use portdelta_app::repositories::RunState;
use portdelta_app::{App, AppError, CoverageRow, HostFilter, SearchFilter};
use portdelta_core::delta::Kind;
use portdelta_core::{AddressSet, Port, UnixTime};
use portdelta_testkit::{NmapHost, NmapText};

use super::{Desk, scan, usual_site};
use crate::runs::world::{Net, World};

/// What is found, in words: address and ports.
async fn found_at(desk: &Desk, words: &str, at: Option<UnixTime>, limit: usize) -> Vec<String> {
    let query = App::read_search("q", words).expect("it is understood");
    let filter = SearchFilter { query, sites: vec![usual_site()], at, gone: false };
    let service = desk.service();
    let (mut all, mut place) = (Vec::new(), None);
    loop {
        let (hits, next) = service.app().search(&filter, limit, place).await.expect("it is readable");
        assert!(hits.len() <= limit);
        all.extend(hits.iter().map(|hit| {
            let ports = hit.ports.iter().map(|(port, _)| port.to_string());
            [hit.address.to_string()].into_iter().chain(ports).collect::<Vec<_>>().join(" ")
        }));
        place = next;
        if place.is_none() {
            return all;
        }
    }
}

async fn found(desk: &Desk, words: &str) -> Vec<String> {
    let whole = found_at(desk, words, None, 100).await;
    for limit in [1, 2, 3] {
        assert_eq!(found_at(desk, words, None, limit).await, whole, "{words} by {limit}");
    }
    whole
}

/// Web servers in many blocks, and one SSH server with a name.
fn many() -> NmapText {
    let mut text = NmapText::of("-sV 10.0.0.0/18").tcp("20-30,443").of_total(16_384);
    for block in 0..64 {
        let host = NmapHost::up(&format!("10.0.{block}.1"));
        let version = if block % 2 == 0 { "1.24.0" } else { "1.18.0" };
        text = text.host(host.service(443, "https", "nginx", version));
    }
    text.host(NmapHost::up("10.0.63.7").service(22, "ssh", "OpenSSH", "9.2").name("mail.example"))
}

#[tokio::test]
async fn hosts_are_found_by_port_service_address_and_name() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.network("Mail", "10.0.63.0/24").await;
        desk.run("first", many()).await;
        assert_eq!(found(&desk, "port:443").await.len(), 64);
        assert_eq!(found(&desk, "product:nginx version:1.24*").await.len(), 32);
        assert_eq!(found(&desk, "port:22").await, ["10.0.63.7 22/tcp"]);
        assert_eq!(found(&desk, "service:ssh network:mail").await, ["10.0.63.7 22/tcp"]);
        assert_eq!(found(&desk, "name:mail*").await, ["10.0.63.7 22/tcp"]);
        assert_eq!(
            found(&desk, "address:10.0.3.0/24,10.0.62.0/24 nginx").await,
            ["10.0.3.1 443/tcp", "10.0.62.1 443/tcp"]
        );
        assert!(found(&desk, "port:22 nginx").await.is_empty());
        assert!(found(&desk, "port:443/udp").await.is_empty());
    }
}

#[tokio::test]
async fn a_page_of_hosts_looks_only_so_far_and_says_where_to_go_on() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.run("first", many()).await;
        let service = desk.service();
        let sevens = (0..64).map(|block| std::net::IpAddr::from([10, 0, block, 7])).collect();
        let filter = HostFilter { addresses: Some(sevens), ..HostFilter::default() };
        let page = async |after| service.app().hosts_after(&usual_site(), &filter, after, 10).await;
        let (rows, next) = page(None).await.expect("it is readable");
        assert!(rows.is_empty(), "only the last block has one");
        let (mut all, mut place, mut pages) = (rows, next, 1);
        while let Some(after) = place {
            let (rows, next) = page(Some(after)).await.expect("it is readable");
            assert!(next.is_none_or(|next| next > after));
            all.extend(rows);
            (place, pages) = (next, pages + 1);
        }
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].address, pages), ([10, 0, 63, 7].into(), 3), "each reads 48 times");
        let whole = service.app().hosts(&usual_site(), &filter).await.expect("it is readable");
        assert_eq!(whole.len(), 1);
        // Nothing is left of a network that others have taken all of.
        let none = HostFilter { addresses: Some(AddressSet::default()), ..HostFilter::default() };
        assert!(service.app().hosts(&usual_site(), &none).await.expect("it is readable").is_empty());
    }
}

#[tokio::test]
async fn what_was_open_on_a_date_is_what_was_believed_then() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        let now = || desk.service().app().now();
        let nothing = now();
        desk.run("first", scan(&[("192.0.2.1", &[22]), ("192.0.2.2", &[22, 25])])).await;
        let first = now();
        desk.run("second", scan(&[("192.0.2.1", &[22, 23]), ("192.0.2.2", &[25])])).await;
        let second = now();
        desk.run("third", scan(&[("192.0.2.1", &[23])])).await;
        let third = now();
        desk.run("fourth", scan(&[("192.0.2.1", &[23]), ("192.0.2.2", &[22])])).await;
        let at = async |time, words: &str| found_at(&desk, words, Some(time), 2).await;
        assert!(at(nothing, "192").await.is_empty());
        assert_eq!(at(first, "192").await, ["192.0.2.1 22/tcp", "192.0.2.2 22/tcp 25/tcp"]);
        assert_eq!(at(second, "192").await, ["192.0.2.1 22/tcp 23/tcp", "192.0.2.2 25/tcp"]);
        assert_eq!(at(second, "port:22").await, ["192.0.2.1 22/tcp"]);
        assert_eq!(at(third, "192").await, ["192.0.2.1 23/tcp"]);
        assert_eq!(at(now(), "192").await, found(&desk, "192").await);
        assert_eq!(found(&desk, "port:22").await, ["192.0.2.2 22/tcp"]);
    }
}

#[tokio::test]
async fn services_and_names_are_those_of_the_date() {
    let desk = Desk::in_memory();
    let of = |product: &str, version: &str, name: &str| {
        let host = NmapHost::up("192.0.2.1").service(443, "https", product, version).name(name);
        NmapText::of("-sV -p443 192.0.2.0/30").tcp("443").of_total(4).host(host)
    };
    desk.run("first", of("nginx", "1.18", "old.example")).await;
    let first = desk.service().app().now();
    desk.run("second", of("Caddy", "2.8", "new.example")).await;
    let at = async |words: &str| found_at(&desk, words, Some(first), 9).await.len();
    assert_eq!((at("product:nginx").await, at("product:caddy").await), (1, 0));
    assert_eq!((at("name:old*").await, at("name:new*").await), (1, 0));
    assert_eq!(
        (found(&desk, "product:nginx").await.len(), found(&desk, "product:caddy").await.len()),
        (0, 1)
    );
}

#[test]
fn what_can_not_be_understood_is_named_with_its_place() {
    let wrong = App::read_search("q", "web port:x").expect_err("no port");
    assert_eq!((wrong.field, wrong.code), ("q", "bad_port"));
    assert_eq!(wrong.position.map(|place| place.column), Some(10));
}

async fn coverage(desk: &Desk, port: Option<Port>, limit: usize) -> Vec<CoverageRow> {
    let service = desk.service();
    let network = service.app().network("Office").await.expect("readable").expect("there");
    let (mut all, mut after): (Vec<CoverageRow>, _) = (Vec::new(), None);
    loop {
        let app = service.app();
        let page = app.network_coverage(&usual_site(), &network, port, after, limit).await;
        let (rows, more) = page.expect("it is readable");
        all.extend(rows);
        after = all.last().map(|row| row.block);
        if !more {
            return all;
        }
    }
}

#[tokio::test]
async fn coverage_tells_how_many_addresses_were_covered_when() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.network("Office", "192.0.2.0/25, 198.51.100.0/24").await;
        desk.run("first", scan(&[("192.0.2.1", &[22])])).await;
        let first = desk.service().app().now();
        let narrow = NmapText::of("-sS -p22 192.0.2.0/26").tcp("22").of_total(64);
        desk.run("second", narrow.host(NmapHost::up("192.0.2.1").open(&[22]))).await;
        let second = desk.service().app().now();
        let rows = coverage(&desk, None, 500).await;
        assert_eq!(coverage(&desk, None, 1).await, rows);
        let row = &rows[0];
        assert_eq!(
            (row.block.to_string().as_str(), row.addresses, row.looked_at),
            ("192.0.2.0/24", 128, 128)
        );
        assert_eq!(row.times, Some((first, second)));
        let words = row.columns.iter().map(|column| format!("{} {}", column.ports, column.addresses));
        assert_eq!(words.collect::<Vec<_>>(), ["T:22 1", "T:20-30 1"]);
        assert_eq!((rows[1].addresses, rows[1].looked_at, rows[1].times), (256, 0, None));
        let ssh = coverage(&desk, Some(Port::tcp(22)), 500).await;
        assert_eq!(ssh[0].columns[0].times, (second, second));
        assert!(coverage(&desk, Some(Port::udp(22)), 500).await[0].columns.is_empty());
    }
}

#[tokio::test]
async fn a_timeline_has_every_run_once_and_those_of_a_kind() {
    let world = World::new();
    let desk = Desk::on(&world.memory);
    let scan = world.scan("192.0.2.0/30", "20-30").await;
    let mut runs = Vec::new();
    for ports in [&[22][..], &[22, 23], &[22, 23], &[23]] {
        world.memory.clock.advance(600);
        runs.insert(0, world.run(&scan, &Net::of(&[("192.0.2.1", ports)])).await.run);
    }
    let timeline = async |kinds: &[Kind], limit: usize| -> Result<Vec<_>, AppError> {
        let service = desk.service();
        let (mut all, mut after): (Vec<_>, Option<String>) = (Vec::new(), None);
        loop {
            let page = service.app().timeline(&scan.id, None, kinds, limit, after.as_deref()).await?;
            assert!(page.0.iter().all(|entry| entry.coverage_percent == Some(100)));
            assert!(page.0.iter().all(|entry| entry.run.state == RunState::Complete));
            all.extend(page.0.into_iter().map(|entry| entry.run.id));
            after = page.1;
            if after.is_none() {
                return Ok(all);
            }
        }
    };
    for limit in [1, 2, 3, 100] {
        assert_eq!(timeline(&[], limit).await.expect("readable"), runs, "{limit}");
        assert_eq!(timeline(&[Kind::PortOpened], limit).await.expect("readable"), &runs[2..3], "{limit}");
    }
    assert_eq!(timeline(&[Kind::PortOpened, Kind::PortClosed], 1).await.expect("readable").len(), 2);
}
