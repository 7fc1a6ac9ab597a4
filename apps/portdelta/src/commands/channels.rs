//! `portdelta channels`: ways out.

mod settings;

use portdelta_protocol::admin::{
    Channel, ChannelDraft, ChannelFilter, ChannelSettings, ChannelTest, ChannelView, Scan,
};
use serde_json::json;

use crate::arguments::{
    AddChannel, ChannelsCommand, Choice, EditChannel, FilterFields, OneChannel, RemoteArguments,
};
use crate::client::{Client, Pages, find};
use crate::failure::{EXIT_CHANGES, Failure};
use crate::output::{Listing, minute_text, tell};

/// Does what is asked with channels.
pub async fn channels(command: &ChannelsCommand) -> Result<u8, Failure> {
    match command {
        ChannelsCommand::List(remote) => {
            let client = Client::of(&remote.server)?;
            let channels: Vec<Channel> = Pages::of(client.get(&["channels"])).all().await?;
            let empty = "Nobody is told of anything. Add a channel: portdelta channels add smtp NAME ...";
            let mut listing = Listing::new(&["channel", "kind", "where", "delivered", "problem"], empty);
            for channel in &channels {
                let (kind, place) = where_to(&channel.settings);
                let problem = match (&channel.last_error, channel.enabled) {
                    (_, false) => "disabled".to_owned(),
                    (Some(error), true) => error.clone(),
                    (None, true) => String::new(),
                };
                let delivered = channel.last_delivered.map(|time| minute_text(time.0)).unwrap_or_default();
                let cells = vec![channel.name.clone(), kind.to_owned(), place, delivered, problem];
                listing.row(cells, json!(channel));
            }
            listing.print(remote.format.format)?;
        }
        ChannelsCommand::Add(add) => {
            let (name, settings, filter, remote) = parts(add)?;
            let client = Client::of(&remote.server)?;
            let draft = ChannelDraft {
                name: name.to_owned(),
                enabled: true,
                settings: Some(settings),
                filter: filtered(&client, ChannelFilter::default(), filter).await?,
            };
            let made: Channel = client.post(&["channels"]).json(&draft)?.answer().await?;
            let sentence = format!("Added the channel {0}. Try it: portdelta channels test {0}", made.name);
            tell(remote.format.format, &sentence, &made)?;
        }
        ChannelsCommand::Edit(edit) => edited(edit).await?,
        ChannelsCommand::Remove(OneChannel { channel, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: Channel = find(&client, channel).await?;
            client.delete(&["channels", &found.id]).done().await?;
            let sentence = format!("Removed the channel {}.", found.name);
            tell(remote.format.format, &sentence, &json!({"removed": found.id}))?;
        }
        ChannelsCommand::Test(OneChannel { channel, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: Channel = find(&client, channel).await?;
            let test: ChannelTest = client.post(&["channels", &found.id, "test"]).answer().await?;
            let sentence = match (&test.error, test.delivered) {
                (_, true) => format!("The channel {} works: the other side has taken a test.", found.name),
                (error, false) => {
                    let error = error.as_deref().unwrap_or("no reason was given");
                    let retry = if test.retry { " It may work later." } else { "" };
                    format!("The channel {} does not work: {error}.{retry}", found.name)
                }
            };
            tell(remote.format.format, &sentence, &test)?;
            return Ok(if test.delivered { 0 } else { EXIT_CHANGES });
        }
    }
    Ok(0)
}

fn parts(add: &AddChannel) -> Result<(&str, ChannelSettings, &FilterFields, &RemoteArguments), Failure> {
    Ok(match add {
        AddChannel::Smtp { name, smtp, filter, remote } => (name, settings::smtp(smtp)?, filter, remote),
        AddChannel::Webhook { name, webhook, secret_file, filter, remote } => {
            (name, settings::webhook(webhook, secret_file)?, filter, remote)
        }
        AddChannel::Slack { name, webhook, filter, remote } => {
            (name, settings::slack(webhook)?, filter, remote)
        }
        AddChannel::Program { name, path, timeout, filter, remote, arguments } => {
            let settings = ChannelSettings::Program {
                path: path.clone(),
                arguments: arguments.clone(),
                timeout_seconds: *timeout,
            };
            (name, settings, filter, remote)
        }
        AddChannel::Topic { name, arn, filter, remote } => {
            (name, ChannelSettings::Topic { arn: arn.clone() }, filter, remote)
        }
        AddChannel::Bus { name, bus, filter, remote } => {
            (name, ChannelSettings::Bus { name: bus.clone() }, filter, remote)
        }
    })
}

async fn edited(edit: &EditChannel) -> Result<(), Failure> {
    let client = Client::of(&edit.remote.server)?;
    let found: Channel = find(&client, &edit.channel).await?;
    let path = ["channels", &found.id];
    let (old, tag): (Channel, _) = client.get(&path).tagged().await?;
    let filter = if edit.no_filter { ChannelFilter::default() } else { old.filter.clone() };
    let draft = ChannelDraft {
        name: edit.rename.clone().unwrap_or_else(|| old.name.clone()),
        enabled: edit.enable || old.enabled && !edit.disable,
        settings: settings::changed(&old.settings, edit)?,
        filter: filtered(&client, filter, &edit.filter).await?,
    };
    let call = client.put(&path).if_match(tag);
    let channel: Channel = call.json(&draft)?.answer().await?;
    let state = if channel.enabled { "" } else { " It is disabled." };
    tell(edit.remote.format.format, &format!("Changed the channel {}.{state}", channel.name), &channel)
}

/// A filter with what is given in place of what it had.
async fn filtered(
    client: &Client,
    mut filter: ChannelFilter,
    fields: &FilterFields,
) -> Result<ChannelFilter, Failure> {
    filter.min_severity = fields.min_severity.map(Into::into).or(filter.min_severity);
    filter.at_once = fields.at_once.map_or(filter.at_once, |choice| choice == Choice::Yes);
    filter.quiet_runs = fields.quiet_runs.map_or(filter.quiet_runs, |choice| choice == Choice::Yes);
    for (given, list) in [
        (&fields.sites, &mut filter.sites),
        (&fields.networks, &mut filter.networks),
        (&fields.kinds, &mut filter.kinds),
    ] {
        if !given.is_empty() {
            list.clone_from(given);
        }
    }
    if !fields.scans.is_empty() {
        filter.scans.clear();
        for scan in &fields.scans {
            filter.scans.push(find::<Scan>(client, scan).await?.id);
        }
    }
    Ok(filter)
}

/// The kind, and where it goes.
fn where_to(view: &ChannelView) -> (&'static str, String) {
    match view {
        ChannelView::Smtp { host, port, to, .. } => ("smtp", format!("{} by {host}:{port}", to.join(", "))),
        ChannelView::Webhook { url, .. } => ("webhook", url.clone()),
        ChannelView::Slack { host, .. } => ("slack", host.clone()),
        ChannelView::Program { path, arguments, .. } => {
            ("program", format!("{path} {}", arguments.join(" ")))
        }
        ChannelView::Topic { arn } => ("topic", arn.clone()),
        ChannelView::Bus { name } => ("bus", name.clone()),
    }
}
