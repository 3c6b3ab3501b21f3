//! The third chapter: holds, an emergency, and what the sweep finds.

use chrono::TimeDelta;

use super::post::Told;
use crate::{
    domain::{
        delivery::{Delivery, DeliveryPhase},
        digest::FindingId,
        emergency::{Emergency, EmergencyKind},
        hold::{Hold, HoldCause, HoldReason, HoldScope},
        ids::{AccountId, EmergencyId, HoldId},
    },
    store::{
        StoreError, deliveries,
        emergencies::{self, Unseen},
        holds,
        tests::{
            Db,
            town::{Town, at, look, only, step},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town, told: &Told) {
    held(db, town).await;
    emergency(db, town, &told.published).await;
    swept(db, town).await;
    taken_back(db, town).await;
}

async fn held(db: &Db, town: &Town) {
    let town = *town;
    let scopes = [
        HoldScope::Organization,
        HoldScope::Division(town.division),
        HoldScope::Account(town.account),
    ];
    let set: Vec<Hold> = scopes
        .into_iter()
        .map(|scope| Hold {
            id: HoldId::new(db.ids.next()),
            scope,
            reason: "確認中".to_owned(),
            set_by: Some(town.approver),
            set_at: at(50),
            lifted: None,
        })
        .collect();
    let stored = set.clone();
    change!(db, |tx| {
        for hold in &stored {
            holds::insert(tx, town.organization, hold).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let mut reader = db.reader().await;
    assert_eq!(
        holds::in_force(&mut reader, town.organization).await.unwrap(),
        set
    );
    drop(reader);
    let id = set[0].id;
    change!(db, |tx| holds::lift(
        tx,
        town.organization,
        id,
        town.approver,
        at(51)
    )
    .await)
    .unwrap();
    let mut reader = db.reader().await;
    assert_eq!(
        holds::in_force(&mut reader, town.organization).await.unwrap(),
        set[1..]
    );
    let lifted = holds::find(&mut reader, town.organization, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(lifted.lifted, Some((town.approver, at(51))));
}

async fn emergency(db: &Db, town: &Town, published: &Delivery) {
    let (town, id) = (*town, EmergencyId::new(db.ids.next()));
    let declared = Emergency {
        id,
        kind: EmergencyKind::HeavyRain,
        reason: "大雨警報".to_owned(),
        accounts: only(town.account),
        declared_by: town.officer,
        declared_at: at(60),
        expires_at: at(600),
        ended: None,
    };
    let (stored, delivery) = (declared.clone(), published.id);
    change!(db, |tx| {
        let debts = [FindingId::new([1; 32])];
        emergencies::insert(tx, town.organization, &stored).await?;
        let first = Unseen {
            delivery,
            emergency: id,
            debts: &debts,
            at: at(61),
        };
        let second = Unseen {
            debts: &[],
            at: at(62),
            ..first
        };
        emergencies::open_reviews_of(tx, town.organization, [first]).await?;
        emergencies::open_reviews_of(tx, town.organization, [second]).await
    })
    .unwrap();
    let mut reader = db.reader().await;
    let live = async |reader: &mut _, accounts, now| {
        let live = emergencies::live(reader, town.organization, &accounts, now);
        live.await.unwrap()
    };
    let asked = only(town.account);
    assert_eq!(
        live(&mut reader, asked.clone(), at(599)).await,
        std::slice::from_ref(&declared)
    );
    assert_eq!(live(&mut reader, asked, at(600)).await, []);
    let [of_others] = &live(&mut reader, only(AccountId::new(db.ids.next())), at(599)).await[..] else {
        panic!("one is live");
    };
    assert!(
        of_others.accounts.is_empty(),
        "it covers no account that was not asked about"
    );
    let open = emergencies::open_reviews(&mut reader, town.organization)
        .await
        .unwrap();
    assert_eq!((open.len(), open[0].opened_at), (1, at(61)), "once is enough");
    assert_eq!(
        (open[0].delivery, open[0].post, open[0].emergency),
        (published.id, published.post, id)
    );
    assert_eq!(open[0].debts, [FindingId::new([1; 32])]);
    drop(reader);

    change!(db, |tx| {
        emergencies::end(tx, town.organization, id, town.officer, at(63)).await?;
        emergencies::close_review(
            tx,
            town.organization,
            delivery,
            town.approver,
            Some("問題なし"),
            at(64),
        )
        .await
    })
    .unwrap();
    let twice = change!(db, |tx| {
        emergencies::close_review(tx, town.organization, delivery, town.approver, None, at(65)).await
    });
    assert!(matches!(twice, Err(StoreError::Stale(_))));
    let mut reader = db.reader().await;
    assert_eq!(live(&mut reader, only(town.account), at(64)).await, []);
    let open = emergencies::open_reviews(&mut reader, town.organization).await;
    assert_eq!(open.unwrap(), []);
    let found = emergencies::find(&mut reader, town.organization, id)
        .await
        .unwrap();
    assert_eq!(found.unwrap().ended, Some((town.officer, at(63))));
    assert_eq!(
        emergencies::all(&mut reader, town.organization)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// A lease that ran out, a time that is over, a doubt that is to be looked up.
async fn swept(db: &Db, town: &Town) {
    let expired = town.claimed(db, "dead", at(100)).await;
    let missed = town.waiting(db, at(100)).await;
    let claimed = town.claimed(db, "node", at(100)).await;
    let id = crate::domain::ids::AttemptId::new(db.ids.next());
    let publishing = claimed.clone().intend(claimed.fence, id, at(101)).unwrap();
    let publishing = step(db, &claimed, publishing).await.unwrap();
    let unknown = publishing.clone().doubt(at(102), at(110)).unwrap();
    let unknown = step(db, &publishing, unknown).await.unwrap();

    let (of_lease, of_grace) = (expired.id, missed.id);
    change!(db, |tx| {
        let none = deliveries::expired(tx, at(159), 100).await?;
        assert!(none.iter().all(|stored| stored.delivery.id != of_lease));
        let over = deliveries::expired(tx, at(160), 100).await?;
        assert!(over.iter().any(|stored| stored.delivery.id == of_lease));
        let none = deliveries::missed(tx, at(699), 100).await?;
        assert!(none.iter().all(|stored| stored.delivery.id != of_grace));
        let over = deliveries::missed(tx, at(700), 100).await?;
        assert!(over.iter().any(|stored| stored.delivery.id == of_grace));
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let mut reader = db.reader().await;
    let looked = deliveries::to_look_up(&mut reader, at(110), 100).await.unwrap();
    assert!(looked.iter().any(|stored| stored.delivery == unknown));
    let attention = deliveries::attention(&mut reader, town.organization)
        .await
        .unwrap();
    assert_eq!((attention.len(), &attention[0].delivery), (1, &unknown));
    assert_eq!(
        deliveries::next_instant(&mut reader, at(0)).await.unwrap(),
        Some(at(100))
    );
    drop(reader);
    let given_back = expired.clone().give_back(at(160)).unwrap();
    step(db, &expired, given_back).await.unwrap();
    let gone = missed.clone().miss(at(700), at(700)).unwrap();
    step(db, &missed, gone).await.unwrap();
}

async fn taken_back(db: &Db, town: &Town) {
    let pending = town.pending(db, None).await;
    let reason = HoldReason {
        cause: HoldCause::Gate,
        detail: "words".to_owned(),
    };
    let held = pending.clone().hold(reason, at(800), at(800)).unwrap();
    let held = step(db, &pending, held).await.unwrap();
    let replanned = held.clone().replan(at(900) + TimeDelta::microseconds(1)).unwrap();
    let replanned = step(db, &held, replanned).await.unwrap();
    let cancelled = replanned.clone().cancel(town.author, at(801)).unwrap();
    let cancelled = step(db, &replanned, cancelled).await.unwrap();
    assert_eq!(cancelled.state.phase(), DeliveryPhase::Cancelled);
    assert_eq!(look(db, &pending).await, cancelled);
}
