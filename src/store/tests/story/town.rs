//! The first chapter: the town, its people, its policy and its accounts.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::credentials;
use crate::{
    domain::{
        account::{AccountStatus, KeySupport, Limits},
        actor::{Grant, OrganizationRole, Scope},
        digest::PolicyDigest,
        ids::{AccountId, ConnectionId, DivisionId, PolicyId, TokenId, UserId},
    },
    store::{
        StoreError, accounts,
        connections::{self, Connection},
        organizations,
        people::{self, NewToken, Standing},
        policies,
        tests::{
            Db,
            town::{Town, at, only},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    organization(db, town).await;
    staff(db, town).await;
    tokens(db, town).await;
    policy(db, town).await;
    account(db, town).await;
    connection(db, town).await;
    credentials::run(db, town).await;
}

async fn organization(db: &Db, town: &Town) {
    let Town {
        organization,
        division,
        ..
    } = *town;
    let second = DivisionId::new(db.ids.next());
    change!(db, |tx| {
        organizations::bump_epoch(tx, organization).await?;
        organizations::insert_division(tx, organization, second, "防災課").await
    })
    .unwrap();
    let twice = DivisionId::new(db.ids.next());
    let taken = change!(db, |tx| organizations::insert_division(
        tx,
        organization,
        twice,
        "防災課"
    )
    .await);
    assert!(taken.unwrap_err().is_duplicate());

    let mut reader = db.reader().await;
    let found = organizations::find(&mut reader, organization)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.name.as_str(), found.gate_epoch, found.policy),
        ("関所市", 1, None)
    );
    assert!(organizations::all(&mut reader).await.unwrap().contains(&found));
    let divisions = organizations::divisions(&mut reader, organization).await.unwrap();
    let ids: Vec<_> = divisions.iter().map(|division| division.id).collect();
    assert_eq!(ids, [division, second]);
}

async fn staff(db: &Db, town: &Town) {
    let (town, grants) = (*town, ids::<5>(db));
    let gone = UserId::new(db.ids.next());
    let held = BTreeSet::from([
        Grant::Author(town.division),
        Grant::Approver(town.division),
        Grant::Operator {
            division: town.division,
            account: town.account,
        },
        Grant::Organization(OrganizationRole::Administrator),
        Grant::Organization(OrganizationRole::DutyOfficer),
    ]);
    let given = held.clone();
    change!(db, |tx| {
        people::insert_user(tx, town.organization, gone, "gone", "退職者", at(1)).await?;
        for (id, grant) in grants.into_iter().zip(given) {
            people::insert_grant(tx, town.organization, id, town.author, grant, at(1)).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let mut reader = db.reader().await;
    let found = people::grants(&mut reader, town.organization, town.author)
        .await
        .unwrap();
    assert_eq!(found, held);
    drop(reader);

    let revoked = change!(db, |tx| {
        people::disable_user(tx, town.organization, gone, at(2)).await?;
        people::revoke_grants(tx, town.organization, town.author, "operator", at(2)).await
    });
    assert_eq!(revoked.unwrap(), 1);
    let mut reader = db.reader().await;
    let left = people::grants(&mut reader, town.organization, town.author)
        .await
        .unwrap();
    assert_eq!(left.len(), 4);
    let users = people::users(&mut reader, town.organization).await.unwrap();
    assert_eq!(users.len(), 4);
    let last = users.last().unwrap();
    assert_eq!(
        (last.id(), last.login.as_str(), last.disabled_at),
        (gone, "gone", Some(at(2)))
    );
}

async fn tokens(db: &Db, town: &Town) {
    let (town, id) = (*town, TokenId::new(db.ids.next()));
    change!(db, |tx| {
        let scopes = BTreeSet::from([Scope::Read, Scope::Write]);
        let token = NewToken {
            id,
            user: town.author,
            label: "投稿用",
            hash: [4; 32],
            scopes: &scopes,
            created_at: at(1),
            expires_at: at(1000),
        };
        people::insert_token(tx, town.organization, &token).await
    })
    .unwrap();
    let mut reader = db.reader().await;
    let found = people::find_tokens(&mut reader, &[id].into()).await.unwrap();
    let found = found[&id].clone();
    assert_eq!(
        (found.organization, found.user, found.hash, found.expires_at),
        (town.organization, town.author, [4; 32], at(1000))
    );
    assert_eq!(found.standing, Standing::Good);
    let person = found.person();
    assert_eq!(
        (person.token, person.scopes.len(), person.grants.len()),
        (id, 2, 4)
    );
    drop(reader);

    change!(db, |tx| people::revoke_token(tx, town.organization, id, at(3))
        .await)
    .unwrap();
    let again = change!(db, |tx| people::revoke_token(tx, town.organization, id, at(3))
        .await);
    assert!(matches!(again, Err(StoreError::Stale(_))));
    let mut reader = db.reader().await;
    let found = people::find_tokens(&mut reader, &[id].into()).await.unwrap();
    assert_eq!(found[&id].standing, Standing::Revoked);
    let listed = people::tokens(&mut reader, town.organization).await.unwrap();
    let summary = &listed[0];
    assert_eq!((summary.id(), summary.user()), (id, town.author));
    assert_eq!(
        (summary.scopes.as_str(), summary.revoked_at),
        ("read write", Some(at(3)))
    );
}

async fn policy(db: &Db, town: &Town) {
    let (organization, id) = (town.organization, PolicyId::new(db.ids.next()));
    let digest = PolicyDigest::new([6; 32]);
    change!(db, |tx| {
        let document = only("text");
        let new = policies::NewVersion::<_, ()> {
            id,
            digest,
            document: &document,
            origin: None,
            by: "管理者",
        };
        policies::insert(tx, organization, new, at(4)).await?;
        organizations::set_policy(tx, organization, id).await
    })
    .unwrap();
    let mut reader = db.reader().await;
    let known = policies::find_by_digest(&mut reader, organization, digest).await;
    assert_eq!(known.unwrap(), Some(id));
    let current = policies::current(&mut reader, organization).await;
    assert_eq!(current.unwrap(), Some((id, digest)));
    let document: BTreeSet<String> = policies::document(&mut reader, organization, id).await.unwrap();
    assert_eq!(document, only("text".to_owned()));
    let all = policies::all(&mut reader, organization).await.unwrap();
    assert_eq!(
        (
            all.len(),
            all[0].id,
            all[0].imported_at,
            all[0].imported_by.as_str()
        ),
        (1, id, at(4), "管理者")
    );
    let epoch = organizations::find(&mut reader, organization).await.unwrap();
    assert_eq!(epoch.unwrap().gate_epoch, 2);
}

async fn account(db: &Db, town: &Town) {
    let (town, second) = (*town, AccountId::new(db.ids.next()));
    let registered = town.account(second);
    let limits = Limits {
        max_characters: 500,
        characters_per_url: 23,
        film_bytes: None,
    };
    let keys = KeySupport::Honoured { seconds: 3500 };
    let (first_limits, first_remote) = (limits.clone(), town.account.to_string());
    change!(db, |tx| {
        accounts::insert(tx, &registered, at(5)).await?;
        accounts::connect(
            tx,
            town.organization,
            town.account,
            &first_remote,
            &first_limits,
            keys,
        )
        .await?;
        accounts::set_facts(tx, town.organization, second, &first_limits, keys).await?;
        let (from, to) = (AccountStatus::Registered, AccountStatus::Suspended);
        accounts::set_status(tx, town.organization, second, from, to).await
    })
    .unwrap();
    let late = limits.clone();
    let refused = change!(db, |tx| accounts::connect(
        tx,
        town.organization,
        second,
        "109",
        &late,
        keys
    )
    .await);
    assert!(matches!(refused, Err(StoreError::Stale(_))), "it is suspended");

    let mut expected = town.account(town.account);
    expected.status = AccountStatus::Active;
    expected.remote_id = Some(town.account.to_string());
    expected.limits = Some(limits);
    expected.keys = keys;
    let mut reader = db.reader().await;
    let found = accounts::find(&mut reader, town.organization, town.account).await;
    assert_eq!(format!("{:?}", found.unwrap().unwrap()), format!("{expected:?}"));
    let these = accounts::these(&mut reader, town.organization, &[second].into()).await;
    assert_eq!(
        these.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(),
        [second]
    );
    let page = async |reader: &mut _, after, limit| {
        let page = accounts::page(reader, town.organization, after, limit)
            .await
            .unwrap();
        page.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let first = page(&mut reader, None, 1).await;
    let others = page(&mut reader, first.first().copied(), 10).await;
    let all = accounts::all(&mut reader, town.organization).await.unwrap();
    assert!(
        [first, others]
            .concat()
            .into_iter()
            .eq(all.iter().map(|one| one.id))
    );
    let listed: Vec<_> = all.iter().map(|account| (account.id, account.status)).collect();
    let (active, suspended) = (AccountStatus::Active, AccountStatus::Suspended);
    assert_eq!(listed, [(town.account, active), (second, suspended)]);
}

async fn connection(db: &Db, town: &Town) {
    let (town, id) = (*town, ConnectionId::new(db.ids.next()));
    let state = id.to_string();
    let hash = state.clone();
    change!(db, |tx| {
        let (organization, account) = (town.organization, town.account);
        let connection = Connection {
            id,
            account,
            user: town.author,
            sealed: b"verifier".to_vec(),
            redirect_uri: "https://sekisho.example/back".to_owned(),
            expires_at: at(600),
        };
        connections::insert(tx, organization, &connection, hash.as_bytes(), at(6)).await
    })
    .unwrap();

    let mut reader = db.reader().await;
    let found = connections::find(&mut reader, town.organization, state.as_bytes()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(
        (found.id, found.account, found.user, found.expires_at),
        (id, town.account, town.author, at(600))
    );
    drop(reader);

    change!(db, |tx| connections::spend(tx, town.organization, id, at(7))
        .await)
    .unwrap();
    let mut reader = db.reader().await;
    let used = connections::find(&mut reader, town.organization, state.as_bytes()).await;
    assert!(used.unwrap().is_none());
    let spent = connections::used(&mut reader, town.organization, id).await;
    assert_eq!(spent.unwrap().unwrap().id, id);
}

/// As many new ids as one wants.
fn ids<const N: usize>(db: &Db) -> [Uuid; N] {
    std::array::from_fn(|_| db.ids.next())
}
