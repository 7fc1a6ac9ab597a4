//! nmap's XML, all of nmap.dtd in any order that it permits, nmap 3.x to 7.9x; and masscan's imitation of it.
//!
//! A window slides over the file. Tags as nmap writes them are read in one look ([`simple`]); quick-xml reads whatever
//! else XML permits, and what it does not permit. What says nothing that is kept (tables and elements of scripts,
//! traces, hints) is passed over without looking at its tags.

mod attributes;
mod document;
mod extra;
mod host;
mod long_tag;
mod os;
mod port;
mod simple;
mod skip;

use memchr::{memchr, memchr_iter};
use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use crate::detect::Format;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::window::{Ahead, Window};

use attributes::attributes;
use document::DocumentReader;
use long_tag::LongTag;
use simple::{MOST_ATTRIBUTES, Tag};
use skip::{Skip, Skipped};

/// Reads a file of one or more documents.
pub(crate) fn read(
    window: &mut Window<'_>,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let most = progress.limits.max_tag_bytes;
    let mut file = FileReader { document: DocumentReader::new(format, progress), raw: None };
    let mut ahead = Ahead::More;
    loop {
        let used = file.window(window.unread(), ahead)?;
        window.consume(used);
        if ahead == Ahead::Nothing {
            return file.document.finish();
        }
        ahead = window.fill(most)?;
    }
}

struct FileReader<'p, 'a> {
    document: DocumentReader<'p, 'a>,
    /// What is read without quick-xml, until its end.
    raw: Option<Raw>,
}

enum Raw {
    Skip(Skip),
    Tag(LongTag),
}

/// How much of malformed markup is looked at to show it in a warning, in bytes.
const MALFORMED_SHOWN: usize = 100;

/// What is to be done after a tag.
pub(crate) enum Then {
    /// The next one.
    GoOn,
    /// Pass over everything up to the end tag of this name; its end is told like that of any other.
    SkipTo(&'static str),
    /// The same, for an element that is not known.
    SkipOver,
}

impl FileReader<'_, '_> {
    /// Reads what can be read of the unread part of the file, and says how much that was: all, if nothing is ahead.
    fn window(&mut self, bytes: &[u8], ahead: Ahead) -> Result<usize, Refusal> {
        let mut place = 0;
        loop {
            match self.raw.take() {
                Some(Raw::Skip(mut skip)) => match skip.over(&bytes[place..], ahead) {
                    Skipped::All(used) => {
                        place += used;
                        self.document.close(skip.name())?;
                    }
                    Skipped::Part(used) => {
                        self.raw = Some(Raw::Skip(skip));
                        return Ok(place + used);
                    }
                },
                Some(Raw::Tag(mut tag)) => {
                    let Some(used) = tag.take(&bytes[place..], &mut self.document)? else {
                        self.raw = Some(Raw::Tag(tag));
                        return Ok(bytes.len());
                    };
                    place += used;
                    self.repaired_tag(&tag.into_text())?;
                }
                None => match self.events(bytes, place, ahead)? {
                    Stop::At(end) => return Ok(end),
                    Stop::Again(next) => place = next,
                },
            }
        }
    }

    /// Reads tags from `place` on.
    fn events(&mut self, bytes: &[u8], mut place: usize, ahead: Ahead) -> Result<Stop, Refusal> {
        let text = valid_start(&bytes[place..]);
        let offset = place;
        let mut attributes = [("", ""); MOST_ATTRIBUTES];
        loop {
            let Some(found) = simple::next(text, place - offset, &mut attributes) else {
                match self.event(bytes, place, ahead)? {
                    Stop::Again(next) if next <= offset + text.len() && self.raw.is_none() => place = next,
                    stop => return Ok(stop),
                }
                continue;
            };
            place = offset + found.end;
            let then = match found.tag {
                Tag::Start(count) => self.document.open(found.name, &attributes[..count], false)?,
                Tag::Empty(count) => self.document.open(found.name, &attributes[..count], true)?,
                Tag::End => {
                    self.document.close(found.name)?;
                    continue;
                }
            };
            let Some(mut skip) = Skip::of(&then, found.name) else { continue };
            match skip.over(&bytes[place..], ahead) {
                Skipped::All(used) => {
                    place += used;
                    self.document.close(skip.name())?;
                    if place > offset + text.len() {
                        return Ok(Stop::Again(place));
                    }
                }
                Skipped::Part(used) => {
                    self.raw = Some(Raw::Skip(skip));
                    return Ok(Stop::At(place + used));
                }
            }
        }
    }

    /// Reads one event with quick-xml: whatever is no simple tag.
    fn event(&mut self, bytes: &[u8], place: usize, ahead: Ahead) -> Result<Stop, Refusal> {
        let mut reader = lenient(&bytes[place..]);
        let event = reader.read_event();
        let end = bytes.len() - reader.get_ref().len();
        let (tag, empty) = match event {
            Ok(Event::Start(tag)) => (tag, false),
            Ok(Event::Empty(tag)) => (tag, true),
            Ok(Event::End(tag)) => {
                self.document.close(tag.name().as_ref())?;
                return Ok(Stop::Again(end));
            }
            Ok(Event::Eof) => return Ok(Stop::At(bytes.len())),
            Ok(_) => return Ok(Stop::Again(end)),
            Err(error) => return self.trouble(&error, bytes, place, end, ahead),
        };
        if let Some(hidden) = hidden_markup(&bytes[place..end]) {
            self.document.broken_markup();
            return Ok(Stop::Again(place + hidden));
        }
        self.tag(&tag, empty)?;
        Ok(Stop::Again(end))
    }

    fn tag(&mut self, tag: &BytesStart<'_>, empty: bool) -> Result<(), Refusal> {
        let name = tag.name();
        let then = self.document.open(name.as_ref(), &attributes(tag.attributes_raw()), empty)?;
        self.raw = Skip::of(&then, name.as_ref()).map(Raw::Skip);
        Ok(())
    }

    /// What quick-xml can't read from `at` on: it is not whole yet, too long for the window, no UTF-8, or no XML.
    fn trouble(
        &mut self,
        error: &Error,
        bytes: &[u8],
        at: usize,
        end: usize,
        ahead: Ahead,
    ) -> Result<Stop, Refusal> {
        let markup = &bytes[at..];
        // What a warning shows must not depend on how the bytes came: all that it shows is read first.
        let shown_later = ahead == Ahead::More && markup.len() < MALFORMED_SHOWN;
        match error {
            Error::Encoding(_) if markup.first() == Some(&b'<') => {
                self.repaired_tag(&String::from_utf8_lossy(&bytes[at..end]))?;
                return Ok(Stop::Again(end));
            }
            // Text means nothing here, and may end within a character where the window does.
            Error::Encoding(_) => return Ok(Stop::Again(end)),
            Error::Syntax(SyntaxError::InvalidBangMarkup) if markup.len() > 2 => {
                if shown_later {
                    return Ok(Stop::At(at));
                }
                self.document.malformed(markup);
                return Ok(Stop::Again(at + 2));
            }
            Error::Syntax(_) if end == at => {}
            _ => {
                if shown_later {
                    return Ok(Stop::At(at));
                }
                self.document.malformed(markup);
                return Ok(Stop::Again(end.max(at + 1)));
            }
        }
        if ahead == Ahead::More {
            return Ok(Stop::At(at));
        }
        let comment = Skip::markup(markup);
        if comment.is_none()
            && let Some(hidden) = hidden_markup(markup)
        {
            self.document.broken_markup();
            return Ok(Stop::Again(at + hidden));
        }
        if ahead == Ahead::Nothing {
            self.document.cut_in_markup();
            return Ok(Stop::At(bytes.len()));
        }
        self.raw = Some(comment.map_or_else(|| Raw::Tag(LongTag::default()), Raw::Skip));
        Ok(Stop::Again(at))
    }

    /// Reads one tag from memory: one that had to be repaired, or cut.
    fn repaired_tag(&mut self, tag: &str) -> Result<(), Refusal> {
        if tag.contains('\u{fffd}') {
            self.document.bad_characters(tag);
        }
        match lenient(tag.as_bytes()).read_event() {
            Ok(Event::Start(tag)) => self.tag(&tag, false),
            Ok(Event::Empty(tag)) => self.tag(&tag, true),
            Ok(Event::End(tag)) => self.document.close(tag.name().as_ref()),
            _ => Ok(()),
        }
    }
}

/// Why reading events stopped.
enum Stop {
    /// Everything up to here was read, and the rest needs more behind it.
    At(usize),
    /// Reading goes on here.
    Again(usize),
}

/// A reader that takes what real files have: two documents in one file, a comment before the declaration, a cut
/// document with another one behind it. Where end tags belong is looked at in [`document`].
fn lenient(bytes: &[u8]) -> Reader<&[u8]> {
    let mut reader = Reader::from_reader(bytes);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.check_comments = false;
    config.allow_dangling_amp = true;
    reader
}

/// The valid UTF-8 that `bytes` begin with.
fn valid_start(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Where in a tag another document or host begins: what was written before was cut, and more was appended. A value
/// has no `<` of its own.
fn hidden_markup(tag: &[u8]) -> Option<usize> {
    let inside = tag.get(1..)?;
    // Almost always there is none, and one look is enough.
    memchr(b'<', inside)?;
    memchr_iter(b'<', inside).find_map(|place| {
        let rest = &inside[place + 1..];
        let begins = |name: &[u8]| {
            rest.strip_prefix(name)
                .is_some_and(|rest| rest.first().is_some_and(|next| b" \t\r\n>".contains(next)))
        };
        (begins(b"?xml") || begins(b"nmaprun") || begins(b"host")).then_some(place + 1)
    })
}

#[cfg(test)]
mod tests;
