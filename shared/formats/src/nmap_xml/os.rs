//! The operating system section of a host.

use compact_str::CompactString;
use portdelta_core::observation::{HostRecord, OsMatch};

use super::attributes::{Attribute, resolved};
use super::host::push_within;
use crate::read::Progress;
use crate::text;

/// Gathers matches and their classes.
#[derive(Default)]
pub(super) struct OsReader {
    in_match: bool,
    /// Classes that stand beside the matches, as before nmap 6, with their accuracy.
    loose: Vec<(u8, Class)>,
}

/// Family and generation.
type Class = (CompactString, CompactString);

impl OsReader {
    pub(super) fn abandon(&mut self) {
        self.in_match = false;
        self.loose.clear();
    }

    pub(super) fn start_match(
        &mut self,
        attributes: &[Attribute<'_>],
        host: &mut HostRecord,
        progress: &mut Progress<'_>,
    ) {
        let (most, items) = (progress.limits.max_text_bytes, progress.limits.max_list_items);
        let warnings = &mut progress.warnings;
        let mut found = OsMatch { name: CompactString::default(), accuracy: 0, classes: Vec::new() };
        for &(name, value) in attributes {
            match name {
                "name" => found.name = text::kept(&resolved(value, warnings), most, warnings),
                "accuracy" => found.accuracy = accuracy(value),
                _ => {}
            }
        }
        self.in_match = true;
        push_within(host.os.get_or_insert_default(), Some(found), items, warnings);
    }

    pub(super) fn end_match(&mut self) {
        self.in_match = false;
    }

    pub(super) fn class(
        &mut self,
        attributes: &[Attribute<'_>],
        host: &mut HostRecord,
        progress: &mut Progress<'_>,
    ) {
        let (most, items) = (progress.limits.max_text_bytes, progress.limits.max_list_items);
        let warnings = &mut progress.warnings;
        let (mut class, mut percent) = (Class::default(), 0);
        for &(name, value) in attributes {
            match name {
                "osfamily" => class.0 = text::kept(&resolved(value, warnings), most, warnings),
                "osgen" => class.1 = text::kept(&resolved(value, warnings), most, warnings),
                "accuracy" => percent = accuracy(value),
                _ => {}
            }
        }
        let open_match = host.os.as_mut().and_then(|matches| matches.last_mut()).filter(|_| self.in_match);
        match open_match {
            Some(open_match) => push_within(&mut open_match.classes, Some(class), items, warnings),
            None => push_within(&mut self.loose, Some((percent, class)), items, warnings),
        }
    }

    /// Classes of their own go to the first match that is as sure, or make up one without a name.
    pub(super) fn finish(&mut self, host: &mut HostRecord) {
        if self.loose.is_empty() {
            return;
        }
        let matches = host.os.get_or_insert_default();
        for (accuracy, class) in self.loose.drain(..) {
            if let Some(known) = matches.iter_mut().find(|known| known.accuracy == accuracy) {
                known.classes.push(class);
            } else {
                matches.push(OsMatch { name: CompactString::default(), accuracy, classes: vec![class] });
            }
        }
    }
}

/// Per cent; what is no such number is none.
fn accuracy(value: &str) -> u8 {
    text::number(value)
        .and_then(|number| u8::try_from(number).ok())
        .filter(|&number| number <= 100)
        .unwrap_or(0)
}
