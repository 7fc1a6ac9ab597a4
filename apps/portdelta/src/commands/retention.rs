//! `portdelta retention`: what is kept how long.

use portdelta_protocol::admin::{Retention, RetentionPreview};

use crate::arguments::{Kept, OutputFormat, RetentionCommand, SetRetention};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Facts, minute_text, plural, tell};

/// Shows and sets it.
pub async fn retention(command: &RetentionCommand) -> Result<u8, Failure> {
    match command {
        RetentionCommand::Show(remote) => {
            let kept: Retention = Client::of(&remote.server)?.get(&["retention"]).answer().await?;
            facts(&kept).print(remote.format.format, &kept)?;
            Ok(0)
        }
        RetentionCommand::Set(arguments) => set(arguments).await,
    }
}

async fn set(arguments: &SetRetention) -> Result<u8, Failure> {
    let client = Client::of(&arguments.remote.server)?;
    let format = arguments.remote.format.format;
    let (old, tag): (Retention, _) = client.get(&["retention"]).tagged().await?;
    let or = |given: Option<Kept>, old| given.map_or(old, |Kept(days)| days);
    let wanted = Retention {
        results_days: or(arguments.results, old.results_days),
        runs_days: or(arguments.runs, old.runs_days),
    };
    if arguments.dry_run {
        let gone: RetentionPreview = client.post(&["retention", "preview"]).json(&wanted)?.answer().await?;
        tell(format, &words(&gone), &gone)?;
        return Ok(0);
    }
    let call = client.put(&["retention"]).if_match(tag);
    let kept: Retention = call.json(&wanted)?.answer().await?;
    if format == OutputFormat::Table {
        facts(&kept).print(format, &kept)?;
    } else {
        tell(format, "Set what is kept how long.", &kept)?;
    }
    Ok(0)
}

/// What would go.
fn words(gone: &RetentionPreview) -> String {
    let least = if gone.at_least { "at least " } else { "" };
    let results = gone.before.map(|before| {
        let many = plural(gone.results, "raw result");
        format!("{least}{many} ({} bytes) received before {}", gone.bytes, minute_text(before.0))
    });
    let runs = gone.runs_before.map(|before| {
        format!("{least}{} that ended before {}", plural(gone.runs, "run"), minute_text(before.0))
    });
    let parts: Vec<String> = results.into_iter().chain(runs).collect();
    if parts.is_empty() {
        return "Nothing would go: everything is kept for ever.".to_owned();
    }
    let more = if gone.at_least { "; there is more than a few seconds are enough to count" } else { "" };
    format!("Would go: {}{more}. Nothing was changed.", parts.join(", and "))
}

fn facts(kept: &Retention) -> Facts {
    let days =
        |days: Option<u32>| days.map_or_else(|| "for ever".to_owned(), |days| plural(u64::from(days), "day"));
    Facts::about("What is kept how long")
        .add("raw results", days(kept.results_days))
        .add("runs, reports, deltas", days(kept.runs_days))
}

#[cfg(test)]
mod tests {
    use portdelta_core::UnixTime;
    use portdelta_protocol::admin::Time;

    use super::*;

    #[test]
    fn what_was_not_counted_is_said() {
        let said = |at_least| {
            let before = Some(Time(UnixTime::EPOCH));
            words(&RetentionPreview { before, results: 2, bytes: 9, at_least, ..RetentionPreview::default() })
        };
        assert!(said(false).starts_with("Would go: 2 raw results (9 bytes) received before "));
        assert!(said(false).ends_with("Z. Nothing was changed."), "{}", said(false));
        assert!(said(true).starts_with("Would go: at least 2 raw results"));
        assert!(said(true).contains("; there is more than a few seconds are enough to count. Nothing"));
    }
}
