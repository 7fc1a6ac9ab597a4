//! What a message of the ingest queue names: uploads, as S3 tells of them or as the server asks for them.

use std::time::Duration;

use aws_lambda_events::s3::S3Event;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use portdelta_app::ports::{BlobKey, Work};
use portdelta_app::{AppError, Service, UploadTaken, WorkMessage};
use portdelta_core::escape::escape;
use portdelta_function_runtime::{TimeLeft, work_off};
use serde::Deserialize;

/// Most results take less than a second; a large one that is broken off goes on where it was.
const UPLOAD: Duration = Duration::from_secs(20);

/// A block that others write just now is tried again and again.
const BLOCK: Duration = Duration::from_secs(10);

/// Where uploads are; S3 may tell of other things.
const UPLOADS: &str = "uploads/";

/// Applies uploads. May be told of the same one twice, late, or at once with another.
pub async fn handle(service: &Service, event: SqsEvent, time: TimeLeft) -> SqsBatchResponse {
    work_off(service, Work::Ingest, event, (time, UPLOAD), async |body| carry_out(service, body, time).await)
        .await
}

async fn carry_out(service: &Service, body: &str, time: TimeLeft) -> Result<(), AppError> {
    for key in uploads(body)? {
        let goes_on = || time.is_enough_for(BLOCK);
        match Box::pin(service.take_upload_while(&key, &goes_on)).await? {
            UploadTaken::Applied { result, late } => {
                tracing::info!(upload = %key, result = %result.short(), late, "applied {key}");
            }
            UploadTaken::Refused(refused) => {
                let message = escape(&refused.message).into_owned();
                tracing::warn!(upload = %key, code = refused.code, message, "refused {key}");
            }
            UploadTaken::Later => tracing::info!(upload = %key, "there was no time for all of {key}"),
            UploadTaken::Gone => tracing::debug!(upload = %key, "{key} was taken before"),
        }
    }
    Ok(())
}

/// What S3 sends once, when it is told to send to the queue.
#[derive(Deserialize)]
struct TestEvent {
    #[serde(rename = "Event")]
    event: String,
}

/// The uploads that a message names; none where it is about other things.
fn uploads(body: &str) -> Result<Vec<BlobKey>, AppError> {
    if let Some(message) = WorkMessage::read(body) {
        let WorkMessage::Ingest { key } = message else { return Err(unknown()) };
        let key = key.parse().map_err(|_| AppError::Unknown { what: format!("upload {}", escape(&key)) })?;
        return Ok(vec![key]);
    }
    if serde_json::from_str::<TestEvent>(body).is_ok_and(|test| test.event == "s3:TestEvent") {
        return Ok(Vec::new());
    }
    let event: S3Event = serde_json::from_str(body).map_err(|_| unknown())?;
    let mut keys = Vec::new();
    for record in event.records {
        let created = record.event_name.as_deref().is_some_and(|name| name.starts_with("ObjectCreated:"));
        // Names of ours have nothing that S3 would encode.
        let key = record.s3.object.key.unwrap_or_default();
        if created && key.starts_with(UPLOADS) {
            // Whoever was lent access may put anything into their folder: what no agent of ours writes helps nobody, and
            // keeps nothing else from being taken.
            if let Ok(key) = key.parse() {
                keys.push(key);
            } else {
                tracing::warn!(key = %escape(&key), "an object that is no upload was put");
            }
        }
    }
    Ok(keys)
}

fn unknown() -> AppError {
    AppError::Unknown { what: "such work for ingest".to_owned() }
}

#[cfg(test)]
mod tests {
    use portdelta_app::Due;
    use portdelta_app::ports::Blobs;
    use portdelta_app::ports::blobs::PutMode;
    use portdelta_core::ids::RunId;
    use portdelta_protocol::upload::digest;
    use portdelta_testkit::MemoryServer;

    use super::*;

    const UPLOADED: &str = include_str!("../events/uploaded.json");
    const ASKED: &str = include_str!("../events/asked.json");
    const TEST: &str = include_str!("../events/test.json");

    fn event(sample: &str, key: &str) -> SqsEvent {
        let text = sample.replace("uploads/agent-1/run-1/00000/0123456789abcdef", key);
        serde_json::from_str(&text).expect("a sample")
    }

    fn minute() -> TimeLeft {
        TimeLeft::lasting(Duration::from_mins(1))
    }

    /// A run with one task, and an upload of its result; the run and the upload's key.
    async fn uploaded(server: &MemoryServer) -> (RunId, String) {
        let office = server.site("office").await;
        let scan = server.scan(&office, "192.0.2.1", "22").await;
        let agent = server.agent(&office, "one").await;
        let due = Due::Now("test".to_owned());
        server.service.begin_run(&scan.id, &office, &due).await.expect("it begins");
        let run = server.service.app().open_runs().await.expect("runs").remove(0);
        server.service.dispatch_slice(&run).await.expect("it is sent");
        let task = server.take_tasks(&office).await.remove(0);
        let result = server.result_of(&agent, &task, "192.0.2.1", &[22]).await;
        let key = format!("uploads/{agent}/{run}/00000/{}", &digest(&result)[..16]);
        let blob = key.parse().expect("a key");
        server.blobs.put(&blob, result, PutMode::CreateOnly).await.expect("it is stored");
        (run, key)
    }

    async fn is_finished(server: &MemoryServer, run: &RunId) -> bool {
        server.service.app().report(run).await.expect("reports are readable").is_some()
    }

    #[tokio::test]
    async fn what_is_no_upload_is_left_alone_and_keeps_nothing_from_being_taken() {
        let server = MemoryServer::new().await;
        let answer = handle(&server.service, event(UPLOADED, "uploads/agent-1/Not%20Ours"), minute()).await;
        assert_eq!(answer.batch_item_failures.len(), 0);
    }

    #[tokio::test]
    async fn an_upload_is_applied_whoever_tells_of_it_and_how_often() {
        for sample in [UPLOADED, ASKED] {
            let server = MemoryServer::new().await;
            let (run, key) = uploaded(&server).await;
            assert!(!is_finished(&server, &run).await);
            for _ in 0..2 {
                let response = handle(&server.service, event(sample, &key), minute()).await;
                assert!(response.batch_item_failures.is_empty(), "{response:?}");
            }
            assert!(is_finished(&server, &run).await);
        }
    }

    #[tokio::test]
    async fn an_upload_that_fails_comes_again() {
        let server = MemoryServer::new().await;
        let (run, key) = uploaded(&server).await;
        server.faults.kill();
        let response = handle(&server.service, event(UPLOADED, &key), minute()).await;
        let failed = &response.batch_item_failures;
        assert_eq!(failed[0].item_identifier, "059f36b4-87a3-44ab-83d2-661975830a7d");
        server.faults.revive();
        handle(&server.service, event(UPLOADED, &key), minute()).await;
        assert!(is_finished(&server, &run).await);
    }

    #[test]
    fn only_uploads_that_were_created_are_taken() {
        let body = |sample: &str| {
            let event = event(sample, "uploads/a/b");
            event.records[0].body.clone().expect("a body")
        };
        let names =
            |body: &str| uploads(body).map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&body(UPLOADED)).expect("an upload"), ["uploads/a/b"]);
        assert_eq!(names(&body(TEST)).expect("a test"), [""; 0]);
        let other = body(UPLOADED).replace("uploads/a/b", "results/a/b");
        assert_eq!(names(&other).expect("something else"), [""; 0]);
        let removed = body(UPLOADED).replace("ObjectCreated:Put", "ObjectRemoved:Delete");
        assert_eq!(names(&removed).expect("something else"), [""; 0]);
        for wrong in ["", "{}", r#"{"work":"deliver"}"#, r#"{"work":"ingest","key":"../a"}"#] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
        let foreign = body(UPLOADED).replace("uploads/a/b", "uploads/../b");
        assert_eq!(names(&foreign).expect("what no agent of ours writes"), [""; 0]);
    }
}
