//! `portdelta logs`: what the server says of itself.

use portdelta_protocol::admin::{LogLine, LogPage, LogsElsewhere};
use serde_json::json;

use crate::arguments::LogsArguments;
use crate::client::{Client, Pages};
use crate::failure::{Failure, warn};
use crate::output::{Listing, time_text};

/// Lists the newest lines, or says where they are.
pub async fn logs(arguments: &LogsArguments) -> Result<u8, Failure> {
    let LogsArguments { level, search, limit, remote } = arguments;
    let client = Client::of(&remote.server)?;
    let call = || client.get(&["logs"]).query_some("level", *level).query_some("q", search.as_ref());
    let lines: Vec<LogLine> = Pages::of(call()).first(limit.get()).await?;
    if lines.is_empty() {
        let page: LogPage = call().answer().await?;
        if let Some(elsewhere) = &page.elsewhere {
            warn(&where_they_are(elsewhere));
        }
    }
    let columns = &["time", "level", "message", "fields", "part"];
    let mut listing =
        Listing::new(columns, "No line of the log fits.").folding(&["fields", "part"], "message");
    for line in &lines {
        let LogLine { time, level, target, message, fields, .. } = line;
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cells =
            vec![time_text(time.0), level.to_string(), message.clone(), fields.join(" "), target.clone()];
        listing.row(cells, json!(line));
    }
    listing.print(remote.format.format)?;
    Ok(0)
}

/// What to look at instead.
fn where_they_are(elsewhere: &LogsElsewhere) -> String {
    let LogsElsewhere { service, region, groups } = elsewhere;
    let region = region.as_ref().map(|region| format!(" of {region}")).unwrap_or_default();
    format!("this server's log is in {service}{region}: {}", groups.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_log_is_is_told_in_one_sentence() {
        let groups = ["/aws/lambda/blue-api", "/aws/lambda/blue-ingest"].map(str::to_owned).to_vec();
        let region = Some("eu-central-1".to_owned());
        let mut elsewhere = LogsElsewhere { service: "CloudWatch Logs".to_owned(), region, groups };
        assert_eq!(
            where_they_are(&elsewhere),
            "this server's log is in CloudWatch Logs of eu-central-1: /aws/lambda/blue-api, /aws/lambda/blue-ingest"
        );
        elsewhere.region = None;
        assert!(where_they_are(&elsewhere).starts_with("this server's log is in CloudWatch Logs: /aws"));
    }
}
