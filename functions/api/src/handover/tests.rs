//! What becomes of files of all sizes, also of those that never come to an end.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::response::IntoResponse;
use portdelta_app::ports::blobs::BlobPrefix;
use portdelta_testkit::{CountedIds, MemoryBlobs};

use super::*;

/// Gives addresses below its own.
pub struct Bucket;

#[async_trait]
impl BlobLinks for Bucket {
    async fn link(&self, key: &BlobKey, _: &Download, _: Duration) -> Result<String, BlobError> {
        Ok(format!("https://bucket.example/{key}?signature"))
    }
}

/// Notes what it was asked for.
#[derive(Default)]
struct Asked(Mutex<Vec<(BlobKey, Download, Duration)>>);

#[async_trait]
impl BlobLinks for Asked {
    async fn link(&self, key: &BlobKey, how: &Download, lasts: Duration) -> Result<String, BlobError> {
        self.0.lock().expect("nobody panicked").push((key.clone(), how.clone(), lasts));
        Bucket.link(key, how, lasts).await
    }
}

/// What a file of these pieces becomes, and what is in the bucket then.
struct Delivered {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
    asked: Vec<(BlobKey, Download, Duration)>,
    stored: Vec<Vec<u8>>,
}

async fn deliver(marked: Option<AnySize>, headers: &[(HeaderName, &'static str)], body: Body) -> Delivered {
    let (blobs, links) = (Arc::new(MemoryBlobs::default()), Arc::new(Asked::default()));
    let patience = Duration::from_secs(24);
    let handover = Handover::new(blobs.clone(), links.clone(), Arc::new(CountedIds::default()), patience);
    let mut answer = body.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert("x-request-id", HeaderValue::from_static("r1"));
    if let Some(marked) = marked {
        answer.extensions_mut().insert(marked);
    }
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let (parts, body) = handover.deliver(answer, Instant::now()).await.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("it is in memory").to_vec();
    let many = NonZeroUsize::new(9).expect("not zero");
    let list = blobs.list(&BlobPrefix::default(), None, many).await.expect("a list");
    let mut stored = Vec::new();
    for entry in list.entries {
        stored.extend(blobs.get(&entry.key, u64::MAX).await.expect("it can be read"));
    }
    let asked = links.0.lock().expect("nobody panicked").clone();
    Delivered { status: parts.status, headers: parts.headers, body, asked, stored }
}

/// A file in pieces, and how it goes on when they are all there.
struct Pieces<I> {
    pieces: I,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    Ends,
    Breaks,
    Waits,
}

impl<I: Iterator<Item = Bytes> + Unpin> futures_core::Stream for Pieces<I> {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match (self.pieces.next(), self.then) {
            (Some(piece), _) => Poll::Ready(Some(Ok(piece))),
            (None, Then::Ends) => Poll::Ready(None),
            (None, Then::Breaks) => Poll::Ready(Some(Err(std::io::Error::other("the store is gone")))),
            (None, Then::Waits) => Poll::Pending,
        }
    }
}

fn file(count: u8, then: Then) -> Body {
    let pieces = (0..count).map(|number| Bytes::from(vec![number; 300_000]));
    Body::from_stream(Pieces { pieces, then })
}

const FILE: [(HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "application/zip"),
    (header::CONTENT_DISPOSITION, "attachment; filename=\"portdelta-1.zip\""),
];

#[tokio::test]
async fn what_fits_stays_an_answer() {
    for (marked, count) in [(Some(AnySize), 6), (None, 40)] {
        let answer = deliver(marked, &FILE, file(count, Then::Ends)).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, usize::from(count) * 300_000));
        assert!(FILE.iter().all(|(name, value)| answer.headers[name] == value));
        assert!(answer.stored.is_empty() && answer.asked.is_empty());
    }
}

#[tokio::test]
async fn what_is_larger_is_written_whole_and_linked_for_minutes() {
    let headers = [&FILE[..], &[(header::CONTENT_ENCODING, "gzip")]].concat();
    let answer = deliver(Some(AnySize), &headers, file(40, Then::Ends)).await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::SEE_OTHER, 0));
    let [(key, how, lasts)] = &answer.asked[..] else { panic!("{:?}", answer.asked) };
    assert!(key.as_str().starts_with("exports/"), "{key}");
    assert_eq!(answer.headers["location"], format!("https://bucket.example/{key}?signature"));
    let text = |text: &str| Some(text.to_owned());
    let name = text("attachment; filename=\"portdelta-1.zip\"");
    let packed = Download { media_type: text("application/zip"), disposition: name, encoding: text("gzip") };
    assert_eq!((how, *lasts), (&packed, Duration::from_mins(5)));
    let whole: Vec<u8> = (0..40).flat_map(|number| vec![number; 300_000]).collect();
    assert!(answer.stored == [whole], "every byte once, in order");
    assert_eq!(answer.headers["cache-control"], "no-store");
    for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::CONTENT_ENCODING] {
        assert!(!answer.headers.contains_key(&name), "{name} tells of the file");
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_is_none() {
    for count in [1, 40] {
        let answer = deliver(Some(AnySize), &FILE, file(count, Then::Breaks)).await;
        let problem: Problem = serde_json::from_slice(&answer.body).expect("a problem");
        assert_eq!((answer.status, &*problem.code), (StatusCode::SERVICE_UNAVAILABLE, "export.broken"));
        assert_eq!((problem.status, problem.request.as_deref()), (503, Some("r1")));
        assert_eq!(answer.headers["content-type"], MEDIA_TYPE);
        assert!(answer.stored.is_empty() && !answer.headers.contains_key("content-disposition"));
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_too_much_is_told_how_to_ask_for_less() {
    for count in [1, 40] {
        let answer = deliver(Some(AnySize), &FILE, file(count, Then::Waits)).await;
        let problem: Problem = serde_json::from_slice(&answer.body).expect("a problem");
        assert_eq!((answer.status, &*problem.code), (StatusCode::PAYLOAD_TOO_LARGE, "export.too_large"));
        assert!(problem.hint.is_some_and(|hint| hint.contains("filter")));
        assert!(answer.stored.is_empty() && answer.asked.is_empty());
    }
}
