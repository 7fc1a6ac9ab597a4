//! Who gets what, and when.

use portdelta_core::alert::Telling;
use portdelta_core::ids::SiteId;
use portdelta_core::watch::Severity;

use crate::repositories::{ChannelRecord, Notice};

/// When a channel gets a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// By itself.
    AtOnce,
    /// With the digest of its run, or with what else comes then.
    Together,
    /// Not at all.
    Never,
}

/// When a channel gets a notice. Critical alerts go at once, all others with the digest, unless the channel has no
/// digests or wants all at once. What a first look opened never goes at once: a new subnet is one message.
pub(crate) fn route(channel: &ChannelRecord, notice: &Notice) -> Route {
    let wanted = &channel.subscription;
    let is_wanted = channel.enabled
        && (wanted.alerts || wanted.digests && notice.run.is_some())
        && wanted.min_severity.is_none_or(|least| least <= notice.severity)
        && wants_site(channel, notice.site.as_ref())
        && wants(&wanted.networks, notice.network.as_deref())
        && wants(&wanted.scans, notice.scan.as_deref());
    if !is_wanted {
        return Route::Never;
    }
    let all_at_once = wanted.at_once || !wanted.digests;
    let is_urgent = match notice.telling {
        Telling::Opened | Telling::IgnoreEnded(_) => notice.severity == Severity::Critical || all_at_once,
        Telling::Resolved => all_at_once,
    };
    if wanted.alerts && is_urgent && !notice.first_look { Route::AtOnce } else { Route::Together }
}

pub(crate) fn wants_site(channel: &ChannelRecord, site: Option<&SiteId>) -> bool {
    let sites = &channel.subscription.sites;
    sites.is_empty() || site.is_some_and(|site| sites.contains(site))
}

/// Whether a list wants a thing; an empty list wants everything, any other only what it names.
pub(crate) fn wants(list: &[String], name: Option<&str>) -> bool {
    list.is_empty() || name.is_some_and(|name| list.iter().any(|wanted| wanted == name))
}

#[cfg(test)]
mod tests {
    use portdelta_core::UnixTime;
    use portdelta_core::alert::{AlertSubject, Trouble, TroubleKind};

    use super::*;
    use crate::ports::ChannelSettings;
    use crate::repositories::Subscription;

    fn channel(subscription: Subscription) -> ChannelRecord {
        let settings = ChannelSettings::Slack { url: String::new(), allow_private: false };
        let time = UnixTime::EPOCH;
        let (id, name) = ("c".to_owned(), "c".to_owned());
        ChannelRecord {
            id,
            name,
            enabled: true,
            settings,
            subscription,
            created: time,
            edited: time,
            version: 1,
        }
    }

    fn both() -> Subscription {
        Subscription { alerts: true, digests: true, ..Subscription::default() }
    }

    fn notice(severity: Severity) -> Notice {
        let trouble = Trouble { kind: TroubleKind::SilentAgent, site: None, name: "a".to_owned() };
        Notice {
            alert: AlertSubject::Trouble(trouble).id(),
            episode: 1,
            telling: Telling::Opened,
            severity,
            title: String::new(),
            detail: String::new(),
            site: Some("office".parse().expect("an id")),
            address: None,
            port: None,
            network: Some("Lab".to_owned()),
            rule: String::new(),
            first_look: false,
            flapping: false,
            opened: UnixTime::EPOCH,
            time: UnixTime::EPOCH,
            scan: Some("s".to_owned()),
            run: Some("r".parse().expect("an id")),
            at_once: None,
        }
    }

    #[test]
    fn only_critical_alerts_go_at_once_unless_a_channel_wants_all() {
        let of = |subscription, notice: &Notice| route(&channel(subscription), notice);
        let (critical, high) = (notice(Severity::Critical), notice(Severity::High));
        assert_eq!(of(both(), &critical), Route::AtOnce);
        assert_eq!(of(both(), &high), Route::Together);
        assert_eq!(of(Subscription { at_once: true, ..both() }, &high), Route::AtOnce);
        assert_eq!(of(Subscription { digests: false, ..both() }, &high), Route::AtOnce);
        assert_eq!(of(Subscription { alerts: false, ..both() }, &critical), Route::Together);
        let resolved = Notice { telling: Telling::Resolved, ..critical.clone() };
        assert_eq!(of(both(), &resolved), Route::Together);
        let first = Notice { first_look: true, ..critical };
        assert_eq!(of(Subscription { at_once: true, ..both() }, &first), Route::Together);
    }

    #[test]
    fn everything_that_is_set_must_hold() {
        let critical = notice(Severity::Critical);
        let never = |subscription| assert_eq!(route(&channel(subscription), &critical), Route::Never);
        never(Subscription { sites: vec!["dmz".parse().expect("an id")], ..both() });
        never(Subscription { networks: vec!["Office".to_owned()], ..both() });
        never(Subscription { scans: vec!["other".to_owned()], ..both() });
        never(Subscription::default());
        let picky = Subscription { min_severity: Some(Severity::High), ..both() };
        assert_eq!(route(&channel(picky.clone()), &notice(Severity::Medium)), Route::Never);
        assert_eq!(route(&channel(picky.clone()), &notice(Severity::High)), Route::Together);
        let off = ChannelRecord { enabled: false, ..channel(both()) };
        assert_eq!(route(&off, &critical), Route::Never);
        let named = Subscription {
            networks: vec!["Lab".to_owned()],
            scans: vec!["s".to_owned()],
            sites: vec!["office".parse().expect("an id")],
            ..picky
        };
        assert_eq!(route(&channel(named), &critical), Route::AtOnce);
    }
}
