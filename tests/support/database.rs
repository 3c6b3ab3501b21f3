//! A database of its own for every test, on SQLite and on PostgreSQL.

use std::{path::Path, time::Duration};

use sekisho::{
    domain::delivery::DeliveryPhase,
    store::{Inspection, Location, deliveries},
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database that goes away with the test.
#[derive(Debug)]
pub struct TestDatabase {
    pub url: String,
    folder: TempDir,
    dropping: Option<(String, String)>,
}

impl TestDatabase {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self.file() {
            Some(_) => Kind::Sqlite,
            None => Kind::Postgres,
        }
    }

    /// Makes one; `None` when there is no PostgreSQL, which scripts/test always provides.
    pub async fn make(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Sqlite => {
                let folder = TempDir::new().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("sekisho.db").display());
                Some(Self {
                    url,
                    folder,
                    dropping: None,
                })
            }
            Kind::Postgres => {
                let Ok(server) = std::env::var("SEKISHO_TEST_POSTGRES") else {
                    eprintln!("SEKISHO_TEST_POSTGRES is not set: the PostgreSQL case is left out");
                    return None;
                };
                Some(Self::on_server(server).await)
            }
        }
    }

    /// A file in a folder that somebody else removes.
    pub fn in_folder(path: &Path) -> Self {
        Self {
            url: format!("sqlite:{}", path.join("sekisho.db").display()),
            folder: TempDir::new().expect("a temporary folder"),
            dropping: None,
        }
    }

    /// The folder that goes away with it; on SQLite the database is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Empties a PostgreSQL database, as after the loss of a server.
    #[expect(
        clippy::disallowed_methods,
        reason = "a database's own name cannot be bound, and is ours"
    )]
    pub async fn make_anew(&self) {
        let (server, name) = self.dropping.as_ref().expect("a database on a server");
        let mut admin = PgConnection::connect(server).await.expect("the test server");
        for statement in [
            format!("DROP DATABASE {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ] {
            admin
                .execute(sqlx::AssertSqlSafe(statement))
                .await
                .expect("an empty database");
        }
    }

    /// Waits until so many deliveries are in a phase, while another process has the database.
    pub async fn wait_for(&self, phase: DeliveryPhase, wanted: i64) {
        let inspection = Inspection::open(&self.location()).await.expect("the database");
        let mut counts = Vec::new();
        for _ in 0..600 {
            let mut reader = inspection.read().await.expect("a reader");
            counts = deliveries::count_by_state(&mut reader).await.expect("counts");
            if counts.contains(&(phase, wanted)) {
                return;
            }
            drop(reader);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{wanted} are not {phase}: {counts:?}");
    }

    /// A database of its own on a server.
    #[expect(
        clippy::disallowed_methods,
        reason = "a database's own name cannot be bound, and is ours"
    )]
    pub async fn on_server(server: String) -> Self {
        let name = format!("sekisho_test_{}", Uuid::from_bytes(rand::random()).simple());
        let mut admin = PgConnection::connect(&server).await.expect("the test server");
        let create = format!("CREATE DATABASE {name}");
        admin
            .execute(sqlx::AssertSqlSafe(create))
            .await
            .expect("a database of its own");
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Self {
            url: format!("{base}/{name}"),
            folder: TempDir::new().expect("a temporary folder"),
            dropping: Some((server, name)),
        }
    }

    /// Where it is.
    pub fn location(&self) -> Location {
        self.url.parse().expect("a location")
    }
}

impl Drop for TestDatabase {
    #[expect(
        clippy::disallowed_methods,
        reason = "a database's own name cannot be bound, and is ours"
    )]
    fn drop(&mut self) {
        let Some((server, name)) = self.dropping.take() else {
            return;
        };
        // Best effort: the throw-away server goes away as a whole.
        let dropping = async move {
            if let Ok(mut admin) = PgConnection::connect(&server).await {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                let _ = admin.execute(sqlx::AssertSqlSafe(drop)).await;
            }
        };
        let _ = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map(|runtime| runtime.block_on(dropping))
        })
        .join();
    }
}
