//! Links to blobs on emulators of S3: what a large file of the API becomes on AWS, as a browser fetches it.

use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::blobs::{
    BlobChunks, BlobError, BlobKey, BlobLinks, Blobs, Download, PutMode, PutOutcome,
};
use portdelta_aws::{S3Blobs, blobs};
use reqwest::StatusCode;

use crate::emulators::{Emulator, unique};

/// More than two parts of an upload.
const PIECES: u8 = 17;

const PIECE_BYTES: usize = 1 << 20;

const NAME: &str = "attachment; filename=\"portdelta-1.zip\"";

/// A file that is being written.
struct Written(u8);

#[async_trait]
impl BlobChunks for Written {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        self.0 += 1;
        Ok((self.0 <= PIECES).then(|| vec![self.0; PIECE_BYTES]))
    }
}

fn browser() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A link to a blob that came in parts, for so long; `None` where there is no emulator.
async fn linked(emulator: Emulator, lasts: Duration) -> Option<String> {
    let config = emulator.config()?;
    let bucket = unique("links");
    blobs::create(&config, &bucket).await.expect("a bucket can be made");
    let blobs = S3Blobs::new(&config, bucket);
    let key: BlobKey = "exports/1".parse().expect("a key");
    let put = blobs.put_from(&key, &mut Written(0), PutMode::CreateOnly).await.expect("it is put");
    assert_eq!(put, PutOutcome::Created);
    let how = Download {
        media_type: Some("application/zip".to_owned()),
        disposition: Some(NAME.to_owned()),
        encoding: None,
    };
    Some(blobs.link(&key, &how, lasts).await.expect("a link"))
}

/// Whoever knows the link gets the whole file under its name, without anything else that proves who they are.
async fn a_link_gives_the_file_under_its_name(emulator: Emulator) {
    let Some(link) = linked(emulator, Duration::from_mins(5)).await else { return };
    let answer = browser().get(&link).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{link}");
    for (name, value) in [("content-type", "application/zip"), ("content-disposition", NAME)] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    let bytes = answer.bytes().await.expect("it is whole");
    let expected: Vec<u8> = (1..=PIECES).flat_map(|number| vec![number; PIECE_BYTES]).collect();
    assert!(bytes == expected, "{} bytes, every one once and in order", bytes.len());
}

/// It is for this file, and for nobody who does not know it.
async fn a_link_that_was_changed_opens_nothing(emulator: Emulator) {
    let Some(link) = linked(emulator, Duration::from_mins(5)).await else { return };
    let (place, query) = link.split_once('?').expect("a query");
    let (signed, signature) = query.split_once("X-Amz-Signature=").expect("a signature");
    let other: String = signature.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    let another_signature = format!("{place}?{signed}X-Amz-Signature={other}");
    let another_file = link.replacen("exports/1", "exports/2", 1);
    let longer = link.replacen("X-Amz-Expires=300", "X-Amz-Expires=3000", 1);
    let mut changed = vec![another_signature.as_str(), &another_file, &longer];
    if matches!(emulator, Emulator::MiniStackAuth) {
        changed.push(place);
    }
    for changed in changed {
        assert_ne!(changed, link);
        let answer = browser().get(changed).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{changed}");
    }
}

async fn a_link_ends_in_its_time(emulator: Emulator) {
    let Some(link) = linked(emulator, Duration::from_secs(1)).await else { return };
    loop {
        let answer = browser().get(&link).send().await.expect("an answer");
        if answer.status() != StatusCode::OK {
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            return;
        }
    }
}

macro_rules! on {
    ($($name:ident: $emulator:expr;)*) => {$(
        mod $name {
            use super::Emulator;

            #[tokio::test]
            async fn a_link_gives_the_file_under_its_name() {
                super::a_link_gives_the_file_under_its_name($emulator).await;
            }

            #[tokio::test]
            async fn a_link_that_was_changed_opens_nothing() {
                super::a_link_that_was_changed_opens_nothing($emulator).await;
            }

            #[tokio::test]
            async fn a_link_ends_in_its_time() {
                super::a_link_ends_in_its_time($emulator).await;
            }
        }
    )*};
}

on! {
    ministack: Emulator::MiniStack;
    ministack_auth: Emulator::MiniStackAuth;
}

/// It gives everything to everybody, and so answers for no more.
#[tokio::test]
async fn localstack_gives_a_file_under_its_name() {
    a_link_gives_the_file_under_its_name(Emulator::LocalStack).await;
}
