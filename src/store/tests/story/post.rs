//! The second chapter: a post is written, signed and sent, and the ledger is sealed.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::{
    domain::{
        abilities::Preparation,
        attempt::{Outcome, OutcomeClass, RemoteRef},
        delivery::{Delivery, DeliveryPhase, DeliveryState},
        digest::{RevisionDigest, TextFingerprint, TextMark},
        flow::Priority,
        ids::{EntryId, OrganizationId, PostId, SignOffId},
        post::{Post, PostPhase, PostState, PublishMode},
        signoff::{Acknowledgement, Decision, SignOff},
    },
    store::{
        StoreError, accounts,
        attempts::{self, Recorded},
        deliveries::{self, New},
        leases::{self, Taken},
        ledger, posts,
        requests::{self, Keyed, Known},
        sign_offs,
        tests::{
            Db,
            town::{GRACE, Town, at, attempt, begins, claim_due, intended, look, step},
        },
    },
};

/// What the next chapter goes on with.
pub(super) struct Told {
    pub(super) published: Delivery,
}

pub(super) async fn run(db: &Db, town: &Town) -> Told {
    let post = written(db, town).await;
    let post = signed(db, town, post).await;
    let published = sent(db, town, &post).await;
    asked_twice(db, town).await;
    told(db, town).await;
    Told { published }
}

async fn written(db: &Db, town: &Town) -> Post {
    let town = *town;
    let mut post = town.draft(db.ids.next());
    post.document_number = Some("関発第1号".to_owned());
    let draft = post.clone();
    let first = town.revision(db.ids.next(), post.id, 1, "断水のお知らせ");
    let mut second = town.revision(db.ids.next(), post.id, 2, "断水のお知らせ(訂正)");
    second.editor = town.approver;
    let (one, two) = (first.clone(), second.clone());
    change!(db, |tx| {
        posts::insert(tx, &draft, at(10)).await?;
        posts::insert_revision(tx, town.organization, &one).await?;
        posts::insert_revision(tx, town.organization, &two).await
    })
    .unwrap();

    let organization = town.organization;
    let mut reader = db.reader().await;
    let found = posts::find(&mut reader, organization, post.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&found.post, found.created_at, found.updated_at),
        (&post, at(10), at(10))
    );
    let latest = posts::latest_revision(&mut reader, organization, post.id)
        .await
        .unwrap();
    assert_eq!(
        (latest.id, latest.content, latest.digest),
        (second.id, second.content, second.digest)
    );
    let by_digest = posts::revision_by_digest(&mut reader, organization, post.id, first.digest).await;
    assert_eq!(by_digest.unwrap().unwrap().number, 1);
    let all = posts::revisions(&mut reader, organization, post.id)
        .await
        .unwrap();
    let numbers: Vec<_> = all
        .iter()
        .map(|revision| (revision.number, revision.editor))
        .collect();
    assert_eq!(numbers, [(1, town.author), (2, town.approver)]);
    let hands = posts::hands(&mut reader, organization, post.id).await.unwrap();
    assert_eq!(hands, [town.author, town.approver].into());
    post
}

/// Submits the latest revision and signs it; in between it is edited once, which voids a signature.
async fn signed(db: &Db, town: &Town, draft: Post) -> Post {
    let (town, id) = (*town, draft.id);
    let mut reader = db.reader().await;
    let digest = posts::latest_revision(&mut reader, town.organization, id)
        .await
        .unwrap()
        .digest;
    drop(reader);
    let submitted = draft.submit(digest, town.route()).unwrap();
    let stored = submitted.clone();
    change!(db, |tx| posts::update(tx, &stored, at(11)).await).unwrap();
    let stale = submitted.clone();
    let again = change!(db, |tx| posts::update(tx, &stale, at(11)).await);
    assert!(
        matches!(again, Err(StoreError::Stale(_))),
        "the version has grown"
    );

    let mut reader = db.reader().await;
    let in_review = posts::awaiting_people(&mut reader, town.organization)
        .await
        .unwrap();
    assert_eq!((in_review.len(), in_review[0].post.id), (1, id));
    let of_state = async |reader: &mut _, state| {
        posts::page(reader, town.organization, None, Some(state), 9)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(of_state(&mut reader, PostPhase::InReview).await, 1);
    assert_eq!(of_state(&mut reader, PostPhase::Draft).await, 0);
    let all = posts::page(&mut reader, town.organization, None, None, 9)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    let before = posts::page(&mut reader, town.organization, Some(id), None, 9)
        .await
        .unwrap();
    assert!(before.is_empty(), "the cursor itself is left out");
    drop(reader);

    let (voided, kept) = (
        approval(db, &town, id, digest, at(12)),
        approval(db, &town, id, digest, at(14)),
    );
    let (first, last) = (voided.clone(), kept.clone());
    let count = change!(db, |tx| {
        sign_offs::insert(tx, town.organization, &first, Some("こう書いては")).await?;
        let count = sign_offs::void(tx, town.organization, id, at(13)).await?;
        sign_offs::insert(tx, town.organization, &last, None).await?;
        Ok::<_, StoreError>(count)
    });
    assert_eq!(count.unwrap(), 1);
    let mut reader = db.reader().await;
    let standing = sign_offs::standing(&mut reader, town.organization, id)
        .await
        .unwrap();
    assert_eq!(standing, [kept]);
    let all = sign_offs::all(&mut reader, town.organization, id).await.unwrap();
    assert_eq!(
        (all.len(), all[0].voided_at, all[1].voided_at),
        (2, Some(at(13)), None)
    );
    assert_eq!(all[0].sign_off, voided);
    assert_eq!(all[0].suggested_text.as_deref(), Some("こう書いては"));
    drop(reader);

    change!(db, |tx| {
        let found = posts::find_for_update(tx, town.organization, id).await?.unwrap();
        assert_eq!((found.post.version, found.updated_at), (2, at(11)));
        let (mut approved, _) = found.post.approve().unwrap();
        approved.publish = PublishMode::At(at(20));
        posts::update(tx, &approved, at(15)).await?;
        let stored = posts::find(tx, town.organization, id).await?.unwrap().post;
        let route = town.route();
        assert_eq!(
            stored.state,
            PostState::Approved {
                revision: digest,
                route
            }
        );
        Ok::<_, StoreError>(stored)
    })
    .unwrap()
}

fn approval(
    db: &Db,
    town: &Town,
    post: PostId,
    revision: RevisionDigest,
    at: chrono::DateTime<chrono::Utc>,
) -> SignOff {
    SignOff {
        id: SignOffId::new(db.ids.next()),
        post,
        revision,
        stage: 0,
        requirement: town.route().stages()[0].requirement,
        by: town.approver,
        decision: Decision::Approve,
        reason: None,
        acknowledgements: vec![Acknowledgement {
            finding: crate::domain::digest::FindingId::new([8; 32]),
            reason: "確認済み".to_owned(),
        }],
        at,
    }
}

async fn sent(db: &Db, town: &Town, post: &Post) -> Delivery {
    let (town, due) = (*town, at(20));
    let (_, mut pending) = town.begin(db, Some(due));
    pending.post = post.id;
    let (inserted, waiting) = (pending.clone(), pending.clone().approve(due).unwrap());
    let mark = TextMark {
        fingerprint: TextFingerprint::new([2; 32]),
        sketch: u64::MAX,
    };
    change!(db, |tx| {
        let new = New {
            preparation: Preparation::Needed,
            mark,
            ..begins(&inserted)
        };
        deliveries::insert(tx, inserted.organization, &[new], at(16)).await?;
        deliveries::update(tx, &inserted, &waiting, GRACE).await
    })
    .unwrap();

    let mut reader = db.reader().await;
    let next = deliveries::next_instant(&mut reader, at(0)).await.unwrap();
    assert!(next.is_some_and(|next| next <= due));
    let recent = async |reader: &mut _, account| {
        let recent = deliveries::recent(reader, town.organization, &[account].into(), at(0)).await;
        recent.unwrap()
    };
    assert_eq!(
        recent(&mut reader, town.account).await,
        [(town.account, vec![(post.id, mark)])].into()
    );
    assert!(
        recent(&mut reader, crate::domain::ids::AccountId::new(Uuid::nil()))
            .await
            .is_empty()
    );
    let of_post = deliveries::of_post(&mut reader, town.organization, post.id).await;
    assert_eq!(of_post.unwrap()[0].miss_at, Some(due + GRACE));
    let of_posts = deliveries::of_posts(&mut reader, town.organization, [post.id].into_iter()).await;
    assert_eq!(of_posts.unwrap()[0].delivery.id, pending.id);
    let these = deliveries::these(&mut reader, town.organization, [pending.id].into_iter()).await;
    assert_eq!(these.unwrap()[0].delivery.id, pending.id);
    let asked = [(post.id, pending.revision)].into();
    let open = deliveries::open_among(&mut reader, town.organization, &asked).await;
    assert_eq!(open.unwrap(), [post.id].into());
    let graces = accounts::graces(&mut reader, town.organization, &[town.account].into()).await;
    assert_eq!(graces.unwrap(), [(town.account, GRACE)].into());
    let to_hold = deliveries::to_hold(&mut reader, town.organization, town.account).await;
    assert_eq!(to_hold.unwrap().len(), 1);
    let leaving = deliveries::leaving(&mut reader, due, 8).await.unwrap();
    assert_eq!((leaving.len(), leaving[0].post), (1, post.id));
    assert_eq!(leaving[0].revision, pending.revision);
    let sooner = deliveries::leaving(&mut reader, due - TimeDelta::seconds(1), 8).await;
    assert_eq!(sooner.unwrap(), []);
    let epoch = epoch(&mut reader, town.organization).await;
    drop(reader);

    let until = due + TimeDelta::seconds(60);
    let claimed = change!(db, |tx| claim_due(tx, "node", due, until, Priority::Ordinary, 8)
        .await)
    .unwrap();
    assert_eq!(claimed.len(), 1);
    let claimed = claimed.into_iter().next().unwrap().delivery;
    let expected = attempt(db, &claimed, epoch, due);
    let wanted = expected.clone();
    change!(db, |tx| intended(tx, town.organization, wanted).await).unwrap();
    let publishing = look(db, &pending).await;
    let mut reader = db.reader().await;
    let in_flight = deliveries::in_flight(&mut reader, town.organization).await;
    assert_eq!(in_flight.unwrap()[0].delivery, publishing);
    drop(reader);

    let remote = RemoteRef {
        id: "110".to_owned(),
        url: Some("https://social.example/110".to_owned()),
    };
    let (organization, id, outcome) = (town.organization, expected.id, Outcome::Published(remote.clone()));
    let recorded = change!(db, |tx| {
        let now = attempts::close(tx, organization, id, &outcome, at(21)).await?;
        let later = attempts::close(tx, organization, id, &outcome, at(22)).await?;
        Ok::<_, StoreError>((now, later))
    });
    assert_eq!(recorded.unwrap(), (Recorded::Now, Recorded::Before));
    let mut reader = db.reader().await;
    let found = attempts::find(&mut reader, organization, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&found.attempt, found.outcome, found.ended_at),
        (&expected, Some(OutcomeClass::Published), Some(at(21)))
    );
    assert_eq!(
        (found.why.as_deref(), found.remote.as_ref()),
        (None, Some(&remote))
    );
    let all = attempts::of_delivery(&mut reader, organization, publishing.id)
        .await
        .unwrap();
    assert_eq!(all, [found]);
    let of_these = attempts::of_deliveries(&mut reader, organization, [publishing.id].into_iter()).await;
    assert_eq!(of_these.unwrap(), [(publishing.id, all)].into());
    drop(reader);

    let accepted = publishing.clone().accepted(0, remote, at(21));
    let published = step(db, &publishing, accepted).await.unwrap();
    assert!(matches!(published.state, DeliveryState::Published { .. }));
    assert_eq!(look(db, &pending).await, published);
    let mut reader = db.reader().await;
    let counts = deliveries::count_by_state(&mut reader).await.unwrap();
    assert!(
        counts
            .iter()
            .any(|(phase, count)| *phase == DeliveryPhase::Published && *count >= 1)
    );
    published
}

async fn epoch(reader: &mut crate::store::Reader, organization: OrganizationId) -> i64 {
    let found = crate::store::organizations::find(reader, organization).await;
    found.unwrap().unwrap().gate_epoch
}

async fn asked_twice(db: &Db, town: &Town) {
    let keyed = Keyed {
        organization: town.organization,
        user: town.author,
        key: "k-1".to_owned(),
        request_digest: [1; 32],
    };
    let answers = change!(db, |tx| {
        let first = requests::known(tx, &keyed).await?;
        requests::answer(tx, &keyed, 201, "{}", at(30)).await?;
        let second = requests::known(tx, &keyed).await?;
        Ok::<_, StoreError>((first, second))
    });
    let body = "{}".to_owned();
    assert_eq!(
        answers.unwrap(),
        (None, Some(Known::Answered { status: 201, body }))
    );
}

async fn told(db: &Db, town: &Town) {
    let organization = town.organization;
    let entries = [
        town.tell(db, at(40), "pst_1").await.unwrap(),
        town.tell(db, at(41), "pst_2").await.unwrap(),
    ];
    let mut reader = db.reader().await;
    let to_seal = ledger::unsealed_organizations(&mut reader).await.unwrap();
    assert!(to_seal.contains(&organization));
    drop(reader);
    let sealed = change!(db, |tx| {
        let taken = leases::take(tx, "sealer", "node", at(42), at(57)).await?;
        let refused = leases::take(tx, "sealer", "other", at(43), at(58)).await?;
        assert_eq!((taken, refused), (Taken::Ours, Taken::Theirs));
        ledger::seal(tx, organization, 100).await
    });
    assert_eq!(sealed.unwrap(), 2);
    let waiting = town.tell(db, at(44), "pst_1").await.unwrap();

    let mut reader = db.reader().await;
    let head = ledger::head(&mut reader, organization).await.unwrap().unwrap();
    let seals = ledger::seals_after(&mut reader, organization, 0, 9)
        .await
        .unwrap();
    let sealed: Vec<EntryId> = seals.iter().map(|(seal, _)| seal.entry_id).collect();
    assert_eq!((head.seq, sealed.as_slice()), (2, entries.as_slice()));
    let unsealed = ledger::unsealed(&mut reader, organization).await.unwrap();
    assert_eq!((unsealed.len(), unsealed[0].columns.id), (1, waiting));
    let page = ledger::page(&mut reader, organization, Some(waiting), 9)
        .await
        .unwrap();
    let ids: Vec<EntryId> = page.iter().map(|columns| columns.id).collect();
    assert_eq!(ids, [entries[1], entries[0]]);
    let history = ledger::history(&mut reader, organization, "pst_1").await.unwrap();
    let ids: Vec<EntryId> = history.iter().map(|columns| columns.id).collect();
    assert_eq!(ids, [entries[0], waiting]);
}
