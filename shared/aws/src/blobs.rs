//! Blobs in an S3 bucket.

mod links;
mod parts;
mod reader;

use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use portdelta_app::ports::blobs::{
    BlobChunks, BlobEntry, BlobError, BlobKey, BlobPage, BlobPrefix, BlobReader, Blobs, PutMode, PutOutcome,
};

use self::reader::S3Chunks;
use crate::client::{SdkConfig, attempt};
use crate::failure::{cause, code, passes};
use crate::refused_only::RefusedOnly;

/// How long one attempt may take, a large upload included; one that does not move at all ends sooner.
const ATTEMPT: Duration = Duration::from_mins(5);
/// The most that S3 lists at once.
const PAGE: usize = 1000;

/// [`Blobs`] as objects of one bucket, under their keys.
///
/// Contents travel with a checksum in both directions. An object that is not there is told as missing only to those
/// who may list the bucket, as S3 does; to others that is an error.
#[derive(Clone)]
pub struct S3Blobs {
    client: Client,
    bucket: String,
}

impl S3Blobs {
    /// The blobs of a bucket.
    #[must_use]
    pub fn new(config: &SdkConfig, bucket: impl Into<String>) -> Self {
        let own = Builder::from(config)
            .timeout_config(attempt(ATTEMPT))
            // An emulator's address has no names below it.
            .force_path_style(config.endpoint_url().is_some());
        Self { client: Client::from_conf(own.build()), bucket: bucket.into() }
    }

    async fn begin(&self, key: &BlobKey) -> Result<Option<GetObjectOutput>, BlobError> {
        let call = self.client.get_object().bucket(&self.bucket).key(key.as_str());
        match call.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => Ok(None),
            Err(error) => Err(failed("get", key.as_str(), error)),
        }
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError> {
        let call = self.client.put_object().bucket(&self.bucket).key(key.as_str());
        let call = call.checksum_algorithm(ChecksumAlgorithm::Crc32).body(ByteStream::from(content));
        let done = match mode {
            PutMode::Overwrite => call.send().await,
            PutMode::CreateOnly => {
                let once = Builder::new().retry_classifier(RefusedOnly::<PutObjectError>::new());
                call.if_none_match("*").customize().config_override(once).send().await
            }
        };
        outcome(key, mode, done)
    }

    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let first = parts::next(content).await?;
        if first.len() < parts::PART {
            return self.put(key, first, mode).await;
        }
        self.put_parts(key, first, content, mode).await
    }

    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(mut reader) = self.open(key).await? else { return Ok(None) };
        if reader.bytes > max_bytes {
            return Err(BlobError::TooLarge { key: key.clone(), bytes: reader.bytes, limit: max_bytes });
        }
        let mut content = Vec::with_capacity(usize::try_from(reader.bytes).unwrap_or_default());
        while let Some(chunk) = reader.chunks.next().await? {
            content.extend(chunk);
        }
        Ok(Some(content))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError> {
        let Some(found) = self.begin(key).await? else { return Ok(None) };
        let bytes = found.content_length.and_then(|bytes| u64::try_from(bytes).ok());
        let Some(bytes) = bytes else {
            let source = "the answer does not say how large the object is".into();
            return Err(BlobError::Backend { operation: "get", what: key.to_string(), source });
        };
        let chunks = S3Chunks::new(key.clone(), bytes, found.body);
        Ok(Some(BlobReader { bytes, chunks: Box::new(chunks) }))
    }

    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError> {
        let most = i32::try_from(limit.get().min(PAGE)).unwrap_or(i32::MAX);
        let mut after = after.map(|key| key.as_str().to_owned());
        // A page with nothing but foreign objects gives no key to go on from: then S3's next page is looked at.
        loop {
            let call = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix.as_str());
            let call = call.max_keys(most).set_start_after(after.take());
            let found = call.send().await.map_err(|error| failed("list", prefix.as_str(), error))?;
            let is_last = found.is_truncated != Some(true);
            let objects = found.contents.unwrap_or_default();
            after = objects.last().and_then(|object| object.key.clone());
            let entries: Vec<_> = objects
                .into_iter()
                .filter_map(|object| {
                    let bytes = u64::try_from(object.size?).ok()?;
                    Some(BlobEntry { key: object.key?.parse().ok()?, bytes })
                })
                .collect();
            if is_last || after.is_none() {
                return Ok(BlobPage { entries, next: None });
            }
            if let Some(last) = entries.last() {
                let next = Some(last.key.clone());
                return Ok(BlobPage { entries, next });
            }
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let call = self.client.delete_object().bucket(&self.bucket).key(key.as_str());
        call.send().await.map_err(|error| failed("delete", key.as_str(), error))?;
        Ok(())
    }
}

/// Makes an empty bucket, as it is: for tests and experiments. The template's is closed and encrypted.
pub async fn create(
    config: &SdkConfig,
    bucket: &str,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    S3Blobs::new(config, bucket).client.create_bucket().bucket(bucket).send().await?;
    Ok(())
}

/// What became of an object that was put.
fn outcome<T, E>(
    key: &BlobKey,
    mode: PutMode,
    done: Result<T, SdkError<E, HttpResponse>>,
) -> Result<PutOutcome, BlobError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match done {
        Ok(_) => Ok(PutOutcome::Created),
        Err(error) if mode == PutMode::CreateOnly && code(&error) == "PreconditionFailed" => {
            Ok(PutOutcome::AlreadyExists)
        }
        Err(error) => Err(failed("put", key.as_str(), error)),
    }
}

fn failed<E>(operation: &'static str, what: &str, error: SdkError<E, HttpResponse>) -> BlobError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let what = what.to_owned();
    if passes(&error) {
        return BlobError::Unavailable { operation, what, source: cause(error) };
    }
    BlobError::Backend { operation, what, source: cause(error) }
}
