//! A large result on its way into a server: of what is uploaded only a window is in memory.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use portdelta_testkit::wait_until;

use crate::support::Server;

/// Hosts of the result, each with ports that were talked to at length.
const HOSTS: u32 = 1_000;
const PORTS: u32 = 10;

/// Bytes of what a service said, which a reader passes over.
const SAID: usize = 20_000;

/// By so much a server may grow, in KiB, whatever comes. The result has twice as many.
const MOST_GROWTH: u64 = 96 * 1024;

fn write_result(path: &Path) -> u64 {
    let mut file = BufWriter::new(File::create_new(path).expect("a new file"));
    let said = "x".repeat(SAID);
    let mut put = |text: &str| file.write_all(text.as_bytes()).expect("there is room");
    put("<?xml version=\"1.0\"?>\n<nmaprun scanner=\"nmap\" args=\"nmap -v -sS -sV -p20-29 10.0.0.0/16\" \
         start=\"1999999000\" version=\"7.95\"><scaninfo type=\"syn\" protocol=\"tcp\" numservices=\"10\" \
         services=\"20-29\"/>\n");
    for number in 0..HOSTS {
        let address = format!("10.0.{}.{}", number / 256, number % 256);
        let mut host = format!(
            "<host starttime=\"1999999000\" endtime=\"1999999100\"><status state=\"up\" reason=\"syn-ack\" \
             reason_ttl=\"64\"/><address addr=\"{address}\" addrtype=\"ipv4\"/><ports>"
        );
        for port in 20..20 + PORTS {
            let _ = write!(
                host,
                "<port protocol=\"tcp\" portid=\"{port}\"><state state=\"open\" reason=\"syn-ack\" \
                 reason_ttl=\"64\"/><service name=\"s{port}\" servicefp=\"{said}\" method=\"probed\" \
                 conf=\"10\"/></port>"
            );
        }
        put(&(host + "</ports></host>\n"));
    }
    put(&format!(
        "<runstats><finished time=\"1999999200\" exit=\"success\"/><hosts up=\"{HOSTS}\" down=\"0\" \
         total=\"{HOSTS}\"/></runstats></nmaprun>\n"
    ));
    file.flush().expect("there is room");
    path.metadata().expect("it is there").len()
}

/// The most memory that a process has had, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The files below a folder.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_result_is_never_in_memory_as_a_whole() {
    let server = Server::with(&["--plain-http"], &[]);
    server.line("sites add office").code(0);
    let (url, token) = (server.url(), server.token());
    let blobs = server.here().data().join("blobs");
    let path = server.here().home().join("large.xml");
    let bytes = write_result(&path);
    let lock = std::fs::read_to_string(server.here().data().join("serve.lock")).expect("the server has one");
    let process = lock.trim().parse().expect("the number of a process");
    let before = peak(process);

    // One that breaks off half way leaves nothing.
    let mut part = vec![0; 20 << 20];
    File::open(&path).expect("it is there").read_exact(&mut part).expect("it is longer");
    let address = url.strip_prefix("http://").expect("plain");
    let mut broken = TcpStream::connect(address).expect("it listens");
    let head = format!(
        "POST /api/v1/sites/office/imports?name=broken HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer \
         {token}\r\ncontent-type: application/octet-stream\r\ncontent-length: {bytes}\r\n\r\n"
    );
    broken.write_all(head.as_bytes()).expect("it reads");
    broken.write_all(&part).expect("it reads");
    wait_until("some of it to be written", || files(&blobs) > 0);
    drop((broken, part));
    wait_until("what was broken off to be gone", || files(&blobs) == 0);

    // A second call finds it taken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::blocking::Client::builder().timeout(None).no_proxy().build().expect("a client");
    let answer = client
        .post(format!("{url}/api/v1/sites/office/imports?name=large.xml"))
        .bearer_auth(&token)
        .header("content-type", "application/octet-stream")
        .body(File::open(&path).expect("it is there"))
        .send()
        .expect("an answer");
    let status = answer.status();
    let told = answer.text().expect("a text");
    assert_eq!(status, 201, "{told}");
    assert!(told.contains("\"hosts\":1000") && told.contains("\"ports\":10000"), "{told}");
    let growth = peak(process) - before;
    assert!(growth < MOST_GROWTH, "{growth} KiB more for a result of {} KiB", bytes / 1024);
    assert!(bytes / 1024 > 2 * MOST_GROWTH, "{bytes} bytes are not many");
    // The result as it came, and nothing that was staged on the way.
    assert_eq!(files(&blobs.join("staging")), 0);
    assert_eq!(files(&blobs.join("results")), 1);
}
