//! Rates, timeouts, retries and parallelism.

/// How fast nmap may be. Rates are packets a second, times are milliseconds, `None` is nmap's own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// `--min-rate`
    pub min_rate: Option<u32>,
    /// `--max-rate`
    pub max_rate: Option<u32>,
    /// `--max-retries`: repeated probes of one port.
    pub max_retries: Option<u32>,
    /// `--host-timeout`: give up on a host, which is then not covered for ports.
    pub host_timeout_ms: Option<u32>,
    /// `--script-timeout`
    pub script_timeout_ms: Option<u32>,
    /// `--scan-delay`: at least this long between probes of one host.
    pub scan_delay_ms: Option<u32>,
    /// `--max-scan-delay`
    pub max_scan_delay_ms: Option<u32>,
    /// `--min-hostgroup`
    pub min_hostgroup: Option<u32>,
    /// `--max-hostgroup`
    pub max_hostgroup: Option<u32>,
    /// `--min-parallelism`
    pub min_parallelism: Option<u32>,
    /// `--max-parallelism`
    pub max_parallelism: Option<u32>,
    /// `--min-rtt-timeout`
    pub min_rtt_timeout_ms: Option<u32>,
    /// `--initial-rtt-timeout`
    pub initial_rtt_timeout_ms: Option<u32>,
    /// `--max-rtt-timeout`
    pub max_rtt_timeout_ms: Option<u32>,
}

/// What kind of value an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A whole number.
    Count,
    /// Milliseconds; written as nmap does: `500ms`, `30s`, `10m`, `2h`, and seconds without a unit.
    Time,
}

/// One field by nmap's name for it.
pub(super) struct PaceOption {
    /// Without dashes.
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    /// The least value, counts or milliseconds.
    pub(super) least: u32,
    /// The greatest.
    pub(super) greatest: u32,
    /// The range for people.
    pub(super) range: &'static str,
    pub(super) get: fn(&Pace) -> Option<u32>,
    pub(super) set: fn(&mut Pace, Option<u32>),
}

const SECOND: u32 = 1_000;
const HOUR: u32 = 3_600 * SECOND;

macro_rules! option {
    ($name:literal, $unit:ident, $least:expr, $greatest:expr, $range:literal, $field:ident) => {
        PaceOption {
            name: $name,
            unit: Unit::$unit,
            least: $least,
            greatest: $greatest,
            range: $range,
            get: |pace| pace.$field,
            set: |pace, value| pace.$field = value,
        }
    };
}

/// All options of pace, in their canonical order.
pub(super) const OPTIONS: [PaceOption; 14] = [
    option!("min-rate", Count, 1, 1_000_000, "a number from 1 to 1000000 (packets a second)", min_rate),
    option!("max-rate", Count, 1, 1_000_000, "a number from 1 to 1000000 (packets a second)", max_rate),
    option!("max-retries", Count, 0, 50, "a number from 0 to 50", max_retries),
    option!("host-timeout", Time, SECOND, 24 * HOUR, "a time from 1s to 24h", host_timeout_ms),
    option!("script-timeout", Time, SECOND, 24 * HOUR, "a time from 1s to 24h", script_timeout_ms),
    option!("scan-delay", Time, 0, 300 * SECOND, "a time from 0 to 300s", scan_delay_ms),
    option!("max-scan-delay", Time, 0, 300 * SECOND, "a time from 0 to 300s", max_scan_delay_ms),
    option!("min-hostgroup", Count, 1, 65_536, "a number from 1 to 65536 (hosts)", min_hostgroup),
    option!("max-hostgroup", Count, 1, 65_536, "a number from 1 to 65536 (hosts)", max_hostgroup),
    option!("min-parallelism", Count, 1, 900, "a number from 1 to 900 (probes)", min_parallelism),
    option!("max-parallelism", Count, 1, 900, "a number from 1 to 900 (probes)", max_parallelism),
    option!("min-rtt-timeout", Time, 5, 60 * SECOND, "a time from 5ms to 60s", min_rtt_timeout_ms),
    option!("initial-rtt-timeout", Time, 5, 60 * SECOND, "a time from 5ms to 60s", initial_rtt_timeout_ms),
    option!("max-rtt-timeout", Time, 5, 60 * SECOND, "a time from 5ms to 60s", max_rtt_timeout_ms),
];

/// Options of which the first must not be above the second.
pub(super) const ORDERED: [(&str, &str); 6] = [
    ("min-rate", "max-rate"),
    ("scan-delay", "max-scan-delay"),
    ("min-hostgroup", "max-hostgroup"),
    ("min-parallelism", "max-parallelism"),
    ("min-rtt-timeout", "initial-rtt-timeout"),
    ("initial-rtt-timeout", "max-rtt-timeout"),
];

impl PaceOption {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.name == name)
    }

    /// The value in `text`, if it is in range.
    pub(super) fn parse(&self, text: &str) -> Option<u32> {
        let value = match self.unit {
            Unit::Count => count(text)?,
            Unit::Time => milliseconds(text)?,
        };
        (self.least..=self.greatest).contains(&value).then_some(value)
    }

    /// The value as an argument; times in the largest unit that keeps them whole.
    pub(super) fn show(&self, value: u32) -> String {
        match self.unit {
            Unit::Count => value.to_string(),
            Unit::Time if value.is_multiple_of(HOUR) && value > 0 => format!("{}h", value / HOUR),
            Unit::Time if value.is_multiple_of(60 * SECOND) && value > 0 => {
                format!("{}m", value / (60 * SECOND))
            }
            Unit::Time if value.is_multiple_of(SECOND) => format!("{}s", value / SECOND),
            Unit::Time => format!("{value}ms"),
        }
    }
}

fn count(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `500ms`, `1.5s`, `10m`, `2h`, `30`; nmap takes numbers without a unit for seconds.
fn milliseconds(text: &str) -> Option<u32> {
    let units = [("ms", 1), ("s", SECOND), ("m", 60 * SECOND), ("h", HOUR)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| text.strip_suffix(suffix).map(|number| (number, unit)))
        .unwrap_or((text, SECOND));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.len() > 3 {
        return None;
    }
    let parts =
        count(fraction)?.checked_mul(unit)? / 10_u32.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    count(whole)?.checked_mul(unit)?.checked_add(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_nmap_reads_them() {
        for (text, expected) in [
            ("30", Some(30_000)),
            ("500ms", Some(500)),
            ("1.5s", Some(1_500)),
            ("0.25h", Some(900_000)),
            ("10m", Some(600_000)),
            ("2h", Some(7_200_000)),
            ("0", Some(0)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("1.2345s", None),
            ("9999999999h", None),
            ("1 s", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn names_and_ranges_agree_with_the_options() {
        for option in &OPTIONS {
            for value in [option.least, option.greatest] {
                assert_eq!(option.parse(&option.show(value)), Some(value), "{}", option.name);
            }
            assert_eq!(option.parse(&option.show(option.greatest + 1)), None, "{}", option.name);
        }
        for (least, greatest) in ORDERED {
            assert!(PaceOption::named(least).is_some() && PaceOption::named(greatest).is_some());
        }
    }
}
