//! Where and how a channel delivers, from what stands on the command line.

use std::io::Read;
use std::path::Path;

use portdelta_protocol::admin::{ChannelSettings, ChannelView, SmtpSecurity};

use crate::arguments::{EditChannel, SmtpFields, WebhookFields};
use crate::failure::Failure;
use crate::inputs;

/// No password, key or address is longer.
const MOST_SECRET_BYTES: u64 = 4096;

/// E-mail.
pub fn smtp(fields: &SmtpFields) -> Result<ChannelSettings, Failure> {
    if fields.to.is_empty() {
        return Err(missing("recipients", "--to ADDRESS"));
    }
    Ok(ChannelSettings::Smtp {
        host: fields.host.clone().ok_or_else(|| missing("a mail server", "--host HOST"))?,
        port: fields.port,
        security: fields.security.map_or_else(SmtpSecurity::default, Into::into),
        user: fields.user.clone(),
        password: fields.password_file.as_deref().map(secret).transpose()?,
        from: fields.from.clone().ok_or_else(|| missing("a sender", "--from ADDRESS"))?,
        to: fields.to.clone(),
    })
}

/// A webhook.
pub fn webhook(fields: &WebhookFields, secret_file: &Path) -> Result<ChannelSettings, Failure> {
    Ok(ChannelSettings::Webhook {
        url: url(fields)?.ok_or_else(|| missing("an address", "--url URL"))?,
        secret: Some(secret(secret_file)?),
        allow_private: fields.allow_private,
    })
}

/// A webhook in the shape of Slack's.
pub fn slack(fields: &WebhookFields) -> Result<ChannelSettings, Failure> {
    let url = url(fields)?.ok_or_else(|| missing("an address", "--url-file FILE or --url URL"))?;
    Ok(ChannelSettings::Slack { url: Some(url), allow_private: fields.allow_private })
}

/// What a channel has with what is given in its place; `None` where nothing of it is. Secrets that are not given stay.
pub fn changed(view: &ChannelView, edit: &EditChannel) -> Result<Option<ChannelSettings>, Failure> {
    let (smtp, hook) = (&edit.smtp, &edit.webhook);
    let for_smtp = smtp.host.is_some()
        || smtp.port.is_some()
        || smtp.security.is_some()
        || smtp.user.is_some()
        || smtp.password_file.is_some()
        || smtp.from.is_some()
        || !smtp.to.is_empty();
    let for_hook =
        hook.url.is_some() || hook.url_file.is_some() || hook.allow_private || edit.secret_file.is_some();
    let given = for_smtp || for_hook;
    Ok(match view {
        _ if !given => None,
        ChannelView::Smtp { host, port, security, user, from, to, .. } if !for_hook => {
            Some(ChannelSettings::Smtp {
                host: smtp.host.clone().unwrap_or_else(|| host.clone()),
                // Another protection has another usual port.
                port: smtp.port.or(if smtp.security.is_some() { None } else { Some(*port) }),
                security: smtp.security.map_or(*security, Into::into),
                user: smtp.user.clone().or_else(|| user.clone()),
                password: smtp.password_file.as_deref().map(secret).transpose()?,
                from: smtp.from.clone().unwrap_or_else(|| from.clone()),
                to: if smtp.to.is_empty() { to.clone() } else { smtp.to.clone() },
            })
        }
        ChannelView::Webhook { url: old, allow_private, .. } if !for_smtp => Some(ChannelSettings::Webhook {
            url: url(hook)?.unwrap_or_else(|| old.clone()),
            secret: edit.secret_file.as_deref().map(secret).transpose()?,
            allow_private: *allow_private || hook.allow_private,
        }),
        ChannelView::Slack { allow_private, .. } if !for_smtp && edit.secret_file.is_none() => {
            Some(ChannelSettings::Slack {
                url: url(hook)?,
                allow_private: *allow_private || hook.allow_private,
            })
        }
        _ => {
            return Err(Failure::new("other_kind", "these options are for another kind of channel").hint(
                "`portdelta channels list` shows what kind it is; remove it, and add one of the other kind.",
            ));
        }
    })
}

fn missing(what: &str, option: &str) -> Failure {
    Failure::new("channel_incomplete", format!("the channel needs {what}"))
        .hint(format!("Give it: {option}."))
}

fn url(fields: &WebhookFields) -> Result<Option<String>, Failure> {
    match &fields.url_file {
        Some(path) => secret(path).map(Some),
        None => Ok(fields.url.clone()),
    }
}

/// The first line of a file: arguments are seen by everybody on the machine, files are not.
fn secret(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let unreadable = |error: std::io::Error| {
        Failure::new("secret_unreadable", format!("could not read {}: {error}", path.display()))
            .hint("The file is to hold one line of text.")
    };
    inputs::open(path)?.take(MOST_SECRET_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Failure::new("secret_empty", format!("there is nothing in {}", path.display()))
            .hint("The file is to hold one line of text."));
    }
    Ok(line.to_owned())
}
