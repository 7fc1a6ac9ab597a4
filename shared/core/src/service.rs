//! Services: when a look at one counts, and when it contradicts what is known.

use compact_str::{CompactString, ToCompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::observation::ServiceRecord;

/// What is known about the service of a port. Empty text is "not known".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Service {
    /// `http`
    pub name: CompactString,
    /// `ssl` where the service talks through TLS.
    pub tunnel: CompactString,
    /// `nginx`
    pub product: CompactString,
    /// `1.24.0`
    pub version: CompactString,
    /// What the scanner found beside it.
    pub extra_info: CompactString,
    /// `product` holds product, version and extra info in one, from a grepable result.
    pub joined: bool,
}

/// How a new look at a service relates to what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing new.
    Same,
    /// A field appeared; nothing known is contradicted.
    Completes(Service),
    /// A known field is replaced.
    Differs,
}

impl Service {
    /// The least confidence (nmap: 0 to 10) at which a name counts.
    pub const LEAST_CONFIDENCE: u8 = 8;

    /// Whether `record` is a look at a service: not a name from the port table, `tcpwrapped`, `unknown`, or too
    /// little confidence.
    #[must_use]
    pub fn is_look(record: &ServiceRecord) -> bool {
        let named = !matches!(record.name.as_str(), "" | "unknown" | "tcpwrapped");
        record.probed && record.confidence >= Self::LEAST_CONFIDENCE && named
    }

    /// The service that `record` is a look at, if it [is one](Self::is_look).
    #[must_use]
    pub fn looked_at(record: ServiceRecord) -> Option<Self> {
        Self::is_look(&record).then(|| Self {
            name: record.name,
            tunnel: record.tunnel,
            product: record.product,
            version: record.version,
            extra_info: record.extra_info,
            joined: record.joined,
        })
    }

    /// Compares a new look with this one. What is empty in either contradicts nothing while the name stays.
    #[must_use]
    pub fn compare(&self, new: &Self) -> Comparison {
        if self.name != new.name || self.tunnel != new.tunnel {
            return Comparison::Differs;
        }
        if self.joined != new.joined {
            // One of the two comes from a grepable result, which has one text for all three fields.
            let (old_text, new_text) = (self.as_joined(), new.as_joined());
            return match (old_text.is_empty(), new_text.is_empty()) {
                (_, true) => Comparison::Same,
                (true, false) => Comparison::Completes(new.clone()),
                (false, false) if old_text == new_text => Comparison::Same,
                (false, false) => Comparison::Differs,
            };
        }
        let mut merged = self.clone();
        for (known, seen) in [
            (&mut merged.product, &new.product),
            (&mut merged.version, &new.version),
            (&mut merged.extra_info, &new.extra_info),
        ] {
            if known.is_empty() {
                known.clone_from(seen);
            } else if !seen.is_empty() && known != seen {
                return Comparison::Differs;
            }
        }
        if merged == *self { Comparison::Same } else { Comparison::Completes(merged) }
    }

    /// Product, version and extra info as nmap's grepable output joins them.
    #[must_use]
    pub fn as_joined(&self) -> CompactString {
        if self.joined {
            return self.product.clone();
        }
        let mut text = self.product.clone();
        if !self.version.is_empty() {
            text.push(' ');
            text.push_str(&self.version);
        }
        if !self.extra_info.is_empty() {
            text.push_str(&format_compact!(" ({})", self.extra_info));
        }
        text.trim().replace('/', "|").to_compact_string()
    }
}

/// `ssl/http nginx 1.24.0 (Ubuntu)`.
impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.tunnel.is_empty() {
            write!(f, "{}/", self.tunnel)?;
        }
        f.write_str(&self.name)?;
        for part in [&self.product, &self.version] {
            if !part.is_empty() {
                write!(f, " {part}")?;
            }
        }
        if !self.extra_info.is_empty() {
            write!(f, " ({})", self.extra_info)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, product: &str, version: &str) -> Service {
        Service { name: name.into(), product: product.into(), version: version.into(), ..Service::default() }
    }

    #[test]
    fn noise_of_detection_is_no_look() {
        let good = ServiceRecord { name: "ssh".into(), probed: true, confidence: 10, ..Default::default() };
        assert!(Service::looked_at(good.clone()).is_some());
        for bad in [
            ServiceRecord { probed: false, ..good.clone() },
            ServiceRecord { confidence: 7, ..good.clone() },
            ServiceRecord { name: "tcpwrapped".into(), ..good.clone() },
            ServiceRecord { name: "unknown".into(), ..good.clone() },
        ] {
            assert_eq!(Service::looked_at(bad), None);
        }
    }

    #[test]
    fn an_empty_field_neither_erases_nor_contradicts() {
        let known = service("http", "nginx", "1.24");
        assert_eq!(known.compare(&service("http", "", "")), Comparison::Same);
        assert_eq!(known.compare(&service("http", "nginx", "1.25")), Comparison::Differs);
        assert_eq!(service("http", "nginx", "").compare(&known), Comparison::Completes(known.clone()));
        assert_eq!(known.compare(&service("ssh", "", "")), Comparison::Differs);
        let tunnelled = Service { tunnel: "ssl".into(), ..known.clone() };
        assert_eq!(known.compare(&tunnelled), Comparison::Differs);
    }

    #[test]
    fn grepable_services_compare_as_one_text() {
        let full = Service { extra_info: "protocol 2.0".into(), ..service("ssh", "OpenSSH", "9.2/p1") };
        let joined = Service {
            joined: true,
            product: "OpenSSH 9.2|p1 (protocol 2.0)".into(),
            ..service("ssh", "", "")
        };
        assert_eq!(full.compare(&joined), Comparison::Same);
        assert_eq!(joined.compare(&full), Comparison::Same);
        assert_eq!(joined.compare(&service("ssh", "Dropbear", "")), Comparison::Differs);
        assert_eq!(service("ssh", "", "").compare(&joined), Comparison::Completes(joined.clone()));
    }
}
