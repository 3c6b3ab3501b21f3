//! One story that uses every function of the store, so that every statement has run on every database.

mod assured;
mod corrected;
mod credentials;
mod flowing;
mod kept;
mod media;
mod nodes;
mod post;
mod ready;
mod seen;
mod taken_back;
mod town;
mod trouble;
mod versions;

use std::{collections::BTreeSet, fs, path::Path};

use rstest::rstest;

use super::{Db, on, town::Town};
use crate::store::{
    account_policies, accounts, adopted_posts, attempts, attestations, care, connections, corrections,
    credentials as of_credentials, deliveries, emergencies, flows, handovers, histories, holds, leases,
    ledger, link_looks, media as of_media, nodes as of_nodes, organizations, outside_looks, people, policies,
    posts, preparations, proposals, records, renditions, requests, restorations, sign_offs,
    sql::{Dialect, Sql},
    withdrawals,
};

/// Every module with statements.
pub(super) fn modules() -> Vec<(&'static str, &'static [&'static Sql])> {
    vec![
        ("account_policies", account_policies::STATEMENTS),
        ("accounts", accounts::STATEMENTS),
        ("adopted_posts", adopted_posts::STATEMENTS),
        ("attempts", attempts::STATEMENTS),
        ("attestations", attestations::STATEMENTS),
        ("care", care::STATEMENTS),
        ("connections", connections::STATEMENTS),
        ("corrections", corrections::STATEMENTS),
        ("credentials", of_credentials::STATEMENTS),
        ("deliveries", deliveries::STATEMENTS),
        ("deliveries/beginnings", deliveries::beginning_statements()),
        ("deliveries/changes", deliveries::change_statements()),
        ("deliveries/claims", deliveries::claim_statements()),
        ("emergencies", emergencies::STATEMENTS),
        ("flows", flows::STATEMENTS),
        ("handovers", handovers::STATEMENTS),
        ("holds", holds::STATEMENTS),
        ("leases", leases::STATEMENTS),
        ("ledger", ledger::STATEMENTS),
        ("link_looks", link_looks::STATEMENTS),
        ("histories", histories::STATEMENTS),
        ("media", of_media::STATEMENTS),
        ("nodes", of_nodes::STATEMENTS),
        ("organizations", organizations::STATEMENTS),
        ("outside_looks", outside_looks::STATEMENTS),
        ("people", people::STATEMENTS),
        ("policies", policies::STATEMENTS),
        ("posts", posts::STATEMENTS),
        ("posts/revisions", posts::revision_statements()),
        ("preparations", preparations::STATEMENTS),
        ("proposals", proposals::STATEMENTS),
        ("records", records::STATEMENTS),
        ("renditions", renditions::STATEMENTS),
        ("requests", requests::STATEMENTS),
        ("restorations", restorations::STATEMENTS),
        ("sign_offs", sign_offs::STATEMENTS),
        ("withdrawals", withdrawals::STATEMENTS),
    ]
}

/// The whole story. It leaves rows in every table.
pub(super) async fn tell(db: &Db) -> Town {
    let town = Town::found(db).await;
    town::run(db, &town).await;
    kept::run(db, &town).await;
    versions::run(db, &town).await;
    seen::run(db, &town).await;
    let told = post::run(db, &town).await;
    media::run(db, &town).await;
    assured::run(db, &town).await;
    trouble::run(db, &town, &told).await;
    flowing::run(db, &town).await;
    ready::run(db, &town).await;
    corrected::run(db, &town, &told).await;
    taken_back::run(db, &town, &told).await;
    nodes::run(db, &town).await;
    town
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn every_statement_runs(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        tell(db).await;
        let silent: Vec<String> = modules()
            .into_iter()
            .flat_map(|(module, statements)| statements.iter().map(move |sql| (module, sql)))
            .filter(|(_, sql)| !sql.was_executed(db.dialect))
            .map(|(module, sql)| format!("{module}::{}", sql.name))
            .collect();
        assert_eq!(silent, [""; 0], "never executed on {:?}", db.dialect);
    })
    .await;
}

/// Where a module is written: in a file, or in the first file of a folder.
fn written_in(path: &Path) -> Option<String> {
    [path.to_owned(), path.with_extension("rs"), path.join("mod.rs")]
        .iter()
        .filter(|candidate| candidate.is_file())
        .find_map(|candidate| fs::read_to_string(candidate).ok())
}

#[test]
fn no_module_with_statements_is_left_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let written: BTreeSet<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| written_in(path).is_some_and(|text| text.contains("\nstatements! {")))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let of_folder = |module: &str| module.split('/').next().unwrap().to_owned();
    let known = modules().into_iter().map(|(module, _)| of_folder(module));
    assert_eq!(written, known.collect());
}

#[test]
fn no_statement_runs_outside_of_the_lists() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    for (module, _) in modules() {
        let text = written_in(&directory.join(module)).unwrap();
        assert!(
            !text.contains("sqlx::query"),
            "{module} runs SQL past its statements"
        );
    }
}
