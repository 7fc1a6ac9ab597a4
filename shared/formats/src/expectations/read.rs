//! What stands in a file, with the place of everything.

use std::collections::BTreeMap;

use portdelta_core::place::Place;

use super::mistake::FileMistake;
use super::tree::{Name, Node, Value, tree};
use super::{FIELDS, MAX_FILE_BYTES};

/// The version of the format.
const VERSION: &str = "1";

/// Fields that an entry must have.
const NEEDED: [&str; 4] = ["site", "targets", "ports", "state"];

/// Fields that may be lists.
const LISTS: [&str; 2] = ["targets", "ports"];

/// One expectation as it stands in a file: its fields are texts, and not looked at yet.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Where it begins.
    pub place: Place,
    fields: BTreeMap<&'static str, Field>,
}

/// A text, or several that were joined by commas.
#[derive(Clone, Debug)]
struct Field {
    text: String,
    place: Place,
    /// Where each piece begins in the text, and its place in the file.
    pieces: Vec<(usize, Place)>,
}

impl FileEntry {
    /// The text of a field; `None` where it is absent.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(|field| field.text.as_str())
    }

    /// A mistake in a field. `within`: where in the field's text, if that is known.
    #[must_use]
    pub fn mistake(
        &self,
        file: &str,
        field: &str,
        within: Option<&Place>,
        message: &str,
        hint: impl Into<String>,
    ) -> FileMistake {
        let Some(known) = self.fields.get(field) else {
            return FileMistake::at(&self.place, format!("{field}: {message}"), hint);
        };
        let exact = within.and_then(|within| {
            let (start, place) = known.pieces.iter().rev().find(|(start, _)| *start <= within.offset)?;
            let offset = place.offset + (within.offset - start);
            // In quotes and over several lines a text is written in another way than it reads.
            let is_as_read = file.get(offset..).is_some_and(|rest| rest.starts_with(&within.piece));
            is_as_read.then(|| Place::of(file, offset, offset + within.piece.len()))
        });
        FileMistake::at(exact.as_ref().unwrap_or(&known.place), format!("{field}: {message}"), hint)
    }
}

/// Reads a file of expectations, in its order.
pub fn read_expectations(text: &str) -> Result<Vec<FileEntry>, FileMistake> {
    let start = Place::of(text, 0, 0);
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, and at most {MAX_FILE_BYTES} are taken", text.len());
        return Err(FileMistake::at(&start, message, "split it"));
    }
    let hint = "begin with `version: 1`, then `expectations:` and a list";
    let root = tree(text)?.ok_or_else(|| FileMistake::at(&start, "there is nothing in it", hint))?;
    let Value::Fields(fields) = root.value else {
        return Err(FileMistake::at(&root.place, "this is no file of expectations", hint));
    };
    let (mut version, mut entries) = (None, None);
    for (name, node) in fields {
        match name.text.as_str() {
            "version" => version = Some(node),
            "expectations" => entries = Some((name, node)),
            other => {
                let message = format!("there is no field \"{other}\" here");
                return Err(FileMistake::at(&name.place, message, hint));
            }
        }
    }
    let version = version.ok_or_else(|| FileMistake::at(&root.place, "the version is missing", hint))?;
    if !matches!(&version.value, Value::Text { text, .. } if text == VERSION) {
        return Err(FileMistake::at(&version.place, "this version is not known", "write `version: 1`"));
    }
    let (_, list) = entries.ok_or_else(|| FileMistake::at(&root.place, "`expectations` is missing", hint))?;
    let items = match list.value {
        Value::List(items) => items,
        Value::Text { text, plain: true } if is_nothing(&text) => Vec::new(),
        _ => return Err(FileMistake::at(&list.place, "this is no list", "begin each expectation with `- `")),
    };
    items.into_iter().map(entry).collect()
}

/// `field:` and `field: null` are the same as no field.
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn entry(node: Node) -> Result<FileEntry, FileMistake> {
    let Value::Fields(fields) = node.value else {
        let hint = "write `- site: ...`, and the other fields below it";
        return Err(FileMistake::at(&node.place, "this is no expectation", hint));
    };
    let mut read = FileEntry { place: node.place, fields: BTreeMap::new() };
    for (name, value) in fields {
        let Some(known) = FIELDS.into_iter().find(|known| *known == name.text) else {
            let message = format!("there is no field \"{}\"", name.text);
            return Err(FileMistake::at(&name.place, message, format!("there are {}", FIELDS.join(", "))));
        };
        if let Some(field) = field(known, &name, value)? {
            read.fields.insert(known, field);
        }
    }
    for needed in NEEDED {
        if !read.fields.contains_key(needed) {
            let message = format!("`{needed}` is missing");
            return Err(FileMistake::at(&read.place, message, format!("add `{needed}: ...`")));
        }
    }
    Ok(read)
}

fn field(known: &str, name: &Name, node: Node) -> Result<Option<Field>, FileMistake> {
    match node.value {
        Value::Text { text, plain } => {
            let place = if text.is_empty() { name.place.clone() } else { node.place };
            let pieces = vec![(0, shifted(&place, plain))];
            Ok((!(plain && is_nothing(&text))).then_some(Field { text, place, pieces }))
        }
        Value::List(items) if LISTS.contains(&known) => {
            let mut field = Field { text: String::new(), place: node.place, pieces: Vec::new() };
            for item in items {
                let Value::Text { text, plain } = item.value else {
                    return Err(FileMistake::at(&item.place, "this is no text", "write `- 192.0.2.0/24`"));
                };
                if !field.text.is_empty() {
                    field.text.push(',');
                }
                field.pieces.push((field.text.len(), shifted(&item.place, plain)));
                field.text.push_str(&text);
            }
            Ok(Some(field))
        }
        _ => {
            let message = format!("{known}: this is no text");
            Err(FileMistake::at(&node.place, message, format!("write `{known}: ...` in one line")))
        }
    }
}

/// The place of the text within its quotes.
fn shifted(place: &Place, plain: bool) -> Place {
    let mut place = place.clone();
    place.offset += usize::from(!plain);
    place
}
