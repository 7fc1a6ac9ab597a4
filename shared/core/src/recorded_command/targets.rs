//! Targets as nmap reads them: octet lists with commas, `010` for ten, no ranges between full addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::TargetsUnknown;
use crate::address::{AddressRange, AddressSet};
use crate::targets::octets::{Pattern, Style};
use crate::targets::{MAX_PATTERN_RANGES, v6_block};

/// The targets and exclusions of one command.
#[derive(Default)]
pub(super) struct RecordedTargets<'a> {
    /// `-6`, wherever it stands: only IPv6 is scanned; without it only IPv4.
    pub(super) v6: bool,
    include: Vec<&'a str>,
    exclude: Vec<&'a str>,
}

impl<'a> RecordedTargets<'a> {
    pub(super) fn include(&mut self, target: &'a str) {
        self.include.push(target);
    }

    /// Adds the value of an `--exclude`: nmap parts it at commas, also inside an octet.
    pub(super) fn exclude(&mut self, list: &'a str) {
        self.exclude.extend(list.split([',', ' ', '\t', '\n']).filter(|target| !target.is_empty()));
    }

    /// All that is included and not excluded.
    pub(super) fn set(&self) -> Result<AddressSet, TargetsUnknown> {
        if self.include.is_empty() {
            return Err(TargetsUnknown::NoTargets);
        }
        Ok(self.read(&self.include)?.without(&self.read(&self.exclude)?))
    }

    fn read(&self, targets: &[&str]) -> Result<AddressSet, TargetsUnknown> {
        let mut ranges = Vec::new();
        let mut left = MAX_PATTERN_RANGES;
        for &target in targets {
            let name = || TargetsUnknown::HostName(target.to_owned());
            let (address, prefix) = match target.split_once('/') {
                Some((address, prefix)) => (address, Some(prefix_length(prefix).ok_or_else(name)?)),
                None => (target, None),
            };
            if self.v6 {
                ranges.push(v6(address, prefix).ok_or_else(name)?);
                continue;
            }
            let mut pattern = Pattern::parse(address, Style::Nmap).map_err(|_| name())?;
            // nmap reads a length beyond 32 as 32.
            pattern.mask(prefix.unwrap_or(32).min(32));
            left = left.checked_sub(pattern.range_count()).ok_or(TargetsUnknown::TooManyRanges)?;
            ranges.extend(pattern.ranges());
        }
        Ok(ranges.into_iter().collect())
    }
}

/// An IPv6 address or block. A zone names an interface of the scanner; the records leave it out as well.
fn v6(address: &str, prefix: Option<u8>) -> Option<AddressRange> {
    let address = address.split('%').next().unwrap_or(address);
    let address: Ipv6Addr = address.parse().ok()?;
    let range = v6_block(address, prefix.unwrap_or(128).min(128));
    matches!(range.first(), IpAddr::V6(_)).then_some(range)
}

fn prefix_length(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u8::MAX))
}
