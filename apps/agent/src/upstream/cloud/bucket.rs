//! Results as objects of S3.

use std::time::Duration;

use portdelta_core::UnixTime;
use reqwest::Method;

use super::super::Sealed;
use super::super::error::{Kind, UpstreamError};
use super::{Cloud, Outgoing, is_about_access, refused};

/// An upload may take this long, and a second for each [`SLOWEST`] bytes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes a second of the slowest line that still counts as one.
const SLOWEST: u64 = 16 << 10;

/// Codes of what will never be taken, however often it comes.
const NEVER: [&str; 3] = ["EntityTooLarge", "KeyTooLongError", "InvalidURI"];

/// Creates the object; it is fine where it is there, as its name is that of its content.
pub(super) async fn put(cloud: &Cloud, sealed: &Sealed, now: UnixTime) -> Result<(), UpstreamError> {
    const OPERATION: &str = "upload a result";
    let place = format!("{}/{}/{}", sealed.run, sealed.task, sealed.name);
    let url = cloud
        .folder
        .join(&place)
        .map_err(|error| UpstreamError::NotUnderstood { operation: OPERATION, detail: error.to_string() })?;
    // Without the first one the access that was lent is not good for it.
    let headers = [("if-none-match", "*"), ("content-type", "application/octet-stream")];
    let seconds = sealed.bytes.len() as u64 / SLOWEST;
    let request = Outgoing {
        method: Method::PUT,
        url: &url,
        service: "s3",
        headers: &headers,
        body: &sealed.bytes,
        patience: PATIENCE + Duration::from_secs(seconds),
    };
    let (status, answer) = cloud.send(OPERATION, request, now).await?;
    if (200..300).contains(&status) || status == 412 {
        return Ok(());
    }
    let answer = String::from_utf8_lossy(&answer);
    let (code, message) = (element(&answer, "Code"), element(&answer, "Message"));
    Err(refused(OPERATION, kind(status, code), status, code, message))
}

fn kind(status: u16, code: &str) -> Kind {
    if is_about_access(status, code) {
        Kind::Access
    } else if status == 413 || NEVER.contains(&code) {
        Kind::Never
    } else {
        // A result is not thrown away because a bucket is missing or busy.
        Kind::Retry
    }
}

/// The text of an element of a flat answer; empty where there is none.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let found = xml.split_once(&open).and_then(|(_, rest)| rest.split_once(&close));
    found.map_or("", |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        for (status, code, expected) in [
            (403, "AccessDenied", Kind::Access),
            (400, "ExpiredToken", Kind::Access),
            (400, "EntityTooLarge", Kind::Never),
            (404, "NoSuchBucket", Kind::Retry),
            (409, "ConditionalRequestConflict", Kind::Retry),
            (503, "SlowDown", Kind::Retry),
        ] {
            assert_eq!(kind(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn answers_are_read() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>a b</Message></Error>";
        assert_eq!((element(xml, "Code"), element(xml, "Message")), ("SlowDown", "a b"));
        assert_eq!(element("<Code>", "Code"), "");
    }
}
