//! A page of its own: what the checks compare with, and an account's hours.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        account_policy::{AccountPolicy, PolicyField, PolicyText, PolicyTexts},
        ids::{AccountPolicyId, OrganizationId},
        records::{Contact, ContactKind, ElectionPeriod, Records},
        window::AccountHours,
    },
    store::{
        StoreError, account_policies, accounts, organizations,
        records::{self, Entry, Extent, Topic},
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    let neighbour = OrganizationId::new(db.ids.next());
    change!(db, |tx| organizations::insert(tx, neighbour, "隣の村", at(6))
        .await)
    .unwrap();
    let kept = everything(town);
    let entries = entries(&kept);
    keep(db, town, &[], entries.clone()).await;
    let mut reader = db.reader().await;
    assert_eq!(records::all(&mut reader, town.organization).await.unwrap(), kept);
    let elsewhere = records::all(&mut reader, neighbour).await.unwrap();
    assert_eq!(elsewhere, Records::default());
    drop(reader);
    replaced(db, town, kept).await;
    let foreign = Entry::SignOffLine(town.division, "よその課".to_owned());
    let (organization, id) = (neighbour, db.ids.next());
    let refused = change!(db, |tx| records::insert(tx, organization, id, foreign).await);
    assert!(refused.is_err(), "a division of another organization");
    hours(db, town, neighbour).await;
    texts(db, town, neighbour).await;
}

/// Each change takes away its own kind and nothing else.
async fn replaced(db: &Db, town: &Town, mut kept: Records) {
    let gone = [
        Extent::Topic(Topic::Election),
        Extent::LineOf(town.division),
        Extent::HashtagsOf(town.account),
    ];
    keep(db, town, &gone, Vec::new()).await;
    kept.elections.clear();
    kept.sign_off_lines.clear();
    kept.required_hashtags.clear();
    let mut reader = db.reader().await;
    assert_eq!(records::all(&mut reader, town.organization).await.unwrap(), kept);
    drop(reader);
    // Rows of every topic stay for the tests that look at the tables.
    keep(db, town, &[], entries(&everything(town))[3..].to_vec()).await;
}

async fn keep(db: &Db, town: &Town, gone: &[Extent], entries: Vec<Entry>) {
    let (organization, gone) = (town.organization, gone.to_vec());
    let rows: Vec<_> = entries.into_iter().map(|entry| (db.ids.next(), entry)).collect();
    change!(db, |tx| {
        for extent in gone {
            records::clear(tx, organization, extent).await?;
        }
        for (id, entry) in rows {
            records::insert(tx, organization, id, entry).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

fn everything(town: &Town) -> Records {
    let contact = |kind, value: &str, division| Contact {
        kind,
        value: value.to_owned(),
        division,
    };
    Records {
        official_domains: BTreeSet::from(["city.akebono.lg.jp".to_owned()]),
        contacts: vec![
            contact(ContactKind::Phone, "0123-45-6789", Some(town.division)),
            contact(ContactKind::Mail, "kouhou@city.akebono.lg.jp", None),
        ],
        elections: vec![ElectionPeriod {
            name: "町長選挙".to_owned(),
            announced_on: "2026-11-10".parse().unwrap(),
            polling_on: "2026-11-15".parse().unwrap(),
        }],
        sign_off_lines: BTreeMap::from([(town.division, "広報課".to_owned())]),
        required_hashtags: BTreeMap::from([(town.account, BTreeSet::from(["#あけぼの町".to_owned()]))]),
        policy_fields: BTreeMap::new(),
        credentials: BTreeMap::new(),
    }
}

/// The rows of records, in the order of their topics.
fn entries(kept: &Records) -> Vec<Entry> {
    let domains = kept.official_domains.iter().cloned().map(Entry::OfficialDomain);
    let contacts = kept.contacts.iter().cloned().map(Entry::Contact);
    let elections = kept.elections.iter().cloned().map(Entry::Election);
    let lines = kept.sign_off_lines.iter();
    let lines = lines.map(|(division, line)| Entry::SignOffLine(*division, line.clone()));
    let tags = kept.required_hashtags.iter();
    let tags = tags.flat_map(|(account, tags)| tags.iter().map(|tag| Entry::Hashtag(*account, tag.clone())));
    domains
        .chain(contacts)
        .chain(elections)
        .chain(lines)
        .chain(tags)
        .collect()
}

async fn hours(db: &Db, town: &Town, neighbour: OrganizationId) {
    let (organization, account) = (town.organization, town.account);
    let hours = AccountHours::unrestricted();
    change!(db, |tx| accounts::set_hours(tx, organization, account, &hours)
        .await)
    .unwrap();
    let hours = AccountHours::unrestricted();
    let foreign = change!(db, |tx| accounts::set_hours(tx, neighbour, account, &hours).await);
    assert!(
        matches!(foreign, Err(StoreError::Stale(_))),
        "an account of another organization"
    );
}

/// What an account's policy says, twice, and its route.
async fn texts(db: &Db, town: &Town, neighbour: OrganizationId) {
    let (organization, account) = (town.organization, town.account);
    let version = |version, text: &str| AccountPolicy {
        version,
        texts: PolicyTexts::from([(
            PolicyField::Purpose,
            PolicyText {
                ja: text.to_owned(),
                en: None,
            },
        )]),
        set_by: town.author,
        set_at: at(version),
    };
    let keep = async |organization, policy: &AccountPolicy| {
        let (id, policy) = (AccountPolicyId::new(db.ids.next()), policy.clone());
        change!(db, |tx| account_policies::insert(
            tx,
            organization,
            account,
            id,
            &policy
        )
        .await)
    };
    let (first, second) = (version(1, "市政の広報"), version(2, "市政と防災の広報"));
    keep(organization, &first).await.unwrap();
    keep(organization, &second).await.unwrap();
    let twice = keep(organization, &first).await;
    assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
    assert!(keep(neighbour, &version(3, "よその町")).await.is_err());
    let mut reader = db.reader().await;
    let current = account_policies::current(&mut reader, organization, account).await;
    assert_eq!(current.unwrap(), Some(second.clone()));
    let all = account_policies::all(&mut reader, organization, account).await;
    assert_eq!(all.unwrap(), [second, first]);
    let elsewhere = account_policies::current(&mut reader, neighbour, account).await;
    assert_eq!(elsewhere.unwrap(), None);
    drop(reader);
    let route = town.route();
    change!(db, |tx| accounts::set_route(tx, organization, account, &route)
        .await)
    .unwrap();
    let route = town.route();
    let foreign = change!(db, |tx| accounts::set_route(tx, neighbour, account, &route).await);
    assert!(matches!(foreign, Err(StoreError::Stale(_))));
}
