//! Telling of a run that takes longer than a function may: cut off anywhere, and messages that come twice and late.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portdelta_app::ports::{Item, Notification, Queue, QueueName, Work};
use portdelta_app::repositories::Scan;
use portdelta_app::{Due, ExpectationDraft, RunBegun, WorkMessage};
use portdelta_core::expectation::ExpectedState;
use portdelta_core::ids::RunId;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings};
use portdelta_protocol::upload::seal;
use portdelta_testkit::{Fault, MemoryServer, NmapHost, NmapText, honest_note};

const NOTIFY: QueueName = QueueName::Work(Work::Notify);

type Hosts<'a> = &'a [(&'a str, &'a [u16])];

/// A message about a run: `None` is the first.
type From = Option<i64>;

async fn channel(server: &MemoryServer, name: &str, filter: ChannelFilter) {
    let settings =
        ChannelSettings::Slack { url: Some(format!("https://{name}.example/")), allow_private: false };
    let draft = ChannelDraft { name: name.to_owned(), enabled: true, settings: Some(settings), filter };
    server.service.create_channel(&draft).await.expect("the channel is well");
}

/// A run of a scan, a minute later than whatever was before, in which these hosts are up. Nobody is told yet.
async fn run(server: &MemoryServer, scan: &Scan, agent: &str, hosts: Hosts<'_>) -> RunId {
    server.clock.advance(600);
    let (service, site) = (&server.service, &scan.draft.sites[0]);
    let due = Due::At(service.app().now());
    let begun = service.begin_run(&scan.id, site, &due).await.expect("it begins");
    let RunBegun::Begun(run) = begun else { panic!("{begun:?}") };
    service.dispatch_slice(&run).await.expect("it is sent");
    for task in server.take_tasks(site).await {
        service.begin_task(agent, &run, task.number).await.expect("somebody wants it");
        let now = service.app().now().seconds();
        let block = task.targets[0].trim_end_matches("0/24");
        let arguments = format!("-v {} -p{} {}", task.options, task.ports, task.targets.join(" "));
        let text = NmapText::of(&arguments).at(now - NmapText::BEGINNING).lasting(0).tcp(&task.ports);
        let up = hosts.iter().filter(|(address, _)| address.starts_with(block));
        let text =
            up.fold(text.of_total(256), |text, (address, open)| text.host(NmapHost::up(address).open(open)));
        let envelope = seal(honest_note(&task, now), &text.bytes());
        service.keep_upload(agent, &run, task.number, envelope).await.expect("it is kept");
    }
    for body in server.bodies(&QueueName::Work(Work::Ingest)).await {
        let Some(WorkMessage::Ingest { key }) = WorkMessage::read(&body) else { panic!("{body}") };
        service.take_upload(&key.parse().expect("a key")).await.expect("it is taken");
    }
    assert!(service.app().report(&run).await.expect("readable").is_some(), "all tasks are done");
    server.bodies(&NOTIFY).await;
    run
}

/// A run of which nobody was told: ports opened and closed, alerts whose host is back without their port, and
/// expectations about ports that were never open. Nothing of it is in one block only.
async fn prepared() -> (MemoryServer, RunId) {
    let server = MemoryServer::new().await;
    channel(&server, "team", ChannelFilter::default()).await;
    channel(&server, "all", ChannelFilter { at_once: true, ..ChannelFilter::default() }).await;
    let office = server.site("office").await;
    let narrow = server.scan(&office, "10.0.0.0/22", "22,23,3389").await;
    let other = server.scan(&office, "10.0.0.0/22", "22").await;
    let wide = server.scan(&office, "10.0.0.0/22", "22,23,25,3389").await;
    let agent = server.agent(&office, "one").await;
    let before: Hosts<'_> = &[
        ("10.0.0.1", &[22, 3389]),
        ("10.0.1.1", &[22, 3389]),
        ("10.0.2.1", &[22, 3389]),
        ("10.0.2.2", &[22]),
        ("10.0.3.1", &[22, 3389]),
        ("10.0.3.2", &[22]),
    ];
    let gone: Hosts<'_> = &[("10.0.0.1", &[22, 3389]), ("10.0.2.2", &[22]), ("10.0.3.2", &[22])];
    // Their hosts are back, and nothing has looked at their ports yet.
    let back: Hosts<'_> =
        &[("10.0.0.1", &[22]), ("10.0.1.1", &[22]), ("10.0.2.1", &[22]), ("10.0.3.1", &[22])];
    for (scan, hosts) in [(&narrow, before), (&narrow, gone), (&narrow, gone), (&other, back)] {
        let run = run(&server, scan, &agent, hosts).await;
        assert_eq!(work(&server, &run, None, usize::MAX).await, []);
    }
    let draft = ExpectationDraft {
        site: office,
        targets: "10.0.0.1, 10.0.2.2, 10.0.3.2".to_owned(),
        ports: "25".to_owned(),
        state: ExpectedState::Open,
        service: None,
        owner: String::new(),
        reason: String::new(),
        expires: None,
    };
    server.service.app().create_expectation(&draft, None).await.expect("it is well");
    server.service.deliver_pending().await.expect("it is delivered");
    let after: Hosts<'_> = &[
        ("10.0.0.1", &[22, 23]),
        ("10.0.1.1", &[22]),
        ("10.0.2.1", &[22]),
        ("10.0.2.2", &[22, 23]),
        ("10.0.3.1", &[22, 3389]),
        ("10.0.3.2", &[22]),
    ];
    let run = run(&server, &wide, &agent, after).await;
    (server, run)
}

/// Lets one message be worked on, as far as so many checks of the time allow; the messages that it sent.
async fn work(server: &MemoryServer, run: &RunId, from: From, checks: usize) -> Vec<From> {
    let seen = AtomicUsize::new(0);
    let goes_on = || seen.fetch_add(1, Ordering::SeqCst) < checks;
    if server.service.notify_run_while(run, from, &goes_on).await.expect("it is told") {
        server.service.app().run_was_told(run).await.expect("it is noted");
    }
    let sent = server.bodies(&NOTIFY).await.into_iter().map(|body| match WorkMessage::read(&body) {
        Some(WorkMessage::RunFinished { run: of, from }) if of == *run => from,
        other => panic!("{other:?}"),
    });
    sent.collect()
}

/// Works until no message is left; all that there were, in their order.
async fn work_off(server: &MemoryServer, run: &RunId, first: From, checks: usize, times: usize) -> Vec<From> {
    let (mut waiting, mut all) = (VecDeque::from([first]), Vec::new());
    while let Some(message) = waiting.pop_front() {
        assert!(all.len() < 1_000, "it does not end: {all:?}");
        for _ in 0..times {
            waiting.extend(work(server, run, message, checks).await);
        }
        all.push(message);
    }
    all
}

/// All that is stored and was delivered.
async fn outcome(server: &MemoryServer) -> (Vec<Item>, Vec<Notification>) {
    server.service.deliver_pending().await.expect("it is delivered");
    let delivered = server.channels.delivered().into_iter().map(|(_, notification)| notification);
    // Secrets are others each time.
    let items = server.table.items().into_iter().filter(|item| item.key.partition != "ENROLMENTS");
    (items.collect(), delivered.collect())
}

fn compare(is: &(Vec<Item>, Vec<Notification>), expected: &(Vec<Item>, Vec<Notification>), case: &str) {
    assert_eq!(is.1, expected.1, "{case}");
    for (item, expected) in is.0.iter().zip(&expected.0) {
        assert_eq!(item, expected, "{case}");
    }
    assert_eq!(is.0.len(), expected.0.len(), "{case}");
}

async fn undisturbed() -> (Vec<Item>, Vec<Notification>) {
    let (server, run) = prepared().await;
    assert_eq!(work_off(&server, &run, None, usize::MAX, 1).await, [None]);
    let outcome = outcome(&server).await;
    let digest = outcome.1.iter().find(|told| told.id == format!("run-{run}")).expect("a digest");
    let text = &digest.text;
    for part in [
        "23/tcp (Telnet) is open at 10.0.0.1",
        "23/tcp (Telnet) is open at 10.0.2.2",
        "3389/tcp (RDP) is open at 10.0.0.1",
        "25/tcp is not open at 10.0.0.1 and should be",
        "25/tcp is not open at 10.0.3.2 and should be",
        "open with it: 3389/tcp",
    ] {
        let everywhere = outcome.1.iter().any(|told| told.text.contains(part));
        assert!(everywhere, "{part} is missing in {text}");
    }
    outcome
}

#[tokio::test]
async fn a_run_that_is_told_of_in_slices_ends_as_in_one() {
    let expected = undisturbed().await;
    let mut calls = Vec::new();
    for checks in 0.. {
        let (server, run) = prepared().await;
        let messages = work_off(&server, &run, None, checks, 1).await;
        assert_eq!(messages.iter().flatten().count() + 1, messages.len(), "each goes on with the one before");
        compare(&outcome(&server).await, &expected, &format!("{checks} checks: {messages:?}"));
        calls.push(messages.len());
        if messages.len() == 1 {
            break;
        }
    }
    // Three batches, two blocks with alerts that slept, three in which something is expected, networks, digests.
    assert_eq!(calls[0], 10, "{calls:?}");
    assert!(calls.is_sorted_by(|more, less| more >= less), "{calls:?}");
}

#[tokio::test]
async fn messages_that_come_twice_and_late_change_nothing() {
    let expected = undisturbed().await;
    for checks in 0..6 {
        let (server, run) = prepared().await;
        let messages = work_off(&server, &run, None, checks, 2).await;
        for &late in messages.iter().chain(messages.iter().rev()) {
            work_off(&server, &run, late, checks, 1).await;
        }
        compare(&outcome(&server).await, &expected, &format!("{checks} checks: {messages:?}"));
    }
}

#[tokio::test]
async fn a_message_that_is_lost_is_sent_again_by_the_sweep() {
    let (server, run) = prepared().await;
    let lost = work(&server, &run, None, 2).await;
    assert_eq!(lost, [Some(1)]);
    server.clock.advance(301);
    let swept = server.service.sweep(server.service.app().now()).await;
    assert_eq!(swept.told, std::slice::from_ref(&run));
    let again = server.bodies(&NOTIFY).await;
    assert_eq!(again, [WorkMessage::RunFinished { run: run.clone(), from: Some(1) }.to_string()]);
    work_off(&server, &run, Some(1), 2, 1).await;
    assert!(server.service.app().untold_runs().await.expect("readable").is_empty());
}

/// The messages that were sent, whatever fails.
async fn sent(server: &MemoryServer) -> Vec<From> {
    let (zero, hour) = (Duration::ZERO, Duration::from_hours(1));
    let mut sent = Vec::new();
    loop {
        let Ok(received) = server.queue.receive(&NOTIFY, 10, zero, hour).await else {
            server.faults.revive();
            continue;
        };
        if received.is_empty() {
            return sent;
        }
        sent.extend(received.iter().map(|delivery| match WorkMessage::read(&delivery.body) {
            Some(WorkMessage::RunFinished { from, .. }) => from,
            other => panic!("{other:?}"),
        }));
    }
}

#[tokio::test]
async fn a_function_that_dies_anywhere_is_gone_on_with() {
    let expected = undisturbed().await;
    for nth in 1.. {
        let (server, run) = prepared().await;
        server.faults.plan(nth, Fault::KillAfter);
        let (mut waiting, mut died) = (VecDeque::from([None]), false);
        while let Some(message) = waiting.pop_front() {
            let seen = AtomicUsize::new(0);
            let goes_on = || seen.fetch_add(1, Ordering::SeqCst) < 2;
            let mut worked = server.service.notify_run_while(&run, message, &goes_on).await.map(Some);
            if matches!(worked, Ok(Some(true))) {
                worked = server.service.app().run_was_told(&run).await.map(|()| None);
            }
            if worked.is_err() {
                // The message comes again.
                died = true;
                server.faults.revive();
                waiting.push_back(message);
            }
            waiting.extend(sent(&server).await);
        }
        server.faults.revive();
        if server.service.app().untold_runs().await.expect("readable").contains(&run) {
            // It died between the end and the note of it: the sweep lets it begin anew.
            work_off(&server, &run, None, 2, 1).await;
        }
        compare(&outcome(&server).await, &expected, &format!("{nth}"));
        if !died && nth > 50 {
            break;
        }
    }
}
