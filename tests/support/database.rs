//! A database of its own for every test, on SQLite and on PostgreSQL.

use std::path::Path;

use sekisho::store::Location;
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
    _folder: TempDir,
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
                    _folder: folder,
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
            _folder: TempDir::new().expect("a temporary folder"),
            dropping: None,
        }
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
            _folder: TempDir::new().expect("a temporary folder"),
            dropping: Some((server, name)),
        }
    }

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
