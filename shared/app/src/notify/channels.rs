//! Makes and changes channels. Secrets go in and never come out.

use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings as Asked};

use super::views::severity_in;
use crate::check::line;
use crate::error::{AppError, During, Invalid};
use crate::ports::channel::SmtpSecurity;
use crate::ports::{Action, ChannelError, ChannelSettings, Condition, Item, Key};
use crate::repositories::{ChannelRecord, MOST_CHANNELS, Subscription};
use crate::{App, Service};

/// Most entries of a list of a filter, and most recipients and arguments.
const MOST_ENTRIES: usize = 100;

impl Service {
    /// Makes a channel, if its settings can work at all.
    pub async fn create_channel(&self, draft: &ChannelDraft) -> Result<ChannelRecord, AppError> {
        let channel = self.new_channel(draft).await?;
        self.app().put_channel(&channel).await?;
        Ok(channel)
    }

    /// Makes a channel with which an installation begins, once for each name that it goes by (`which`). `false` where
    /// that was done before, also where somebody has changed or removed it since.
    pub async fn begin_channel(&self, which: &str, draft: &ChannelDraft) -> Result<bool, AppError> {
        let operation = || format!("make the first channel {which}");
        let app = self.app();
        let key = Key::new("SETUP", format!("CHANNEL#{which}"));
        if app.table.get(&key).await.during(operation)?.is_some() {
            return Ok(false);
        }
        let channel = self.new_channel(draft).await?;
        let once = Action::put(Item::new(key, Vec::new())).when(Condition::MustNotExist);
        let made = Action::put(channel.item()?).when(Condition::MustNotExist);
        app.all_or_nothing(vec![once, made], operation).await
    }

    async fn new_channel(&self, draft: &ChannelDraft) -> Result<ChannelRecord, AppError> {
        let app = self.app();
        if app.channel_records().await?.len() >= MOST_CHANNELS {
            return Err(AppError::Refused {
                code: "channel.too_many",
                message: format!("there are {MOST_CHANNELS} channels, and no more can be made"),
                hint: "Remove one that is not used.",
            });
        }
        let asked = draft.settings.as_ref().ok_or_else(|| {
            Invalid::field("settings", "missing", "they are missing", "say where and how to deliver")
        })?;
        let now = app.now();
        Ok(ChannelRecord {
            id: app.ids.new_id(),
            name: line("name", &draft.name)?,
            enabled: draft.enabled,
            settings: self.checked_settings(asked, None)?,
            subscription: app.checked_filter(&draft.filter).await?,
            created: now,
            edited: now,
            version: 1,
        })
    }

    /// Changes a channel; settings and secrets that are absent stay. With a version only that one.
    pub async fn edit_channel(
        &self,
        id: &str,
        draft: &ChannelDraft,
        version: Option<i64>,
    ) -> Result<ChannelRecord, AppError> {
        let app = self.app();
        let known = app.channel_record(id).await?;
        if version.is_some_and(|version| version != known.version) {
            return Err(AppError::Stale { what: format!("channel {}", known.name) });
        }
        let settings = match &draft.settings {
            Some(asked) => self.checked_settings(asked, Some(&known.settings))?,
            None => known.settings.clone(),
        };
        let channel = ChannelRecord {
            name: line("name", &draft.name)?,
            enabled: draft.enabled,
            settings,
            subscription: app.checked_filter(&draft.filter).await?,
            edited: app.now(),
            version: known.version + 1,
            ..known
        };
        app.put_channel(&channel).await?;
        Ok(channel)
    }

    fn checked_settings(
        &self,
        asked: &Asked,
        known: Option<&ChannelSettings>,
    ) -> Result<ChannelSettings, AppError> {
        let settings = settings_of(asked, known)?;
        self.channels().open(&settings).map_err(|error| {
            let (ChannelError::Later(message) | ChannelError::Never(message)) = error;
            Invalid::field("settings", "settings", message, "change the settings")
        })?;
        Ok(settings)
    }
}

impl App {
    async fn checked_filter(&self, filter: &ChannelFilter) -> Result<Subscription, AppError> {
        for (field, count) in [
            ("filter.sites", filter.sites.len()),
            ("filter.networks", filter.networks.len()),
            ("filter.scans", filter.scans.len()),
        ] {
            if count > MOST_ENTRIES {
                let message = format!("there are {count}, and at most {MOST_ENTRIES} are allowed");
                return Err(Invalid::field(field, "too_many", message, "leave some out").into());
            }
        }
        let mut sites: Vec<SiteId> = Vec::new();
        for site in &filter.sites {
            let message = format!("{} is no site", portdelta_core::escape::escape(site));
            let unknown = || Invalid::field("filter.sites", "unknown", message.clone(), "give ids of sites");
            let id = site.parse().map_err(|_| unknown())?;
            self.site(&id).await?.ok_or_else(unknown)?;
            sites.push(id);
        }
        for network in &filter.networks {
            line("filter.networks", network)?;
        }
        for scan in &filter.scans {
            line("filter.scans", scan)?;
        }
        let wants = |kind: &str| filter.kinds.is_empty() || filter.kinds.iter().any(|wanted| wanted == kind);
        if let Some(kind) = filter.kinds.iter().find(|kind| !matches!(kind.as_str(), "digest" | "alert")) {
            let message = format!("{} is no kind of notification", portdelta_core::escape::escape(kind));
            return Err(Invalid::field("filter.kinds", "unknown", message, "give digest or alert").into());
        }
        Ok(Subscription {
            min_severity: filter.min_severity.map(severity_in),
            sites,
            networks: filter.networks.clone(),
            scans: filter.scans.clone(),
            alerts: wants("alert"),
            digests: wants("digest"),
            at_once: filter.at_once,
            quiet_runs: filter.quiet_runs,
        })
    }
}

/// The settings that somebody asks for, with the secrets that are known where they gave none.
fn settings_of(asked: &Asked, known: Option<&ChannelSettings>) -> Result<ChannelSettings, Invalid> {
    let missing = |field, what: &str| {
        Invalid::field(field, "missing", format!("the {what} is missing"), format!("give the {what}"))
    };
    Ok(match asked {
        Asked::Smtp { host, port, security, user, password, from, to } => {
            if to.len() > MOST_ENTRIES {
                let message = format!("there are {}, and at most {MOST_ENTRIES} are allowed", to.len());
                return Err(Invalid::field("settings.to", "too_many", message, "use a mailing list"));
            }
            let security = super::views::security_in(*security);
            let usual = match security {
                SmtpSecurity::Tls => 465,
                SmtpSecurity::Starttls => 587,
                SmtpSecurity::None => 25,
            };
            let kept = || match known {
                // A password goes to the host and user that it was given for, not to another one.
                Some(ChannelSettings::Smtp { host: before, user: same, password, .. })
                    if before == host && same == user =>
                {
                    password.clone()
                }
                _ => None,
            };
            ChannelSettings::Smtp {
                host: host.clone(),
                port: port.unwrap_or(usual),
                security,
                user: user.clone(),
                password: password.clone().or_else(kept),
                from: from.clone(),
                to: to.clone(),
            }
        }
        Asked::Webhook { url, secret, allow_private } => {
            let kept = || match known {
                Some(ChannelSettings::Webhook { secret, .. }) => Some(secret.clone()),
                _ => None,
            };
            let secret = secret.clone().or_else(kept);
            let secret = secret.ok_or_else(|| missing("settings.secret", "key of the signature"))?;
            if !(16..=200).contains(&secret.chars().count()) {
                let message = "the key of the signature does not have 16 to 200 characters";
                return Err(Invalid::field("settings.secret", "secret", message, "take a random one"));
            }
            ChannelSettings::Webhook { url: url.clone(), secret, allow_private: *allow_private }
        }
        Asked::Slack { url, allow_private } => {
            let kept = || match known {
                Some(ChannelSettings::Slack { url, .. }) => Some(url.clone()),
                _ => None,
            };
            let url = url.clone().or_else(kept).ok_or_else(|| missing("settings.url", "address"))?;
            ChannelSettings::Slack { url, allow_private: *allow_private }
        }
        Asked::Program { path, arguments, timeout_seconds } => {
            if arguments.len() > MOST_ENTRIES {
                let message =
                    format!("there are {}, and at most {MOST_ENTRIES} are allowed", arguments.len());
                return Err(Invalid::field("settings.arguments", "too_many", message, "write a script"));
            }
            ChannelSettings::Program {
                path: path.clone(),
                arguments: arguments.clone(),
                timeout_seconds: *timeout_seconds,
            }
        }
        Asked::Topic { arn } => ChannelSettings::Topic { arn: arn.clone() },
        Asked::Bus { name } => ChannelSettings::Bus { name: name.clone() },
    })
}
