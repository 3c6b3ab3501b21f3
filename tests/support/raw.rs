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
                connection
                    .execute(statement.sqlite)
                    .await
                    .expect(statement.sqlite);
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

    /// Whether the database lets somebody do this.
    pub async fn refuses(&self, statement: Raw) -> bool {
        if let Some(file) = self.file() {
            let mut connection = SqliteConnection::connect(file).await.expect("the file");
            connection.execute(statement.sqlite).await.is_err()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server");
            connection.execute(statement.postgres).await.is_err()
        }
    }

    /// From now on the database itself notes every change of what the ledger must tell of.
    pub async fn watch(&self) {
        self.tamper(&WATCH).await;
    }

    /// What changed more often than the ledger tells, since [`TestDatabase::watch`].
    pub async fn untold(&self) -> Vec<String> {
        self.ask(UNTOLD).await
    }
}

/// Writes down who changed: the new row's id, as the ledger names its subject.
macro_rules! watched {
    ($event:literal, $table:literal, $prefix:literal) => {
        Raw {
            sqlite: concat!(
                "CREATE TRIGGER watch_",
                $event,
                "_",
                $table,
                " AFTER ",
                $event,
                " ON ",
                $table,
                " BEGIN INSERT INTO test_changes VALUES ('",
                $prefix,
                "_' || lower(hex(NEW.id))); END"
            ),
            postgres: concat!(
                "CREATE TRIGGER watch_",
                $event,
                "_",
                $table,
                " AFTER ",
                $event,
                " ON ",
                $table,
                " FOR EACH ROW EXECUTE FUNCTION test_change('",
                $prefix,
                "_')"
            ),
        }
    };
}

const WATCH: [Raw; 10] = [
    Raw {
        sqlite: "CREATE TABLE test_changes (subject TEXT NOT NULL)",
        postgres: "CREATE TABLE test_changes (subject TEXT NOT NULL);
                   CREATE FUNCTION test_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       INSERT INTO test_changes VALUES (TG_ARGV[0] || replace(NEW.id::text, '-', ''));
                       RETURN NULL;
                   END $$",
    },
    watched!("INSERT", "posts", "pst"),
    watched!("UPDATE", "posts", "pst"),
    watched!("UPDATE", "deliveries", "dlv"),
    watched!("INSERT", "holds", "hld"),
    watched!("UPDATE", "holds", "hld"),
    watched!("INSERT", "emergencies", "emg"),
    watched!("UPDATE", "emergencies", "emg"),
    watched!("INSERT", "accounts", "acc"),
    watched!("UPDATE", "accounts", "acc"),
];

const UNTOLD: Raw = Raw::same(
    "SELECT c.subject || ': ' || c.n || ' changes, ' || COALESCE(e.n, 0) || ' entries'
     FROM (SELECT subject, COUNT(*) AS n FROM test_changes GROUP BY subject) AS c
     LEFT JOIN (SELECT subject, COUNT(*) AS n FROM ledger_entries GROUP BY subject) AS e ON e.subject = c.subject
     WHERE COALESCE(e.n, 0) < c.n",
);
