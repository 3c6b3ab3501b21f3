//! The vocabularies of the domain and those of the tables are the same.

use rstest::rstest;

use super::{
    Db, on, story,
    town::{Town, at, step},
};
use crate::{
    domain::{
        account::{AccountPurpose, AccountStatus, EmergencyCover, Platform},
        actor::OrganizationRole,
        attempt::{Authority, OutcomeClass},
        delivery::DeliveryPhase,
        evidence::{LinkEnd, Position},
        hold::{HoldCause, HoldReason},
        media::MediaKind,
        post::{PostPhase, Summary},
        signoff::Decision,
    },
    store::sql::Dialect,
};

macro_rules! words {
    ($vocabulary:ty) => {
        <$vocabulary>::ALL
            .iter()
            .map(|word| word.as_str())
            .collect::<Vec<_>>()
    };
}

/// Every column with a closed vocabulary, the rows in which all its words can stand, and the words.
fn vocabularies() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    vec![
        ("accounts.platform", "remote_id IS NULL", words!(Platform)),
        ("accounts.status", "remote_id IS NOT NULL", words!(AccountStatus)),
        ("accounts.purpose", "TRUE", words!(AccountPurpose)),
        ("accounts.emergency_cover", "TRUE", words!(EmergencyCover)),
        (
            "role_grants.role",
            "division_id IS NULL",
            words!(OrganizationRole),
        ),
        ("sign_offs.decision", "voided_at IS NOT NULL", words!(Decision)),
        ("attempts.authority", "TRUE", words!(Authority)),
        ("deliveries.hold_cause", "state = 'held'", words!(HoldCause)),
        ("link_looks.ending", "TRUE", words!(LinkEnd)),
        ("media.position", "TRUE", words!(Position)),
        ("media.kind", "TRUE", kept_kinds()),
        ("media_renditions.kind", "TRUE", kept_kinds()),
    ]
}

/// What is taken in as WebP is kept as something else.
fn kept_kinds() -> Vec<&'static str> {
    let kinds = MediaKind::ALL.iter().filter(|kind| **kind != MediaKind::Webp);
    kinds.map(|kind| kind.as_str()).collect()
}

async fn hold_one(db: &Db, town: &Town) {
    let pending = town.pending(db, Some(at(0))).await;
    let reason = HoldReason {
        cause: HoldCause::Hold,
        detail: "hld_1".to_owned(),
    };
    let held = pending.clone().hold(reason, at(1), at(1)).unwrap();
    step(db, &pending, held).await.unwrap();
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn every_word_of_the_domain_can_be_stored(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = story::tell(db).await;
        hold_one(db, &town).await;
        db.raw("UPDATE sign_offs SET reason = 'x'", &[]).await.unwrap();
        for (column, rows, words) in vocabularies() {
            let (table, column) = column.split_once('.').unwrap();
            for word in words {
                let change = format!("UPDATE {table} SET {column} = '{word}' WHERE {rows}");
                let changed = db.raw(&change, &[]).await.unwrap();
                assert!(changed > 0, "{change}: there is no such row");
            }
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn no_other_word_can_be_stored(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = story::tell(db).await;
        hold_one(db, &town).await;
        let columns = vocabularies().into_iter().map(|(column, _, _)| column);
        let further = [
            "posts.publish_mode",
            "posts.state",
            "posts.summary",
            "deliveries.state",
            "attempts.outcome",
        ];
        for column in columns.chain(further) {
            let (table, column) = column.split_once('.').unwrap();
            let change = format!("UPDATE {table} SET {column} = 'something else'");
            let why = db.raw(&change, &[]).await.unwrap_err();
            let refused = matches!(&why, sqlx::Error::Database(why) if why.is_check_violation());
            assert!(refused, "{change}: {why}");
        }
    })
    .await;
}

/// States and outcomes are stored one by one by other tests; here, that no word is written in only one place.
#[test]
fn both_migrations_list_the_words_of_states_and_outcomes() {
    let lists = [
        words!(PostPhase),
        words!(Summary),
        words!(DeliveryPhase),
        words!(OutcomeClass),
    ];
    for (name, migration) in [
        (
            "sqlite",
            include_str!("../../../migrations/sqlite/0001_first.sql"),
        ),
        (
            "postgres",
            include_str!("../../../migrations/postgres/0001_first.sql"),
        ),
    ] {
        let written: Vec<Vec<&str>> = migration
            .split(" IN (")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(list, _)| sorted(list.split(", ").map(|word| word.trim_matches('\'')).collect()))
            .collect();
        for list in &lists {
            assert!(
                written.contains(&sorted(list.clone())),
                "{name} has no list {list:?}"
            );
        }
    }
}

fn sorted(mut words: Vec<&str>) -> Vec<&str> {
    words.sort_unstable();
    words
}
