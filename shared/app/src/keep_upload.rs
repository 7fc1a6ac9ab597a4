//! Keeps what an agent brings, for ingest to take.

use portdelta_core::ids::RunId;
use portdelta_protocol::agent::task_key;
use portdelta_protocol::upload;

use crate::Service;
use crate::error::{AppError, During};
use crate::ports::BlobKey;
use crate::ports::blobs::{BlobChunks, PutMode, PutOutcome, Whole};
use crate::work::WorkMessage;

impl Service {
    /// [`keep_upload_from`](Self::keep_upload_from) of what is in memory.
    pub async fn keep_upload(
        &self,
        agent: &str,
        run: &RunId,
        task: u32,
        envelope: Vec<u8>,
    ) -> Result<bool, AppError> {
        let digest = upload::digest(&envelope);
        self.keep_upload_from(agent, run, task, &digest[..16], &mut Whole::new(envelope)).await
    }

    /// Keeps an upload under the agent's own name and asks for it to be applied; `false` where it was there.
    ///
    /// `name` is the first 16 hexadecimal digits of its SHA-256, which `content` holds it to. Who uploads is the caller's
    /// knowledge; whether it belongs to the task is judged by [`Service::take_upload`](crate::Service::take_upload).
    pub async fn keep_upload_from(
        &self,
        agent: &str,
        run: &RunId,
        task: u32,
        name: &str,
        content: &mut dyn BlobChunks,
    ) -> Result<bool, AppError> {
        let text = format!("uploads/{agent}/{run}/{}/{name}", task_key(task));
        let key: BlobKey =
            text.parse().map_err(|_| AppError::Unknown { what: format!("place for {text}") })?;
        let put = self.app().blobs.put_from(&key, content, PutMode::CreateOnly).await;
        let outcome = put.during(|| format!("keep upload {key}"))?;
        // Also where it was there: the message may have been lost in a crash.
        let message = WorkMessage::ingest(&key);
        let sent = self.queue().send(&message.queue(), vec![message.outgoing()]).await;
        sent.during(|| format!("ask for upload {key} to be applied"))?;
        Ok(outcome == PutOutcome::Created)
    }
}
