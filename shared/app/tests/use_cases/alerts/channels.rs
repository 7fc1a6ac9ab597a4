//! Channels are made and changed, and their secrets never come out.

use portdelta_app::notify::views::channel_out;
use portdelta_app::ports::ChannelSettings;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings as Asked, ChannelView};

use super::office::{Office, draft};

#[tokio::test]
async fn secrets_stay_where_they_are_and_are_never_shown() {
    let office = Office::new();
    let service = office.service();
    let made = office.channel("team", ChannelFilter::default()).await;
    let shown = channel_out(&made, portdelta_app::repositories::ChannelStatus::default());
    let json = serde_json::to_string(&shown).expect("JSON");
    assert!(!json.contains("secret") && json.contains("team.example"), "{json}");
    assert!(!format!("{made:?}").contains("example/secret"), "{made:?}");
    assert!(matches!(shown.settings, ChannelView::Slack { .. }));
    let settings = Some(Asked::Slack { url: None, allow_private: true });
    let edit = ChannelDraft { settings, ..draft("renamed", ChannelFilter::default()) };
    let edited = service.edit_channel(&made.id, &edit, Some(1)).await.expect("it is changed");
    assert_eq!((edited.name.as_str(), edited.version), ("renamed", 2));
    let ChannelSettings::Slack { url, allow_private: true } = &edited.settings else { panic!("{edited:?}") };
    assert_eq!(url, "https://team.example/secret");
    let stale = service.edit_channel(&made.id, &edit, Some(1)).await.expect_err("somebody was faster");
    assert_eq!(stale.code(), "stale");
    let known = service.app().channel_records().await.expect("they are readable");
    assert_eq!(known, [edited]);
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_its_field() {
    let office = Office::new();
    let service = office.service();
    let field = async |draft: ChannelDraft| {
        let error = service.create_channel(&draft).await.expect_err("it is wrong");
        error.to_string().split(':').next().unwrap_or_default().to_owned()
    };
    let of = |filter| draft("a", filter);
    assert_eq!(field(ChannelDraft { name: "a\nb".to_owned(), ..of(ChannelFilter::default()) }).await, "name");
    assert_eq!(field(ChannelDraft { settings: None, ..of(ChannelFilter::default()) }).await, "settings");
    let sites = vec!["nowhere".to_owned()];
    assert_eq!(field(of(ChannelFilter { sites, ..Default::default() })).await, "filter.sites");
    let kinds = vec!["gossip".to_owned()];
    assert_eq!(field(of(ChannelFilter { kinds, ..Default::default() })).await, "filter.kinds");
    let webhook = |secret: Option<&str>| {
        let secret = secret.map(str::to_owned);
        Some(Asked::Webhook { url: "https://a.example".to_owned(), secret, allow_private: false })
    };
    for secret in [None, Some("short")] {
        let draft = ChannelDraft { settings: webhook(secret), ..of(ChannelFilter::default()) };
        assert_eq!(field(draft).await, "settings.secret");
    }
    let other =
        ChannelDraft { settings: webhook(Some("long enough to be a key")), ..of(ChannelFilter::default()) };
    assert_eq!(field(other).await, "settings", "no adapter takes it");
    assert!(service.app().channel_records().await.expect("they are readable").is_empty());
}
