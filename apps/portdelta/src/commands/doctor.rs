//! `portdelta doctor`: what is wrong with this machine, the server and its agents.

mod here;
mod there;

use anstyle::{AnsiColor, Style};
use portdelta_core::escape::escape;
use portdelta_protocol::admin::{Check, Verdict};
use serde_json::json;

use crate::arguments::{DoctorArguments, OutputFormat};
use crate::client::{Client, Target, is_loopback};
use crate::failure::{EXIT_CHANGES, Failure};
use crate::output::{Listing, colour, print_line, print_wrapped};

/// Looks, and says for everything that is wrong what to do.
pub async fn doctor(arguments: &DoctorArguments) -> Result<u8, Failure> {
    let target = if arguments.local { None } else { Target::known(&arguments.server)? };
    let mut checks = Vec::new();
    // A machine that only looks at a server needs no nmap.
    if target.as_ref().is_none_or(|target| is_loopback(&target.url)) {
        checks.extend(here::nmap().await);
    }
    match &target {
        Some(target) => checks.extend(there::server(&Client::to(target)?, target).await),
        None => checks.extend(here::folder(arguments.data.as_deref()).await),
    }
    print(&checks, arguments.format.format)?;
    Ok(if checks.iter().all(|check| check.verdict == Verdict::Ok) { 0 } else { EXIT_CHANGES })
}

fn print(checks: &[Check], format: OutputFormat) -> Result<(), Failure> {
    if format != OutputFormat::Table {
        let mut listing = Listing::new(&["verdict", "code", "message", "hint"], "");
        for check in checks {
            let (verdict, _) = words(check.verdict);
            let hint = check.hint.clone().unwrap_or_default();
            listing
                .row(vec![verdict.to_owned(), check.code.clone(), check.message.clone(), hint], json!(check));
        }
        return listing.print(format);
    }
    for check in checks {
        let (verdict, style) = words(check.verdict);
        let mark = format!("{verdict:<8}");
        print_first(&mark, style, &check.message)?;
        if let Some(hint) = &check.hint {
            print_wrapped("        ", Style::new(), &format!("hint: {hint}"))?;
        }
    }
    let wrong = checks.iter().filter(|check| check.verdict != Verdict::Ok).count();
    let sum = match wrong {
        0 => "All is well.".to_owned(),
        1 => "1 thing is wrong.".to_owned(),
        wrong => format!("{wrong} things are wrong."),
    };
    print_line(&sum)
}

fn print_first(mark: &str, style: Style, text: &str) -> Result<(), Failure> {
    let width = usize::from(crate::output::columns()).saturating_sub(8);
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    for (number, line) in textwrap::wrap(&escape(text), options).iter().enumerate() {
        match number {
            0 => print_line(&format!("{style}{mark}{style:#}{line}"))?,
            _ => print_line(&format!("        {line}"))?,
        }
    }
    Ok(())
}

fn words(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Ok => ("ok", colour(AnsiColor::Green)),
        Verdict::Warning => ("warning", colour(AnsiColor::Yellow)),
        Verdict::Bad => ("bad", colour(AnsiColor::Red)),
    }
}

/// Something that is well.
fn well(code: &str, message: impl Into<String>) -> Check {
    Check { code: code.to_owned(), verdict: Verdict::Ok, message: message.into(), hint: None }
}

/// Something that is not.
fn wrong(code: &str, verdict: Verdict, message: impl Into<String>, hint: impl Into<String>) -> Check {
    Check { code: code.to_owned(), verdict, message: message.into(), hint: Some(hint.into()) }
}

/// A failure as a finding.
fn failed(failure: &Failure) -> Check {
    Check {
        code: failure.code.to_string(),
        verdict: Verdict::Bad,
        message: failure.message().to_owned(),
        hint: failure.hint_text().map(str::to_owned),
    }
}
