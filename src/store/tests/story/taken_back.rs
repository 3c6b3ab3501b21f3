//! A page of its own: what is out is taken back.

use uuid::Uuid;

use super::post::Told;
use crate::{
    domain::{
        delivery::Fence,
        ids::{OrganizationId, WithdrawalId},
        withdrawal::{Withdrawal, WithdrawalPhase, WithdrawalState},
    },
    store::{
        StoreError,
        tests::{
            Db,
            town::{Town, at},
        },
        withdrawals,
    },
};

/// An order is worked on by one at a time, outlives who worked on it, and ends once.
pub(super) async fn run(db: &Db, town: &Town, told: &Told) {
    let published = &told.published;
    let ordered = Withdrawal {
        id: WithdrawalId::new(db.ids.next()),
        organization: town.organization,
        post: published.post,
        delivery: published.id,
        account: town.account,
        part: 0,
        remote_id: "110".to_owned(),
        ordered_by: town.approver,
        reason: "誤り".to_owned(),
        ordered_at: at(30),
        fence: Fence(0),
        state: WithdrawalState::Waiting { due: at(30) },
    };
    insert(db, &ordered).await.unwrap();
    let twice = Withdrawal {
        id: WithdrawalId::new(db.ids.next()),
        ..ordered.clone()
    };
    assert!(insert(db, &twice).await.unwrap_err().is_duplicate());
    let mut reader = db.reader().await;
    assert_eq!(withdrawals::next(&mut reader).await.unwrap(), Some(at(30)));
    drop(reader);
    assert!(!is_due(db, &ordered, 29).await);
    assert!(is_due(db, &ordered, 30).await);

    let claimed = ordered.clone().claim("node".into(), at(30), at(90)).unwrap();
    let begun = begin(db, &ordered, &claimed).await.unwrap();
    assert_eq!(begun, claimed);
    assert!(matches!(
        begin(db, &ordered, &claimed).await,
        Err(StoreError::Stale(_))
    ));
    assert!(!is_due(db, &ordered, 89).await);
    assert!(is_due(db, &ordered, 90).await, "its worker is dead");

    let refused = claimed
        .clone()
        .refused(Fence(1), "no".to_owned(), at(31))
        .unwrap();
    update(db, &claimed, &refused).await.unwrap();
    let again = refused.clone().again(at(40)).unwrap();
    update(db, &refused, &again).await.unwrap();
    let gone = again.clone().withdrawn(at(41));
    update(db, &again, &gone).await.unwrap();
    assert_eq!(find(db, &gone).await.as_ref(), Some(&gone));
    assert_eq!(gone.state.phase(), WithdrawalPhase::Withdrawn);
    assert!(!is_due(db, &gone, 9000).await);
    let mut reader = db.reader().await;
    let of_post = withdrawals::of_post(&mut reader, town.organization, published.post).await;
    assert_eq!(of_post.unwrap(), std::slice::from_ref(&gone));
    let elsewhere = OrganizationId::new(Uuid::nil());
    let stranger = withdrawals::find(&mut reader, elsewhere, gone.id).await;
    assert_eq!(stranger.unwrap(), None);
}

async fn insert(db: &Db, order: &Withdrawal) -> Result<(), StoreError> {
    let order = order.clone();
    change!(db, |tx| withdrawals::insert(tx, &order).await)
}

async fn begin(db: &Db, before: &Withdrawal, after: &Withdrawal) -> Result<Withdrawal, StoreError> {
    let (before, after) = (before.clone(), after.clone());
    change!(db, |tx| {
        let removal = withdrawals::begin(tx, &before, after).await?;
        Ok::<_, StoreError>(removal.order().clone())
    })
}

async fn update(db: &Db, before: &Withdrawal, after: &Withdrawal) -> Result<(), StoreError> {
    let (before, after) = (before.clone(), after.clone());
    change!(db, |tx| withdrawals::update(tx, &before, &after).await)
}

async fn find(db: &Db, order: &Withdrawal) -> Option<Withdrawal> {
    let mut reader = db.reader().await;
    withdrawals::find(&mut reader, order.organization, order.id)
        .await
        .unwrap()
}

async fn is_due(db: &Db, order: &Withdrawal, now: i64) -> bool {
    let mut reader = db.reader().await;
    let due = withdrawals::due(&mut reader, at(now), 64).await.unwrap();
    due.iter().any(|one| one.id == order.id)
}
