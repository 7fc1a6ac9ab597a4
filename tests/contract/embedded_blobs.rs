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

#[tokio::test]
async fn what_puts_that_never_ended_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens");
    blobs.put(&key("a/b"), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
    for other in ["a/b#1", "a/c#22", "a/#1", "a/b#x", "a/b~"] {
        fs::write(folder.path().join(other), b"x").expect("a file is written");
    }
    let tidy = |time| blobs.tidy(time);
    assert_eq!(
        tidy(portdelta_core::UnixTime::EPOCH.shifted(86_400)).await.expect("it tidies up"),
        0,
        "too new"
    );
    assert_eq!(tidy(portdelta_core::UnixTime::MAX).await.expect("it tidies up"), 2);
    for left in ["a/b", "a/#1", "a/b#x", "a/b~"] {
        assert!(folder.path().join(left).is_file(), "{left}");
    }
}

/// A run of 65,536 uploads must not leave as many folders.
#[tokio::test]
async fn folders_go_with_their_last_blob() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = FolderBlobs::open(folder.path()).expect("the folder opens");
    for name in ["uploads/a/b", "uploads/a/c", "d"] {
        blobs.put(&key(name), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
    }
    blobs.delete(&key("uploads/a/b")).await.expect("a delete succeeds");
    assert!(folder.path().join("uploads/a/c").is_file());
    blobs.delete(&key("uploads/a/c")).await.expect("a delete succeeds");
    assert!(!folder.path().join("uploads").exists() && folder.path().join("d").is_file());
    blobs.put(&key("uploads/a/b"), b"v".to_vec(), PutMode::CreateOnly).await.expect("a put succeeds");
}
