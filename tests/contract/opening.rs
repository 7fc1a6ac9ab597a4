//! Which files are opened as a store, and which are left alone.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use portdelta_app::ports::{Action, ErrorClass, Item, Key, Query, Table, TableError};
use portdelta_embedded::{Database, DatabaseOptions, SqliteTable};
use portdelta_testkit::TestClock;

fn open(path: &Path) -> Result<(), TableError> {
    Database::open(path, &DatabaseOptions::default()).map(drop)
}

/// Opens a file that must be refused, and checks that it stays as it is.
fn refusal(path: &Path) -> TableError {
    let before = fs::read(path).expect("the file is readable");
    let error = open(path).expect_err("the file is refused");
    assert_eq!(fs::read(path).expect("the file is readable"), before, "a refused file is not touched");
    assert_eq!(error.class(), ErrorClass::Caller);
    assert!(error.hint().is_some());
    error
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    open(&path).expect("a new store is made");
    let connection = rusqlite::Connection::open(&path).expect("the file opens");
    connection.pragma_update(None, "user_version", 1000).expect("the version is changed");
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
    drop(connection);
    let error = refusal(&path);
    assert!(matches!(error, TableError::NewerSchema { found: 1000, supported: 1.. }), "{error:?}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for content in
        [b"<?xml version=\"1.0\"?>".repeat(100), vec![0; 5000], b"SQLite format 3\0broken".to_vec()]
    {
        let path = folder.path().join("scan.xml");
        fs::write(&path, content).expect("a file is written");
        let error = refusal(&path);
        assert!(matches!(error, TableError::NotAStore { .. }), "{error:?}");
        assert!(error.to_string().contains("scan.xml"), "{error}");
    }
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for sql in
        ["CREATE TABLE other (a)", "PRAGMA application_id = 1", "PRAGMA user_version = 1; CREATE TABLE t (a)"]
    {
        let path = folder.path().join("other.db");
        let connection = rusqlite::Connection::open(&path).expect("the file opens");
        connection.execute_batch(sql).expect("another program writes to it");
        drop(connection);
        let error = refusal(&path);
        assert!(matches!(error, TableError::NotAStore { .. }), "{error:?}");
        fs::remove_file(&path).expect("the file is removed");
    }
}

/// A file whose end is missing, as after a copy that was cut short.
#[tokio::test]
async fn a_damaged_store_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let table = || {
        let database = Database::open(&path, &DatabaseOptions::default())?;
        Ok::<_, TableError>(SqliteTable::new(Arc::new(database), Arc::new(TestClock::default())))
    };
    let whole = table().expect("a new store is made");
    for number in 0..50 {
        let item = Item::new(Key::new("p", format!("{number:02}")), vec![1; 5000]);
        whole.transact(vec![Action::put(item)]).await.expect("a put succeeds");
    }
    drop(whole);
    let file = fs::OpenOptions::new().write(true).open(&path).expect("the file opens");
    file.set_len(100 * 1024).expect("it is cut short");
    let error = match table() {
        Err(error) => error,
        Ok(table) => table.query(&Query::partition("p")).await.expect_err("half of the items are missing"),
    };
    assert!(matches!(error, TableError::Corrupt { .. }), "{error:?}");
    assert_eq!((error.code(), error.class()), ("table.corrupt", ErrorClass::Bug));
    assert!(error.hint().is_some_and(|hint| hint.contains("backup")));
}

#[test]
fn an_empty_file_becomes_a_store() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    open(file.path()).expect("it becomes a store");
    open(file.path()).expect("it is one");
}

#[test]
fn a_folder_is_refused_with_its_cause() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = open(folder.path()).expect_err("a folder is no file");
    assert!(std::error::Error::source(&error).is_some(), "{error:?}");
}

#[test]
fn processes_that_start_together_make_one_store() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("data/portdelta.db");
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| open(&path).expect("all of them open it"));
            }
        });
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a/b/portdelta.db");
    let database = Database::open(&path, &DatabaseOptions::default()).expect("a new store is made");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("a")), 0o700);
    assert_eq!(mode(&folder.path().join("a/b")), 0o700);
    for file in ["portdelta.db", "portdelta.db-wal", "portdelta.db-shm", "portdelta.db-lock"] {
        assert_eq!(mode(&path.with_file_name(file)), 0o600, "{file}");
    }
    drop(database);
}
