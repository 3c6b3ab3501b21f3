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

/// The writer task. Ends when the queue is closed and empty, and only then gives the database up.
pub(super) async fn run(
    pool: SqlitePool,
    mut queue: mpsc::Receiver<Job>,
    wake: Arc<watch::Sender<u64>>,
    closing: CancellationToken,
    lock: File,
) {
    let mut jobs = Vec::with_capacity(LARGEST_BATCH);
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
            if why.is_failed_sync() {
                // Nothing in memory is to be believed any more: the next start reads what the disk has kept.
                tracing::error!(%why, "the disk has failed: the process ends here");
                std::process::abort();
            }
            for job in waiting {
                job.refuse(why.clone());
            }
            // Whatever state the transaction is in (a full disk ends it, for one), the next batch begins
            // on a fresh connection.
            if let Ok(connection) = pool.acquire().await {
                let _ = connection.close().await;
            }
        }
        if matches!(result, Ok(Wake::Yes)) {
            wake.send_modify(|wakes| *wakes += 1);
        }
        let fate = result.map(|_| ());
        for answer in answers {
            answer(fate.clone());
        }
    }
    pool.close().await;
    drop(lock);
}

async fn run_batch(
    pool: &SqlitePool,
    jobs: &mut impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<Wake, StoreError> {
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
    let wake = tx.wants_wake();
    tx.commit().await?;
    Ok(wake)
}
