//! Reads a schema from SQLite.

use std::collections::BTreeMap;

use super::{Column, ForeignKey, Index, Schema, Table, checks};
use crate::store::tests::Db;

pub(super) async fn read(db: &Db) -> Schema {
    let mut schema = Schema::new();
    let tables: Vec<(String, String)> = db
        .rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'", &[])
        .await;
    for (name, sql) in tables {
        let mut table = Table {
            checks: checks(&sql).len(),
            foreign_keys: foreign_keys(db, &name).await,
            indexes: indexes(db, &name).await,
            ..Table::default()
        };
        columns(db, &name, &mut table).await;
        schema.insert(name, table);
    }
    let triggers: Vec<(String, String)> = db
        .rows(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
            &[],
        )
        .await;
    for (name, sql) in triggers {
        let what = if sql.contains(" BEFORE UPDATE ON ") {
            "update"
        } else if sql.contains(" BEFORE DELETE ON ") {
            "delete"
        } else {
            panic!("an unknown kind of trigger: {sql}")
        };
        let guards = &mut schema.get_mut(&name).unwrap().guards;
        guards.insert(what.to_owned());
    }
    schema
}

async fn columns(db: &Db, name: &str, table: &mut Table) {
    type Row = (String, String, bool, Option<String>, i64);
    let sql = format!("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')");
    let mut key: Vec<(i64, String)> = Vec::new();
    for (column, kind, not_null, default, place) in db.rows::<Row>(sql, &[]).await {
        let kind = match kind.as_str() {
            "BLOB" => "bytes",
            "TEXT" => "text",
            "INTEGER" => "integer",
            "BIGINT" | "TIMESTAMP" | "BOOLEAN" if name == "_sqlx_migrations" => "-",
            other => panic!("{name}.{column} is {other}"),
        };
        if place > 0 {
            key.push((place, column.clone()));
        }
        let described = Column {
            kind,
            nullable: !not_null,
            default,
        };
        table.columns.insert(column, described);
    }
    key.sort();
    table.primary_key = key.into_iter().map(|(_, column)| column).collect();
}

async fn foreign_keys(db: &Db, name: &str) -> std::collections::BTreeSet<ForeignKey> {
    type Row = (i64, String, String, Option<String>, String, String);
    let sql = format!(
        "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list('{name}') ORDER BY id, seq"
    );
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    for (id, table, from, to, on_delete, on_update) in db.rows::<Row>(sql, &[]).await {
        let key = keys.entry(id).or_insert_with(|| ForeignKey {
            columns: Vec::new(),
            table,
            referenced: Vec::new(),
            on_delete: on_delete.to_lowercase(),
            on_update: on_update.to_lowercase(),
        });
        key.columns.push(from);
        key.referenced.push(to.expect("the referenced column is named"));
    }
    keys.into_values().collect()
}

async fn indexes(db: &Db, name: &str) -> std::collections::BTreeSet<Index> {
    type Row = (String, bool, String);
    let sql =
        format!("SELECT name, \"unique\", origin FROM pragma_index_list('{name}') WHERE origin <> 'pk'");
    let mut indexes = std::collections::BTreeSet::new();
    for (index, unique, origin) in db.rows::<Row>(sql, &[]).await {
        let sql =
            format!("SELECT name, \"desc\" FROM pragma_index_xinfo('{index}') WHERE key = 1 ORDER BY seqno");
        let columns: Vec<(String, bool)> = db.rows(sql, &[]).await;
        let sql =
            format!("SELECT COALESCE(sql, '') FROM sqlite_master WHERE type = 'index' AND name = '{index}'");
        let text = db.rows::<(String,)>(sql, &[]).await.remove(0).0;
        indexes.insert(Index {
            name: (origin == "c").then_some(index),
            unique,
            columns: columns
                .into_iter()
                .map(|(column, descending)| {
                    if descending {
                        format!("{column} desc")
                    } else {
                        column
                    }
                })
                .collect(),
            condition: text
                .split_once(" WHERE ")
                .map(|(_, condition)| condition.replace(['(', ')'], "")),
        });
    }
    indexes
}
