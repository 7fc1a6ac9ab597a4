//! `portdelta clean-up`: a site, a network of it or some addresses, as if nothing had ever looked there.

use portdelta_protocol::admin::{CleanUp, CleanUpCounts, CleanUpPreview, NewCleanUp};
use serde_json::json;

use crate::arguments::{CleanUpArguments, RemoteArguments};
use crate::client::{Client, Pages};
use crate::failure::Failure;
use crate::output::{Listing, plural, tell, time_text};

/// Says what would go, removes it, or lists what was removed.
pub async fn clean_up(arguments: &CleanUpArguments) -> Result<u8, Failure> {
    let CleanUpArguments { site, network, targets, yes, remote, .. } = arguments;
    let client = Client::of(&remote.server)?;
    let Some(site) = site else { return list(&client, remote).await };
    let targets = (!targets.is_empty()).then(|| targets.join(", "));
    let wanted = NewCleanUp { site: site.to_string(), network: network.clone(), targets };
    let format = remote.format.format;
    if !yes {
        let preview: CleanUpPreview = client.post(&["clean-up", "preview"]).json(&wanted)?.answer().await?;
        tell(format, &would_go(&preview, &wanted), &preview)?;
        return Ok(0);
    }
    let done: CleanUp = client.post(&["clean-up"]).json(&wanted)?.answer().await?;
    let what = words(&done.removed).unwrap_or_else(|| "nothing was there".to_owned());
    let sentence = if done.done {
        format!("Cleaned up {}: {what}. The next scan is a first look.", place(&wanted))
    } else {
        format!(
            "Cleaning up {}: {what} until now; the server goes on with it. `portdelta clean-up --list` says how far \
             it is.",
            place(&wanted)
        )
    };
    tell(format, &sentence, &done)?;
    Ok(0)
}

async fn list(client: &Client, remote: &RemoteArguments) -> Result<u8, Failure> {
    let all: Vec<CleanUp> = Pages::of(client.get(&["clean-up"])).all().await?;
    let mut listing = Listing::new(&["time", "where", "who", "state", "detail"], "Nothing was cleaned up.");
    for one in &all {
        let scope =
            NewCleanUp { site: one.site.clone(), network: one.network.clone(), targets: one.targets.clone() };
        let state = if one.done { "done" } else { "goes on" };
        let removed = words(&one.removed).unwrap_or_else(|| "nothing".to_owned());
        let cells = vec![time_text(one.at.0), place(&scope), one.who.clone(), state.to_owned(), removed];
        listing.row(cells, json!(one));
    }
    listing.print(remote.format.format)?;
    Ok(0)
}

/// What was, or is to be, cleaned up: `network Lab of site office`.
fn place(wanted: &NewCleanUp) -> String {
    let site = &wanted.site;
    match (&wanted.network, &wanted.targets) {
        (Some(network), _) => format!("network {network} of site {site}"),
        (None, Some(targets)) => format!("{targets} of site {site}"),
        (None, None) => format!("site {site}"),
    }
}

fn would_go(preview: &CleanUpPreview, wanted: &NewCleanUp) -> String {
    let place = place(wanted);
    let goes = match (words(&preview.counts), preview.at_least) {
        (None, false) => return format!("Nothing would go: nothing is known of {place}."),
        (Some(what), false) => what,
        (Some(what), true) => {
            format!("at least {what}; there is more than a few seconds are enough to count")
        }
        (None, true) => "more than a few seconds are enough to count".to_owned(),
    };
    format!("Would go of {place}: {goes}. Nothing was removed; with --yes it goes for ever.")
}

/// `3 hosts, 7 open ports, 12 changes`; `None` where nothing is.
fn words(counts: &CleanUpCounts) -> Option<String> {
    let CleanUpCounts { hosts, open_ports, deltas, alerts, notes, runs, results, bytes } = *counts;
    let results_text = format!("{} ({bytes} bytes)", plural(results, "raw result"));
    let parts = [
        (hosts, plural(hosts, "host")),
        (open_ports, plural(open_ports, "open port")),
        (deltas, plural(deltas, "delta")),
        (alerts, plural(alerts, "alert")),
        (notes, plural(notes, "note")),
        (runs, plural(runs, "run")),
        (results, results_text),
    ];
    let some: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    (!some.is_empty()).then(|| some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_is_said() {
        let wanted = NewCleanUp { site: "office".to_owned(), ..NewCleanUp::default() };
        let said = |hosts, at_least| {
            let counts = CleanUpCounts { hosts, ..CleanUpCounts::default() };
            would_go(&CleanUpPreview { counts, at_least }, &wanted)
        };
        assert!(said(0, false).starts_with("Nothing would go"));
        assert!(said(2, false).starts_with("Would go of site office: 2 hosts. Nothing was"));
        assert!(said(2, true).contains("at least 2 hosts; there is more than"));
        assert!(said(0, true).contains("office: more than a few seconds"), "{}", said(0, true));
    }
}
