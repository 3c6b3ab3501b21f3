//! A database of its own for every run.

use std::{env, fmt, path::Path, sync::Arc};

use anyhow::Context as _;
use sekisho::{
    clock::{Ids, SystemClock},
    store::Location,
};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use url::Url;

/// Where the PostgreSQL server is, if there is one.
const SERVER: &str = "SEKISHO_BENCH_POSTGRES";

/// Which database a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// SQLite, and PostgreSQL when a server is named.
    pub fn available() -> Vec<Self> {
        let mut kinds = vec![Self::Sqlite];
        kinds.extend(env::var_os(SERVER).map(|_| Self::Postgres));
        kinds
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A database that goes away after the run.
#[derive(Debug)]
pub struct Database {
    url: String,
    _folder: TempDir,
    on_server: Option<(String, String)>,
}

impl Database {
    /// Makes an empty one.
    pub async fn make(kind: Kind) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("sekisho-bench-")?;
        if kind == Kind::Sqlite {
            let url = format!("sqlite:{}", folder.path().join("sekisho.db").display());
            return Ok(Self {
                url,
                _folder: folder,
                on_server: None,
            });
        }
        let server = env::var(SERVER).context(SERVER)?;
        let (name, url) = named(&server)?;
        command(&server, format!("CREATE DATABASE {name}")).await?;
        Ok(Self {
            url,
            _folder: folder,
            on_server: Some((server, name)),
        })
    }

    /// Where it is.
    pub fn location(&self) -> anyhow::Result<Location> {
        Ok(self.url.parse()?)
    }

    /// The same as text.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file, of a SQLite database.
    pub fn file(&self) -> Option<&Path> {
        self.url.strip_prefix("sqlite:").map(Path::new)
    }

    /// Another one with the same content; nobody may have this one open.
    pub async fn copy(&self) -> anyhow::Result<Self> {
        let Some((server, name)) = &self.on_server else {
            let copy = Self::make(Kind::Sqlite).await?;
            let (from, to) = self.file().zip(copy.file()).context("a file")?;
            // What is still in its log is not in the file.
            on_sqlite(&self.url, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
            std::fs::copy(from, to)?;
            return Ok(copy);
        };
        let folder = TempDir::with_prefix("sekisho-bench-")?;
        let (copy, url) = named(server)?;
        command(server, format!("CREATE DATABASE {copy} TEMPLATE {name}")).await?;
        Ok(Self {
            url,
            _folder: folder,
            on_server: Some((server.clone(), copy)),
        })
    }

    /// Runs statements that no use case has, past all of them.
    pub async fn command(&self, text: &str) -> anyhow::Result<()> {
        match self.on_server {
            Some(_) => command(&self.url, text.to_owned()).await,
            None => on_sqlite(&self.url, text).await,
        }
    }

    /// Takes it away.
    pub async fn remove(self) -> anyhow::Result<()> {
        if let Some((server, name)) = self.on_server {
            command(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

/// A name that no database has, and where that would be.
fn named(server: &str) -> anyhow::Result<(String, String)> {
    let id = Ids::new(Arc::new(SystemClock)).next().simple();
    let name = format!("sekisho_bench_{id}");
    let mut url = Url::parse(server).context(SERVER)?;
    url.set_path(&name);
    Ok((name, url.into()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "statements of the measurements, without values of others"
)]
async fn on_sqlite(url: &str, text: &str) -> anyhow::Result<()> {
    let mut connection = SqliteConnection::connect(url).await?;
    connection.execute(sqlx::AssertSqlSafe(text.to_owned())).await?;
    Ok(connection.close().await?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the name of a database cannot be bound, and this one is made of hexadecimal digits"
)]
async fn command(server: &str, text: String) -> anyhow::Result<()> {
    let mut admin = PgConnection::connect(server).await.context(SERVER)?;
    admin.execute(sqlx::AssertSqlSafe(text)).await?;
    Ok(admin.close().await?)
}
