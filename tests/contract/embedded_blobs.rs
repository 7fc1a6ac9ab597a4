//! Blobs as files.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portdelta_app::ports::blobs::{BlobError, BlobKey, BlobPrefix, Blobs, PutMode};
use portdelta_embedded::FolderBlobs;
use portdelta_testkit::contract::BlobsUnderTest;

async fn fixture() -> BlobsUnderTest {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(&folder.path().join("data/blobs")).expect("the folder opens");
    BlobsUnderTest { blobs: Arc::new(blobs), salt: String::new(), keep: Box::new(folder) }
}

portdelta_testkit::blobs_contract!(fixture);

fn key(text: &str) -> BlobKey {
    text.parse().expect("a key")
}

#[tokio::test]
async fn blobs_are_there_after_a_new_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens");
    blobs.put(&key("a/b"), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
    drop(blobs);
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens again");
    assert_eq!(blobs.get(&key("a/b"), 10).await.expect("a get succeeds"), Some(b"v".to_vec()));
    assert_eq!(fs::read(folder.path().join("a/b")).expect("it is a plain file"), b"v");
}

/// What a crash or a person left in the folder is no blob.
#[tokio::test]
async fn other_files_are_left_out_of_listings() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens");
    blobs.put(&key("a/b"), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
    for other in ["a/b#1", "a/.hidden", "a/Upper", "a/b~"] {
        fs::write(folder.path().join(other), b"x").expect("a file is written");
    }
    fs::create_dir(folder.path().join("a/empty")).expect("a folder is made");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc", folder.path().join("a/link")).expect("a link is made");
    let limit = NonZeroUsize::new(100).expect("a hundred is not zero");
    let page = blobs.list(&BlobPrefix::default(), None, limit).await.expect("a listing succeeds");
    assert_eq!(page.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a/b"]);
}

#[tokio::test]
async fn a_key_below_another_key_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens");
    blobs.put(&key("a"), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
    for mode in [PutMode::CreateOnly, PutMode::Overwrite] {
        let error = blobs.put(&key("a/b"), b"v".to_vec(), mode).await.expect_err("a file is no folder");
        assert!(matches!(error, BlobError::Backend { operation: "put", .. }), "{error:?}");
    }
    assert_eq!(blobs.get(&key("a"), 10).await.expect("a get succeeds"), Some(b"v".to_vec()));
}

#[test]
fn a_file_is_no_folder_of_blobs() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let Err(error) = FolderBlobs::open(file.path()) else { panic!("a file was taken for a folder") };
    assert_eq!(error.code(), "blobs.backend");
    assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
}
