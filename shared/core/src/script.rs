//! What of a script's output is compared, and what is noise.
//!
//! A scan twice a day must not report that the clock moved on. So some scripts are never compared, and in the
//! output of all others times, dates and durations are blanked before it is digested; fingerprints, addresses
//! and versions stay. [`crate::observation::ScriptRecord`] holds the result.

mod auth;
mod moments;
mod words;

use compact_str::CompactString;
use sha2::{Digest, Sha256};

use crate::observation::ScriptRecord;

/// What stands in the place of every time, date and duration.
pub const BLANK: &str = "<time>";

/// How much of the blanked output is kept for people, in bytes; less where a character would be cut.
pub const MAX_EXCERPT_BYTES: usize = 240;

/// Scripts that print little else than a clock, or what they compute from one.
const CLOCKS: [&str; 7] =
    ["clock-skew", "daytime", "http-date", "rfc868-time", "smb2-time", "ssl-date", "smb2-vuln-uptime"];

/// What nmap prints in the place of output when a script crashed: it did not run.
const CRASHED: &str = "ERROR: Script execution failed";

/// Whether the output of the script `id` is compared at all.
///
/// Never compared are clocks, scripts about uptime, broadcasts (which tell of other hosts) and brute force
/// (which tells of luck).
#[must_use]
pub fn is_compared(id: &str) -> bool {
    !CLOCKS.contains(&id)
        && !id.starts_with("broadcast-")
        && !id.as_bytes().split(|&byte| byte == b'-').any(|word| word == b"brute" || word == b"uptime")
}

/// The comparable form of what script `id` printed.
///
/// `None` for scripts that are never compared ([`is_compared`]) and for those that crashed: neither is a look.
/// The digest is the first eight bytes, big-endian, of the SHA-256 of the blanked output, with `\n` as line end
/// and without trailing spaces and empty lines at either end. It is stored: changing what is blanked makes every
/// known script look changed once, so a change here needs a new version of the stored state.
#[must_use]
pub fn record(id: &str, output: &str) -> Option<ScriptRecord> {
    if !is_compared(id) || output.trim_start().starts_with(CRASHED) {
        return None;
    }
    let mut blanked = String::with_capacity(output.len());
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', output.as_bytes()).chain([output.len()]) {
        let line = &output[start..end];
        start = end + 1;
        if id == "http-auth" {
            push_line(&mut blanked, &auth::without_challenge(line));
        } else {
            push_line(&mut blanked, line);
        }
    }
    let hash = Sha256::digest(&blanked);
    Some(ScriptRecord {
        id: CompactString::from(id),
        digest: hash[..8].iter().fold(0, |digest, &byte| digest << 8 | u64::from(byte)),
        excerpt: CompactString::from(&blanked[..blanked.floor_char_boundary(MAX_EXCERPT_BYTES)]),
    })
}

/// Adds one line without its line end. Empty lines are skipped: with the line ends `\r\n` and `\n\r` every
/// second one is empty, and no script says anything by one.
fn push_line(blanked: &mut String, line: &str) {
    let trailing = line.bytes().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line = &line[..line.len() - trailing];
    if line.is_empty() {
        return;
    }
    if !blanked.is_empty() {
        blanked.push('\n');
    }
    let mut done = 0;
    while let Some(moment) = moments::find(line.as_bytes(), done) {
        blanked.push_str(&line[done..moment.start]);
        blanked.push_str(BLANK);
        done = moment.end;
    }
    blanked.push_str(&line[done..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn excerpt(output: &str) -> String {
        record("banner", output).expect("compared").excerpt.to_string()
    }

    #[test]
    fn clocks_broadcasts_and_brute_force_are_never_compared() {
        for id in [
            "ssl-date",
            "http-date",
            "smb2-time",
            "clock-skew",
            "uptime-agent-info",
            "smb2-vuln-uptime",
            "daytime",
            "broadcast-dhcp-discover",
            "ftp-brute",
            "oracle-brute-stealth",
            "http-iis-short-name-brute",
        ] {
            assert_eq!(record(id, "anything"), None, "{id}");
        }
        for id in ["ssl-cert", "nbstat", "rpcinfo", "smb-os-discovery", "http-title", "broadcaster"] {
            assert!(record(id, "anything").is_some(), "{id}");
        }
        assert_eq!(record("mysql-info", "ERROR: Script execution failed (use -d to debug)"), None);
    }

    #[test]
    fn the_stored_digest_is_stable() {
        let record = record("http-title", "Welcome\r\n").expect("compared");
        assert_eq!((record.digest, record.excerpt.as_str()), (0x0e22_26b5_235f_0ff9, "Welcome"));
    }

    #[test]
    fn layout_is_no_change() {
        let plain = record("x", "a\n  b").expect("compared");
        for output in ["a\r\n  b\r\n", "\n\na  \n  b\t\n\n", "a\r  b"] {
            assert_eq!(record("x", output).expect("compared").digest, plain.digest, "{output:?}");
        }
        assert_ne!(record("x", "a\nb").expect("compared").digest, plain.digest, "indentation is content");
        assert_ne!(record("x", "a  b").expect("compared").digest, plain.digest);
    }

    #[test]
    fn a_certificate_keeps_its_fingerprints() {
        let output = "Subject: commonName=box\nNot valid before: 2016-03-31T15:19:45+00:00\n\
             Not valid after:  2026-04-02T15:19:45\nMD5:   aa75 123d 0000 2d4a\nSHA-1: e1d3 da5f 8ac1";
        assert_eq!(
            excerpt(output),
            "Subject: commonName=box\nNot valid before: <time>\nNot valid after:  <time>\n\
             MD5:   aa75 123d 0000 2d4a\nSHA-1: e1d3 da5f 8ac1"
        );
    }

    #[test]
    fn a_challenge_is_new_each_time() {
        let first =
            "HTTP/1.1 401 Unauthorized\r\n  Digest qop=auth realm=TiVo DVR nonce=92D688A10FBF4AEA\r\n";
        let second =
            "HTTP/1.1 401 Unauthorized\r\n  Digest opaque=\"x y\" nonce=0001 realm=TiVo DVR qop=auth\r\n";
        let other =
            "HTTP/1.1 401 Unauthorized\r\n  Digest qop=auth realm=TiVo DVD nonce=92D688A10FBF4AEA\r\n";
        let digest = |output| record("http-auth", output).expect("compared").digest;
        assert_eq!(digest(first), digest(second));
        assert_ne!(digest(first), digest(other));
    }

    #[test]
    fn the_excerpt_is_bounded_and_the_digest_is_not() {
        let long = "ü".repeat(1_000);
        let (a, b) = (record("x", &format!("{long}a")), record("x", &format!("{long}b")));
        let (a, b) = (a.expect("compared"), b.expect("compared"));
        assert_eq!(a.excerpt.len(), MAX_EXCERPT_BYTES);
        assert_eq!(a.excerpt, b.excerpt);
        assert_ne!(a.digest, b.digest);
    }

    /// One moment in one of many spellings; every second draw of the same shape differs only in its value.
    fn moment(shape: usize, n: u32) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day) = (2000 + n % 60, n % 12 + 1, n % 28 + 1);
        let (hour, minute, second) = (n % 24, n / 7 % 60, n / 11 % 60);
        let (name, weekday) = (MONTHS[n as usize % 12], DAYS[n as usize % 7]);
        let clock = format!("{hour:02}:{minute:02}:{second:02}");
        match shape {
            0 => format!("{year}-{month:02}-{day:02}"),
            1 => format!("{year}-{month:02}-{day:02}T{clock}+00:00"),
            2 => format!("{year}-{month:02}-{day:02} {clock}.{n:03}"),
            3 => format!("{weekday} {name} {day:>2} {clock} {year}"),
            4 => format!("{weekday}, {day:02} {name} {year} {clock} GMT"),
            5 => format!("{day:02}/{name}/{year}:{clock} +0000"),
            6 => clock,
            7 => format!("{}d{hour:02}h", n % 400),
            8 => format!("{hour}h{minute:02}m{second:02}s"),
            9 => format!("-{second}s"),
            10 => format!("{day} days, {hour}:{minute:02}:{second:02}"),
            11 => format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}.0Z"),
            12 => format!("{n}.{second:02}ms"),
            13 => format!("uptime={n}"),
            14 => format!("timestamp: 1{n:09}"),
            15 => format!("{name} {day:>2} {hour:02}:{minute:02}"),
            16 => format!(
                "{month:02}-{day:02}-{:02}  {:02}:{minute:02}{}",
                n % 60,
                n % 12 + 1,
                ["AM", "PM"][n as usize % 2]
            ),
            _ => format!("{n} seconds"),
        }
    }

    fn fingerprint(shape: usize, bytes: &[u8]) -> String {
        let hex = |separator: &str, group: usize| {
            bytes
                .chunks(group)
                .map(|chunk| chunk.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
                .collect::<Vec<_>>()
                .join(separator)
        };
        match shape {
            0 => hex(":", 1),
            1 => hex(" ", 2),
            2 => hex("", 8),
            3 => format!("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]),
            4 => format!(
                "OpenSSH_{}.{}p{} Ubuntu-{}ubuntu{}.{}",
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]
            ),
            5 => format!("{}.{}.{}", bytes[0], bytes[1], bytes[2]),
            6 => hex(":", 2),
            _ => hex("-", 4),
        }
    }

    proptest! {
        #[test]
        fn other_times_are_no_change(
            shape in 0_usize..18, a in 0_u32..1_000_000, b in 0_u32..1_000_000,
            before in "[ (\\[=\"]|from |Time: |\u{b7} ", after in "[ )\\],;\"]|, then| - ",
        ) {
            let output = |n| format!("x{before}{}{after}\n", moment(shape, n));
            let digest = |n| record("x", &output(n)).expect("compared").digest;
            prop_assert_eq!(digest(a), digest(b), "{} {}", excerpt(&output(a)), excerpt(&output(b)));
        }

        #[test]
        fn another_fingerprint_is_a_change(
            shape in 0_usize..8, bytes in prop::array::uniform16(any::<u8>()), at in 0_usize..3, flip in 1_u8..=255,
            before in "[ (\\[=]|SHA-1: |Server: ", after in "[ )\\],;\n]",
        ) {
            let mut other = bytes;
            other[at] ^= flip;
            let output = |bytes: &[u8]| format!("x{before}{}{after}", fingerprint(shape, bytes));
            let digest = |bytes: &[u8]| record("x", &output(bytes)).expect("compared").digest;
            prop_assert_ne!(digest(&bytes), digest(&other), "{}", output(&bytes));
        }

        #[test]
        fn any_output_is_digested(output in any::<String>(), noise in "[0-9a-fA-F:. ,TZ+-]{0,40}") {
            let record = record("http-auth", &format!("{noise}{output}{noise}")).expect("compared");
            prop_assert!(record.excerpt.len() <= MAX_EXCERPT_BYTES);
        }

        #[test]
        fn text_without_digits_is_kept(output in "[a-zA-Z ,.:;()-]{0,80}") {
            prop_assert_eq!(excerpt(&output), output.trim_end());
        }
    }
}
