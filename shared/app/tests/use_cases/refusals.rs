//! Files that are no results, or not whole ones.

use portdelta_app::repositories::{ResultStatus, RunState};
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{Memory, batches, changes, ingest, open_ports, run, scan, site, state, upload};

fn office(seconds: i64) -> NmapText {
    NmapText::of("-sT -p20-30 192.0.2.1-4")
        .at(seconds)
        .tcp("20-30")
        .of_total(4)
        .host(NmapHost::up("192.0.2.1").open(&[22]))
        .host(NmapHost::up("192.0.2.2").open(&[22, 25]))
}

#[tokio::test]
async fn a_result_that_is_larger_than_is_read_here_is_kept_and_refused() {
    let memory = crate::store::Memory::new();
    let limits = portdelta_formats::ResultLimits { max_bytes: 500, ..Default::default() };
    let text = portdelta_testkit::NmapText::of("-sT -p22 192.0.2.0/24").tcp("22").of_total(256);
    let text = (1..20).fold(text, |text, host| {
        text.host(portdelta_testkit::NmapHost::up(&format!("192.0.2.{host}")).open(&[22]))
    });
    let upload = || crate::store::upload(text.bytes());
    let refused = memory.app().limited(limits).ingest(upload(), &|_, _| {}).await.expect("it is kept");
    let status = refused.record.status;
    assert!(matches!(&status, ResultStatus::Refused { code, .. } if code == "too_large"), "{status:?}");
}

#[tokio::test]
async fn what_is_refused_is_kept_and_listed_and_closes_nothing() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0)).await;
    let believed = state(&app).await;
    let mut gzip = vec![0x1f, 0x8b, 8, 0];
    gzip.extend([0xff; 40]);
    let hopeless: [(&[u8], &str); 5] = [
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "not_a_scan"),
        (b"", "empty_file"),
        (&gzip, "unpacking_failed"),
        (b"\x28\xb5\x2f\xfd\xff\xff\xff\xff", "unpacking_failed"),
        (b"Starting Nmap 7.95\nNmap scan report for 192.0.2.1\n", "unsupported_format"),
    ];
    for (place, (raw, code)) in hopeless.iter().enumerate() {
        let report = ingest(&app, upload(raw.to_vec())).await;
        let ResultStatus::Refused { code: is, message } = &report.record.status else {
            panic!("{code} is not refused: {report:?}");
        };
        assert_eq!(is, code);
        assert!(message.ends_with('.'), "what to do belongs to it: {message}");
        assert!(!report.repeated, "{code} was never here before");
        let results = app.results(&site()).await.expect("the results");
        assert_eq!(results.len(), place + 2, "{code} is listed");
        assert!(results.contains(&report.record));
        let raw_key = format!("results/{}/{}", site(), report.record.id);
        assert!(memory.blobs.keys().iter().any(|key| key.as_str() == raw_key), "{code} is kept");
        let record = run(&app, &report.record.judgement.run).await;
        assert_eq!(record.state, RunState::Expired, "nothing of it was applied");
        assert!(record.warnings.iter().any(|(warning, _)| warning == code), "{record:?}");
    }
    assert_eq!(state(&app).await, believed);
}

#[tokio::test]
async fn a_truncated_result_counts_as_far_as_its_hosts_are_whole() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0)).await;
    let mut raw = NmapText::of("-sT -p20-30 192.0.2.1-4").at(1_000).tcp("20-30");
    raw = raw.host(NmapHost::up("192.0.2.1").open(&[23])).host(NmapHost::up("192.0.2.2"));
    let text = raw.text();
    let cut = text.rfind("<extraports").expect("the second host has ports");
    let report = ingest(&app, upload(text.as_bytes()[..cut].to_vec())).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 22/tcp port-closed", "192.0.2.1 23/tcp port-opened"]);
    assert_eq!(open_ports(&app, "192.0.2.2").await, ["22/tcp", "25/tcp"], "its second host is not whole");
    let record = run(&app, &report.record.judgement.run).await;
    assert_eq!(record.state, RunState::Partial);
    let codes: Vec<_> = record.warnings.iter().map(|(code, _)| code.as_str()).collect();
    assert!(codes.contains(&"incomplete"), "{codes:?}");
}

#[tokio::test]
async fn a_scanner_that_failed_covers_only_what_it_lists() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0)).await;
    let failed = NmapText::of("-sT -p20-30 192.0.2.1-4").at(1_000).tcp("20-30").of_total(4).failed();
    let report = scan(&app, &failed.host(NmapHost::up("192.0.2.1").open(&[22]))).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    assert_eq!(run(&app, &report.record.judgement.run).await.state, RunState::Partial);
    assert_eq!(state(&app).await.up(), 2);
}

#[tokio::test]
async fn several_documents_in_one_file_are_several_results() {
    let memory = Memory::new();
    let app = memory.app();
    let one = office(0).text();
    let other = NmapText::of("-sT -p20-30 192.0.2.1").at(1_000).tcp("20-30");
    let other = other.host(NmapHost::up("192.0.2.1").open(&[22, 30])).text();
    let report = ingest(&app, upload(format!("{one}{other}").into_bytes())).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 30/tcp port-opened"]);
    let batches = batches(&app).await;
    let results: Vec<_> = batches.iter().map(|batch| batch.order.result).collect();
    assert_eq!(results.len(), 2);
    assert!(results[0] == report.record.id && results[1] != results[0]);
    let again = ingest(&app, upload(format!("{one}{other}").into_bytes())).await;
    assert!(again.repeated);
    // The second document on its own is another upload that says nothing new.
    let alone = ingest(&app, upload(other.into_bytes())).await;
    assert_eq!(changes(&alone.deltas), [""; 0]);
}
