//! Ports of formats that say little of them.

use portdelta_core::observation::{PortRecord, PortStatus, Reason};
use portdelta_core::{Port, UnixTime};

/// One port. Without a status it is open: there is no other in the format, or the record is a banner, and who talks is
/// open. Banners are kept by no name: masscan's (`title`, `X509`) are not those of services, and one port has several.
pub(crate) fn port_record(
    port: Port,
    status: Option<&str>,
    reason: Option<&str>,
    time: Option<UnixTime>,
) -> PortRecord {
    PortRecord {
        port,
        status: status.map_or(PortStatus::Open, PortStatus::from_name),
        reason: reason.map_or(Reason::None, Reason::from_name),
        time,
        service: None,
        scripts: Vec::new(),
    }
}
