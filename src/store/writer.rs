//! SQLite has one writer: a task that runs queued use cases in batches, one COMMIT for each batch.

use futures::future::BoxFuture;
use sqlx::SqlitePool;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

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

/// What became of a use case inside its savepoint.
struct Ran {
    keep: Keep,
    answer: Answer,
}

enum Keep {
    Yes,
    No,
}

/// A queued use case.
pub(super) type Job = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, RanJob> + Send>;

/// Opaque outside this file.
pub(super) struct RanJob(Ran);

/// Queues a use case and waits for its COMMIT.
pub(super) async fn enqueue<T, E, F>(queue: &mpsc::Sender<Job>, work: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(move |tx| {
        Box::pin(async move {
            let result = work(tx).await;
            let keep = if result.is_ok() { Keep::Yes } else { Keep::No };
            let answer: Answer = Box::new(move |commit| {
                let result = match commit {
                    Ok(()) => result,
                    Err(why) => result.and_then(|_| Err(why.into())),
                };
                // The caller may have gone away; what was committed stays committed.
                let _ = reply.send(result);
            });
            RanJob(Ran { keep, answer })
        })
    });
    queue.send(job).await.map_err(|_| E::from(StoreError::Closed))?;
    answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
}

/// The writer task; ends when the queue is closed and empty.
pub(super) async fn run(pool: SqlitePool, mut queue: mpsc::Receiver<Job>, wake: Arc<Notify>) {
    let mut jobs = Vec::with_capacity(LARGEST_BATCH);
    while queue.recv_many(&mut jobs, LARGEST_BATCH).await > 0 {
        let mut answers = Vec::with_capacity(jobs.len());
        let result = run_batch(&pool, jobs.drain(..), &mut answers).await;
        if matches!(result, Ok(Wake::Yes)) {
            wake.notify_one();
        }
        let fate = result.map(|_| ());
        for answer in answers {
            answer(fate.clone());
        }
    }
}

async fn run_batch(
    pool: &SqlitePool,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<Wake, StoreError> {
    let connection = pool
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(|why| StoreError::Unreachable(Arc::new(why)))?;
    let mut tx = Tx::new(Connection::Sqlite(connection));
    for job in jobs {
        tx.command("SAVEPOINT use_case").await?;
        let RanJob(ran) = job(&mut tx).await;
        answers.push(ran.answer);
        if let Keep::No = ran.keep {
            tx.command("ROLLBACK TO use_case").await?;
        }
        tx.command("RELEASE use_case").await?;
    }
    let wake = tx.wants_wake();
    tx.commit().await?;
    Ok(wake)
}
