//! `portdelta expectations`: what a site should look like.

use std::io::{Read, Write};
use std::path::Path;

use portdelta_protocol::admin::{
    AcceptDeltas, AcceptedDeltas, AppliedExpectations, Expectation, ExpectationDraft, Time,
};
use serde_json::json;

use super::only_site;
use crate::arguments::{
    AcceptFields, ExpectationFields, ExpectationsCommand, OneExpectation, OutputFormat, RemoteArguments,
};
use crate::client::{Client, Pages, find};
use crate::failure::Failure;
use crate::inputs;
use crate::output::{Facts, Listing, minute_text, plural, print_wrapped, tell, time_text};

/// Files of expectations are not larger; the server says so as well.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What takes an end away from an expectation.
const NEVER: &str = "never";

/// Does what is asked with expectations.
pub async fn expectations(command: &ExpectationsCommand) -> Result<u8, Failure> {
    match command {
        ExpectationsCommand::List { site, address, find: text, remote } => {
            let client = Client::of(&remote.server)?;
            let call = client.get(&["expectations"]).query_some("site", site.as_ref());
            let call = call.query_some("address", address.as_ref()).query_some("q", text.as_ref());
            let all: Vec<Expectation> = Pages::of(call).all().await?;
            listing(&all).print(remote.format.format)?;
        }
        ExpectationsCommand::Show(OneExpectation { expectation, remote }) => {
            let client = Client::of(&remote.server)?;
            let one: Expectation = find(&client, expectation).await?;
            facts(&one).print(remote.format.format, &one)?;
        }
        ExpectationsCommand::Add { state, targets, ports, site, fields, remote } => {
            let client = Client::of(&remote.server)?;
            let needed = |text: &Option<String>, option: &str, hint: &str| {
                let missing = || Failure::new("not_given", format!("{option} is missing")).hint(hint);
                text.clone().ok_or_else(missing)
            };
            let draft = ExpectationDraft {
                site: only_site(&client, site.as_ref()).await?,
                targets: needed(targets, "--targets", "Say where: --targets 10.0.0.0/24.")?,
                ports: needed(ports, "--ports", "Say which: --ports 22,443.")?,
                state: (*state).into(),
                service: fields.service.clone(),
                owner: fields.owner.clone().unwrap_or_default(),
                reason: fields.reason.clone().unwrap_or_default(),
                expires: fields.expires.as_deref().and_then(end).transpose()?,
            };
            let made: Expectation = client.post(&["expectations"]).json(&draft)?.answer().await?;
            tell(remote.format.format, &format!("{} (expectation {})", sentence(&made), made.id), &made)?;
        }
        ExpectationsCommand::Edit { expectation, state, targets, ports, site, fields, remote } => {
            let client = Client::of(&remote.server)?;
            let found: Expectation = find(&client, expectation).await?;
            let path = ["expectations", &found.id];
            let (old, tag): (Expectation, _) = client.get(&path).tagged().await?;
            let mut draft = draft_of(old, fields)?;
            draft.site = site.clone().unwrap_or(draft.site);
            draft.targets = targets.clone().unwrap_or(draft.targets);
            draft.ports = ports.clone().unwrap_or(draft.ports);
            draft.state = state.map_or(draft.state, Into::into);
            let call = client.put(&path).if_match(tag);
            let edited: Expectation = call.json(&draft)?.answer().await?;
            tell(remote.format.format, &sentence(&edited), &edited)?;
        }
        ExpectationsCommand::Remove(OneExpectation { expectation, remote }) => {
            let client = Client::of(&remote.server)?;
            let one: Expectation = find(&client, expectation).await?;
            client.delete(&["expectations", &one.id]).done().await?;
            let text = format!("Nothing is expected any more of ports {} of {}.", one.ports, one.targets);
            tell(remote.format.format, &text, &json!({"removed": one.id}))?;
        }
        ExpectationsCommand::Apply { file, prune, dry_run, unchanged_since, remote } => {
            let since = unchanged_since.map(|version| format!("\"{version}\""));
            apply((file, *prune), *dry_run, since, remote).await?;
        }
        ExpectationsCommand::Export { server } => {
            let (text, tag) = Client::of(server)?.get(&["expectation-file"]).tagged_text().await?;
            std::io::stdout().write_all(text.as_bytes())?;
            note_version(tag.as_deref());
        }
    }
    Ok(0)
}

/// Expects from now on what this is about.
pub async fn accept(client: &Client, wanted: AcceptDeltas, remote: &RemoteArguments) -> Result<u8, Failure> {
    let done: AcceptedDeltas = client.post(&["deltas", "accept"]).json(&wanted)?.answer().await?;
    let format = remote.format.format;
    if format != OutputFormat::Table {
        return tell(format, &format!("{} accepted.", done.expectations.len()), &done).map(|()| 0);
    }
    for one in &done.expectations {
        print_wrapped("", anstyle::Style::new(), &sentence(one))?;
    }
    Ok(0)
}

/// Nothing to accept yet, and why it will be.
pub fn acceptance(fields: &AcceptFields) -> Result<AcceptDeltas, Failure> {
    Ok(AcceptDeltas {
        deltas: Vec::new(),
        alerts: Vec::new(),
        reason: fields.reason.clone(),
        owner: fields.owner.clone(),
        expires: fields.expires.as_deref().and_then(end).transpose()?,
    })
}

fn end(text: &str) -> Option<Result<Time, Failure>> {
    (text != NEVER).then(|| inputs::time(text).map(Time))
}

fn draft_of(old: Expectation, fields: &ExpectationFields) -> Result<ExpectationDraft, Failure> {
    let expires = match fields.expires.as_deref() {
        Some(text) => end(text).transpose()?,
        None => old.expires,
    };
    Ok(ExpectationDraft {
        site: old.site,
        targets: old.targets,
        ports: old.ports,
        state: old.state,
        service: fields.service.clone().or(old.service),
        owner: fields.owner.clone().unwrap_or(old.owner),
        reason: fields.reason.clone().unwrap_or(old.reason),
        expires,
    })
}

async fn apply(
    (file, prune): (&Path, bool),
    dry_run: bool,
    since: Option<String>,
    remote: &RemoteArguments,
) -> Result<(), Failure> {
    let name = file.display();
    let unreadable = |error: std::io::Error| {
        Failure::new("unreadable", format!("could not read {name}: {error}")).hint("Name a file of YAML.")
    };
    let mut text = Vec::new();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(unreadable)?)
    };
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut text).map_err(unreadable)?;
    let client = Client::of(&remote.server)?;
    let preview = || client.post(&["expectation-file", "preview"]).query("prune", &prune).bytes(text.clone());
    let done: AppliedExpectations = if dry_run {
        let (would, tag) = preview().tagged().await?;
        note_version(tag.as_deref());
        would
    } else {
        // What is removed is what is there now, and nothing that somebody makes meanwhile.
        let tag = match since {
            None if prune => preview().tagged::<AppliedExpectations>().await?.1,
            since => since,
        };
        client.put(&["expectation-file"]).if_match(tag).query("prune", &prune).bytes(text).answer().await?
    };
    let format = remote.format.format;
    if format != OutputFormat::Table {
        return tell(format, &summary(&done, dry_run), &done);
    }
    for (sign, list) in [("+", &done.made), ("~", &done.changed), ("-", &done.removed)] {
        for one in list {
            print_wrapped("  ", anstyle::Style::new(), &format!("{sign} {}: {}", one.id, sentence(one)))?;
        }
    }
    tell(format, &summary(&done, dry_run), &done)
}

/// For who applies a file later, and wants to overwrite nothing that others did in between.
fn note_version(tag: Option<&str>) {
    if let Some(version) = tag {
        let version = version.trim_matches('"');
        anstream::eprintln!(
            "Version {version}: `apply --unchanged-since {version}` overwrites nothing that is newer."
        );
    }
}

fn summary(done: &AppliedExpectations, dry_run: bool) -> String {
    let (made, changed, removed) = (done.made.len(), done.changed.len(), done.removed.len());
    let would = if dry_run { "It would be" } else { "It is" };
    let all = (made + changed + removed) as u64 + done.unchanged;
    format!(
        "{would} so for {}: {made} new, {changed} changed, {removed} removed, {} as before.",
        plural(all, "expectation"),
        done.unchanged
    )
}

/// `Ports 22 of 10.0.0.5 should be open at site office.`
fn sentence(one: &Expectation) -> String {
    let service = one.service.as_ref().map(|service| format!(" with {service}")).unwrap_or_default();
    let until = one.expires.map(|time| format!(", until {}", time_text(time.0))).unwrap_or_default();
    let Expectation { ports, targets, state, site, .. } = one;
    format!("Ports {ports} of {targets} should be {}{service} at site {site}{until}.", state.name())
}

fn listing(all: &[Expectation]) -> Listing {
    let columns = &["id", "site", "state", "ports", "targets", "expires", "detail"];
    let empty = "Nothing is expected. `portdelta expectations add` says what should be open or closed.";
    let mut listing = Listing::new(columns, empty);
    for one in all {
        let mut detail: Vec<String> = one.service.iter().map(|service| format!("only {service}")).collect();
        detail.extend([&one.reason, &one.owner].into_iter().filter(|text| !text.is_empty()).cloned());
        let cells = vec![
            one.id.clone(),
            one.site.to_string(),
            one.state.name().to_owned(),
            one.ports.clone(),
            one.targets.clone(),
            one.expires.map_or_else(|| NEVER.to_owned(), |time| minute_text(time.0)),
            detail.join("; "),
        ];
        listing.row(cells, json!(one));
    }
    listing
}

fn facts(one: &Expectation) -> Facts {
    Facts::about(sentence(one))
        .add("id", &one.id)
        .add("site", &one.site)
        .add("targets", &one.targets)
        .add("ports", &one.ports)
        .add("state", one.state.name())
        .maybe("service", one.service.as_ref())
        .add("reason", &one.reason)
        .add("owner", &one.owner)
        .maybe("expires", one.expires.map(|time| time_text(time.0)))
        .add("made", time_text(one.created.0))
        .add("changed", time_text(one.changed.0))
}
