//! Sets of ports as records of results hold them: how far behind the one before each range begins, and how many ports more it
//! has. Of a thousand ports named singly that is a third of what first and last take, and each task's record has them all.

use portdelta_core::ports::PortRange;
use portdelta_core::{PortSet, Protocol};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The ranges of one protocol after each other.
type Ranges = (Protocol, Vec<(u16, u16)>);

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
pub(crate) fn serialize<S: Serializer>(ports: &Option<PortSet>, serializer: S) -> Result<S::Ok, S::Error> {
    ports.as_ref().map(short).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PortSet>, D::Error> {
    let stored: Option<Vec<Ranges>> = Option::deserialize(deserializer)?;
    let Some(stored) = stored else { return Ok(None) };
    let ports = long(&stored).ok_or_else(|| D::Error::custom("ports lie behind the last one"))?;
    Ok(Some(ports))
}

fn short(ports: &PortSet) -> Vec<Ranges> {
    let mut short: Vec<Ranges> = Vec::new();
    let mut before = 0;
    for range in ports.ranges() {
        if short.last().is_none_or(|(protocol, _)| *protocol != range.protocol) {
            short.push((range.protocol, Vec::new()));
            before = 0;
        }
        if let Some((_, ranges)) = short.last_mut() {
            ranges.push((range.first - before, range.last - range.first));
        }
        before = range.last;
    }
    short
}

/// `None` where they cannot have been written by us.
fn long(stored: &[Ranges]) -> Option<PortSet> {
    let mut ranges = Vec::new();
    for (protocol, steps) in stored {
        let mut before: u16 = 0;
        for (distance, more) in steps {
            let first = before.checked_add(*distance)?;
            let last = first.checked_add(*more)?;
            ranges.push(PortRange { protocol: *protocol, first, last });
            before = last;
        }
    }
    Some(ranges.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "super")]
        ports: Option<PortSet>,
    }

    fn bytes(ports: Option<PortSet>) -> Vec<u8> {
        postcard::to_stdvec(&Holder { ports }).expect("it can be written")
    }

    fn read(bytes: &[u8]) -> Result<Holder, postcard::Error> {
        postcard::from_bytes(bytes)
    }

    proptest! {
        #[test]
        fn sets_come_back_as_they_went(
            ranges in prop::collection::vec((0..4_usize, any::<u16>(), any::<u16>()), 0..50),
        ) {
            let ranges = ranges.into_iter().map(|(protocol, first, last)| PortRange {
                protocol: Protocol::ALL[protocol],
                first: first.min(last),
                last: first.max(last),
            });
            let holder = Holder { ports: Some(ranges.collect()) };
            let back = read(&bytes(holder.ports.clone())).expect("it can be read");
            prop_assert_eq!(back, holder);
        }
    }

    #[test]
    fn none_and_all_come_back_and_what_is_no_port_is_refused() {
        let all: PortSet = Protocol::ALL
            .map(|protocol| PortRange { protocol, first: 0, last: u16::MAX })
            .into_iter()
            .collect();
        for ports in [None, Some(PortSet::default()), Some(all)] {
            let holder = Holder { ports };
            assert_eq!(read(&bytes(holder.ports.clone())).expect("it can be read"), holder);
        }
        let beyond: Option<Vec<Ranges>> = Some(vec![(Protocol::Tcp, vec![(u16::MAX, 0), (1, 0)])]);
        let bytes = postcard::to_stdvec(&beyond).expect("it can be written");
        assert!(read(&bytes).is_err());
    }
}
