//! SQLite has one writer: a task that runs queued use cases in batches, one COMMIT for each batch.

use std::{fs::File, sync::Arc};

use futures::future::BoxFuture;
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    error::StoreError,
    tx::{Connection, Tx, Wake},
};

/// How many use cases share a COMMIT at most; a batch never waits to fill up.
const LARGEST_BATCH: usize = 64;

/// How many use cases may queue before callers wait.
pub(super) const QUEUE: usize = 1024;

/// Tells the caller, once the fate of the batch is known.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What became of a use case inside its savepoint. Opaque outside this file.
pub(super) struct Ran {
    keep: Keep,
    answer: Answer,
}

enum Keep {
    Yes,
    No,
}

/// A queued use case.
pub(super) type Job = Box<dyn UseCase>;

pub(super) trait UseCase: Send {
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Ran>;

    /// Answers without having run: there is no transaction to run in.
    fn refuse(self: Box<Self>, why: StoreError);
}

struct Queued<T, E, F> {
    work: F,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> UseCase for Queued<T, E, F>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Ran> {
        Box::pin(async move {
            let Self { work, reply } = *self;
            let result = tx.run(work).await;
            let keep = if result.is_ok() { Keep::Yes } else { Keep::No };
            let answer: Answer = Box::new(move |commit| {
                let result = match commit {
                    Ok(()) => result,
                    Err(why) => result.and_then(|_| Err(why.into())),
                };
                // The caller may have gone away; what was committed stays committed.
                let _ = reply.send(result);
            });
            Ran { keep, answer }
        })
    }

    fn refuse(self: Box<Self>, why: StoreError) {
        let _ = self.reply.send(Err(why.into()));
    }
}

/// Queues a use case and waits for its COMMIT.
pub(super) async fn enqueue<T, E, F>(queue: &mpsc::Sender<Job>, work: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(Queued { work, reply });
    queue.send(job).await.map_err(|_| E::from(StoreError::Closed))?;
    answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
}

/// The thread that writes. It is no task among those that serve requests: each of its statements would wait for
/// its turn among them.
#[derive(Debug)]
pub(super) struct Thread {
    ended: watch::Receiver<()>,
}

impl Thread {
    /// Starts the writer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(run: impl Future<Output = ()> + Send + 'static) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let (ends, ended) = watch::channel(());
        std::thread::Builder::new()
            .name("sekisho-writer".to_owned())
            .spawn(move || {
                runtime.block_on(run);
                drop(ends);
            })?;
        Ok(Self { ended })
    }

    /// Returns once it has ended.
    pub(super) async fn ended(&self) {
        // Nothing is ever sent: the only change is that the sender is gone.
        let _ = self.ended.clone().changed().await;
    }
}

/// The writer. Ends when the queue is closed and empty, and only then gives the database up.
pub(super) async fn run(
    pool: SqlitePool,
    mut queue: mpsc::Receiver<Job>,
    wake: Arc<watch::Sender<u64>>,
    closing: CancellationToken,
    lock: File,
) {
    let mut jobs = Vec::with_capacity(LARGEST_BATCH);
    let mut checkpoints = Checkpoints::default();
    loop {
        let received = tokio::select! {
            () = closing.cancelled(), if !queue.is_closed() => {
                queue.close();
                continue;
            }
            received = queue.recv_many(&mut jobs, LARGEST_BATCH) => received,
        };
        if received == 0 {
            break;
        }
        let mut answers = Vec::with_capacity(jobs.len());
        let mut waiting = jobs.drain(..);
        let result = run_batch(&pool, &mut waiting, &mut answers).await;
        if let Err(why) = &result {
            end_if_the_disk_failed(why);
            for job in waiting {
                job.refuse(why.clone());
            }
            // Whatever state the transaction is in (a full disk ends it, for one), the next batch begins
            // on a fresh connection.
            if let Ok(connection) = pool.acquire().await {
                let _ = connection.close().await;
            }
        }
        let rows = result.as_ref().map_or(0, |written| written.rows);
        if matches!(&result, Ok(written) if written.wake == Wake::Yes) {
            wake.send_modify(|wakes| *wakes += 1);
        }
        let fate = result.map(|_| ());
        for answer in answers {
            answer(fate.clone());
        }
        checkpoints.after(rows, &pool).await;
    }
    // Closing would make it too, and swallow a failure.
    checkpoints.make(&pool).await;
    pool.close().await;
    drop(lock);
}

/// Nothing in memory is to be believed any more: the next start reads what the disk has kept.
fn end_if_the_disk_failed(why: &StoreError) {
    if why.is_failed_sync() {
        tracing::error!(%why, "the disk has failed: the process ends here");
        std::process::abort();
    }
}

/// When the write-ahead log goes into the database itself: about every [`LOG`] pages.
struct Checkpoints {
    /// How many rows were written since the last one.
    since: u64,
    /// How many may be written before the next one, as the last one tells.
    every: u64,
}

/// How many pages the write-ahead log has at a checkpoint, more or less.
const LOG: u64 = 1000;

impl Default for Checkpoints {
    fn default() -> Self {
        Self { since: 0, every: 512 }
    }
}

impl Checkpoints {
    /// So many rows were written.
    async fn after(&mut self, rows: u64, pool: &SqlitePool) {
        self.since = self.since.saturating_add(rows);
        if self.since >= self.every {
            self.make(pool).await;
        }
    }

    async fn make(&mut self, pool: &SqlitePool) {
        let made: Result<(i64, i64, i64), _> = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)")
            .fetch_one(pool)
            .await;
        match made.map_err(|why| StoreError::statement("wal_checkpoint", why)) {
            Ok((_, pages, _)) => self.every = next_after(self.since, pages),
            Err(why) => {
                // A page of an earlier, partial checkpoint may be lost, and no later one would write it again;
                // the next start begins with the whole log.
                end_if_the_disk_failed(&why);
                tracing::warn!(%why, "no checkpoint: the write-ahead log grows until the next one");
            }
        }
        self.since = 0;
    }
}

/// How many rows fill the log, where so many took so many pages.
fn next_after(rows: u64, pages: i64) -> u64 {
    let pages = u64::try_from(pages).unwrap_or(0).max(1);
    (rows.saturating_mul(LOG) / pages).clamp(64, 16_384)
}

/// What a batch wrote.
struct Written {
    wake: Wake,
    rows: u64,
}

async fn run_batch(
    pool: &SqlitePool,
    jobs: &mut impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<Written, StoreError> {
    let connection = pool
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|why| StoreError::Unreachable(Arc::new(why)))?;
    let mut tx = Tx::new(Connection::Sqlite(connection));
    let mut begin = Some("SAVEPOINT use_case");
    for job in jobs {
        if let Some(command) = begin
            && let Err(why) = tx.command(command).await
        {
            job.refuse(why.clone());
            return Err(why);
        }
        let ran = job.run(&mut tx).await;
        answers.push(ran.answer);
        begin = match ran.keep {
            Keep::Yes => Some("RELEASE use_case; SAVEPOINT use_case"),
            Keep::No => {
                // The savepoint stays: the next use case begins where this one did.
                tx.command("ROLLBACK TO use_case").await?;
                None
            }
        };
    }
    // COMMIT releases the last savepoint.
    let (wake, rows) = (tx.wants_wake(), tx.rows());
    tx.commit().await?;
    Ok(Written { wake, rows })
}

#[cfg(test)]
mod tests {
    use super::next_after;

    #[test]
    fn checkpoints_follow_what_rows_take() {
        assert_eq!(next_after(512, 1000), 512);
        assert_eq!(next_after(512, 4000), 128, "large ones");
        assert_eq!(next_after(512, 500), 1024, "small ones");
        assert_eq!(next_after(512, 1_000_000), 64, "somebody reads for long");
        assert_eq!(next_after(512, 0), 16_384, "nothing was written");
    }
}
