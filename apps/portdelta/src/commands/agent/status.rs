//! `portdelta agent status`: what the files of the agent's folder say. Nobody is asked.

use portdelta_agent::{AgentError, Home, look_into_spool};
use portdelta_core::UnixTime;
use portdelta_core::escape::escape;
use portdelta_formats::report::{rfc3339, to_line, to_pretty};
use serde_json::{Value, json};

use super::home;
use crate::arguments::{AgentStatusArguments, OutputFormat};
use crate::failure::Failure;
use crate::output::{Listing, plural};

/// The fields in their order, with the words of the table.
const FIELDS: [(&str, &str); 16] = [
    ("name", "Name"),
    ("agent", "Id"),
    ("key", "Key"),
    ("server", "Server"),
    ("site", "Site"),
    ("standing", "Standing"),
    ("running", "Running"),
    ("last_contact", "Last contact"),
    ("tasks", "Tasks"),
    ("spooled_results", "Results waiting"),
    ("spooled_bytes", "Bytes waiting"),
    ("limits", "Limits"),
    ("limits_file", "Limits file"),
    ("clock_ahead_seconds", "Clock ahead"),
    ("paused", "Takes no work"),
    ("trouble", "Trouble"),
];

const COLUMNS: [&str; 16] = [
    "name",
    "agent",
    "key",
    "server",
    "site",
    "standing",
    "running",
    "last_contact",
    "tasks",
    "spooled_results",
    "spooled_bytes",
    "limits",
    "limits_file",
    "clock_ahead_seconds",
    "paused",
    "trouble",
];

/// Shows it.
pub fn status(arguments: &AgentStatusArguments) -> Result<u8, Failure> {
    let value = value(&home(&arguments.home)?)?;
    match arguments.format.format {
        OutputFormat::Json => anstream::println!("{}", to_pretty(&value)?),
        OutputFormat::Jsonl => anstream::println!("{}", to_line(&value)?),
        OutputFormat::Csv => {
            let mut listing = Listing::new(&COLUMNS, "");
            listing.row(FIELDS.iter().map(|(field, _)| text(&value[*field])).collect(), value.clone());
            listing.print(OutputFormat::Csv)?;
        }
        OutputFormat::Table => {
            for (field, words) in FIELDS {
                let text = match field {
                    "clock_ahead_seconds" => value[field].as_i64().map(clock),
                    _ => Some(text(&value[field])),
                };
                if let Some(text) = text.filter(|text| !text.is_empty()) {
                    anstream::println!("{words:<16} {}", escape(&text));
                }
            }
        }
    }
    Ok(0)
}

fn value(home: &Home) -> Result<Value, AgentError> {
    let identity = home.enrolled()?;
    let seen = home.last_seen()?;
    let running = home.is_busy();
    let spooled = look_into_spool(&home.spool());
    let seen = seen.unwrap_or_default();
    let site = if seen.site.is_empty() { identity.site.as_str() } else { &seen.site };
    let standing = if seen.standing.is_empty() { "enrolled" } else { &seen.standing };
    Ok(json!({
        "name": identity.name,
        "agent": identity.agent,
        "key": home.key(&identity.token)?.map(|key| key.public().short()),
        "server": identity.server,
        "site": site,
        "standing": standing,
        "running": running,
        "last_contact": seen.contact.and_then(UnixTime::from_seconds).map(rfc3339),
        // Of an agent that has ended nothing is at work.
        "tasks": if running { seen.tasks } else { 0 },
        "spooled_results": spooled.results,
        "spooled_bytes": spooled.bytes,
        "limits": seen.limits,
        "limits_file": seen.limits_file,
        "clock_ahead_seconds": seen.clock_ahead,
        "paused": seen.paused.filter(|_| running),
        "trouble": seen.trouble,
    }))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Small differences are nobody's trouble.
fn clock(ahead: i64) -> String {
    match ahead {
        -5..=5 => "no".to_owned(),
        6.. => plural(ahead.unsigned_abs(), "second"),
        _ => format!("{} behind", plural(ahead.unsigned_abs(), "second")),
    }
}
