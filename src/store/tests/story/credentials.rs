//! Versions of a credential, and who looks after them.

use crate::{
    domain::{
        attempt::RemoteRef,
        credential::{Care, CredentialFacts, Renewal, Trouble},
        ids::{AdoptedPostId, HandoverId},
        quota::{Quota, QuotaSeen},
    },
    store::{
        StoreError,
        adopted_posts::{self, AdoptedPost},
        care::{self, Found, Kept},
        credentials::{self, Version},
        handovers::{self, Handover, HandoverKind, HandoverState},
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    versions(db, town).await;
    looked_after(db, town).await;
    handed_over(db, town).await;
    adopted(db, town).await;
}

fn version(number: i64) -> Version {
    Version {
        facts: CredentialFacts {
            version: number,
            renewal: Renewal::Refresh,
            obtained_at: at(6),
            access_expires_at: Some(at(600)),
            refresh_expires_at: Some(at(6000)),
            proven_at: None,
            exported_at: None,
        },
        sealed: vec![u8::try_from(number).unwrap(); 3],
    }
}

async fn versions(db: &Db, town: &Town) {
    let (organization, account) = (town.organization, town.account);
    change!(db, |tx| {
        for number in 1..=3 {
            credentials::insert(tx, organization, account, &version(number), "k1").await?;
        }
        credentials::prove(tx, organization, account, 2, at(7)).await?;
        credentials::mark_exported(tx, organization, account, 2, at(8)).await?;
        credentials::erase(tx, organization, account, 3).await
    })
    .unwrap();
    let twice = change!(db, |tx| credentials::prove(tx, organization, account, 2, at(9))
        .await);
    assert!(matches!(twice, Err(StoreError::Stale(_))));
    let mut proven = version(2);
    proven.facts.proven_at = Some(at(7));
    proven.facts.exported_at = Some(at(8));
    let mut reader = db.reader().await;
    let all = credentials::versions(&mut reader, organization, account)
        .await
        .unwrap();
    assert_eq!(all, [proven.clone(), version(1)]);
    let of_these = credentials::versions_of(&mut reader, organization, &[account].into()).await;
    assert_eq!(of_these.unwrap(), [(account, all)].into());
    let newest = credentials::newest_of_all(&mut reader, organization)
        .await
        .unwrap();
    assert_eq!(newest.into_iter().collect::<Vec<_>>(), [(account, proven)]);
    let obtained = credentials::obtained_at(&mut reader, organization, account).await;
    assert_eq!(obtained.unwrap(), Some(at(6)));
    let envelopes = credentials::all(&mut reader).await.unwrap();
    let mut mine = envelopes.into_iter().filter(|row| row.account == account);
    let first = mine.next().unwrap();
    assert_eq!((first.version, first.key_id.as_str(), mine.count()), (1, "k1", 1));
    drop(reader);
    let rewrapped = change!(db, |tx| {
        let now = credentials::rewrap(tx, &first, "k2", b"wrapped").await?;
        let again = credentials::rewrap(tx, &first, "k2", b"wrapped").await?;
        let erased = credentials::erase_before(tx, organization, account, 2).await?;
        Ok::<_, StoreError>((now, again, erased))
    });
    assert_eq!(rewrapped.unwrap(), (1, 0, 1));
}

async fn looked_after(db: &Db, town: &Town) {
    let (organization, account) = (town.organization, town.account);
    change!(db, |tx| care::begin(
        tx,
        organization,
        account,
        at(10),
        Found {
            checked_at: Some(at(6)),
            quota: None,
        }
    )
    .await)
    .unwrap();
    let mut reader = db.reader().await;
    let none = care::due(&mut reader, at(9), 100).await.unwrap();
    assert!(none.iter().all(|kept| kept.account != account));
    let due = care::due(&mut reader, at(10), 100).await.unwrap();
    assert!(due.iter().any(|kept| kept.account == account));
    drop(reader);
    let taken = change!(db, |tx| {
        let ours = care::take(tx, organization, account, "one", at(10), at(20)).await?;
        let theirs = care::take(tx, organization, account, "two", at(11), at(21)).await?;
        Ok::<_, StoreError>((ours, theirs))
    });
    let (ours, theirs) = taken.unwrap();
    let ours = ours.unwrap();
    assert_eq!((ours.fence, theirs), (1, None), "one node at a time");
    let mut reader = db.reader().await;
    let due = care::due(&mut reader, at(19), 100).await.unwrap();
    assert!(due.iter().all(|kept| kept.account != account), "it has a lease");
    drop(reader);
    lost_and_kept(db, town, ours).await;
}

/// Who lost the lease writes nothing; a refusal that came meanwhile is seen.
async fn lost_and_kept(db: &Db, town: &Town, first: Kept) {
    let (organization, account) = (town.organization, town.account);
    let taken = change!(db, |tx| {
        care::refuse(tx, organization, account, 2, at(15)).await?;
        care::take(tx, organization, account, "two", at(20), at(30)).await
    });
    let second = taken.unwrap().unwrap();
    assert_eq!((second.fence, second.care.refused_version), (2, Some(2)));
    let late = change!(db, |tx| care::keep(tx, &first, at(100)).await);
    assert!(matches!(late, Err(StoreError::Stale(_))));
    let known = Care {
        refused_version: None,
        trouble: Some(Trouble::Unanswered),
        failures: 1,
        checked_at: Some(at(21)),
        quota: Some(QuotaSeen {
            quota: Quota {
                used: 3,
                limit: Some(200),
                period: None,
            },
            at: at(21),
        }),
    };
    let kept = Kept {
        care: known,
        ..second
    };
    change!(db, |tx| {
        let seen = care::find_for_update(tx, organization, account).await?;
        assert_eq!(seen, Some(second));
        care::keep(tx, &kept, at(100)).await
    })
    .unwrap();
    let mut reader = db.reader().await;
    let of_one = care::of(&mut reader, organization, account).await.unwrap();
    assert_eq!(of_one, Some(kept));
    let of_these = care::of_these(&mut reader, organization, &[account].into()).await;
    assert_eq!(of_these.unwrap(), [(account, known)].into());
    let all = care::of_organization(&mut reader, organization).await.unwrap();
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [(account, known)]);
}

async fn handed_over(db: &Db, town: &Town) {
    let town = *town;
    let new = |user| Handover::<String> {
        id: HandoverId::new(db.ids.next()),
        organization: town.organization,
        account: town.account,
        user,
        kind: HandoverKind::Finish,
        key_id: "k1".to_owned(),
        sealed: Some(b"sealed".to_vec()),
        state: HandoverState::Waiting,
        answer: None,
        created_at: at(20),
        expires_at: at(140),
    };
    let (by_hand, first) = (new(None), new(Some(town.author)));
    let (stored, other) = (first.clone(), by_hand.clone());
    change!(db, |tx| {
        handovers::publish(tx, "k0", &[1; 32], at(19)).await?;
        handovers::publish(tx, "k1", &[1; 32], at(20)).await?;
        handovers::publish(tx, "k1", &[2; 32], at(21)).await?;
        handovers::insert(tx, &stored).await?;
        handovers::insert(tx, &other).await
    })
    .unwrap();
    let mut reader = db.reader().await;
    let key = handovers::key(&mut reader).await.unwrap();
    assert_eq!(key, Some(("k1".to_owned(), vec![2; 32])));
    let waiting: Vec<Handover<String>> = handovers::waiting(&mut reader, 100).await.unwrap();
    assert!(waiting.contains(&first) && waiting.contains(&by_hand));
    drop(reader);
    let id = first.id;
    let end = async || {
        change!(db, |tx| {
            let answer = (HandoverState::Refused, &"no".to_owned());
            handovers::end(tx, town.organization, id, answer, at(22)).await
        })
    };
    end().await.unwrap();
    assert!(matches!(end().await, Err(StoreError::Stale(_))));
    let mut reader = db.reader().await;
    let ended = handovers::find::<String>(&mut reader, town.organization, id).await;
    let wanted = Handover {
        sealed: None,
        state: HandoverState::Refused,
        answer: Some("no".to_owned()),
        ..first
    };
    assert_eq!(ended.unwrap(), Some(wanted));
}

async fn adopted(db: &Db, town: &Town) {
    let town = *town;
    let post = |remote: &str| AdoptedPost {
        id: AdoptedPostId::new(db.ids.next()),
        account: town.account,
        remote: RemoteRef {
            id: remote.to_owned(),
            url: Some("https://social.example/1".to_owned()),
        },
        text: "避難指示".to_owned(),
        published_at: at(20),
        published_by: "当番".to_owned(),
        reason: "浸水".to_owned(),
        adopted_by: town.officer,
        adopted_at: at(30),
    };
    let (one, two) = (post("outside-1"), post("outside-2"));
    let (first, second, again) = (one.clone(), two.clone(), post("outside-1"));
    change!(db, |tx| {
        adopted_posts::insert(tx, town.organization, &first).await?;
        adopted_posts::insert(tx, town.organization, &second).await
    })
    .unwrap();
    let twice = change!(db, |tx| adopted_posts::insert(tx, town.organization, &again)
        .await);
    assert!(twice.unwrap_err().is_duplicate());
    let (id, note) = (one.id, Some("確認した"));
    let review = async |by| {
        change!(db, |tx| adopted_posts::review(
            tx,
            town.organization,
            id,
            by,
            note,
            at(40)
        )
        .await)
    };
    let own = review(town.officer).await;
    assert!(
        matches!(own, Err(StoreError::Stale(_))),
        "somebody else looks at it"
    );
    review(town.approver).await.unwrap();
    let mut reader = db.reader().await;
    assert_eq!(
        adopted_posts::open(&mut reader, town.organization).await.unwrap(),
        [two]
    );
}
