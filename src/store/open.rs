//! Opening either database.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Urgency,
    error::StoreError,
    hints::Hints,
    histories::Beside,
    migrate,
    server::Latest,
    tx::Connection,
    writer::{self, Job},
};

/// How long the server waits for a node in the middle of a transaction: a node that stands still must not keep
/// its locks, or nobody could end its leases. No transaction waits for anything but the database.
const IDLE_IN_TRANSACTION: &str = "5s";

/// Where the data are. A PostgreSQL URL may carry a password, hence the secret.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(SecretString),
}

impl FromStr for Location {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Sqlite(path.into()));
            }
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned().into()));
        }
        // Never the text itself: it may hold a password.
        let scheme = text.split(':').next().unwrap_or_default().to_owned();
        Err(StoreError::Location(scheme))
    }
}

#[derive(Debug)]
pub(super) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) readers: SqlitePool,
    pub(super) writer: mpsc::Sender<Job>,
    pub(super) beside: Beside,
    /// Holds the lock on the file until its queue is empty: a second process refuses to start before that.
    writing: writer::Thread,
    closing: CancellationToken,
}

#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    /// Connections that emergencies share with nobody.
    urgent: PgPool,
    hints: Hints,
    /// Asked with each new connection: only a new one can lead to another server.
    pub(super) latest: Latest,
}

impl Database {
    pub(super) async fn open(location: &Location, wake: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => Sqlite::open(path, wake).await.map(Self::Sqlite),
            Location::Postgres(url) => Postgres::open(url, wake).await.map(Self::Postgres),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.closing.cancel();
                sqlite.readers.close().await;
                sqlite.writing.ended().await;
            }
            Self::Postgres(postgres) => {
                postgres.urgent.close().await;
                postgres.pool.close().await;
            }
        }
    }
}

/// After how long an idle connection to PostgreSQL is asked whether it still lives before it is used.
const UNASKED: Duration = Duration::from_millis(100);

/// How many connections a node opens to PostgreSQL, and how many more for emergencies alone.
const CONNECTIONS: u32 = 16;
const URGENT_CONNECTIONS: u32 = 8;

/// Takes a SQLite file for this process alone, as long as the answer lives.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let lock =
        File::create(beside(path, ".lock")).map_err(|why| StoreError::Unreachable(Arc::new(why.into())))?;
    lock.try_lock().map_err(|why| match why {
        TryLockError::WouldBlock => StoreError::Locked(path.display().to_string()),
        TryLockError::Error(why) => StoreError::Unreachable(Arc::new(why.into())),
    })?;
    Ok(lock)
}

/// A file that lies beside another one and has its name with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Sqlite {
    async fn open(path: &PathBuf, wake: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With NORMAL a committed intent can vanish on power loss, and a vanished intent is a double post.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // SQLite's own checkpoints swallow a failed fsync; the writer's do not.
            .pragma("wal_autocheckpoint", "0")
            // More than the rows of any batch: the thread of the connection never waits for whoever reads them.
            .row_buffer_size(512)
            .busy_timeout(Duration::from_secs(5));
        let unreachable = |why| StoreError::Unreachable(Arc::new(why));
        let writing_pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(unreachable)?;
        migrate::sqlite(&writing_pool).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            // No network lies between, and nobody else closes them.
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await
            .map_err(unreachable)?;
        let (writer, queue) = mpsc::channel(writer::QUEUE);
        let closing = CancellationToken::new();
        let run = writer::run(writing_pool, queue, wake, closing.clone(), lock);
        let writing = writer::Thread::start(run).map_err(|why| unreachable(why.into()))?;
        Ok(Self {
            readers,
            writer,
            beside: Beside::of(path),
            writing,
            closing,
        })
    }
}

/// How a PostgreSQL server is reached.
pub(super) fn postgres_options(url: &SecretString) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url.expose_secret());
    let options = options.map_err(|_| StoreError::Location("postgres".to_owned()))?;
    Ok(options.application_name("sekisho"))
}

/// A pool whose connections ask the server for its history first.
fn asking(latest: &Latest) -> PgPoolOptions {
    let latest = latest.clone();
    PgPoolOptions::new()
        .acquire_timeout(Duration::from_secs(5))
        // One that was just given back was just asked.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > UNASKED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            let latest = latest.clone();
            Box::pin(async move { latest.ask(connection).await })
        })
}

impl Postgres {
    async fn open(url: &SecretString, wake: Arc<watch::Sender<u64>>) -> Result<Self, StoreError> {
        let unreachable = |why| StoreError::Unreachable(Arc::new(why));
        let options =
            postgres_options(url)?.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
        let latest = Latest::default();
        let pool = asking(&latest)
            .max_connections(CONNECTIONS)
            .connect_with(options.clone())
            .await
            .map_err(unreachable)?;
        migrate::postgres(&pool).await?;
        let urgent = asking(&latest)
            .max_connections(URGENT_CONNECTIONS)
            .connect_lazy_with(options);
        Ok(Self {
            hints: Hints::start(&pool, wake).await,
            pool,
            urgent,
            latest,
        })
    }

    pub(super) fn hint(&self) {
        self.hints.give();
    }

    const fn pool(&self, urgency: Urgency) -> &PgPool {
        match urgency {
            Urgency::Usual => &self.pool,
            Urgency::First => &self.urgent,
        }
    }

    pub(super) async fn begin(&self, urgency: Urgency) -> Result<Connection, StoreError> {
        let tx = self
            .pool(urgency)
            .begin()
            .await
            .map_err(|why| StoreError::Unreachable(Arc::new(why)))?;
        Ok(Connection::Postgres(tx))
    }

    pub(super) async fn snapshot(&self, urgency: Urgency) -> Result<Connection, StoreError> {
        let tx = self
            .pool(urgency)
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .await
            .map_err(|why| StoreError::Unreachable(Arc::new(why)))?;
        Ok(Connection::Postgres(tx))
    }
}
