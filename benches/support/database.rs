//! A database of its own for every run.

use std::{env, fmt, sync::Arc};

use anyhow::Context as _;
use sekisho::{
    clock::{Ids, SystemClock},
    store::Location,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
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
        let name = format!(
            "sekisho_bench_{}",
            Ids::new(Arc::new(SystemClock)).next().simple()
        );
        command(&server, format!("CREATE DATABASE {name}")).await?;
        let mut url = Url::parse(&server).context(SERVER)?;
        url.set_path(&name);
        Ok(Self {
            url: url.into(),
            _folder: folder,
            on_server: Some((server, name)),
        })
    }

    /// Where it is.
    pub fn location(&self) -> anyhow::Result<Location> {
        Ok(self.url.parse()?)
    }

    /// Takes it away.
    pub async fn remove(self) -> anyhow::Result<()> {
        if let Some((server, name)) = self.on_server {
            command(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
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
