//! Presigned addresses of objects.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::presigning::PresigningConfig;
use portdelta_app::ports::blobs::{BlobError, BlobKey, BlobLinks, Download};

use super::{S3Blobs, failed};

#[async_trait]
impl BlobLinks for S3Blobs {
    async fn link(&self, key: &BlobKey, how: &Download, lasts: Duration) -> Result<String, BlobError> {
        let unsigned = |error: Box<dyn std::error::Error + Send + Sync>| BlobError::Backend {
            operation: "link",
            what: key.to_string(),
            source: error,
        };
        let lasts = PresigningConfig::expires_in(lasts).map_err(|error| unsigned(error.into()))?;
        let call = self.client.get_object().bucket(&self.bucket).key(key.as_str());
        let call = call
            .set_response_content_type(how.media_type.clone())
            .set_response_content_disposition(how.disposition.clone())
            .set_response_content_encoding(how.encoding.clone());
        let signed = call.presigned(lasts).await.map_err(|error| failed("link", key.as_str(), error))?;
        Ok(signed.uri().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};

    use super::*;
    use crate::client::SdkConfig;

    #[test]
    fn a_link_gives_one_object_for_its_time_and_holds_no_secret() {
        let credentials =
            Credentials::new("AKIDEXAMPLE", "the-secret", Some("a session".to_owned()), None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let blobs = S3Blobs::new(&config, "blue");
        let how = Download {
            media_type: Some("text/csv; charset=utf-8".to_owned()),
            disposition: Some("attachment; filename=\"a.csv\"".to_owned()),
            encoding: None,
        };
        let key = "exports/1".parse().expect("a key");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let link = runtime.block_on(blobs.link(&key, &how, Duration::from_mins(5))).expect("a link");
        let (place, query) = link.split_once('?').expect("a query");
        assert_eq!(place, "https://blue.s3.eu-central-1.amazonaws.com/exports/1");
        let signed: Vec<&str> = query.split('&').collect();
        for part in [
            "X-Amz-Expires=300",
            "X-Amz-SignedHeaders=host",
            "response-content-type=text%2Fcsv%3B%20charset%3Dutf-8",
            "response-content-disposition=attachment%3B%20filename%3D%22a.csv%22",
        ] {
            assert!(signed.contains(&part), "{part} is not in {link}");
        }
        assert!(query.contains("X-Amz-Signature=") && !link.contains("the-secret"), "{link}");
    }
}
