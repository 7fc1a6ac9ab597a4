//! The SQLite file that the adapters of one process share.

use std::error::Error as StdError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portdelta_app::ports::TableError;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::Notify;

use crate::alone;
use crate::folder;
use crate::schema::{APPLICATION_ID, MIGRATIONS, VERSION};
use crate::sqlite_queue::Arrivals;

/// How to open a [`Database`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseOptions {
    /// How long to wait for another process that is writing, before [`TableError::Conflict`].
    pub busy_timeout: Duration,
    /// Most pages (of 4 KiB) that the file may have; writing beyond is [`TableError::StoreFull`].
    pub max_pages: Option<u32>,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(10), max_pages: None }
    }
}

/// An open SQLite file.
///
/// Two connections: in WAL mode a reader sees the latest commit and does not wait for a writer's sync.
pub struct Database {
    path: PathBuf,
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    arrivals: Arrivals,
    outbox: Notify,
    /// Tells others that it is open; `None` where whoever opened it has it alone.
    _in_use: Option<File>,
}

/// Why something inside of a transaction did not succeed; the caller adds which operation it was.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Table(TableError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl Database {
    /// Opens the file, makes it and its folder where they are missing, and brings it to the newest version.
    ///
    /// Blocks. Fails with [`TableError::NotAStore`] on a file that is something else and with
    /// [`TableError::NewerSchema`] on one that a newer Portdelta has written; neither is touched. While others
    /// have the file to themselves it is tried again until [`DatabaseOptions::busy_timeout`] has passed; then it is
    /// [`TableError::InUse`] where one of them has it [`Alone`](crate::Alone).
    pub fn open(path: &Path, options: &DatabaseOptions) -> Result<Self, TableError> {
        let in_use = alone::share(path, Instant::now() + options.busy_timeout)?;
        Self::open_locked(path, options, Some(in_use))
    }

    /// Opens the file for one who holds its lock.
    pub(crate) fn open_locked(
        path: &Path,
        options: &DatabaseOptions,
        in_use: Option<File>,
    ) -> Result<Self, TableError> {
        let made = path.parent().map_or(Ok(()), folder::create_private);
        made.and_then(|()| folder::touch_private(path)).map_err(|source| backend(OPEN, source))?;
        let deadline = Instant::now() + options.busy_timeout;
        loop {
            match open_once(path, options).map_err(|failure| describe(OPEN, path, failure)) {
                // While others switch to the WAL or leave it, SQLite does not always wait by itself.
                Err(TableError::Conflict) if Instant::now() < deadline => thread::sleep(RETRY_INTERVAL),
                Err(error) => return Err(error),
                Ok(database) => return Ok(Self { _in_use: in_use, ..database }),
            }
        }
    }

    pub(crate) fn writer(&self) -> &Mutex<Connection> {
        &self.writer
    }

    /// Who of this process waits for messages.
    pub(crate) fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Tells that something has come into the outbox.
    pub(crate) fn outbox(&self) -> &Notify {
        &self.outbox
    }

    /// Runs `work` in a transaction that holds the write lock from its beginning, and commits it if `work` succeeds.
    pub(crate) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, TableError> {
        self.run(operation, move |database| {
            let mut connection = database.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
        .await
    }

    /// Runs `work`, which only reads, on the state of the latest commit.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, TableError> {
        self.run(operation, move |database| {
            work(&database.reader.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, TableError> {
        let database = Arc::clone(self);
        let job = tokio::task::spawn_blocking(move || {
            work(&database).map_err(|failure| describe(operation, &database.path, failure))
        });
        // The job only fails to end where it panics or the runtime shuts down: its outcome is unknown.
        job.await.map_err(|source| TableError::Unavailable { operation, source: Box::new(source) })?
    }
}

const OPEN: &str = "open";
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

fn open_once(path: &Path, options: &DatabaseOptions) -> Result<Database, Failure> {
    let mut writer = connect(path, options)?;
    let version = refuse_strangers(&writer, path)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    if version < VERSION {
        migrate(&mut writer, path)?;
    }
    if let Some(pages) = options.max_pages {
        writer.pragma_update(None, "max_page_count", pages)?;
    }
    let reader = connect(path, options)?;
    reader.pragma_update(None, "query_only", true)?;
    Ok(Database {
        path: path.to_owned(),
        writer: Mutex::new(writer),
        reader: Mutex::new(reader),
        arrivals: Arrivals::default(),
        outbox: Notify::new(),
        _in_use: None,
    })
}

fn connect(path: &Path, options: &DatabaseOptions) -> Result<Connection, Failure> {
    // No URI names and no creating: the file is there, with the mode we want.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Refuses a file of another program or of a newer version before anything is written to it; gives its version.
fn refuse_strangers(connection: &Connection, path: &Path) -> Result<i64, Failure> {
    // One transaction: another process may be making the store, and then the answers would not fit each other.
    let snapshot = connection.unchecked_transaction()?;
    let number = |pragma| snapshot.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let tables: i64 = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let version = number("user_version")?;
    let application = number("application_id")?;
    snapshot.finish()?;
    let is_new = version == 0 && application == 0 && tables == 0;
    if !is_new && application != i64::from(APPLICATION_ID) {
        return Err(TableError::NotAStore { what: path.display().to_string() }.into());
    }
    if version > VERSION {
        return Err(TableError::NewerSchema { found: version, supported: VERSION }.into());
    }
    Ok(version)
}

/// Brings the file to the newest version.
///
/// The version is read before the transaction that changes it begins, so that only a lock around both keeps two
/// processes from taking the same step.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let lock = folder::open_private(Path::new(&name)).map_err(|source| backend("migrate", source))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(TableError::Conflict.into()),
        Err(TryLockError::Error(source)) => return Err(backend("migrate", source).into()),
    }
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    match MIGRATIONS.to_latest(connection) {
        Ok(()) => Ok(()),
        Err(rusqlite_migration::Error::RusqliteError { err, .. }) => Err(err.into()),
        Err(other) => Err(backend("migrate", other).into()),
    }
}

pub(crate) fn describe(operation: &'static str, path: &Path, failure: Failure) -> TableError {
    let error = match failure {
        Failure::Table(error) => return error,
        Failure::Sqlite(error) => error,
    };
    let what = path.display().to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => TableError::Conflict,
        Some(ErrorCode::DiskFull) => TableError::StoreFull { source: Box::new(error) },
        _ if has_no_room_for_index(&error) => TableError::StoreFull { source: Box::new(error) },
        Some(ErrorCode::NotADatabase) => TableError::NotAStore { what },
        Some(ErrorCode::DatabaseCorrupt) => TableError::Corrupt { what, source: Box::new(error) },
        None if is_unreadable(&error) => TableError::Corrupt { what, source: Box::new(error) },
        // A commit that could not be synced may still be found after the next start.
        Some(ErrorCode::SystemIoFailure) => TableError::Unavailable { operation, source: Box::new(error) },
        _ => backend(operation, error),
    }
}

/// Whether the index beside the WAL could not be made as large as it must be: a full disk, met while opening.
fn has_no_room_for_index(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// Whether a row is none that we write.
fn is_unreadable(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

fn backend(operation: &'static str, source: impl StdError + Send + Sync + 'static) -> TableError {
    TableError::Backend { operation, source: Box::new(source) }
}
