//! What went wrong, as people and programs get to see it.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use portdelta_app::AppError;
use portdelta_core::causes::with_causes;
use portdelta_core::escape::escape;

/// Something changed, and the command says so by its exit code.
pub const EXIT_CHANGES: u8 = 1;
/// The command was wrong, or could not be carried out.
pub const EXIT_ERROR: u8 = 2;
/// The command was ended by an interrupt.
pub const EXIT_INTERRUPTED: u8 = 130;

/// The code of the one failure that is none: nobody reads on.
pub const READER_GONE: &str = "reader_gone";

/// A failure: what happened, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// Stable, for programs.
    pub code: Cow<'static, str>,
    message: String,
    /// A line of input with a caret below, already harmless.
    pointer: Option<String>,
    hint: Option<String>,
    /// What was given is wrong: the same again would fail again.
    pub is_of_input: bool,
}

impl Failure {
    /// A failure with a sentence for people, without full stop.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), pointer: None, hint: None, is_of_input: false }
    }

    /// What to do about it; a sentence is made of it where it is none.
    pub fn hint(self, hint: impl AsRef<str>) -> Self {
        Self { hint: Some(sentence(hint.as_ref())), ..self }
    }

    /// Where in an input the mistake is.
    pub fn pointer(self, pointer: &impl ToString) -> Self {
        Self { pointer: Some(pointer.to_string()), ..self }
    }

    /// The same again would fail again.
    pub fn of_input(self) -> Self {
        Self { is_of_input: true, ..self }
    }

    /// What happened, not escaped.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, not escaped.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({"code": self.code, "message": self.message, "hint": self.hint})
    }

    /// The sentence and the hint in one line, as it is kept beside a file.
    pub fn line(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!(" {hint}")).unwrap_or_default();
        format!("{} ({}).{hint}", self.message, self.code)
    }

    /// Writes it to standard error, harmless whatever stands in it.
    pub fn print(&self) {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        anstream::eprintln!("{red}error{red:#}: {}", escape(&self.message));
        if let Some(pointer) = &self.pointer {
            for line in pointer.lines() {
                anstream::eprintln!("  {line}");
            }
        }
        if let Some(hint) = &self.hint {
            anstream::eprintln!("{cyan}hint{cyan:#}: {}", escape(hint));
        }
    }
}

/// Hints of the core are parts of sentences, as some of its callers go on after them.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let mut sentence: String =
        characters.next().map(char::to_uppercase).into_iter().flatten().chain(characters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let failure = Self::new(error.code(), with_causes(&error));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::BrokenPipe { READER_GONE } else { "output_failed" };
        Self::new(code, format!("could not write the output: {error}"))
            .hint("Check where the output goes: is the disk full?")
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

/// A note beside the output, on standard error.
pub fn warn(message: &str) {
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    anstream::eprintln!("{yellow}warning{yellow:#}: {}", escape(message));
}
