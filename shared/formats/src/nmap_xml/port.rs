//! One port element.

use compact_str::CompactString;
use portdelta_core::observation::{PortRecord, PortStatus, Reason, ServiceRecord, Tool};

use super::attributes::{Attribute, resolved};
use super::host::Scripts;
use crate::read::Progress;
use crate::text;
use crate::warnings::{Odd, Warnings};

/// Gathers what a port element says, until its end tag.
pub(super) struct PortReader {
    /// What masscan calls a service is a part of a banner (`title`, `X509`).
    has_services: bool,
    /// Inside an element, also of a port that is none.
    is_open: bool,
    port: Option<PortRecord>,
}

impl PortReader {
    pub(super) fn new(tool: Tool) -> Self {
        Self { has_services: tool != Tool::Masscan, is_open: false, port: None }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn abandon(&mut self) {
        self.is_open = false;
        self.port = None;
    }

    pub(super) fn start(&mut self, attributes: &[Attribute<'_>], warnings: &mut Warnings) {
        // A port without a protocol is TCP: writers of the format by hand leave it out.
        let (mut protocol, mut number) = ("tcp", "");
        for &(name, value) in attributes {
            match name {
                "protocol" => protocol = value,
                "portid" => number = value,
                _ => {}
            }
        }
        self.is_open = true;
        self.port = text::port(protocol, number, warnings).map(|port| PortRecord {
            port,
            status: PortStatus::Unknown,
            reason: Reason::None,
            time: None,
            service: None,
            scripts: Vec::new(),
        });
    }

    pub(super) fn finish(&mut self) -> Option<PortRecord> {
        self.is_open = false;
        self.port.take()
    }

    pub(super) fn state(&mut self, attributes: &[Attribute<'_>]) {
        let Some(port) = &mut self.port else { return };
        for &(name, value) in attributes {
            match name {
                "state" => port.status = PortStatus::from_name(value),
                "reason" => port.reason = Reason::from_name(value),
                _ => {}
            }
        }
    }

    pub(super) fn service(&mut self, attributes: &[Attribute<'_>], progress: &mut Progress<'_>) {
        let Some(port) = self.port.as_mut().filter(|_| self.has_services) else { return };
        let most = progress.limits.max_text_bytes;
        let warnings = &mut progress.warnings;
        let mut service = ServiceRecord { confidence: 10, ..ServiceRecord::default() };
        for &(name, value) in attributes {
            let field: &mut CompactString = match name {
                "name" => &mut service.name,
                "tunnel" => &mut service.tunnel,
                "product" => &mut service.product,
                "version" => &mut service.version,
                "extrainfo" => &mut service.extra_info,
                "method" => {
                    service.probed = value == "probed";
                    continue;
                }
                "conf" => {
                    service.confidence = confidence(value, warnings);
                    continue;
                }
                _ => continue,
            };
            *field = text::kept(&resolved(value, warnings), most, warnings);
        }
        port.service = Some(service);
    }

    pub(super) fn scripts(&mut self) -> Option<&mut Scripts> {
        self.port.as_mut().map(|port| &mut port.scripts)
    }
}

/// 0 to 10; what is no such number is no confidence.
fn confidence(value: &str, warnings: &mut Warnings) -> u8 {
    let confidence =
        text::number(value).and_then(|number| u8::try_from(number).ok()).filter(|&number| number <= 10);
    if confidence.is_none() {
        warnings.add(Odd::BadNumber, value);
    }
    confidence.unwrap_or(0)
}
