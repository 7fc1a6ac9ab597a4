//! Scanner outputs of the tests' own making.

use std::path::{Path, PathBuf};

use portdelta_testkit::{NmapHost, NmapText};

/// The second of an evening of January 2025, for [`NmapText::at`]: times to come would be read as now.
pub fn evening(day: i64) -> i64 {
    const BEGINNING_OF_TEXTS: i64 = 1_999_000_000;
    const FIRST: i64 = 1_736_128_800;
    FIRST - BEGINNING_OF_TEXTS + day * 86_400
}

/// Writes a file of the test.
pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the test may write into its folder");
    path
}

/// A small office on two evenings: a port opens and one closes, a service and a MAC address change, one host
/// comes, one goes. Addresses are chosen so that their order as text is not their order as numbers.
pub fn office() -> (NmapText, NmapText) {
    let scan = || NmapText::of("-sV -p22,80,443 192.0.2.0/29 192.0.2.100").tcp("22,80,443").of_total(9);
    let down = |from: NmapText, addresses: &[u8]| {
        addresses.iter().fold(from, |text, last| text.host(NmapHost::down(&format!("192.0.2.{last}"))))
    };
    let old = scan()
        .at(evening(0))
        .host(NmapHost::up("192.0.2.2").service(22, "ssh", "OpenSSH", "9.2").mac("02:00:5E:10:00:02"))
        .host(NmapHost::up("192.0.2.3").open(&[80]).service(443, "http", "nginx", "1.24.0"))
        .host(NmapHost::up("192.0.2.100").name("printer.example").open(&[80]));
    let new = scan()
        .at(evening(1))
        .host(NmapHost::up("192.0.2.2").service(22, "ssh", "OpenSSH", "9.9").mac("02:00:5E:10:00:22"))
        .host(NmapHost::up("192.0.2.4").open(&[22, 443]))
        .host(NmapHost::up("192.0.2.100").name("printer.example").open(&[80, 443]));
    (down(old, &[0, 1, 4, 5, 6, 7]), down(new, &[0, 1, 3, 5, 6, 7]))
}
