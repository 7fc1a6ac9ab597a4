//! Ports that are counted by state instead of listed.

use portdelta_core::Protocol;
use portdelta_core::observation::{ExtraPorts, ExtraReason, HostRecord, PortStatus, Reason};

use super::attributes::Attribute;
use super::host::push_within;
use crate::read::Progress;
use crate::text;
use crate::warnings::{Odd, Warnings};

/// The lists of ports behind the reasons of a host, some kilobytes of it. What is not listed singly is not open if all
/// groups of a host close, whichever group it is in; so the lists are read only where one of the groups does not.
#[derive(Default)]
pub(super) struct PortLists {
    text: String,
    lists: Vec<PortList>,
}

struct PortList {
    extra: usize,
    reason: usize,
    protocol: Protocol,
    text: std::ops::Range<usize>,
}

impl PortLists {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lists.clear();
    }

    /// Fills in the lists of a host where they matter.
    pub(super) fn finish(&mut self, host: &mut HostRecord, warnings: &mut Warnings) {
        let closes = |extra: &ExtraPorts| {
            extra.status.is_evidence()
                && extra.reasons.iter().all(|reason| reason.reason != Reason::NetUnreach)
        };
        let reasons: usize = host.extra.iter().map(|extra| extra.reasons.len()).sum();
        if reasons < 2 && host.extra.len() < 2 || host.extra.iter().all(closes) {
            return;
        }
        for list in &self.lists {
            let ports = text::port_list(list.protocol, &self.text[list.text.clone()]);
            if ports.is_none() {
                warnings.add(Odd::BadPortList, &self.text[list.text.clone()]);
            }
            let reasons = host.extra.get_mut(list.extra).map(|extra| &mut extra.reasons);
            if let Some(reason) = reasons.and_then(|reasons| reasons.get_mut(list.reason)) {
                reason.ports = ports;
            }
        }
    }
}

pub(super) fn ports(attributes: &[Attribute<'_>], host: &mut HostRecord, progress: &mut Progress<'_>) {
    let (mut status, mut count) = (PortStatus::Unknown, None);
    for &(name, value) in attributes {
        match name {
            "state" => status = PortStatus::from_name(value),
            "count" => count = text::count(value, &mut progress.warnings),
            _ => {}
        }
    }
    let extra = ExtraPorts { status, count: count.unwrap_or(0), reasons: Vec::new() };
    push_within(&mut host.extra, Some(extra), progress.limits.max_list_items, &mut progress.warnings);
}

pub(super) fn reasons(
    attributes: &[Attribute<'_>],
    host: &mut HostRecord,
    lists: &mut PortLists,
    progress: &mut Progress<'_>,
) {
    let mut extra = ExtraReason { reason: Reason::None, count: 0, ports: None };
    let (mut protocol, mut list) = (Some(Protocol::Tcp), None);
    for &(name, value) in attributes {
        match name {
            "reason" => extra.reason = Reason::from_name(value),
            "count" => extra.count = text::count(value, &mut progress.warnings).unwrap_or(0),
            "proto" => protocol = Protocol::from_name(value),
            "ports" => list = Some(value),
            _ => {}
        }
    }
    let group = host.extra.len().saturating_sub(1);
    if let Some(last) = host.extra.last_mut() {
        if let (Some(protocol), Some(list)) = (protocol, list) {
            let start = lists.text.len();
            lists.text.push_str(list);
            let text = start..lists.text.len();
            lists.lists.push(PortList { extra: group, reason: last.reasons.len(), protocol, text });
        }
        let most = progress.limits.max_list_items;
        push_within(&mut last.reasons, Some(extra), most, &mut progress.warnings);
    }
}
