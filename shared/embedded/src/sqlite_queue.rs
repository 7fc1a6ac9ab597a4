//! The queue port over SQLite.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use portdelta_app::ports::queue::{DeadLetter, QueueDepth};
use portdelta_app::ports::{Clock, Delivery, Outgoing, Queue, QueueError, QueueName, Receipt, TableError};
use portdelta_core::UnixTime;
use rusqlite::{Connection, Row, Transaction, params};
use tokio::sync::Notify;

use crate::database::{Database, Failure};

/// How often a receiver that waits looks for what other processes have sent, and for delays and leases that have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Queues as rows of the database's file.
///
/// A message is dead when its last lease has ended without an acknowledgement: no step of its own makes it so.
pub struct SqliteQueue {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
}

/// Wakes those of this process who wait for a queue.
#[derive(Default)]
pub(crate) struct Arrivals(Mutex<HashMap<String, Arc<Notify>>>);

impl Arrivals {
    fn of(&self, queue: &str) -> Arc<Notify> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(queue.to_owned()).or_default())
    }
}

impl SqliteQueue {
    /// The queues in a database; delays and leases end by `clock`.
    #[must_use]
    pub fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// Runs `work` in a transaction where there is such a queue.
    async fn change<T: Send + 'static>(
        &self,
        operation: &'static str,
        queue: &QueueName,
        work: impl FnOnce(&Transaction<'_>, &str) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, QueueError> {
        let name = queue.to_string();
        let done = self.database.write(operation, move |transaction| {
            if exists(transaction, &name)? { work(transaction, &name).map(Some) } else { Ok(None) }
        });
        done.await.map_err(|source| failed(operation, source))?.ok_or_else(|| no_queue(queue))
    }

    /// Runs `work`, which only reads, where there is such a queue.
    async fn look<T: Send + 'static>(
        &self,
        operation: &'static str,
        queue: &QueueName,
        work: impl FnOnce(&Connection, &str) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, QueueError> {
        let name = queue.to_string();
        let done = self.database.read(operation, move |connection| {
            if exists(connection, &name)? { work(connection, &name).map(Some) } else { Ok(None) }
        });
        done.await.map_err(|source| failed(operation, source))?.ok_or_else(|| no_queue(queue))
    }

    async fn take(
        &self,
        queue: &QueueName,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let now = self.clock.now();
        // Looking does not wait for writers, and most looks find nothing.
        let any = self.look("receive", queue, move |connection, name| {
            let mut some = connection.prepare_cached(
                "SELECT 1 FROM messages WHERE queue = ?1 AND deliveries < 5 AND visible <= ?2 LIMIT 1",
            )?;
            Ok(some.exists(params![name, now.seconds()])?)
        });
        if !any.await? {
            return Ok(Vec::new());
        }
        self.change("receive", queue, move |transaction, name| {
            let mut statement = transaction.prepare_cached(
                "UPDATE messages
                 SET deliveries = deliveries + 1, visible = ?1, holder = lower(hex(randomblob(16)))
                 WHERE id IN (
                     SELECT id FROM messages WHERE queue = ?2 AND deliveries < 5 AND visible <= ?3
                     ORDER BY visible, id LIMIT ?4
                 )
                 RETURNING id, holder, body, deliveries, sent",
            )?;
            let limit = i64::try_from(max).unwrap_or(i64::MAX);
            let values = params![now.after(lease).seconds(), name, now.seconds(), limit];
            let found = statement.query_map(values, delivery)?.collect::<Result<Vec<_>, _>>()?;
            Ok(found)
        })
        .await
    }
}

fn exists(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM queues WHERE name = ?1")?.exists([name])
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let (id, holder): (i64, String) = (row.get(0)?, row.get(1)?);
    Ok(Delivery {
        receipt: Receipt(format!("{id}-{holder}")),
        body: row.get(2)?,
        deliveries: row.get(3)?,
        sent: UnixTime::EPOCH.shifted(row.get(4)?),
    })
}

/// The row and holder that a receipt names; `None` where it can't be one of ours.
fn read(receipt: &Receipt) -> Option<(i64, String)> {
    let (id, holder) = receipt.0.split_once('-')?;
    Some((id.parse().ok()?, holder.to_owned()))
}

fn no_queue(queue: &QueueName) -> QueueError {
    QueueError::NoQueue { queue: queue.to_string() }
}

fn failed(operation: &'static str, error: TableError) -> QueueError {
    let source = Box::new(error);
    match *source {
        TableError::Conflict | TableError::StoreFull { .. } | TableError::Unavailable { .. } => {
            QueueError::Unavailable { operation, source }
        }
        _ => QueueError::Backend { operation, source },
    }
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn create(&self, queue: &QueueName) -> Result<(), QueueError> {
        let name = queue.to_string();
        let made = self.database.write("create a queue", move |transaction| {
            let mut make = transaction.prepare_cached("INSERT OR IGNORE INTO queues (name) VALUES (?1)")?;
            make.execute([&name])?;
            Ok(())
        });
        made.await.map_err(|source| failed("create a queue", source))
    }

    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError> {
        let name = queue.to_string();
        let removed = self.database.write("remove a queue", move |transaction| {
            transaction.execute("DELETE FROM messages WHERE queue = ?1", [&name])?;
            transaction.execute("DELETE FROM queues WHERE name = ?1", [&name])?;
            Ok(())
        });
        removed.await.map_err(|source| failed("remove a queue", source))
    }

    async fn send(&self, queue: &QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        messages.iter().try_for_each(Outgoing::check)?;
        let now = self.clock.now();
        self.change("send", queue, move |transaction, name| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO messages (queue, body, sent, visible, deliveries) VALUES (?1, ?2, ?3, ?4, 0)",
            )?;
            for message in &messages {
                let visible = now.after(message.delay);
                insert.execute(params![name, message.body, now.seconds(), visible.seconds()])?;
            }
            Ok(())
        })
        .await?;
        self.database.arrivals().of(&queue.to_string()).notify_waiters();
        Ok(())
    }

    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        QueueError::check_receive(max, wait, lease)?;
        let begin = Instant::now();
        let arrivals = self.database.arrivals().of(&queue.to_string());
        loop {
            let mut arrival = std::pin::pin!(arrivals.notified());
            // Before looking, or what is sent in between would be missed.
            arrival.as_mut().enable();
            let found = self.take(queue, max, lease).await?;
            let left = wait.saturating_sub(begin.elapsed());
            if !found.is_empty() || left.is_zero() {
                return Ok(found);
            }
            // Whether it is woken or the time is over, it looks again.
            tokio::time::timeout(left.min(POLL_INTERVAL), arrival).await.ok();
        }
    }

    async fn extend(&self, queue: &QueueName, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        QueueError::check_lease(lease)?;
        let now = self.clock.now();
        let held = read(receipt);
        let changed = self.change("extend a lease", queue, move |transaction, name| {
            let Some((id, holder)) = held else { return Ok(0) };
            let mut update = transaction.prepare_cached(
                "UPDATE messages SET visible = ?1, holder = CASE WHEN ?2 THEN NULL ELSE holder END
                 WHERE id = ?3 AND holder = ?4 AND queue = ?5 AND visible > ?6",
            )?;
            let until = now.after(lease).seconds();
            Ok(update.execute(params![until, lease.is_zero(), id, holder, name, now.seconds()])?)
        });
        if changed.await? == 0 {
            return Err(QueueError::LeaseLost);
        }
        if lease.is_zero() {
            self.database.arrivals().of(&queue.to_string()).notify_waiters();
        }
        Ok(())
    }

    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let held = read(receipt);
        self.change("acknowledge", queue, move |transaction, name| {
            let Some((id, holder)) = held else { return Ok(()) };
            transaction
                .prepare_cached("DELETE FROM messages WHERE id = ?1 AND holder = ?2 AND queue = ?3")?
                .execute(params![id, holder, name])?;
            Ok(())
        })
        .await
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError> {
        let now = self.clock.now().seconds();
        self.look("count messages", queue, move |connection, name| {
            let mut count = connection.prepare_cached(
                "SELECT count(*),
                     count(*) FILTER (WHERE visible > ?2 AND holder IS NOT NULL),
                     count(*) FILTER (WHERE visible <= ?2 AND deliveries >= 5)
                 FROM messages WHERE queue = ?1",
            )?;
            let counts: [u32; 3] =
                count.query_row(params![name, now], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
            let [all, leased, dead] = counts.map(u64::from);
            Ok(QueueDepth { waiting: all - leased - dead, leased, dead })
        })
        .await
    }

    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let now = self.clock.now().seconds();
        self.look("list dead letters", queue, move |connection, name| {
            let mut list = connection.prepare_cached(
                "SELECT body, sent FROM messages WHERE queue = ?1 AND deliveries >= 5 AND visible <= ?2
                 ORDER BY sent, id LIMIT ?3",
            )?;
            let limit = i64::try_from(max).unwrap_or(i64::MAX);
            let letters = list.query_map(params![name, now, limit], |row| {
                Ok(DeadLetter { body: row.get(0)?, sent: UnixTime::EPOCH.shifted(row.get(1)?) })
            })?;
            Ok(letters.collect::<Result<Vec<_>, _>>()?)
        })
        .await
    }

    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let now = self.clock.now().seconds();
        let redriven = self.change("redrive dead letters", queue, move |transaction, name| {
            let mut update = transaction.prepare_cached(
                "UPDATE messages SET deliveries = 0, holder = NULL
                 WHERE queue = ?1 AND deliveries >= 5 AND visible <= ?2",
            )?;
            Ok(update.execute(params![name, now])?)
        });
        let redriven = redriven.await?;
        self.database.arrivals().of(&queue.to_string()).notify_waiters();
        Ok(redriven as u64)
    }
}

#[cfg(test)]
mod tests {
    use portdelta_app::ports::queue::MAX_DELIVERIES;

    #[test]
    fn statements_and_index_know_the_number_of_deliveries() {
        // The partial index of the file's format has it as a literal, and SQLite uses the index for the same literal.
        assert_eq!(MAX_DELIVERIES, 5);
    }
}
