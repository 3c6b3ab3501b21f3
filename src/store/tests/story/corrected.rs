//! A page of its own: what is out gets other words by a later post, and has one id with it.

use super::post::Told;
use crate::{
    domain::{
        attempt::{Outcome, RemoteRef},
        correction::{Correction, PartOut},
        delivery::Delivery,
        ids::{OrganizationId, PostId},
        revision::{Act, Content, Payload, Revision},
    },
    store::{
        attempts, corrections, deliveries, organizations, posts,
        tests::{
            Db,
            town::{GRACE, Town, at, attempt, begins, intended, step},
        },
    },
};

/// While it may be landing nobody edits the same post; once it is out, both know of it.
pub(super) async fn run(db: &Db, town: &Town, told: &Told) {
    let published = &told.published;
    let out = PartOut {
        post: published.post,
        delivery: published.id,
        part: 0,
    };
    let remote = published.series.first().unwrap().clone();
    let correction = queued(db, town, &remote.id).await;
    assert!(!in_doubt(db, town, &remote.id).await);
    let claimed = claimed(db, &correction).await;
    let mut reader = db.reader().await;
    let epoch = organizations::find(&mut reader, town.organization)
        .await
        .unwrap()
        .unwrap()
        .gate_epoch;
    drop(reader);
    let (organization, begun) = (town.organization, attempt(db, &claimed, epoch, at(27)));
    let wanted = begun.clone();
    change!(db, |tx| intended(tx, organization, wanted).await).unwrap();
    assert!(in_doubt(db, town, &remote.id).await);
    assert!(!in_doubt(db, town, "111").await);
    let mut reader = db.reader().await;
    let own = corrections::is_in_doubt(
        &mut reader,
        organization,
        town.account,
        correction.post,
        &remote.id,
    );
    assert!(!own.await.unwrap(), "it does not stand in its own way");
    drop(reader);
    accepted(db, &correction, begun.id, remote.clone()).await;

    let mut reader = db.reader().await;
    let found = corrections::original(&mut reader, organization, town.account, &remote.id).await;
    assert_eq!(found.unwrap(), Some(out), "the oldest one is the original");
    let elsewhere = OrganizationId::new(uuid::Uuid::nil());
    let found = corrections::original(&mut reader, elsewhere, town.account, &remote.id).await;
    assert_eq!(found.unwrap(), None);
    let withdrawn = corrections::is_withdrawn(&mut reader, organization, &out).await;
    assert!(!withdrawn.unwrap());
    let corrected = corrections::of_post(&mut reader, organization, published.post).await;
    let expected = Correction {
        corrected: published.id,
        post: correction.post,
        delivery: correction.id,
        at: at(28),
    };
    assert_eq!(corrected.unwrap(), [expected]);
    let corrected = corrections::of_post(&mut reader, organization, correction.post).await;
    assert_eq!(corrected.unwrap(), [], "nothing corrects the latest");
}

async fn in_doubt(db: &Db, town: &Town, remote_id: &str) -> bool {
    let mut reader = db.reader().await;
    let nobody = PostId::new(uuid::Uuid::nil());
    corrections::is_in_doubt(&mut reader, town.organization, town.account, nobody, remote_id)
        .await
        .unwrap()
}

async fn queued(db: &Db, town: &Town, remote_id: &str) -> Delivery {
    let (post, mut delivery) = town.begin(db, Some(at(25)));
    let written = town.revision(db.ids.next(), post.id, 1, "断水のお知らせ(時刻を訂正)");
    let payload = Payload {
        refers_to: Some(remote_id.to_owned()),
        ..written.content.payloads()[0].clone()
    };
    let of = &written.content;
    let content = Content::new(Act::Correct, of.kind, None, of.range, vec![payload]).unwrap();
    let revision = Revision {
        digest: content.digest(town.organization),
        content,
        ..written
    };
    delivery.revision = revision.digest;
    let (organization, stored) = (town.organization, delivery.clone());
    change!(db, |tx| {
        posts::insert(tx, &post, at(24)).await?;
        posts::insert_revision(tx, organization, &revision).await?;
        deliveries::insert(tx, organization, &[begins(&stored)], at(24)).await
    })
    .unwrap();
    delivery
}

async fn claimed(db: &Db, pending: &Delivery) -> Delivery {
    let waiting = pending.clone().approve(at(26)).unwrap();
    let waiting = step(db, pending, waiting).await.unwrap();
    let claimed = waiting.clone().claim("node".to_owned(), at(26), at(86)).unwrap();
    step(db, &waiting, claimed).await.unwrap()
}

async fn accepted(db: &Db, delivery: &Delivery, attempt: crate::domain::ids::AttemptId, remote: RemoteRef) {
    let before = super::super::town::look(db, delivery).await;
    let (organization, outcome) = (delivery.organization, Outcome::Published(remote.clone()));
    let after = before.clone().accepted(0, remote, at(28));
    change!(db, |tx| {
        attempts::close(tx, organization, attempt, &outcome, at(28)).await?;
        deliveries::update(tx, &before, &after, GRACE).await
    })
    .unwrap();
}
