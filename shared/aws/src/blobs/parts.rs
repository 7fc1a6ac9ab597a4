//! Objects that are too large to be held in memory, part by part.

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use portdelta_app::ports::blobs::{BlobChunks, BlobError, BlobKey, PutMode, PutOutcome};

use super::{S3Blobs, failed, outcome};
use crate::refused_only::RefusedOnly;

/// Bytes of a part; S3 takes 5 MiB and more, and 10,000 parts.
pub(super) const PART: usize = 8 * 1024 * 1024;

/// The next part; shorter than [`PART`] only at the end.
pub(super) async fn next(content: &mut dyn BlobChunks) -> Result<Vec<u8>, BlobError> {
    let mut part = Vec::new();
    while part.len() < PART {
        match content.next().await? {
            Some(chunk) => part.extend(chunk),
            None => break,
        }
    }
    Ok(part)
}

impl S3Blobs {
    /// Puts content whose first part is known, and takes back what was sent where it does not come whole. What a
    /// process leaves that ends half way, the bucket removes by itself.
    pub(super) async fn put_parts(
        &self,
        key: &BlobKey,
        first: Vec<u8>,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let call = self.client.create_multipart_upload().bucket(&self.bucket).key(key.as_str());
        let answer = call.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await;
        let answer = answer.map_err(|error| failed("put", key.as_str(), error))?;
        let upload = answer.upload_id.unwrap_or_default();
        let outcome = self.send_parts(key, &upload, first, content, mode).await;
        if !matches!(outcome, Ok(PutOutcome::Created)) {
            let abort = self.client.abort_multipart_upload().bucket(&self.bucket).key(key.as_str());
            // The outcome says more than that this failed too.
            let _ = abort.upload_id(&upload).send().await;
        }
        outcome
    }

    async fn send_parts(
        &self,
        key: &BlobKey,
        upload: &str,
        first: Vec<u8>,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let (mut part, mut parts) = (first, Vec::new());
        for number in 1.. {
            let is_last = part.len() < PART;
            let call = self.client.upload_part().bucket(&self.bucket).key(key.as_str()).upload_id(upload);
            let call = call.part_number(number).checksum_algorithm(ChecksumAlgorithm::Crc32);
            let sent = call.body(ByteStream::from(part)).send().await;
            let sent = sent.map_err(|error| failed("put", key.as_str(), error))?;
            let done = CompletedPart::builder().part_number(number);
            let done = done.set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32);
            parts.push(done.build());
            if is_last {
                break;
            }
            part = next(content).await?;
            if part.is_empty() {
                break;
            }
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let call = self.client.complete_multipart_upload().bucket(&self.bucket).key(key.as_str());
        let call = call.upload_id(upload).multipart_upload(all);
        let done = match mode {
            PutMode::Overwrite => call.send().await,
            PutMode::CreateOnly => {
                let once =
                    Builder::new().retry_classifier(RefusedOnly::<CompleteMultipartUploadError>::new());
                call.if_none_match("*").customize().config_override(once).send().await
            }
        };
        outcome(key, mode, done)
    }
}
