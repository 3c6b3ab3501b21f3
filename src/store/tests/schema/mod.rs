//! The two schemas say the same.

mod postgres;
mod sqlite;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use rstest::rstest;

use super::{Db, on};
use crate::store::{moving::TABLES, sql::Dialect};

/// What a table promises, in words that both databases share.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
    indexes: BTreeSet<Index>,
    foreign_keys: BTreeSet<ForeignKey>,
    checks: usize,
    /// The changes that triggers look at.
    guards: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    kind: &'static str,
    nullable: bool,
    default: Option<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index {
    /// Constraints have none.
    name: Option<String>,
    unique: bool,
    /// In order, with ` desc` where it is so.
    columns: Vec<String>,
    /// Of a partial index.
    condition: Option<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ForeignKey {
    columns: Vec<String>,
    table: String,
    referenced: Vec<String>,
    on_delete: String,
    on_update: String,
}

type Schema = BTreeMap<String, Table>;

async fn read(db: &Db) -> Schema {
    let mut schema = match db.dialect {
        Dialect::Sqlite => sqlite::read(db).await,
        Dialect::Postgres => postgres::read(db).await,
    };
    schema.remove("_sqlx_migrations");
    schema
}

/// A foreign key that keeps a row in its organization: table, column, and the table that it leads to.
pub(super) async fn ties(db: &Db) -> Vec<(String, [String; 2], String)> {
    let schema = read(db).await;
    let keys = schema.into_iter().flat_map(|(table, described)| {
        let keys = described.foreign_keys.into_iter();
        keys.map(move |key| (table.clone(), key))
    });
    keys.filter_map(|(table, key)| {
        let columns: [String; 2] = key.columns.try_into().ok()?;
        (key.referenced == ["organization_id", "id"]).then_some((table, columns, key.table))
    })
    .collect()
}

/// The tables whose rows belong to an organization.
pub(super) async fn tables_of_organizations(db: &Db) -> Vec<String> {
    let schema = read(db).await.into_iter();
    schema
        .filter(|(_, table)| table.columns.contains_key("organization_id"))
        .map(|(name, _)| name)
        .collect()
}

#[tokio::test]
async fn the_two_schemas_are_equal() {
    on(Dialect::Postgres, async |postgres| {
        let theirs = read(postgres).await;
        on(Dialect::Sqlite, async |sqlite| {
            let ours = read(sqlite).await;
            let names = |schema: &Schema| schema.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&ours), names(&theirs));
            assert!(ours.len() > 20, "{ours:?}");
            for (name, table) in &ours {
                let mut other = Table::default();
                let theirs = &theirs[name];
                // TRUNCATE exists on PostgreSQL only; that it is guarded is another test.
                other.guards = theirs
                    .guards
                    .iter()
                    .filter(|what| *what != "truncate")
                    .cloned()
                    .collect();
                assert_eq!(table.columns, theirs.columns, "columns of {name}");
                assert_eq!(table.primary_key, theirs.primary_key, "primary key of {name}");
                assert_eq!(table.indexes, theirs.indexes, "indexes of {name}");
                assert_eq!(table.foreign_keys, theirs.foreign_keys, "foreign keys of {name}");
                assert_eq!(table.checks, theirs.checks, "number of CHECKs of {name}");
                assert_eq!(table.guards, other.guards, "triggers of {name}");
            }
        })
        .await;
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn every_row_belongs_to_an_organization(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        for (name, table) in read(db).await {
            // The organizations themselves, and what belongs to the nodes and the database that serve all of them.
            if [
                "organizations",
                "leases",
                "nodes",
                "histories",
                "restorations",
                "handover_keys",
            ]
            .contains(&name.as_str())
            {
                continue;
            }
            let column = &table.columns.get("organization_id");
            assert!(column.is_some_and(|column| !column.nullable), "{name}");
            let kept = table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(&"organization_id".to_owned()));
            assert!(kept, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_append_only_cannot_be_truncated_either() {
    on(Dialect::Postgres, async |db| {
        let guarded: Vec<(String, BTreeSet<String>)> = read(db)
            .await
            .into_iter()
            .filter(|(_, table)| !table.guards.is_empty())
            .map(|(name, table)| (name, table.guards))
            .collect();
        let all = BTreeSet::from(["delete", "truncate", "update"].map(str::to_owned));
        let expected = [
            "account_policies",
            "attestations",
            "ledger_entries",
            "ledger_seals",
            "policies",
            "policy_signatures",
            "revisions",
        ];
        assert_eq!(guarded, expected.map(|name| (name.to_owned(), all.clone())));
    })
    .await;
}

#[tokio::test]
async fn every_table_moves_after_those_that_it_refers_to() {
    on(Dialect::Sqlite, async |db| {
        let schema = read(db).await;
        let known: BTreeSet<&str> = TABLES.iter().copied().collect();
        assert_eq!(known, schema.keys().map(String::as_str).collect());
        let place = |name: &str| TABLES.iter().position(|table| *table == name);
        for (name, table) in &schema {
            for key in &table.foreign_keys {
                // The one that is set when the policies are there.
                let later = name == "organizations" && key.table == "policies";
                assert!(
                    later || place(&key.table) <= place(name),
                    "{name} before {}",
                    key.table
                );
            }
        }
    })
    .await;
}

#[test]
fn migrations_are_twins() {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(|dialect| {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(dialect);
        let files = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .map(|file| {
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                (name, checks(&fs::read_to_string(file).unwrap()))
            })
            .collect::<BTreeMap<_, _>>()
    });
    assert!(sqlite.values().any(|checks| checks.len() > 30));
    assert_eq!(sqlite, postgres, "names and CHECKs of the files, in order");
}

/// The conditions of all CHECKs in a text.
fn checks(text: &str) -> Vec<String> {
    let conditions = text.split("CHECK (").skip(1);
    conditions
        .map(|rest| {
            let mut depth = 1;
            rest.chars()
                .take_while(|c| {
                    depth += match c {
                        '(' => 1,
                        ')' => -1,
                        _ => 0,
                    };
                    depth > 0
                })
                .collect()
        })
        .collect()
}
