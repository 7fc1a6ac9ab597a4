//! One thing with all that is known about it, and what became of a request.

use anstyle::Style;
use portdelta_core::escape::escape;
use portdelta_formats::report::{to_line, to_pretty};
use serde::Serialize;

use super::{BOLD, Listing, columns, print_line};
use crate::arguments::OutputFormat;
use crate::failure::Failure;

/// Names of facts and what is known, in the order in which people read them.
#[derive(Default)]
pub struct Facts {
    title: String,
    facts: Vec<(&'static str, String)>,
}

impl Facts {
    /// Facts about what is called so.
    pub fn about(title: impl Into<String>) -> Self {
        Self { title: title.into(), facts: Vec::new() }
    }

    /// Adds one; nothing is not shown.
    #[expect(clippy::needless_pass_by_value, reason = "callers have texts, numbers and times, owned or not")]
    pub fn add(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.facts.push((name, value));
        }
        self
    }

    /// Adds one where there is one.
    pub fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.add(name, value),
            None => self,
        }
    }

    /// Writes them to standard output; `json` is the same for programs.
    pub fn print(&self, format: OutputFormat, json: &impl Serialize) -> Result<(), Failure> {
        match format {
            OutputFormat::Json => print_line(&to_pretty(json)?),
            OutputFormat::Jsonl => print_line(&to_line(json)?),
            OutputFormat::Csv => {
                let mut listing = Listing::new(&["fact", "value"], "");
                for (name, value) in &self.facts {
                    listing.row(vec![(*name).to_owned(), value.clone()], serde_json::Value::Null);
                }
                listing.print(OutputFormat::Csv)
            }
            OutputFormat::Table => {
                print_line(&format!("{BOLD}{}{BOLD:#}", escape(&self.title)))?;
                let width = self.facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
                self.facts.iter().try_for_each(|(name, value)| print_fact(name, width, value))
            }
        }
    }
}

fn print_fact(name: &str, width: usize, value: &str) -> Result<(), Failure> {
    let (first, rest) = (format!("  {name:<width$}  "), " ".repeat(width + 4));
    let options = textwrap::Options::new(columns().into())
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(&first)
        .subsequent_indent(&rest);
    textwrap::wrap(&escape(value), options).iter().try_for_each(|line| print_line(line))
}

/// Says what became of a request: a sentence for people, the thing itself for programs.
pub fn tell(format: OutputFormat, sentence: &str, json: &impl Serialize) -> Result<(), Failure> {
    match format {
        OutputFormat::Json => print_line(&to_pretty(json)?),
        OutputFormat::Jsonl => print_line(&to_line(json)?),
        OutputFormat::Csv => {
            let mut listing = Listing::new(&["outcome"], "");
            listing.row(vec![sentence.to_owned()], serde_json::Value::Null);
            listing.print(OutputFormat::Csv)
        }
        OutputFormat::Table => super::print_wrapped("", Style::new(), sentence),
    }
}
