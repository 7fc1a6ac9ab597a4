//! Deliveries are tried again, and not for ever.

use portdelta_app::repositories::DeliveryState;
use portdelta_protocol::admin::ChannelFilter;

use super::office::{Office, draft, scan};

async fn waiting() -> (Office, String) {
    let office = Office::new();
    let channel = office.channel("team", ChannelFilter::default()).await;
    office.channel("other", ChannelFilter::default()).await;
    office.mail.fail("team", false);
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    (office, channel.id)
}

#[tokio::test]
async fn what_fails_for_now_is_tried_later_and_holds_nobody_up() {
    let (office, id) = waiting().await;
    assert_eq!(office.got("other").len(), 1);
    assert!(office.got("team").is_empty());
    let status = office.service().app().channel_status(&id).await.expect("it is readable");
    assert_eq!(status.last_error.as_deref(), Some("451 later"));
    office.mail.mend("team");
    office.memory.clock.advance(600);
    office.deliver().await.expect("it is delivered");
    assert_eq!(office.got("team").len(), 1);
    let status = office.service().app().channel_status(&id).await.expect("it is readable");
    assert!(status.last_error.is_none() && status.last_delivered.is_some());
    let deliveries = office.service().app().deliveries(&id).await.expect("they are readable");
    assert!(matches!(deliveries[0].progress.state, DeliveryState::Sent { .. }), "{deliveries:?}");
}

#[tokio::test]
async fn what_there_is_no_time_for_is_delivered_with_the_next_call() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let office = Office::new();
    for name in ["one", "two", "three"] {
        office.channel(name, ChannelFilter::default()).await;
    }
    office.result("first", &scan(0, &[("192.0.2.1", &[25, 3389])])).await;
    office.service().notify_run(&super::office::id("first")).await.expect("it is told");
    let got = || ["one", "two", "three"].map(|name| office.got(name).len()).iter().sum::<usize>();
    for (time, sent, cut_off) in [(0, 0, true), (1, 1, true), (1, 2, true), (9, 3, false), (9, 3, false)] {
        let seen = AtomicUsize::new(0);
        let goes_on = || seen.fetch_add(1, Ordering::SeqCst) < time;
        let report = office.service().deliver_while(&goes_on).await.expect("it is delivered");
        assert!(report.failures.is_empty(), "{report:?}");
        assert_eq!((got(), report.cut_off), (sent, cut_off), "{time}");
    }
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let (office, id) = waiting().await;
    let mut rounds = 0;
    let delivery = loop {
        rounds += 1;
        assert!(rounds < 100, "it is tried for ever");
        office.memory.clock.advance(7_200);
        office.deliver().await.expect("the stores work");
        let delivery = office.service().app().deliveries(&id).await.expect("they are readable").remove(0);
        if !matches!(delivery.progress.state, DeliveryState::Pending { .. }) {
            break delivery;
        }
    };
    assert!(matches!(delivery.progress.state, DeliveryState::Failed { .. }));
    assert_eq!((delivery.progress.attempts, delivery.progress.error.as_deref()), (18, Some("451 later")));
}

#[tokio::test]
async fn what_fails_for_good_fails_at_once_and_is_shown() {
    let office = Office::new();
    let channel = office.channel("team", ChannelFilter::default()).await;
    office.mail.fail("team", true);
    office.run("first", &scan(0, &[("192.0.2.1", &[25])])).await;
    office.mail.mend("team");
    office.memory.clock.advance(86_400);
    office.deliver().await.expect("the stores work");
    assert!(office.got("team").is_empty());
    let status = office.service().app().channel_status(&channel.id).await.expect("it is readable");
    assert_eq!(status.last_error.as_deref(), Some("550 no such user"));
}

#[tokio::test]
async fn a_channel_that_was_removed_or_switched_off_gets_nothing_more() {
    let (office, id) = waiting().await;
    office.mail.mend("team");
    let off =
        portdelta_protocol::admin::ChannelDraft { enabled: false, ..draft("team", ChannelFilter::default()) };
    office.service().edit_channel(&id, &off, None).await.expect("it is switched off");
    office.memory.clock.advance(600);
    office.deliver().await.expect("the stores work");
    office.service().app().delete_channel(&id).await.expect("it is removed");
    office.memory.clock.advance(600);
    office.deliver().await.expect("the stores work");
    assert!(office.got("team").is_empty());
    assert!(office.service().app().delete_channel(&id).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_switched_on_meanwhile_is_not_given_up() {
    use tokio::runtime::Handle;
    let (office, id) = waiting().await;
    office.mail.mend("team");
    let on = draft("team", ChannelFilter::default());
    let off = portdelta_protocol::admin::ChannelDraft { enabled: false, ..on.clone() };
    office.service().edit_channel(&id, &off, None).await.expect("it is switched off");
    office.memory.clock.advance(600);
    // It is asked when channels and deliveries were read, and before the first is tried.
    let goes_on = || {
        let service = office.service();
        let edited = service.edit_channel(&id, &on, None);
        tokio::task::block_in_place(|| Handle::current().block_on(edited)).expect("it is switched on");
        true
    };
    let report = office.service().deliver_while(&goes_on).await.expect("it is delivered");
    assert_eq!((report.sent, report.failed), (1, 0), "{report:?}");
    assert_eq!(office.got("team").len(), 1);
}

#[tokio::test]
async fn a_test_goes_out_at_once_and_tells_how_it_went() {
    let office = Office::new();
    let channel = office.channel("team", ChannelFilter::default()).await;
    let outcome = office.service().test_channel(&channel.id).await.expect("the stores work");
    assert!(outcome.is_ok());
    assert_eq!(office.letters("team")[0].kind, "test");
    office.mail.fail("team", true);
    let outcome = office.service().test_channel(&channel.id).await.expect("the stores work");
    assert!(outcome.is_err());
    assert!(office.service().test_channel("nobody").await.is_err());
}
