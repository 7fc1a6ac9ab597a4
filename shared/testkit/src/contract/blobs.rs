//! The suite of the blobs port.

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portdelta_app::ports::blobs::{BlobChunks, BlobError, BlobKey, BlobPrefix, Blobs, PutMode, PutOutcome};
use tokio::task::JoinSet;

/// A store to be tested, which may hold other blobs under keys that do not begin with `salt`.
pub struct BlobsUnderTest {
    /// The store.
    pub blobs: Arc<dyn Blobs>,
    /// Begins every key that a case uses; ends with a slash, or is empty.
    pub salt: String,
    /// What must live as long as the store, such as its folder.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// Larger than any blob that is read as a whole here.
const PLENTY: u64 = 64 * 1024 * 1024;

impl BlobsUnderTest {
    fn key(&self, key: &str) -> BlobKey {
        format!("{}{key}", self.salt).parse().expect("the keys of the suite are valid")
    }

    async fn put(&self, key: &str, content: impl Into<Vec<u8>>, mode: PutMode) -> PutOutcome {
        self.blobs.put(&self.key(key), content.into(), mode).await.expect("a put succeeds")
    }

    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.blobs.get(&self.key(key), PLENTY).await.expect("a get succeeds")
    }

    /// The keys of a listing by following its pages, without the salt.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let prefix: BlobPrefix = format!("{}{prefix}", self.salt).parse().expect("the prefix is valid");
        let limit = NonZeroUsize::new(limit).expect("a limit of a case is not zero");
        let mut after = after.map(|key| self.key(key));
        let mut keys = Vec::new();
        for _ in 0..1000 {
            let page = self.blobs.list(&prefix, after.as_ref(), limit).await.expect("a listing succeeds");
            assert!(page.entries.len() <= limit.get(), "a page holds no more than its limit");
            keys.extend(page.entries.iter().map(|entry| entry.key.as_str()[self.salt.len()..].to_owned()));
            after = page.next;
            if after.is_none() {
                return keys;
            }
        }
        panic!("following the pages comes to an end");
    }
}

async fn drain(chunks: &mut dyn BlobChunks) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(chunk) = chunks.next().await.expect("reading on succeeds") {
        assert!((1..=8 * 1024 * 1024).contains(&chunk.len()), "a chunk has {} bytes", chunk.len());
        content.extend(chunk);
    }
    content
}

/// Any bytes are kept, and none too.
pub async fn a_blob_is_read_back_whole(t: BlobsUnderTest) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for content in [every_byte, Vec::new()] {
        assert_eq!(t.put("whole/1.bin", content.clone(), PutMode::Overwrite).await, PutOutcome::Created);
        assert_eq!(t.get("whole/1.bin").await, Some(content.clone()));
        let mut reader =
            t.blobs.open(&t.key("whole/1.bin")).await.expect("opening succeeds").expect("the blob is there");
        assert_eq!(reader.bytes, content.len() as u64);
        assert_eq!(drain(reader.chunks.as_mut()).await, content);
    }
}

/// Reading and deleting what is not there are no errors; a folder or something below a blob is not there.
pub async fn absent_blobs_are_none(t: BlobsUnderTest) {
    t.put("absent/folder/blob", *b"v", PutMode::Overwrite).await;
    for key in ["absent/1", "absent/folder", "absent/folder/blob/below", "nowhere/at/all"] {
        assert_eq!(t.get(key).await, None, "{key}");
        assert!(t.blobs.open(&t.key(key)).await.expect("opening succeeds").is_none(), "{key}");
        t.blobs.delete(&t.key(key)).await.expect("deleting nothing is fine");
    }
    assert_eq!(t.get("absent/folder/blob").await, Some(b"v".to_vec()));
}

/// The first content stays with create-only, the last one with overwrite.
pub async fn modes_keep_or_replace(t: BlobsUnderTest) {
    assert_eq!(t.put("mode", *b"first", PutMode::CreateOnly).await, PutOutcome::Created);
    for _ in 0..2 {
        assert_eq!(t.put("mode", *b"second", PutMode::CreateOnly).await, PutOutcome::AlreadyExists);
        assert_eq!(t.get("mode").await, Some(b"first".to_vec()));
    }
    assert_eq!(t.put("mode", *b"3", PutMode::Overwrite).await, PutOutcome::Created);
    assert_eq!(t.get("mode").await, Some(b"3".to_vec()));
    t.blobs.delete(&t.key("mode")).await.expect("a delete succeeds");
    assert_eq!(t.get("mode").await, None);
    assert_eq!(t.put("mode", *b"4", PutMode::CreateOnly).await, PutOutcome::Created);
}

/// Uploads that race for one key have one winner, and its content stays.
pub async fn of_several_creations_one_wins(t: BlobsUnderTest) {
    let mut writers = JoinSet::new();
    for number in 0..16_u8 {
        let (blobs, key) = (Arc::clone(&t.blobs), t.key("race/in/a/new/folder"));
        writers.spawn(async move {
            let outcome = blobs.put(&key, vec![number; 100_000], PutMode::CreateOnly).await;
            (number, outcome.expect("a put succeeds"))
        });
    }
    let results = writers.join_all().await;
    let winners: Vec<_> = results.iter().filter(|(_, outcome)| *outcome == PutOutcome::Created).collect();
    assert_eq!(winners.len(), 1, "exactly one wins");
    assert_eq!(t.get("race/in/a/new/folder").await, Some(vec![winners[0].0; 100_000]));
}

/// Who reads while others write sees one writer's content, whole.
pub async fn readers_see_no_half_written_blob(t: BlobsUnderTest) {
    t.put("torn", vec![0; 300_000], PutMode::Overwrite).await;
    let mut writers = JoinSet::new();
    for number in 1..=8_u8 {
        let (blobs, key) = (Arc::clone(&t.blobs), t.key("torn"));
        let content = vec![number; 300_000 + usize::from(number)];
        writers.spawn(async move { blobs.put(&key, content, PutMode::Overwrite).await });
    }
    for _ in 0..50 {
        let content = t.get("torn").await.expect("the blob is always there");
        let number = content[0];
        assert_eq!(content.len(), 300_000 + usize::from(number));
        assert!(content.iter().all(|byte| *byte == number), "all bytes are one writer's");
    }
    for written in writers.join_all().await {
        assert_eq!(written.expect("a put succeeds"), PutOutcome::Created);
    }
}

/// Content that comes in pieces, and fails where it is told to.
struct Pieces {
    pieces: std::vec::IntoIter<Vec<u8>>,
    fails: bool,
}

#[async_trait::async_trait]
impl BlobChunks for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        match self.pieces.next() {
            None if self.fails => Err(BlobError::Source("broken off".into())),
            piece => Ok(piece),
        }
    }
}

/// Content that comes in pieces is stored as one that is given whole, by the same modes.
pub async fn a_blob_is_written_in_pieces(t: BlobsUnderTest) {
    let put = async |key: &str, pieces: &[(u8, usize)], mode| {
        let pieces: Vec<_> = pieces.iter().map(|(byte, count)| vec![*byte; *count]).collect();
        let mut pieces = Pieces { pieces: pieces.into_iter(), fails: false };
        t.blobs.put_from(&t.key(key), &mut pieces, mode).await.expect("a put succeeds")
    };
    for (key, pieces) in [
        ("pieces/none", vec![]),
        ("pieces/one", vec![(1, 10)]),
        // As long as a part of S3, longer, and a whole number of parts.
        ("pieces/part", vec![(1, 8 << 20)]),
        ("pieces/more", vec![(1, 5 << 20), (2, 5 << 20), (3, 1)]),
        ("pieces/parts", vec![(4, 16 << 20)]),
    ] {
        let whole: Vec<u8> = pieces.iter().flat_map(|(byte, count)| vec![*byte; *count]).collect();
        assert_eq!(put(key, &pieces, PutMode::CreateOnly).await, PutOutcome::Created, "{key}");
        assert_eq!(put(key, &[(9, 9 << 20)], PutMode::CreateOnly).await, PutOutcome::AlreadyExists, "{key}");
        assert!(t.get(key).await == Some(whole), "{key}");
        assert_eq!(put(key, &[(9, 9 << 20), (8, 8)], PutMode::Overwrite).await, PutOutcome::Created);
        assert_eq!(t.get(key).await.map(|content| content.len()), Some((9 << 20) + 8), "{key}");
    }
}

/// Content that breaks off leaves what was there, and nothing beside it.
pub async fn content_that_breaks_off_is_not_stored(t: BlobsUnderTest) {
    t.put("broken/old", *b"old", PutMode::Overwrite).await;
    for mode in [PutMode::CreateOnly, PutMode::Overwrite] {
        for (key, bytes) in [("broken/old", 10), ("broken/new", 10), ("broken/large", 9 << 20)] {
            let mut pieces = Pieces { pieces: vec![vec![1; bytes]; 2].into_iter(), fails: true };
            let put = t.blobs.put_from(&t.key(key), &mut pieces, mode).await;
            assert!(matches!(put, Err(BlobError::Source(_))), "{key}: {put:?}");
        }
    }
    assert_eq!(t.get("broken/old").await, Some(b"old".to_vec()));
    assert_eq!(t.list("broken/", None, 10).await, ["broken/old"]);
}

/// A large blob comes in pieces.
pub async fn a_large_blob_is_streamed(t: BlobsUnderTest) {
    let content: Vec<u8> = (0..12_000_000_u32).map(|n| n.to_le_bytes()[usize::from(n % 7 == 0)]).collect();
    t.put("large", content.clone(), PutMode::CreateOnly).await;
    let mut reader =
        t.blobs.open(&t.key("large")).await.expect("opening succeeds").expect("the blob is there");
    assert_eq!(reader.bytes, 12_000_000);
    let first = reader.chunks.next().await.expect("reading succeeds").expect("there are bytes");
    assert!(first.len() < content.len(), "it does not come in one piece");
    let rest = drain(reader.chunks.as_mut()).await;
    assert!([first, rest].concat() == content, "the pieces join to the whole");
}

/// What is being read stays what it was.
pub async fn reading_goes_on_when_the_blob_is_replaced(t: BlobsUnderTest) {
    t.put("replaced", vec![1; 2_000_000], PutMode::Overwrite).await;
    let mut reader = t.blobs.open(&t.key("replaced")).await.expect("opening succeeds").expect("it is there");
    let first = reader.chunks.next().await.expect("reading succeeds").expect("there are bytes");
    t.put("replaced", vec![2; 2_000_000], PutMode::Overwrite).await;
    t.blobs.delete(&t.key("replaced")).await.expect("a delete succeeds");
    let content = [first, drain(reader.chunks.as_mut()).await].concat();
    assert!(content == vec![1; 2_000_000], "all chunks are of the version that was opened");
}

/// A reader says how much it takes.
pub async fn whole_reads_have_a_largest_size(t: BlobsUnderTest) {
    t.put("sized", vec![7; 1000], PutMode::Overwrite).await;
    let key = t.key("sized");
    assert_eq!(t.blobs.get(&key, 1000).await.expect("it fits"), Some(vec![7; 1000]));
    let error = t.blobs.get(&key, 999).await.expect_err("it is one byte too large");
    assert!(matches!(error, BlobError::TooLarge { bytes: 1000, limit: 999, .. }), "{error:?}");
}

/// Keys in the order of their bytes, whatever folders they lie in, in pages of any size.
pub async fn listings_are_ordered_and_paged(t: BlobsUnderTest) {
    // `-` and `.` come before `/`, digits and letters behind it.
    let ascending = [
        "list/a-b",
        "list/a.b",
        "list/a/b",
        "list/a/c/d",
        "list/a0",
        "list/b",
        "list/b-/a",
        "list/b0/a",
        "list/c/a/a",
    ];
    for key in ascending.iter().rev() {
        t.put(key, *b"v", PutMode::Overwrite).await;
    }
    t.put("list0", *b"v", PutMode::Overwrite).await;
    for limit in 1..=10 {
        assert_eq!(t.list("list/", None, limit).await, ascending, "{limit} a page");
        for (position, after) in ascending.iter().enumerate() {
            assert_eq!(t.list("list/", Some(after), limit).await, ascending[position + 1..], "after {after}");
        }
    }
    for prefix in ["list/a", "list/a/", "list/b", "list/b0/a", "list/c/a", "list/none", "list"] {
        let mut expected: Vec<_> = ascending.to_vec();
        expected.push("list0");
        expected.retain(|key| key.starts_with(prefix));
        assert_eq!(t.list(prefix, None, 2).await, expected, "{prefix}");
    }
    assert_eq!(t.list("list/", Some("list/a/bb"), 10).await, ascending[3..], "a key that is not there");
    assert_eq!(
        t.list("list/b", Some("list/a0"), 10).await,
        ascending[5..8],
        "after what is before the prefix"
    );
    assert!(t.list("list/", Some("list0"), 10).await.is_empty());
}

/// A listing tells sizes, and forgets what was deleted.
pub async fn listings_follow_the_blobs(t: BlobsUnderTest) {
    for (key, bytes) in [("sizes/1", 0), ("sizes/2", 10), ("sizes/3", 70_000)] {
        t.put(key, vec![1; bytes], PutMode::Overwrite).await;
    }
    t.blobs.delete(&t.key("sizes/2")).await.expect("a delete succeeds");
    t.put("sizes/1", vec![1; 5], PutMode::Overwrite).await;
    let prefix: BlobPrefix = format!("{}sizes/", t.salt).parse().expect("the prefix is valid");
    let limit = NonZeroUsize::new(10).expect("ten is not zero");
    let page = t.blobs.list(&prefix, None, limit).await.expect("a listing succeeds");
    let sizes: Vec<_> = page.entries.iter().map(|entry| (entry.key.clone(), entry.bytes)).collect();
    assert_eq!(sizes, [(t.key("sizes/1"), 5), (t.key("sizes/3"), 70_000)]);
    assert_eq!(page.next, None);
}

/// The longest keys are usable.
pub async fn long_keys_are_kept(t: BlobsUnderTest) {
    let segment = "s".repeat(128);
    let mut long = [segment.as_str(); 4].join("/");
    long.truncate(512 - t.salt.len());
    let long = long.trim_end_matches('/');
    t.put(long, *b"v", PutMode::CreateOnly).await;
    assert_eq!(t.get(long).await, Some(b"v".to_vec()));
    assert_eq!(t.list(&long[..200], None, 10).await, [long]);
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`BlobsUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is.
#[macro_export]
macro_rules! blobs_contract {
    ($fixture:path) => {
        $crate::blobs_contract!(@tests $fixture, [
            a_blob_is_read_back_whole,
            absent_blobs_are_none,
            modes_keep_or_replace,
            of_several_creations_one_wins,
            readers_see_no_half_written_blob,
            a_large_blob_is_streamed,
            a_blob_is_written_in_pieces,
            content_that_breaks_off_is_not_stored,
            reading_goes_on_when_the_blob_is_replaced,
            whole_reads_have_a_largest_size,
            listings_are_ordered_and_paged,
            listings_follow_the_blobs,
            long_keys_are_kept,
        ]);
    };
    (@tests $fixture:path, [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::blobs::$case(under_test).await;
                }
            }
        )*
    };
}
