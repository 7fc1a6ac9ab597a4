//! What the use cases work on when all of it is on one machine.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{
    Blobs, Channels, Clock, Credentials, Ids, Queue, QueueName, Schedules, Table, Work,
};
use portdelta_app::schedule::TableSchedules;
use portdelta_app::{App, AppError, Service, TableCredentials, WorkMessage};
use portdelta_core::causes::told;
use portdelta_embedded::{Database, DatabaseOptions, FolderBlobs, SqliteQueue, SqliteTable};

use crate::ServeError;
use crate::data_folder::DataFolder;

/// The state file of a data folder; the one that `portdelta scan` uses.
const STATE_FILE: &str = "state.sqlite";

/// The folder of results in a data folder.
const BLOBS: &str = "blobs";

/// Committed batches that one step passes on.
const PASSED_ON: usize = 200;

/// Expired items that one step removes.
const PURGED: NonZeroU32 = NonZeroU32::new(2_000).expect("not zero");

/// What a server takes from outside.
pub struct Parts {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// The makers of channels.
    pub channels: Arc<dyn Channels>,
    /// Puts something around the stores; for tests in which they fail.
    pub around: fn(Stores) -> Stores,
}

/// The stores of a server.
pub struct Stores {
    /// Items.
    pub table: Arc<dyn Table>,
    /// Results.
    pub blobs: Arc<dyn Blobs>,
    /// Messages.
    pub queue: Arc<dyn Queue>,
}

/// The use cases on the stores of a data folder.
pub(crate) struct Embedded {
    service: Arc<Service>,
    /// Beside what is put around it: what of it no port has.
    table: Arc<SqliteTable>,
    schedules: Arc<TableSchedules>,
}

impl Embedded {
    /// Opens the stores; blocks.
    pub(crate) fn open(folder: &DataFolder, parts: Parts) -> Result<Self, ServeError> {
        let Parts { clock, ids, channels, around } = parts;
        let path = || folder.path().to_owned();
        let database = Database::open(&folder.file(STATE_FILE), &DatabaseOptions::default())
            .map_err(|source| ServeError::State { folder: path(), source })?;
        let database = Arc::new(database);
        let blobs = FolderBlobs::open(&folder.file(BLOBS))
            .map_err(|source| ServeError::Results { folder: path(), source })?;
        let sqlite = Arc::new(SqliteTable::new(Arc::clone(&database), Arc::clone(&clock)));
        let Stores { table, blobs, queue } = around(Stores {
            table: Arc::clone(&sqlite) as Arc<dyn Table>,
            blobs: Arc::new(blobs),
            queue: Arc::new(SqliteQueue::new(database, Arc::clone(&clock))),
        });
        let schedules = Arc::new(TableSchedules::new(Arc::clone(&table), Arc::clone(&clock)));
        let credentials: Arc<dyn Credentials> =
            Arc::new(TableCredentials::new(Arc::clone(&table), Arc::clone(&clock)));
        let app = App::new(table, blobs, clock, ids);
        let told: Arc<dyn Schedules> = Arc::clone(&schedules) as Arc<dyn Schedules>;
        let service = Arc::new(Service::new(app, queue, told, channels, credentials));
        Ok(Self { service, table: sqlite, schedules })
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Makes the queues of the server itself.
    pub(crate) async fn prepare(&self) -> Result<(), AppError> {
        for work in Work::ALL {
            let name = QueueName::Work(work);
            let made = self.service.queue().create(&name).await;
            made.map_err(|source| AppError::Queue { operation: format!("make queue {name}"), source })?;
        }
        Ok(())
    }

    /// Fires what is due.
    pub(crate) async fn fire_schedules(&self) -> Result<(), AppError> {
        for due in self.schedules.due().await? {
            // In this order: after a crash in between it is fired again, which begins no second run.
            self.service.fire_schedule(&due).await?;
            self.schedules.fired(&due).await?;
        }
        Ok(())
    }

    /// Passes committed changes on to those who tell of them; how many.
    pub(crate) async fn pass_on(&self) -> Result<usize, AppError> {
        let failed = |source| AppError::Table { operation: "pass committed changes on".to_owned(), source };
        let pending = self.table.pending_outbox(PASSED_ON).await.map_err(failed)?;
        for key in &pending {
            let message = WorkMessage::batch(key);
            let sent = self.service.queue().send(&message.queue(), vec![message.outgoing()]).await;
            sent.map_err(|source| AppError::Queue {
                operation: "pass committed changes on".to_owned(),
                source,
            })?;
            self.table.clear_outbox(key).await.map_err(failed)?;
        }
        Ok(pending.len())
    }

    /// Waits until something may have been committed.
    pub(crate) async fn await_changes(&self, patience: Duration) {
        self.table.await_outbox(patience).await;
    }

    /// Goes over what may stand still; what failed is logged, and tried again by the next sweep.
    pub(crate) async fn sweep(&self) -> Result<(), AppError> {
        let app = self.service.app();
        let report = self.service.sweep(app.now()).await;
        for run in &report.overdue {
            tracing::warn!(%run, "run {run} did not end in time");
        }
        for error in &report.failures {
            let error = told(error);
            tracing::error!(error, "a sweep could not do everything");
        }
        app.sweep_alerts().await?;
        let failed = |source| AppError::Table { operation: "remove expired items".to_owned(), source };
        self.table.purge_expired(PURGED).await.map_err(failed)?;
        Ok(())
    }
}
