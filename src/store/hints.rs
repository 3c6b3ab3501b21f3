//! Hints between nodes that something may be due: `NOTIFY` and `LISTEN` on PostgreSQL. A hint that is lost costs
//! a poll and nothing else, so none is part of a transaction, and a server without them serves as well.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;

/// Hints leave no closer together than this: each takes a lock of the whole server at its COMMIT.
const APART: Duration = Duration::from_millis(5);

/// The pause after a server refused or lost us.
const PAUSE: Duration = Duration::from_secs(5);

/// Sends and hears hints as long as it lives.
#[derive(Debug)]
pub(super) struct Hints {
    ask: Arc<Notify>,
    _telling: AbortOnDropHandle<()>,
    _hearing: AbortOnDropHandle<()>,
}

impl Hints {
    /// Hears from now on what others say, if the server lets us.
    pub(super) async fn start(pool: &PgPool, wake: Arc<watch::Sender<u64>>) -> Self {
        let ask = Arc::new(Notify::new());
        let first = listening(pool).await;
        Self {
            _telling: AbortOnDropHandle::new(tokio::spawn(tell(pool.clone(), Arc::clone(&ask)))),
            _hearing: AbortOnDropHandle::new(tokio::spawn(hear(pool.clone(), first, wake))),
            ask,
        }
    }

    /// Hints to the other nodes, soon: many in a row become one.
    pub(super) fn give(&self) {
        self.ask.notify_one();
    }
}

async fn tell(pool: PgPool, ask: Arc<Notify>) {
    loop {
        ask.notified().await;
        if let Err(why) = sqlx::query("NOTIFY sekisho_due").execute(&pool).await {
            tracing::debug!(%why, "a hint to the other nodes was not sent: they find out by polling");
            tokio::time::sleep(PAUSE).await;
        }
        tokio::time::sleep(APART).await;
    }
}

async fn hear(pool: PgPool, first: Result<PgListener, sqlx::Error>, wake: Arc<watch::Sender<u64>>) {
    let mut listener = first;
    loop {
        let ended = match listener {
            Ok(listener) => listen(listener, &wake).await,
            Err(why) => why,
        };
        if pool.is_closed() {
            return;
        }
        tracing::info!(why = %ended, "hints of other nodes are not heard: their work is found by polling");
        tokio::time::sleep(PAUSE).await;
        listener = listening(&pool).await;
    }
}

async fn listening(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("sekisho_due").await?;
    Ok(listener)
}

/// Hears until the connection is lost for good.
async fn listen(mut listener: PgListener, wake: &watch::Sender<u64>) -> sqlx::Error {
    loop {
        // `None`: the connection was lost and made again, and what was said meanwhile is not known.
        if let Err(why) = listener.try_recv().await {
            return why;
        }
        wake.send_modify(|wakes| *wakes += 1);
    }
}
