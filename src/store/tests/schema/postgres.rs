//! Reads a schema from PostgreSQL.

use super::{Column, ForeignKey, Index, Schema};
use crate::store::tests::Db;

const TABLES: &str =
    "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), NOT a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped";

const INDEXES: &str =
    "SELECT t.relname::text, i.relname::text, x.indisunique, x.indisprimary, k.oid IS NOT NULL,
        ARRAY(SELECT a.attname || CASE WHEN x.indoption[n - 1] & 1 = 1 THEN ' desc' ELSE '' END
              FROM generate_series(1, x.indnkeyatts) AS n
              JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1] ORDER BY n)::text,
        pg_get_expr(x.indpred, x.indrelid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u')
    WHERE t.relnamespace = 'public'::regnamespace";

const FOREIGN_KEYS: &str = "SELECT t.relname::text, r.relname::text,
        ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS c (number, place)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number ORDER BY place)::text,
        ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS c (number, place)
              JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.number ORDER BY place)::text,
        k.confdeltype::text, k.confupdtype::text
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
    WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace";

const CHECKS: &str =
    "SELECT t.relname::text, COUNT(*) FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    WHERE k.contype = 'c' AND t.relnamespace = 'public'::regnamespace GROUP BY t.relname";

const TRIGGERS: &str =
    "SELECT t.relname::text, g.tgtype::bigint FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND t.relnamespace = 'public'::regnamespace";

/// The bits of `pg_trigger.tgtype`.
const BEFORE: i64 = 2;
const EVENTS: [(i64, &str); 4] = [(4, "insert"), (8, "delete"), (16, "update"), (32, "truncate")];

pub(super) async fn read(db: &Db) -> Schema {
    let tables: Vec<(String,)> = db.rows(TABLES, &[]).await;
    let mut schema: Schema = tables
        .into_iter()
        .map(|(name,)| (name, Default::default()))
        .collect();
    type Attribute = (String, String, String, bool, Option<String>);
    for (table, column, kind, nullable, default) in db.rows::<Attribute>(COLUMNS, &[]).await {
        let kind = match kind.as_str() {
            "uuid" | "bytea" => "bytes",
            "text" | "timestamp with time zone" => "text",
            "bigint" => "integer",
            "boolean" if table == "_sqlx_migrations" => "-",
            other => panic!("{table}.{column} is {other}"),
        };
        let described = Column {
            kind,
            nullable,
            default,
        };
        schema.get_mut(&table).unwrap().columns.insert(column, described);
    }
    type Key = (String, String, bool, bool, bool, String, Option<String>);
    for (table, name, unique, primary, constraint, columns, condition) in db.rows::<Key>(INDEXES, &[]).await {
        let table = schema.get_mut(&table).unwrap();
        if primary {
            table.primary_key = list(&columns);
            continue;
        }
        table.indexes.insert(Index {
            name: (!constraint).then_some(name),
            unique,
            columns: list(&columns),
            condition: condition.map(|condition| plain(&condition)),
        });
    }
    type Reference = (String, String, String, String, String, String);
    for (table, to, columns, referenced, on_delete, on_update) in
        db.rows::<Reference>(FOREIGN_KEYS, &[]).await
    {
        let key = ForeignKey {
            columns: list(&columns),
            table: to,
            referenced: list(&referenced),
            on_delete: action(&on_delete),
            on_update: action(&on_update),
        };
        schema.get_mut(&table).unwrap().foreign_keys.insert(key);
    }
    for (table, count) in db.rows::<(String, i64)>(CHECKS, &[]).await {
        schema.get_mut(&table).unwrap().checks = usize::try_from(count).unwrap();
    }
    for (table, kind) in db.rows::<(String, i64)>(TRIGGERS, &[]).await {
        assert_eq!(kind & BEFORE, BEFORE, "a trigger of {table} comes too late");
        let events = EVENTS.iter().filter(|(bit, _)| kind & bit != 0);
        let guards = &mut schema.get_mut(&table).unwrap().guards;
        guards.extend(events.map(|(_, event)| (*event).to_owned()));
    }
    schema
}

/// The elements of `{a,b}`.
fn list(array: &str) -> Vec<String> {
    let elements = array.trim_matches(['{', '}']).split(',');
    elements
        .map(|element| element.trim_matches('"').to_owned())
        .collect()
}

/// A condition as it was written in the migration, without brackets.
fn plain(condition: &str) -> String {
    condition
        .replace("::text", "")
        .replace("= ANY (ARRAY[", "IN (")
        .replace(['(', ')', ']'], "")
}

fn action(code: &str) -> String {
    match code {
        "a" => "no action".to_owned(),
        other => format!("code {other}"),
    }
}
