//! Schedules on emulators of EventBridge Scheduler.

use std::sync::Arc;

use portdelta_aws::{EventBridgeSchedules, SchedulerOptions};
use portdelta_testkit::contract::SchedulesUnderTest;

use crate::emulators::{Emulator, unique};

/// Accounts of emulators.
const ACCOUNT: &str = "000000000000";

async fn schedules(emulator: Emulator, target: &str) -> Option<EventBridgeSchedules> {
    let config = emulator.config()?;
    let group = unique("pd");
    let client = aws_sdk_scheduler::Client::new(&config);
    client.create_schedule_group().name(&group).send().await.expect("a group can be made");
    let options = SchedulerOptions {
        group,
        target_arn: target.to_owned(),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/scheduler"),
        dead_letter_arn: Some(format!("arn:aws:sqs:us-east-1:{ACCOUNT}:dead")),
    };
    Some(EventBridgeSchedules::new(&config, options))
}

async fn fixture(emulator: Emulator) -> Option<SchedulesUnderTest> {
    let schedules = schedules(emulator, &format!("arn:aws:sqs:us-east-1:{ACCOUNT}:dispatch")).await?;
    Some(SchedulesUnderTest {
        schedules: Arc::new(schedules.clone()),
        second: Arc::new(schedules),
        salt: String::new(),
        // The emulators give one page, of a hundred at most.
        many: 90,
        keep: Box::new(()),
    })
}

mod ministack {
    use portdelta_app::WorkMessage;
    use portdelta_app::ports::{ScheduleEntry, Schedules};
    use portdelta_core::UnixTime;

    use super::{ACCOUNT, Emulator, SchedulesUnderTest, unique};

    async fn fixture() -> Option<SchedulesUnderTest> {
        super::fixture(Emulator::MiniStack).await
    }

    portdelta_testkit::schedules_contract!(fixture);

    /// What is sent can be read by who dispatches.
    #[tokio::test]
    async fn a_schedule_fires_into_its_queue() {
        let Some(config) = Emulator::MiniStack.config() else { return };
        let sqs = aws_sdk_sqs::Client::new(&config);
        let name = unique("dispatch");
        let made = sqs.create_queue().queue_name(&name).send().await.expect("a queue can be made");
        let queue = made.queue_url.expect("it has an address");
        let target = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}");
        let schedules = super::schedules(Emulator::MiniStack, &target).await.expect("it was there");
        let entry = ScheduleEntry {
            scan: "0190f3c2-7b1e-7c3a-9d55-0f2b1c4d5e6f".to_owned(),
            expression: "rate(1 minute)".to_owned(),
            time_zone: "UTC".to_owned(),
            spread_minutes: 0,
            enabled: true,
            since: UnixTime::EPOCH,
        };
        schedules.put(&entry).await.expect("a schedule can be put");
        let mut body = None;
        for _ in 0..12 {
            let received = sqs.receive_message().queue_url(&queue).wait_time_seconds(10).send();
            let received = received.await.expect("receiving succeeds").messages.unwrap_or_default();
            body = received.into_iter().next().and_then(|message| message.body);
            if body.is_some() {
                break;
            }
        }
        schedules.delete(&entry.scan).await.expect("a schedule can be removed");
        let body = body.expect("it fires within two minutes");
        match WorkMessage::read(&body) {
            Some(WorkMessage::Fire { scan, .. }) => assert_eq!(scan, entry.scan),
            other => panic!("{other:?}: {body}"),
        }
    }
}

mod localstack {
    use super::{Emulator, SchedulesUnderTest};

    async fn fixture() -> Option<SchedulesUnderTest> {
        super::fixture(Emulator::LocalStack).await
    }

    // All but `a_schedule_is_listed_as_it_was_put`: it knows no `at(...)`.
    portdelta_testkit::schedules_contract!(@tests fixture, [
        a_put_replaces_the_schedule,
        a_schedule_can_be_switched_off_and_on,
        a_deleted_schedule_is_gone,
        all_schedules_are_listed_by_scan,
        what_can_not_fire_is_refused,
        only_scans_with_ids_have_schedules,
        of_several_puts_one_stays_whole,
    ]);
}
