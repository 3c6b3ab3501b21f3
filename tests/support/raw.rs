//! The database behind the gateway's back: for tests that tamper, break and dump.

use sqlx::{Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

use super::TestDatabase;

/// One statement in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Raw {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Raw {
    /// A statement that both understand.
    pub const fn same(text: &'static str) -> Self {
        Self {
            sqlite: text,
            postgres: text,
        }
    }
}

impl TestDatabase {
    /// The file, where the database is one.
    pub fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:")
    }

    /// Runs statements as an intruder would.
    pub async fn tamper(&self, statements: &[Raw]) {
        if let Some(file) = self.file() {
            let mut connection = SqliteConnection::connect(file).await.expect("the file");
            for statement in statements {
                connection.execute(statement.sqlite).await.expect(statement.sqlite);
            }
            connection.close().await.expect("closed");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server");
            for statement in statements {
                connection
                    .execute(statement.postgres)
                    .await
                    .expect(statement.postgres);
            }
        }
    }

    /// The first column of a query, as text.
    pub async fn ask(&self, query: Raw) -> Vec<String> {
        if let Some(file) = self.file() {
            let mut connection = SqliteConnection::connect(file).await.expect("the file");
            let rows = sqlx::query(query.sqlite).fetch_all(&mut connection).await;
            let rows = rows.expect(query.sqlite);
            rows.iter().map(|row| row.get(0)).collect()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server");
            let rows = sqlx::query(query.postgres).fetch_all(&mut connection).await;
            let rows = rows.expect(query.postgres);
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}
