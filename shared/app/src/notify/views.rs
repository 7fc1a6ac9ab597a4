//! Alerts, channels and watched ports as administrators read them.

use portdelta_core::UnixTime;
use portdelta_core::alert::{Action, Alert, AlertState};
use portdelta_core::watch::{Severity, WatchRule};
use portdelta_protocol::admin;

use super::watched::WatchedPortDraft;
use crate::ports::ChannelSettings;
use crate::ports::channel::SmtpSecurity;
use crate::repositories::{ChannelRecord, ChannelStatus};

/// A severity that came in.
pub(crate) fn severity_in(severity: admin::Severity) -> Severity {
    match severity {
        admin::Severity::Low => Severity::Low,
        admin::Severity::Medium => Severity::Medium,
        admin::Severity::High => Severity::High,
        admin::Severity::Critical => Severity::Critical,
    }
}

/// A severity that goes out.
#[must_use]
pub fn severity_out(severity: Severity) -> admin::Severity {
    match severity {
        Severity::Low => admin::Severity::Low,
        Severity::Medium => admin::Severity::Medium,
        Severity::High => admin::Severity::High,
        Severity::Critical => admin::Severity::Critical,
    }
}

/// A state that goes out.
#[must_use]
pub fn state_out(state: AlertState) -> admin::AlertState {
    match state {
        AlertState::Open => admin::AlertState::Open,
        AlertState::Acknowledged => admin::AlertState::Acknowledged,
        AlertState::Actioned => admin::AlertState::Actioned,
        AlertState::Ignored => admin::AlertState::Ignored,
        AlertState::Dormant => admin::AlertState::Dormant,
        AlertState::Resolved => admin::AlertState::Resolved,
    }
}

pub(super) fn security_in(security: admin::SmtpSecurity) -> SmtpSecurity {
    match security {
        admin::SmtpSecurity::Tls => SmtpSecurity::Tls,
        admin::SmtpSecurity::Starttls => SmtpSecurity::Starttls,
        admin::SmtpSecurity::None => SmtpSecurity::None,
    }
}

fn security_out(security: SmtpSecurity) -> admin::SmtpSecurity {
    match security {
        SmtpSecurity::Tls => admin::SmtpSecurity::Tls,
        SmtpSecurity::Starttls => admin::SmtpSecurity::Starttls,
        SmtpSecurity::None => admin::SmtpSecurity::None,
    }
}

/// A state that came in.
#[must_use]
pub fn state_in(state: admin::AlertState) -> AlertState {
    match state {
        admin::AlertState::Open => AlertState::Open,
        admin::AlertState::Acknowledged => AlertState::Acknowledged,
        admin::AlertState::Actioned => AlertState::Actioned,
        admin::AlertState::Ignored => AlertState::Ignored,
        admin::AlertState::Dormant => AlertState::Dormant,
        admin::AlertState::Resolved => AlertState::Resolved,
    }
}

/// What somebody wants to do.
#[must_use]
pub fn action_in(action: &admin::AlertAction) -> Action {
    match action {
        admin::AlertAction::Acknowledge { note } => Action::Acknowledge { note: note.clone() },
        admin::AlertAction::Action { note } => Action::Action { note: note.clone() },
        admin::AlertAction::Ignore { until, reason } => {
            Action::Ignore { until: until.0, reason: reason.clone() }
        }
        admin::AlertAction::Reopen { note } => Action::Reopen { note: note.clone() },
    }
}

/// An alert as it is at `now`; its history only with `history`.
#[must_use]
pub fn alert_out(alert: &Alert, now: UnixTime, history: bool) -> admin::Alert {
    let (address, port) = (alert.subject.address().map(|address| address.to_string()), alert.subject.port());
    let lines = alert.history.iter().filter(|_| history).map(|line| admin::AlertEvent {
        time: admin::Time(line.time),
        actor: line.actor.clone(),
        event: line.what.name().to_owned(),
        note: line.note.clone(),
    });
    admin::Alert {
        id: alert.id().to_string(),
        severity: severity_out(alert.severity),
        state: state_out(alert.state(now)),
        title: alert.title.clone(),
        site: alert.subject.site().cloned(),
        address,
        protocol: port.map(|port| port.protocol.name().to_owned()),
        port: port.map(|port| port.number),
        rule: alert.subject.rule().to_owned(),
        episode: alert.episode,
        opened: admin::Time(alert.opened),
        changed: admin::Time(alert.changed),
        ignored_until: alert
            .ignored
            .as_ref()
            .filter(|_| alert.is_ignored(now))
            .map(|ignored| admin::Time(ignored.until)),
        history: lines.collect(),
    }
}

/// A channel without its secrets.
#[must_use]
pub fn channel_out(channel: &ChannelRecord, status: ChannelStatus) -> admin::Channel {
    let wanted = &channel.subscription;
    let kinds = match (wanted.alerts, wanted.digests) {
        (true, false) => vec!["alert".to_owned()],
        (false, true) => vec!["digest".to_owned()],
        _ => Vec::new(),
    };
    admin::Channel {
        id: channel.id.clone(),
        name: channel.name.clone(),
        enabled: channel.enabled,
        settings: settings_out(&channel.settings),
        filter: admin::ChannelFilter {
            min_severity: wanted.min_severity.map(severity_out),
            sites: wanted.sites.iter().map(ToString::to_string).collect(),
            networks: wanted.networks.clone(),
            scans: wanted.scans.clone(),
            kinds,
            at_once: wanted.at_once,
            quiet_runs: wanted.quiet_runs,
        },
        created: admin::Time(channel.created),
        last_delivered: status.last_delivered.map(admin::Time),
        last_error: status.last_error,
    }
}

fn settings_out(settings: &ChannelSettings) -> admin::ChannelView {
    match settings {
        ChannelSettings::Smtp { host, port, security, user, password, from, to } => {
            admin::ChannelView::Smtp {
                host: host.clone(),
                port: *port,
                security: security_out(*security),
                user: user.clone(),
                has_password: password.is_some(),
                from: from.clone(),
                to: to.clone(),
            }
        }
        ChannelSettings::Webhook { url, secret, allow_private } => admin::ChannelView::Webhook {
            url: url.clone(),
            has_secret: !secret.is_empty(),
            allow_private: *allow_private,
        },
        ChannelSettings::Slack { url, allow_private } => {
            admin::ChannelView::Slack { host: host_of(url), allow_private: *allow_private }
        }
        ChannelSettings::Program { path, arguments, timeout_seconds } => admin::ChannelView::Program {
            path: path.clone(),
            arguments: arguments.clone(),
            timeout_seconds: *timeout_seconds,
        },
        ChannelSettings::Topic { arn } => admin::ChannelView::Topic { arn: arn.clone() },
        ChannelSettings::Bus { name } => admin::ChannelView::Bus { name: name.clone() },
    }
}

/// The host of an address whose rest is a secret.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// A watched port as administrators write it.
#[must_use]
pub fn watched_in(port: &admin::WatchedPort) -> WatchedPortDraft {
    WatchedPortDraft {
        id: port.id.clone(),
        protocol: port.protocol.clone(),
        first: port.port,
        last: port.last.unwrap_or(port.port),
        networks: port.network.iter().cloned().collect(),
        addresses: port.addresses.clone(),
        service: port.service.clone(),
        severity: severity_in(port.severity),
        name: port.label.clone(),
    }
}

/// A watched port as administrators read it.
#[must_use]
pub fn watched_out(rule: &WatchRule) -> admin::WatchedPort {
    admin::WatchedPort {
        id: Some(rule.id.clone()),
        protocol: rule.protocol.name().to_owned(),
        port: rule.first,
        last: Some(rule.last).filter(|last| *last != rule.first),
        label: rule.name.clone(),
        severity: severity_out(rule.severity),
        network: rule.networks.first().cloned(),
        addresses: rule.addresses.to_string(),
        service: rule.service.clone(),
    }
}
