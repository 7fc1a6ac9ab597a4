//! The practical limit of reading XML here: the same parser, asked for nothing.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Walks over all events of a document in memory, extracts nothing, and gives their number.
///
/// # Errors
/// Where the document is not well-formed.
pub fn count_events(xml: &[u8]) -> Result<u64, quick_xml::Error> {
    let mut reader = Reader::from_reader(xml);
    let mut events = 0;
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(events),
            _ => events += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_counts() {
        assert_eq!(count_events(b"<a><b/>text</a>").expect("well-formed"), 4);
        assert!(count_events(b"<a></b>").is_err());
    }
}
