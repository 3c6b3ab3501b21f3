//! What may be there once, what may never change, and what may not leave its organization.

use rstest::rstest;
use uuid::Uuid;

use super::{
    Db, on, schema, story,
    town::{Town, at, attempt, begins, intended, look, step},
};
use crate::{
    domain::{
        attempt::Outcome,
        delivery::Delivery,
        digest::RevisionDigest,
        ids::{AccountId, AttemptId, DeliveryId, PostId, SignOffId, UserId},
        signoff::{Decision, SignOff},
    },
    store::{StoreError, accounts, attempts, deliveries, posts, sign_offs, sql::Dialect},
};

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_delivery_has_one_open_attempt_at_most(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let claimed = town.claimed(db, "node", at(0)).await;
        let (organization, first) = (town.organization, attempt(db, &claimed, 0, at(1)));
        let id = first.id;
        change!(db, |tx| intended(tx, organization, first).await).unwrap();
        let copy = |fence| {
            format!(
                "INSERT INTO attempts (id, organization_id, delivery_id, revision_digest, fence, generation, part,
                     idempotency_key, policy_digest, authority, gate_epoch, intended_at, send_by)
                 SELECT $1, organization_id, delivery_id, revision_digest, {fence}, generation, part,
                     idempotency_key, policy_digest, authority, gate_epoch, intended_at, send_by
                 FROM attempts WHERE id = $2"
            )
        };
        let second = AttemptId::new(db.ids.next());
        let ids = [second.uuid(), id.uuid()];
        assert_duplicate(db, &copy(2), &ids).await;

        let why = "timed out".to_owned();
        let outcome = Outcome::NotSent { why };
        change!(db, |tx| attempts::close(tx, organization, id, &outcome, at(2))
            .await)
        .unwrap();
        assert_duplicate(db, &copy(1), &ids).await;
        assert_eq!(db.raw(copy(2), &ids).await.unwrap(), 1);
    })
    .await;
}

async fn assert_duplicate(db: &Db, sql: &str, ids: &[Uuid]) {
    let why = db.raw(sql, ids).await.unwrap_err();
    let refused = matches!(&why, sqlx::Error::Database(why) if why.is_unique_violation());
    assert!(refused, "{sql}: {why}");
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_post_goes_to_an_account_once(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let pending = town.pending(db, Some(at(0))).await;
        let second = Delivery {
            id: DeliveryId::new(db.ids.next()),
            ..pending.clone()
        };
        let (one, two) = (second.clone(), second);
        let refused = change!(db, |tx| {
            deliveries::insert(tx, town.organization, &[begins(&one)], at(1)).await
        });
        assert!(refused.unwrap_err().is_duplicate());
        let cancelled = pending.clone().cancel(town.author, at(2)).unwrap();
        step(db, &pending, cancelled).await.unwrap();
        change!(db, |tx| {
            deliveries::insert(tx, town.organization, &[begins(&two)], at(3)).await
        })
        .unwrap();
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_person_approves_once_and_a_stage_is_approved_once(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let draft = town.draft(db.ids.next());
        let post = draft.id;
        change!(db, |tx| posts::insert(tx, &draft, at(0)).await).unwrap();
        let sign = async |by: UserId, stage: u16, decision: Decision| {
            let sign_off = signed(db, &town, post, by, stage, decision);
            change!(db, |tx| sign_offs::insert(tx, town.organization, &sign_off, None)
                .await)
        };
        sign(town.approver, 0, Decision::Approve).await.unwrap();
        let twice = sign(town.approver, 1, Decision::Approve).await;
        assert!(twice.unwrap_err().is_duplicate(), "one person, two stages");
        let other = sign(town.officer, 0, Decision::Approve).await;
        assert!(other.unwrap_err().is_duplicate(), "one stage, two people");
        sign(town.officer, 1, Decision::Approve).await.unwrap();
        for _ in 0..2 {
            sign(town.approver, 1, Decision::Escalate).await.unwrap();
        }
        change!(db, |tx| sign_offs::void(tx, town.organization, post, at(2)).await).unwrap();
        sign(town.approver, 0, Decision::Approve).await.unwrap();
    })
    .await;
}

fn signed(db: &Db, town: &Town, post: PostId, by: UserId, stage: u16, decision: Decision) -> SignOff {
    SignOff {
        id: SignOffId::new(db.ids.next()),
        post,
        revision: RevisionDigest::new([7; 32]),
        stage,
        requirement: town.route().stages()[0].requirement,
        by,
        decision,
        reason: (decision != Decision::Approve).then(|| "理由".to_owned()),
        acknowledgements: Vec::new(),
        at: at(1),
    }
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_account_of_a_platform_is_registered_once_in_all_organizations(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (one, two) = (Town::found(db).await, Town::found(db).await);
        let mut account = two.account(AccountId::new(db.ids.next()));
        account.handle = one.account(one.account).handle;
        let refused = change!(db, |tx| accounts::insert(tx, &account, at(1)).await);
        assert!(refused.unwrap_err().is_duplicate());
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn nobody_both_writes_and_approves_with_one_token(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        story::tell(db).await;
        let change = "UPDATE api_tokens SET scopes = 'approve read write'";
        let why = db.raw(change, &[]).await.unwrap_err();
        assert!(
            matches!(&why, sqlx::Error::Database(why) if why.is_check_violation()),
            "{why}"
        );
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn what_is_append_only_is_neither_changed_nor_removed(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        story::tell(db).await;
        for (table, column) in [
            ("ledger_entries", "actor"),
            ("ledger_seals", "seq"),
            ("revisions", "content"),
            ("policies", "document"),
            ("policy_signatures", "role"),
            ("attestations", "name"),
            ("account_policies", "texts"),
        ] {
            let counted = format!("SELECT COUNT(*) FROM {table}");
            let before = db.count(&counted).await;
            assert!(before > 0, "{table} is empty");
            let mut changes = vec![
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
            ];
            if dialect == Dialect::Postgres {
                changes.push(format!("TRUNCATE {table} CASCADE"));
            }
            for change in changes {
                let why = db.raw(&change, &[]).await.unwrap_err();
                assert!(why.to_string().contains("append-only"), "{change}: {why}");
            }
            assert_eq!(db.count(&counted).await, before);
        }
    })
    .await;
}

/// A row cannot refer to a row of another organization, whichever column does.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn no_row_refers_to_another_organization(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        for town in [story::tell(db).await, story::tell(db).await] {
            let spare = AccountId::new(db.ids.next());
            let mut account = town.account(spare);
            account.divisions = Vec::new();
            change!(db, |tx| accounts::insert(tx, &account, at(1)).await).unwrap();
        }
        guards_fall(db).await;
        let row = match dialect {
            Dialect::Sqlite => "rowid",
            Dialect::Postgres => "ctid",
        };
        let ties = schema::ties(db).await;
        assert!(ties.len() > 25, "{ties:?}");
        for (table, [own, column], to) in ties {
            // Something that no row refers to so, if there is: no uniqueness shall be what refuses.
            let change = format!(
                "UPDATE {table} SET {column} = (
                     SELECT id FROM {to} t WHERE t.organization_id <> {table}.{own}
                     ORDER BY t.id IN (SELECT {column} FROM {table} WHERE {column} IS NOT NULL), t.id LIMIT 1)
                 WHERE {row} = (SELECT {row} FROM {table} WHERE {column} IS NOT NULL LIMIT 1)"
            );
            assert_foreign(db, &change).await;
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn no_row_belongs_to_an_organization_that_does_not_exist(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        story::tell(db).await;
        guards_fall(db).await;
        for table in schema::tables_of_organizations(db).await {
            // An id of something else.
            let change = format!("UPDATE {table} SET organization_id = (SELECT id FROM accounts LIMIT 1)");
            assert_foreign(db, &change).await;
        }
    })
    .await;
}

async fn assert_foreign(db: &Db, change: &str) {
    let why = match db.raw(change, &[]).await {
        Ok(rows) => panic!("{change}: changed {rows} rows"),
        Err(why) => why,
    };
    let refused = matches!(&why, sqlx::Error::Database(why) if why.is_foreign_key_violation());
    assert!(refused, "{change}: {why}");
}

/// Takes the append-only triggers away, as somebody with all rights can.
pub(super) async fn guards_fall(db: &Db) {
    let names = match db.dialect {
        Dialect::Sqlite => "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        Dialect::Postgres => {
            "SELECT g.tgname::text, t.relname::text FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
             WHERE NOT g.tgisinternal"
        }
    };
    for (name, table) in db.rows::<(String, String)>(names, &[]).await {
        let drop = match db.dialect {
            Dialect::Sqlite => format!("DROP TRIGGER {name}"),
            Dialect::Postgres => format!("DROP TRIGGER {name} ON {table}"),
        };
        db.raw(drop, &[]).await.unwrap();
    }
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn nothing_is_found_through_another_organization(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (one, two) = (Town::found(db).await, Town::found(db).await);
        let delivery = one.pending(db, Some(at(0))).await;
        let mut reader = db.reader().await;
        let found = deliveries::find(&mut reader, two.organization, delivery.id).await;
        assert_eq!(found.unwrap(), None);
        let found = posts::find(&mut reader, two.organization, delivery.post).await;
        assert!(found.unwrap().is_none());
        let found = accounts::find(&mut reader, two.organization, one.account).await;
        assert!(found.unwrap().is_none());
        drop(reader);
        let foreign = Delivery {
            organization: two.organization,
            ..delivery.clone()
        };
        let written = foreign.clone().approve(at(0)).unwrap();
        let refused = step(db, &foreign, written).await;
        assert!(matches!(refused, Err(StoreError::Stale(_))));
        assert_eq!(look(db, &delivery).await, delivery);
    })
    .await;
}
