//! A small town hall to try the store on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Db;
use crate::{
    domain::{
        abilities::Preparation,
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover, KeySupport, Platform},
        attempt::{Attempt, Authority, IdempotencyKey},
        delivery::{Delivery, DeliveryState, Fence},
        digest::{PolicyDigest, RevisionDigest, TextFingerprint, TextMark},
        flow::Priority,
        ids::{
            AccountId, AttemptId, DeliveryId, DivisionId, EntryId, OrganizationId, PostId, RevisionId, UserId,
        },
        post::{Post, PostState, PublishMode},
        revision::{Act, AllowedRange, Content, Kind, Part, Payload, Revision, Visibility},
        route::{Requirement, Route, Stage},
        window::AccountHours,
    },
    store::{
        StoreError, Tx, accounts,
        attempts::{self, Intent, IntentError},
        deliveries::{self, New, Stored, Wanted},
        ledger::{self, Telling},
        organizations, people, posts,
    },
};

/// The grace of every account here.
pub(super) const GRACE: TimeDelta = TimeDelta::minutes(10);

/// Seconds after the one moment from which all tests count.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// A municipality with a division, three people and an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Town {
    pub(super) organization: OrganizationId,
    pub(super) division: DivisionId,
    pub(super) author: UserId,
    pub(super) approver: UserId,
    pub(super) officer: UserId,
    pub(super) account: AccountId,
}

impl Town {
    /// Founds it.
    pub(super) async fn found(db: &Db) -> Self {
        let next = || db.ids.next();
        let town = Self {
            organization: OrganizationId::new(next()),
            division: DivisionId::new(next()),
            author: UserId::new(next()),
            approver: UserId::new(next()),
            officer: UserId::new(next()),
            account: AccountId::new(next()),
        };
        let account = town.account(town.account);
        change!(db, |tx| {
            organizations::insert(tx, town.organization, "関所市", at(0)).await?;
            organizations::insert_division(tx, town.organization, town.division, "広報課").await?;
            for (user, login) in [
                (town.author, "author"),
                (town.approver, "approver"),
                (town.officer, "officer"),
            ] {
                people::insert_user(tx, town.organization, user, login, "職員", at(0)).await?;
            }
            accounts::insert(tx, &account, at(0)).await
        })
        .unwrap();
        town
    }

    /// An account of the register, not connected yet.
    pub(super) fn account(&self, id: AccountId) -> Account {
        Account {
            id,
            organization: self.organization,
            platform: Platform::Mastodon,
            instance: "https://social.example".to_owned(),
            handle: id.to_string(),
            remote_id: None,
            name: "市の公式".to_owned(),
            status: AccountStatus::Registered,
            purpose: AccountPurpose::Public,
            zone: chrono_tz::Asia::Tokyo,
            hours: AccountHours::unrestricted(),
            grace: GRACE,
            route: self.route(),
            divisions: vec![self.division],
            limits: None,
            keys: KeySupport::NotHonoured,
            emergency_cover: EmergencyCover::Covered,
        }
    }

    /// One signature of the division.
    pub(super) fn route(&self) -> Route {
        Route::new(vec![Stage {
            title: "課長決裁".to_owned(),
            requirement: Requirement::ApproverOf(self.division),
        }])
    }

    /// A draft that is nowhere yet.
    pub(super) fn draft(&self, id: Uuid) -> Post {
        Post {
            id: PostId::new(id),
            organization: self.organization,
            author: self.author,
            document_number: None,
            publish: PublishMode::At(at(0)),
            version: 1,
            state: PostState::Draft,
        }
    }

    /// A revision of a post that says `text`.
    pub(super) fn revision(&self, id: Uuid, post: PostId, number: i64, text: &str) -> Revision {
        let payload = Payload {
            account: self.account,
            parts: vec![Part {
                text: text.to_owned(),
                link_card: None,
                media: Vec::new(),
            }],
            language: Some("ja".to_owned()),
            visibility: Visibility::Public,
            refers_to: None,
            audience: None,
        };
        let range = AllowedRange::new(at(0), at(3600)).unwrap();
        let content = Content::new(Act::New, Kind::Ordinary, None, range, vec![payload]).unwrap();
        let digest = content.digest(self.organization);
        Revision {
            id: RevisionId::new(id),
            post,
            number,
            editor: self.author,
            created_at: at(1),
            content,
            digest,
        }
    }

    /// A pending delivery of a new post, as it begins.
    pub(super) fn begin(&self, db: &Db, publish_at: Option<DateTime<Utc>>) -> (Post, Delivery) {
        let post = self.draft(db.ids.next());
        let delivery = Delivery {
            id: DeliveryId::new(db.ids.next()),
            organization: self.organization,
            post: post.id,
            account: self.account,
            revision: RevisionDigest::new([7; 32]),
            publish_at,
            generation: 0,
            series: crate::domain::delivery::Series::of(1),
            fence: Fence(0),
            state: DeliveryState::Pending,
        };
        (post, delivery)
    }

    /// A stored pending delivery of a new post.
    pub(super) async fn pending(&self, db: &Db, publish_at: Option<DateTime<Utc>>) -> Delivery {
        let (post, delivery) = self.begin(db, publish_at);
        let stored = delivery.clone();
        change!(db, |tx| put(tx, &post, &stored, Priority::Ordinary).await).unwrap();
        delivery
    }

    /// A stored delivery of a new post that waits for its time.
    pub(super) async fn waiting(&self, db: &Db, due: DateTime<Utc>) -> Delivery {
        let pending = self.pending(db, Some(due)).await;
        let approved = pending.clone().approve(due).unwrap();
        step(db, &pending, approved).await.unwrap()
    }

    /// A stored delivery of a new post that `owner` claimed at `now`; the lease lasts a minute.
    pub(super) async fn claimed(&self, db: &Db, owner: &str, now: DateTime<Utc>) -> Delivery {
        let waiting = self.waiting(db, now).await;
        let until = now + TimeDelta::seconds(60);
        let claimed = waiting.clone().claim(owner.to_owned(), now, until).unwrap();
        step(db, &waiting, claimed).await.unwrap()
    }

    /// Tells the ledger something.
    pub(super) async fn tell(
        &self,
        db: &Db,
        at: DateTime<Utc>,
        subject: &str,
    ) -> Result<EntryId, StoreError> {
        let id = EntryId::new(db.ids.next());
        let telling = self.telling(id, subject);
        change!(db, |tx| ledger::append_all(tx, vec![telling], at).await).map(|()| id)
    }

    /// What there is to tell of a subject.
    pub(super) fn telling(&self, id: EntryId, subject: &str) -> Telling {
        Telling {
            organization: self.organization,
            id,
            actor: format!("user:{}", self.author),
            verb: "post.submitted",
            subject: subject.to_owned(),
            policy: Some(PolicyDigest::new([3; 32])),
            details: serde_json::json!({"title": "避難", "count": 3}),
        }
    }
}

/// Stores a post and its delivery.
pub(super) async fn put(
    tx: &mut Tx,
    post: &Post,
    delivery: &Delivery,
    priority: Priority,
) -> Result<(), StoreError> {
    posts::insert(tx, post, at(0)).await?;
    let new = New {
        priority,
        ..begins(delivery)
    };
    deliveries::insert(tx, delivery.organization, &[new], at(0)).await
}

/// An ordinary delivery that begins its life.
pub(super) fn begins(delivery: &Delivery) -> New {
    New {
        delivery: delivery.clone(),
        priority: Priority::Ordinary,
        preparation: Preparation::Needless,
        mark: mark(),
        grace: GRACE,
    }
}

/// What every text here looks like.
pub(super) const fn mark() -> TextMark {
    TextMark {
        fingerprint: TextFingerprint::new([5; 32]),
        sketch: u64::MAX,
    }
}

/// Writes a transition.
pub(super) async fn step(db: &Db, before: &Delivery, after: Delivery) -> Result<Delivery, StoreError> {
    let (before, written) = (before.clone(), after.clone());
    change!(db, |tx| deliveries::update(tx, &before, &written, GRACE).await).map(|()| after)
}

/// What the store holds of a delivery.
pub(super) async fn look(db: &Db, delivery: &Delivery) -> Delivery {
    let mut reader = db.reader().await;
    let stored = deliveries::find(&mut reader, delivery.organization, delivery.id).await;
    stored.unwrap().unwrap().delivery
}

/// An attempt at a claimed delivery under this epoch.
pub(super) fn attempt(db: &Db, delivery: &Delivery, gate_epoch: i64, now: DateTime<Utc>) -> Attempt {
    Attempt {
        id: AttemptId::new(db.ids.next()),
        delivery: delivery.id,
        revision: delivery.revision,
        fence: delivery.fence,
        generation: delivery.generation,
        part: delivery.series.out(),
        key: IdempotencyKey::derive(
            delivery.id,
            delivery.revision,
            delivery.generation,
            delivery.series.out(),
        ),
        policy: PolicyDigest::new([9; 32]),
        authority: Authority::Route,
        gate_epoch,
        intended_at: now,
        send_by: now + TimeDelta::seconds(30),
    }
}

/// A set of one.
pub(super) fn only<T: Ord>(one: T) -> BTreeSet<T> {
    BTreeSet::from([one])
}

/// Claims what is due for one worker, as the dispatcher does where nothing is in the way.
pub(super) async fn claim_due(
    tx: &mut Tx,
    owner: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    priority: Priority,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let wanted = Wanted {
        priority,
        but_not: &[],
        limit,
    };
    let due = deliveries::due(tx, wanted, now).await?;
    let these: Vec<_> = due.iter().map(|due| due.id).collect();
    deliveries::claim(tx, &these, owner, until).await
}

/// Writes one attempt down, under the epoch that is.
pub(super) async fn intended(
    tx: &mut Tx,
    organization: OrganizationId,
    attempt: Attempt,
) -> Result<Intent, IntentError> {
    let epoch = attempts::epoch(tx, organization).await?;
    let written = attempts::intend(tx, epoch, vec![attempt]).await?;
    written.into_iter().next().unwrap()
}
