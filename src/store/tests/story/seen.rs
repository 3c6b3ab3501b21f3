//! A page of its own: what was seen outside.

use std::collections::BTreeSet;

use crate::{
    domain::{
        digest::RevisionDigest,
        evidence::{LinkEnd, LinkLook, OutsideFinding},
        finding::Severity,
        ids::OrganizationId,
    },
    store::{
        link_looks, organizations, outside_looks,
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

const PAGE: &str = "https://www.city.akebono.lg.jp/お知らせ?a=\"1\"";
const OTHER: &str = "https://example.jp/";

pub(super) async fn run(db: &Db, town: &Town) {
    let neighbour = OrganizationId::new(db.ids.next());
    change!(db, |tx| organizations::insert(tx, neighbour, "向かいの町", at(6))
        .await)
    .unwrap();
    links(db, town.organization, neighbour).await;
    outside(db, town.organization, neighbour).await;
}

fn look(minute: i64, end: LinkEnd) -> LinkLook {
    LinkLook {
        at: at(minute),
        hops: vec![PAGE.to_owned(), OTHER.to_owned()],
        end,
    }
}

async fn keep(db: &Db, organization: OrganizationId, address: &'static str, look: LinkLook) {
    change!(db, |tx| link_looks::keep(tx, organization, address, &look).await).unwrap();
}

async fn links(db: &Db, organization: OrganizationId, neighbour: OrganizationId) {
    let asked: BTreeSet<String> = [PAGE, OTHER, "https://never.example.jp/"]
        .map(str::to_owned)
        .into();
    keep(db, organization, PAGE, look(1, LinkEnd::Reached)).await;
    // The latest look is the one that counts.
    keep(db, organization, PAGE, look(5, LinkEnd::NotFound)).await;
    keep(
        db,
        organization,
        "https://not-asked.example.jp/",
        look(5, LinkEnd::Reached),
    )
    .await;
    keep(db, neighbour, OTHER, look(2, LinkEnd::Private)).await;
    let mut reader = db.reader().await;
    let seen = link_looks::at(&mut reader, organization, &asked).await.unwrap();
    assert_eq!(seen, [(PAGE.to_owned(), look(5, LinkEnd::NotFound))].into());
    let seen = link_looks::at(&mut reader, neighbour, &asked).await.unwrap();
    assert_eq!(seen, [(OTHER.to_owned(), look(2, LinkEnd::Private))].into());
    let none = link_looks::at(&mut reader, organization, &BTreeSet::new()).await;
    assert!(none.unwrap().is_empty());
    drop(reader);
    assert_eq!(change!(db, |tx| link_looks::forget(tx, at(3)).await).unwrap(), 1);
    let mut reader = db.reader().await;
    let seen = link_looks::at(&mut reader, neighbour, &asked).await.unwrap();
    assert!(seen.is_empty());
}

async fn outside(db: &Db, organization: OrganizationId, neighbour: OrganizationId) {
    let revision = RevisionDigest::new([9; 32]);
    let findings = vec![OutsideFinding {
        rule: "tone".to_owned(),
        severity: Severity::Confirm,
        message_ja: "言い方がきつい".to_owned(),
        message_en: "Harsh".to_owned(),
    }];
    for said in [Vec::new(), findings.clone()] {
        change!(db, |tx| outside_looks::keep(
            tx,
            organization,
            revision,
            at(1),
            &said
        )
        .await)
        .unwrap();
    }
    let mut reader = db.reader().await;
    let of = outside_looks::of(&mut reader, organization, revision).await;
    assert_eq!(of.unwrap(), Some(findings));
    let of = outside_looks::of(&mut reader, neighbour, revision).await;
    assert_eq!(of.unwrap(), None);
}
