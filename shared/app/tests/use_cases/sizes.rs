//! As much as one host or one block can hold, under every limit of the table.

use portdelta_app::ports::TableLimits;
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{Memory, OnDisk, batches, block, changes, open_ports, run, scan, site, state};

/// Something different for each port, and nothing that packs well.
fn noise(seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..12).map(|_| random.alphanumeric()).collect()
}

fn tarpit(seconds: i64, without: u16) -> NmapText {
    let mut host = NmapHost::up("192.0.2.66");
    for port in (1..=u16::MAX).filter(|&port| port != without) {
        let banner = noise(u64::from(port));
        host = host.service(port, "ssh", &banner, "1");
    }
    NmapText::of("-sT -sV -p1-65535 192.0.2.66").at(seconds).tcp("1-65535").host(host)
}

async fn check_tarpit(app: &portdelta_app::App) {
    let first = scan(app, &tarpit(0, 0)).await;
    assert_eq!(state(app).await.hosts[&66].open_ports().count(), 65_535);
    let record = run(app, &first.record.judgement.run).await;
    assert_eq!(record.first_looks.ports, 65_535);
    let second = scan(app, &tarpit(1_000, 4_711)).await;
    assert_eq!(changes(&second.deltas), ["192.0.2.66 4711/tcp port-closed"]);
    let record = run(app, &second.record.judgement.run).await;
    assert_eq!(record.unchanged.ports, 65_534);
    assert_eq!(open_ports(app, "192.0.2.66").await.len(), 65_534);
    let batches = batches(app).await;
    assert_eq!(batches[0].deltas.len(), 65_536, "65,535 ports and their host at first look");
}

#[tokio::test]
async fn a_tarpit_with_every_port_open_is_kept_under_all_limits() {
    let memory = Memory::new();
    check_tarpit(&memory.app()).await;
    let blobs: Vec<_> = memory.blobs.keys().into_iter().map(|key| key.to_string()).collect();
    for folder in ["bodies/", "batches/"] {
        assert!(blobs.iter().any(|name| name.starts_with(folder)), "{folder} in {blobs:?}");
    }
    let largest = memory.table.items().iter().map(portdelta_app::ports::Item::size_bytes).max();
    assert!(largest.is_some_and(|bytes| bytes <= TableLimits::DYNAMODB.item_bytes), "{largest:?}");
}

#[tokio::test]
async fn a_tarpit_in_sqlite_too() {
    check_tarpit(&OnDisk::new().app()).await;
}

#[tokio::test]
async fn a_block_of_256_dense_hosts_is_kept() {
    let memory = Memory::new();
    let app = memory.app();
    let dense = |seconds: i64, changed: u16| {
        let scan = NmapText::of("-sT -sV -p1-1000 192.0.2.0/24").at(seconds).tcp("1-1000");
        (0..256_u16).fold(scan, |scan, last| {
            let host = NmapHost::up(&format!("192.0.2.{last}"))
                .name(&format!("{}.example.org", noise(u64::from(last))))
                .mac(&format!("02:00:00:00:00:{last:02x}"));
            scan.host((1..=40).fold(host, |host, port| {
                let changed = u64::from(last == changed && port == 7);
                host.service(port, "http", &noise(u64::from(last) * 1_000 + u64::from(port) + changed), "2.4")
            }))
        })
    };
    scan(&app, &dense(0, 999)).await;
    assert_eq!(state(&app).await.up(), 256);
    let second = scan(&app, &dense(1_000, 200)).await;
    assert_eq!(changes(&second.deltas), ["192.0.2.200 7/tcp service-changed"]);
    let heads = app.heads(&site()).await.expect("heads");
    assert_eq!((heads[0].0, heads[0].1.up), (block(), 256));
    let record = run(&app, &second.record.judgement.run).await;
    assert_eq!((record.unchanged.hosts, record.unchanged.ports), (255, 256 * 40 - 1));
}

#[tokio::test]
async fn a_block_with_more_layers_than_the_head_holds_reads_back() {
    let app = Memory::new().app();
    for number in 0..30_u16 {
        let port = 100 + number * 2;
        let one = NmapText::of(&format!("-sT -p{port} 192.0.2.1")).at(i64::from(number) * 1_000);
        let report =
            scan(&app, &one.tcp(&port.to_string()).host(NmapHost::up("192.0.2.1").open(&[port]))).await;
        assert_eq!(changes(&report.deltas), [""; 0]);
    }
    assert_eq!(state(&app).await.layers.newest_first().len(), 30);
    assert_eq!(open_ports(&app, "192.0.2.1").await.len(), 30);
    let all = NmapText::of("-sT -p1-1000 192.0.2.1").at(90_000).tcp("1-1000").host(NmapHost::up("192.0.2.1"));
    let report = scan(&app, &all).await;
    assert_eq!(changes(&report.deltas).len(), 30);
    assert_eq!(state(&app).await.layers.newest_first().len(), 1);
}
