//! No statement gets slower with what was kept: how SQLite would find its rows, asked of SQLite itself.
//!
//! A table of a town grows for years. A statement that reads all of it, or all of an organization's rows, is cheap in
//! every other test and makes a flood of posts late; so each that does is named here, with the reason why it may.

use sqlx::Row as _;

use super::{Db, Raw, made, on, story::modules};
use crate::store::sql::Dialect;

/// Tables with a row for each post, delivery, call or step, and what hangs on them.
const GROWING: [&str; 16] = [
    "adopted_posts",
    "attempts",
    "attestations",
    "deliveries",
    "ledger_entries",
    "ledger_seals",
    "link_looks",
    "media",
    "media_links",
    "media_renditions",
    "outside_looks",
    "posts",
    "preparations",
    "revisions",
    "sign_offs",
    "withdrawals",
];

/// Statements that read much, and why they may.
const MAY: [(&str, &str); 15] = [
    (
        "adopted_posts::SELECT_OPEN",
        "few: posts made past the gateway while it was gone",
    ),
    (
        "deliveries::COUNT_BY_STATE",
        "the gauges count all; an index for it would cost every change",
    ),
    ("deliveries::SELECT_ATTENTION", "by an index of nothing else"),
    ("deliveries::SELECT_IN_FLIGHT", "by an index of nothing else"),
    (
        "histories::SELECT_NEWEST_ENTRY",
        "the first row in the order of an index",
    ),
    ("ledger::SELECT_UNLISTED", "a check of the whole ledger"),
    ("link_looks::FORGET", "once an hour, of what is kept for a day"),
    ("media::DELETE_LINKS", "links live for minutes"),
    ("media::DELETE_RENDITIONS", "links live for minutes"),
    ("media::SELECT_ALL", "a backup copies every file"),
    ("media::SELECT_NEEDED", "tidying up, once a day"),
    ("posts::SELECT_AWAITING", "by indexes of nothing else"),
    (
        "restorations::SELECT_IN_MOTION",
        "once after a restoration, all of it",
    ),
    (
        "restorations::SELECT_NEWEST_ENTRY",
        "the first row in the order of an index",
    ),
    ("restorations::SELECT_TO_LOOK_FOR", "by an index of nothing else"),
];

/// The tables that a statement names, by the names that it gives them.
fn named(text: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let starts = |word: &&str| ["FROM", "JOIN", "UPDATE", "INTO"].contains(word);
    (0..words.len())
        .filter(|&at| starts(&words[at]))
        .filter_map(|at| {
            Some((
                *words.get(at + 1)?,
                words.get(at + 2).copied().unwrap_or_default(),
            ))
        })
        .flat_map(|(table, alias)| [(table, table), (alias, table)])
        .map(|(name, table)| (name.to_owned(), table.to_owned()))
        .collect()
}

/// The steps of a plan that go through all rows of a growing table, or through all of an organization.
fn slow(text: &str, plan: &[String]) -> Vec<String> {
    let named = named(text);
    let grows = |name: &str| {
        let table = named
            .iter()
            .find(|(alias, _)| alias == name)
            .map_or(name, |(_, table)| table);
        GROWING.contains(&table)
    };
    let is_slow = |step: &&String| {
        let mut words = step.split(' ');
        match (words.next(), words.next()) {
            (Some("SCAN"), Some(name)) => grows(name),
            (Some("SEARCH"), Some(name)) => grows(name) && step.ends_with("(organization_id=?)"),
            _ => false,
        }
    };
    plan.iter().filter(is_slow).cloned().collect()
}

async fn plan(db: &Db, text: &str) -> Vec<String> {
    let Raw::Sqlite(pool) = &db.raw else {
        unreachable!("asked of SQLite")
    };
    let rows = sqlx::query(made(format!("EXPLAIN QUERY PLAN {text}")))
        .fetch_all(pool)
        .await
        .unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

/// All statements by their names, but for those that may.
fn statements_but(those: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let all = modules()
        .into_iter()
        .flat_map(|(module, statements)| statements.iter().map(move |sql| (module, sql)))
        .map(|(module, sql)| (format!("{module}::{}", sql.name), sql.written(Dialect::Sqlite)));
    all.filter(|(name, _)| those.iter().all(|(may, _)| may != name))
        .collect()
}

#[tokio::test]
async fn no_statement_reads_all_that_was_kept() {
    on(Dialect::Sqlite, async |db| {
        let mut found = Vec::new();
        for (name, text) in statements_but(&MAY) {
            // Two that go together are one text.
            for text in text.split(';').filter(|text| !text.trim().is_empty()) {
                found.extend(
                    slow(text, &plan(db, text).await)
                        .into_iter()
                        .map(|step| format!("{name}: {step}")),
                );
            }
        }
        assert_eq!(found, [""; 0]);
    })
    .await;
}

/// Statements that sort what they cut off, and why they may.
const MAY_SORT: [(&str, &str); 4] = [
    ("care::SELECT_DUE", "as many as there are accounts"),
    (
        "deliveries::SELECT_LEAVING",
        "what leaves within minutes, asked once a minute",
    ),
    (
        "restorations::SELECT_TO_LOOK_FOR",
        "after a restoration, what has to be looked for",
    ),
    (
        "withdrawals::SELECT_DUE",
        "few: what people ordered to be removed",
    ),
];

/// With a million posts due at the same instant, to find the first one must not mean to sort all of them.
#[tokio::test]
async fn no_statement_sorts_what_it_cuts_off() {
    on(Dialect::Sqlite, async |db| {
        let mut found = Vec::new();
        let cut = statements_but(&MAY_SORT).into_iter();
        for (name, text) in cut.filter(|(_, text)| text.contains("LIMIT $")) {
            let plan = plan(db, text).await;
            let sorts = plan.iter().filter(|step| step.starts_with("USE TEMP B-TREE"));
            found.extend(sorts.map(|step| format!("{name}: {step}")));
        }
        assert_eq!(found, [""; 0]);
    })
    .await;
}
