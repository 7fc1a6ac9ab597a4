//! YAML as a tree whose nodes know their places.

use portdelta_core::place::Place;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::mistake::FileMistake;

/// Lists and fields within one another.
const MAX_DEPTH: usize = 6;

/// A node, and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `plain`: without quotes, so that `null` means nothing.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Fields(Vec<(Name, Node)>),
}

/// The name of a field, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub text: String,
    pub place: Place,
}

/// Where the lines of a text begin, in bytes.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
    }

    fn place(&self, span: &Span) -> Place {
        let start = self.offset(span.start.line(), span.start.col());
        let end = self.offset(span.end.line(), span.end.col());
        // One line is enough to find it again.
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        Place::of(self.text, start, end.min(line_end))
    }
}

struct Reader<'a> {
    lines: Lines<'a>,
    parser: Parser<'a, StrInput<'a>>,
}

/// The only document of a text; `None` where there is nothing in it.
pub(super) fn tree(text: &str) -> Result<Option<Node>, FileMistake> {
    let mut reader = Reader { lines: Lines::of(text), parser: Parser::new_from_str(text) };
    let mut found = None;
    loop {
        let (event, place) = reader.next()?;
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            Event::StreamEnd => return Ok(found),
            Event::DocumentStart(_) if found.is_some() => {
                let hint = "put all expectations into one list";
                return Err(FileMistake::at(&place, "a second document begins here", hint));
            }
            Event::DocumentStart(_) => {
                let (event, place) = reader.next()?;
                found = Some(reader.node(event, place, 0)?);
            }
            _ => {
                return Err(FileMistake::at(
                    &place,
                    "this belongs to nothing",
                    "indent it as its neighbours",
                ));
            }
        }
    }
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Place), FileMistake> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let place = self.lines.place(&span);
                Ok((event, place))
            }
            Some(Err(error)) => {
                let (line, column) = (error.marker().line(), error.marker().col());
                let offset = self.lines.offset(line, column);
                let place = Place::of(self.lines.text, offset, offset);
                let message = format!("this is no YAML: {}", error.info());
                Err(FileMistake::at(&place, message, "look at indentation, quotes and colons around it"))
            }
            None => Ok((Event::StreamEnd, Place::of(self.lines.text, self.lines.text.len(), usize::MAX))),
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, FileMistake> {
        let refused = |what: &str| FileMistake::at(&place, what, "write it out");
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => (*anchor, tag.is_some()),
            Event::Alias(_) => return Err(refused("aliases are not taken")),
            _ => return Err(refused("something is missing here")),
        };
        if anchor != 0 {
            return Err(refused("anchors are not taken"));
        }
        if tag {
            return Err(refused("tags are not taken"));
        }
        if depth == MAX_DEPTH {
            return Err(refused("this lies too deep"));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => {
                Value::Text { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, place) = self.next()?;
                    if event == Event::SequenceEnd {
                        break Value::List(items);
                    }
                    items.push(self.node(event, place, depth + 1)?);
                }
            }
            _ => {
                let mut fields: Vec<(Name, Node)> = Vec::new();
                loop {
                    let (event, place) = self.next()?;
                    if event == Event::MappingEnd {
                        break Value::Fields(fields);
                    }
                    let name = self.node(event, place, depth + 1)?;
                    let Value::Text { text, .. } = name.value else {
                        return Err(FileMistake::at(
                            &name.place,
                            "this is no name of a field",
                            "write `name: value`",
                        ));
                    };
                    if fields.iter().any(|(known, _)| known.text == text) {
                        let message = format!("\"{text}\" is given twice");
                        return Err(FileMistake::at(&name.place, message, "leave one of them out"));
                    }
                    let (event, place) = self.next()?;
                    let value = self.node(event, place, depth + 1)?;
                    fields.push((Name { text, place: name.place }, value));
                }
            }
        };
        Ok(Node { place, value })
    }
}
