//! Alerts of results that come when their run is over: its end looked at what there was, and looks no more.

use std::num::NonZeroUsize;

use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::{BlobKey, Key, QueueName, Work};
use portdelta_app::{AppError, Due, RunBegun, UploadTaken, WorkMessage};
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings};
use portdelta_protocol::upload::digest;
use portdelta_testkit::{Fault, MemoryServer};

const NOTIFY: QueueName = QueueName::Work(Work::Notify);

/// Remote desktop, which is watched from the beginning.
const RDP: u16 = 3389;

/// A run that ended without its agent, and what the agent uploads at last: a watched port is open. Nobody sees what is
/// committed, as if the table had no stream.
async fn uploaded() -> (MemoryServer, BlobKey) {
    let server = MemoryServer::new().await;
    let url = Some("https://chat.example/".to_owned());
    let settings = Some(ChannelSettings::Slack { url, allow_private: false });
    let filter = ChannelFilter::default();
    let draft = ChannelDraft { name: "chat".to_owned(), enabled: true, settings, filter };
    server.service.create_channel(&draft).await.expect("the channel is well");
    let office = server.site("office").await;
    let scan = server.scan(&office, "192.0.2.1", "22,3389").await;
    let agent = server.agent(&office, "one").await;
    server.run(&scan, &agent, "192.0.2.1", &[22]).await;
    server.clock.advance(60);
    let service = &server.service;
    let due = Due::At(service.app().now());
    let begun = service.begin_run(&scan.id, &office, &due).await.expect("it begins");
    let RunBegun::Begun(run) = begun else { panic!("{begun:?}") };
    service.dispatch_slice(&run).await.expect("it is sent");
    let task = server.take_tasks(&office).await.remove(0);
    let result = server.result_of(&agent, &task, "192.0.2.1", &[22, RDP]).await;
    server.clock.advance(2 * 86_400);
    let swept = service.sweep(service.app().now()).await;
    assert_eq!(swept.overdue, std::slice::from_ref(&run));
    service.notify_run(&run).await.expect("it is told of");
    service.deliver_pending().await.expect("it is delivered");
    server.bodies(&NOTIFY).await;
    service.keep_upload(&agent, &run, task.number, result.clone()).await.expect("it is kept");
    let key = format!("uploads/{agent}/{run}/{}/{}", task.key(), &digest(&result)[..16]);
    (server, key.parse().expect("a key"))
}

/// Does all that notify was asked for, and delivers; the titles of the host's alerts, and what was told of its port.
async fn told(server: &MemoryServer, messages: &[String]) -> Result<(Vec<String>, usize), AppError> {
    for body in messages {
        let Some(WorkMessage::Batch { partition, sort }) = WorkMessage::read(body) else { continue };
        server.service.notify_batch(&Key::new(partition, sort)).await?;
    }
    // The digest of the run was told: what comes behind it is collected for a minute.
    server.clock.advance(61);
    server.service.deliver_pending().await?;
    let filter = AlertFilter { address: "192.0.2.1".parse().ok(), ..AlertFilter::default() };
    let page = server.service.app().alerts(&filter, NonZeroUsize::MAX, None).await?;
    let delivered = server.channels.delivered();
    let of_port = delivered.iter().filter(|(_, notification)| notification.subject.contains("3389"));
    Ok((page.alerts.into_iter().map(|alert| alert.title).collect(), of_port.count()))
}

#[tokio::test]
async fn what_comes_late_is_told_though_nobody_saw_it_committed() {
    let (server, key) = uploaded().await;
    let taken = server.service.take_upload(&key).await.expect("it is taken");
    assert!(matches!(taken, UploadTaken::Applied { late: true, .. }), "{taken:?}");
    let mut messages = server.bodies(&NOTIFY).await;
    messages.retain(|body| matches!(WorkMessage::read(body), Some(WorkMessage::Batch { .. })));
    assert_eq!(messages.len(), 1, "{messages:?}");
    let once = told(&server, &messages).await.expect("it is told");
    assert!(matches!(&once.0[..], [only] if only.contains("3389")), "{once:?}");
    assert_eq!(once.1, 1);
    // The message again, and the stream at last.
    let twice = [messages.clone(), messages].concat();
    assert_eq!(told(&server, &twice).await.expect("it is told"), once);
    server.clock.advance(3_600);
    assert_eq!(told(&server, &[]).await.expect("nothing is due"), once);
}

/// Wherever it is broken off: whoever takes the upload again sends the message, be it marked or not.
#[tokio::test]
async fn a_crash_anywhere_keeps_nobody_from_being_told() {
    let (server, key) = uploaded().await;
    let before = server.faults.operations();
    server.service.take_upload(&key).await.expect("it is taken");
    let steps = server.faults.operations() - before;
    assert!(steps > 10, "{steps}");
    for step in 1..=steps {
        for fault in [Fault::Before, Fault::After] {
            let (server, key) = uploaded().await;
            server.faults.plan(step, fault);
            let first = server.service.take_upload(&key).await;
            let again = server.service.take_upload(&key).await.expect("it is taken");
            let late = |taken: &UploadTaken| matches!(taken, UploadTaken::Applied { late: true, .. });
            assert!(
                late(&again) || first.as_ref().is_ok_and(late) || again == UploadTaken::Gone,
                "{again:?}"
            );
            let messages = server.bodies(&NOTIFY).await;
            let (alerts, delivered) = told(&server, &messages).await.expect("it is told");
            assert_eq!((alerts.len(), delivered), (1, 1), "{fault:?} {step} of {steps}: {first:?}");
        }
    }
}
