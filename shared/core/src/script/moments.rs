//! Finds times, dates and durations in a line.
//!
//! One pass over the bytes: only a digit or the first letter of a month or weekday is looked at twice, and only
//! where a word begins there. Everything that merely contains digits (fingerprints, addresses, versions, names)
//! fails at the boundary before or behind it.

mod boundary;
mod clock;
mod date;
mod duration;

use std::ops::Range;

use super::words;
use boundary::{digits, run, starts_number, starts_word};
use clock::clock;
use date::{date, named};
use duration::{duration, labelled_clock, labelled_count};

/// What may come of a byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Digit,
    Name,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_digit() {
            classes[byte as usize] = Class::Digit;
        } else if words::begins_name(byte) {
            classes[byte as usize] = Class::Name;
        }
        byte += 1;
    }
    classes
};

/// The first time, date or duration of `line` at or after `from`; neighbours are one.
///
/// Both ends of the range are next to an ASCII character of it.
pub(super) fn find(line: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        at += line.get(at..)?.iter().position(|&byte| CLASSES[usize::from(byte)] != Class::Other)?;
        match CLASSES[usize::from(line[at])] {
            Class::Other => at += 1,
            Class::Name => {
                if starts_word(line, at)
                    && let Some(end) = named(line, at)
                {
                    return Some(at..joined(line, end));
                }
                at += 1;
            }
            Class::Digit => {
                if let Some(start) = starts_number(line, at, from)
                    && let Some(end) = moment(line, at)
                {
                    return Some(start..joined(line, end));
                }
                at += digits(line, at);
            }
        }
    }
}

/// The end of a moment at `end` with all that follow it: `1 day, 2:03:04` is one.
fn joined(line: &[u8], mut end: usize) -> usize {
    loop {
        let comma = usize::from(line.get(end) == Some(&b','));
        let spaces = run(line, end + comma, b' ');
        let next = end + comma + spaces;
        let Some(&byte) = line.get(next) else { return end };
        if !(1..=2).contains(&spaces) {
            return end;
        }
        let longer = match CLASSES[usize::from(byte)] {
            Class::Digit => moment(line, next).or_else(|| Some(clock(line, next)?.end)),
            Class::Name => named(line, next),
            Class::Other => None,
        };
        match longer {
            Some(longer) => end = longer,
            None => return end,
        }
    }
}

/// What begins with the number at `at`.
fn moment(line: &[u8], at: usize) -> Option<usize> {
    date(line, at)
        .or_else(|| {
            clock(line, at)
                .filter(|clock| clock.stands_alone || labelled_clock(line, at))
                .map(|clock| clock.end)
        })
        .or_else(|| duration(line, at))
        .or_else(|| labelled_count(line, at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blank(line: &str) -> String {
        let (mut out, mut done) = (String::new(), 0);
        while let Some(found) = find(line.as_bytes(), done) {
            out.push_str(&line[done..found.start]);
            out.push('@');
            done = found.end;
        }
        out + &line[done..]
    }

    #[test]
    fn times_dates_and_durations_are_found() {
        for (line, expected) in [
            ("2026-11-21", "@"),
            ("at 2026-11-21T04:18:32+00:00.", "at @."),
            ("2026-11-21T04:18:32.123Z; x", "@; x"),
            ("2026-11-21 04:18:32,123 UTC", "@"),
            ("2026/11/21 04:18", "@"),
            ("Date:2026-11-21", "Date:@"),
            ("20261121T041832Z", "@"),
            ("currentTime: 20261121041832.0Z", "currentTime: @"),
            ("notAfter=261121041832Z", "notAfter=@"),
            ("Sat Nov 21 04:18:32 2026", "@"),
            ("Sat Nov  1 04:18:32 CEST 2026", "@"),
            ("Date: Sat, 21 Nov 2026 04:18:32 GMT", "Date: @"),
            ("expires=Sat, 21-Nov-26 04:18:32 GMT; path=/", "expires=@; path=/"),
            ("Saturday, 21-Nov-26 04:18:32 GMT", "@"),
            ("Sat 2026-11-21 04:18:32 CET", "@"),
            ("November 21st, 2026 at 04:18", "@"),
            (
                "-rw-r--r--   1 ftp      ftp          1024 Nov 21 04:18 notes",
                "-rw-r--r--   1 ftp      ftp          1024 @ notes",
            ),
            ("drwxr-xr-x   2 ftp Nov 21  2026 pub", "drwxr-xr-x   2 ftp @ pub"),
            ("03-18-17  01:06AM       <DIR>", "@       <DIR>"),
            ("[21/Nov/2026:04:18:32 +0000] \"GET /", "[@] \"GET /"),
            ("12:34:56", "@"),
            ("time:12:34:56", "time:@"),
            ("4:18 p.m. today", "@ today"),
            ("04:18:32 -0700 (PDT)", "@"),
            ("Local time is now 14:18. Server port: 21.", "Local time is now @. Server port: 21."),
            ("up 1 day, 2:03:04, load", "up @, load"),
            ("up 12 days,  3:04, 2 users", "up @, 2 users"),
            ("3d04h", "@"),
            ("mean: 2h03m10s, deviation: -1s", "mean: @, deviation: @"),
            ("+78y130d18h26m04s from local", "@ from local"),
            ("avg: 254.20ms; min: 12 ms", "avg: @; min: @"),
            ("in 10 Seconds", "in @"),
            ("expires in 12d", "expires in @"),
            ("uptime_in_seconds:1234", "uptime_in_seconds:@"),
            ("Uptime: 77", "Uptime: @"),
            ("timestamp = 1795234712", "timestamp = @"),
            ("localTime: 1795234712123", "localTime: @"),
            ("Age: 77", "Age: @"),
            ("\\x0D\\x0A04:18:32 ready", "\\x0D\\x0A@ ready"),
            ("\u{e9} 5\u{b5}s\u{2026}", "\u{e9} @\u{2026}"),
            ("11/21/2026 4:18:32 PM", "@"),
            ("\u{1b}[31m31m ago", "\u{1b}[31m31m ago"),
            ("\u{1b}[31m 31m ago", "\u{1b}[31m @ ago"),
            ("[31m] in [2h]", "[@] in [@]"),
        ] {
            assert_eq!(blank(line), expected);
        }
    }

    #[test]
    fn what_is_no_time_stays() {
        for line in [
            "2048 a8:8f:d9:6f:12:34:56:e3:ef:54 (RSA)",
            "12:34:56:78:9a:bc",
            "00:11:22:33:44:55 (Example)",
            "2001:db8::12:34:56",
            "[::1]:22 and 192.0.2.1:80:443",
            "10.0.0.1, 10.12.13.14",
            "SHA256:12h/3d04h+10s",
            "MD5:   aa75 123d 0000 2d4a",
            "aa 5d 33",
            "OpenSSL/1.0.2s mod_ssl/2.2.8",
            "OpenSSH_7.2p2 Ubuntu-4ubuntu2.8",
            "Apache/2.4.10 (Debian) 5.10h",
            "CVE-2026-11-21 CVE-2014-0160",
            "550e8400-e29b-41d4-a716-446655440000",
            "2026-11-211 x2026-11-21 2026-13-01",
            "Ports 10:22, ratio 4:30",
            "1795234712 bytes, id=1795234712",
            "Version: 20261121, 2026",
            "March of the Mon 3x, Sat on a May",
            "TLSv1.2 3des 100mb 4k 2.4GHz 10m-foo 12h.example.com",
            "MonoDevelop Marvel Nov21",
            "user-10s.example %3d04h /2026-11-21/",
            "20261121041832 202611210418",
            "20261121T04 18 20261121T041",
            "Thread 3 of 4 days-off",
            "\u{1b}[31mred\u{1b}[0m \\x1B[1;31mred\\x1b[0m \u{fffd}[2;5h",
        ] {
            assert_eq!(blank(line), line);
        }
    }

    proptest! {
        #[test]
        fn any_row_of_pieces_is_read(
            pieces in prop::collection::vec(
                "[0-9]{1,4}|2026|0418|[-:./ ,T+=]|Nov|Sat|GMT|AM|uptime|s|ms|d|days|20261121T|20261121041832|\\PC", 0..14,
            ),
        ) {
            let line = pieces.concat();
            let mut done = 0;
            while let Some(found) = find(line.as_bytes(), done) {
                prop_assert!(done <= found.start && found.start < found.end, "{}", line);
                prop_assert!(line.is_char_boundary(found.start) && line.is_char_boundary(found.end), "{}", line);
                done = found.end;
            }
        }
    }

    #[test]
    fn a_long_row_of_digits_takes_linear_time() {
        let line = "1".repeat(1 << 20) + &" 1".repeat(1 << 18) + &"1,".repeat(1 << 18);
        assert_eq!(blank(&line), line);
    }
}
