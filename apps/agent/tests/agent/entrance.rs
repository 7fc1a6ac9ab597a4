//! Getting in: tokens, pins, proxies, versions.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portdelta_agent::upstream::UpstreamError;
use portdelta_agent::{AgentError, Enrolment};

use crate::bench::{Bench, QUICK};
use crate::support::FakeServer;

#[test]
fn the_same_token_again_changes_nothing() {
    let bench = Bench::new();
    let first = bench.enrol().expect("the server takes it");
    let again = bench.enrol().expect("it is no mistake");
    assert!(matches!(first, Enrolment::New(_)) && matches!(again, Enrolment::Before(_)));
    assert_eq!((first.identity(), bench.server.count("enrol")), (again.identity(), 1));
    // A crash before it was written down: the key is still there, and the server knows it.
    std::fs::remove_file(bench.home().folder().join("agent.json")).expect("it is ours");
    assert_eq!(bench.enrol().expect("the same answer").identity(), first.identity());
    // Another token is another server.
    let mut token = bench.server.token();
    token.secret = "other".to_owned();
    assert!(matches!(bench.enrol_with(&token, false), Err(AgentError::Enrolled { .. })));
    assert!(bench.enrol_with(&token, true).is_err(), "the server knows another key");
    // That failed, so the former enrolment is still good.
    bench.server.send(1, "127.49.1.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.results(1).len(), 1);
}

#[test]
fn refusals_are_told() {
    let bench = Bench::new();
    bench.server.fault(|faults| faults.entrance = Some((403, "enrolment.expired")));
    let error = bench.enrol().expect_err("it is refused");
    assert_eq!(error.code(), "enrolment.expired");
    assert_eq!(error.to_string(), "could not enrol: the server says: no: \\x1benrolment.expired (403)");
    assert!(bench.home().identity().expect("readable").is_none());
}

#[test]
fn versions_must_fit_on_both_sides() {
    let bench = Bench::new();
    bench.server.fault(|faults| faults.protocol = Some(0));
    assert!(matches!(bench.enrol(), Err(AgentError::ServerTooOld { server: 0, oldest: 1 })));
    bench.server.fault(|faults| faults.protocol = None);
    bench.enrol().expect("the server takes it");
    bench.server.fault(|faults| faults.protocol = Some(0));
    assert!(matches!(bench.start(Bench::options()).wait(), Err(AgentError::ServerTooOld { .. })));
    bench.server.fault(|faults| *faults = crate::support::Faults::default());
    bench.server.fault(|faults| faults.entrance = Some((426, "protocol.agent_too_old")));
    assert!(matches!(bench.start(Bench::options()).wait(), Err(AgentError::AgentTooOld { .. })));
    let fresh = Bench::new();
    fresh.server.fault(|faults| faults.entrance = Some((426, "protocol.agent_too_old")));
    assert!(matches!(fresh.enrol(), Err(AgentError::AgentTooOld { .. })));
}

#[test]
fn only_the_pinned_certificate_is_accepted() {
    let bench = Bench::of(FakeServer::with_tls());
    let token = bench.server.token();
    let mut wrong = token.clone();
    wrong.pin = Some("00".repeat(32));
    let error = bench.enrol_with(&wrong, false).expect_err("another certificate");
    assert!(matches!(error, AgentError::Upstream(UpstreamError::WrongCertificate { .. })), "{error:?}");
    // Without a pin only public authorities count.
    let mut without = token.clone();
    without.pin = None;
    let error = bench.enrol_with(&without, false).expect_err("nobody vouches for it");
    assert!(matches!(error, AgentError::Upstream(UpstreamError::NotTrusted { .. })), "{error:?}");
    assert_eq!(bench.server.count("enrol"), 0);
    bench.enrol_with(&token, false).expect("it is the right one");
    bench.server.send(1, "127.49.2.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.results(1).len(), 1);
}

#[test]
fn everything_goes_through_the_proxy() {
    let bench = Bench::new();
    let (proxy, passed) = proxy_to(bench.server.address());
    let bench = bench.with_proxy(&format!("http://user:word@{proxy}"));
    // A name that nobody but the proxy knows.
    let token = bench.server.token_at("http://portdelta.invalid:8080");
    bench.enrol_with(&token, false).expect("the proxy knows the way");
    bench.server.send(1, "127.49.3.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.results(1).len(), 1);
    assert!(passed.load(Ordering::Relaxed) > 0);
    let other = Bench::new().with_proxy("ftp://127.0.0.1");
    assert!(matches!(other.enrol(), Err(AgentError::BadProxy)));
}

/// A proxy that passes everything on to one server, and counts the connections whose requests are meant for a proxy.
fn proxy_to(server: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = listener.local_addr().expect("it is bound");
    let passed = Arc::new(AtomicUsize::new(0));
    let counter = passed.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let counter = counter.clone();
            std::thread::spawn(move || pass(client, server, &counter));
        }
    });
    (address, passed)
}

fn pass(mut client: TcpStream, server: SocketAddr, counter: &AtomicUsize) {
    let mut upstream = TcpStream::connect(server).expect("the server listens");
    let mut head = vec![0; 8192];
    let Ok(read @ 1..) = client.read(&mut head) else { return };
    let text = String::from_utf8_lossy(&head[..read]).to_ascii_lowercase();
    if text.contains(" http://portdelta.invalid:8080/") && text.contains("proxy-authorization: basic") {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    upstream.write_all(&head[..read]).expect("the server reads");
    let (mut from, mut to) = (upstream.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
    let back = std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    let _ = std::io::copy(&mut client, &mut upstream);
    let _ = upstream.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
}
