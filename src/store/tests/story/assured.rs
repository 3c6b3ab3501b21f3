//! A page of its own: what people assured, and when it is void.

use crate::{
    domain::{
        attestation::{Given, GivenAs},
        digest::{PolicyDigest, RevisionDigest},
        ids::{AttestationId, PostId, RevisionId, SignOffId, UserId},
        signoff::{Decision, SignOff},
    },
    store::{
        StoreError,
        attestations::{self, Occasion},
        posts, sign_offs,
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    let town = *town;
    let draft = town.draft(db.ids.next());
    let (post, revision) = (
        draft.id,
        town.revision(db.ids.next(), draft.id, 1, "休館のお知らせ"),
    );
    let (id, digest, first) = (revision.id, revision.digest, revision.clone());
    change!(db, |tx| {
        posts::insert(tx, &draft, at(3)).await?;
        posts::insert_revision(tx, town.organization, &first).await
    })
    .unwrap();
    let requirement = town.route().stages()[0].requirement;
    let sign_off = SignOff {
        id: SignOffId::new(db.ids.next()),
        post,
        revision: digest,
        stage: 0,
        requirement,
        by: town.approver,
        decision: Decision::Approve,
        reason: None,
        acknowledgements: Vec::new(),
        at: at(5),
    };
    let by_author = given(db, digest, GivenAs::Author, town.author);
    let by_chief = given(db, digest, GivenAs::Signer(requirement), town.approver);
    let (one, two, signed) = (by_author.clone(), by_chief.clone(), sign_off.clone());
    change!(db, |tx| {
        attestations::insert(tx, town.organization, occasion(post, id, None), &one).await?;
        sign_offs::insert(tx, town.organization, &signed, None).await?;
        let occasion = occasion(post, id, Some(signed.id));
        attestations::insert(tx, town.organization, occasion, &two).await
    })
    .unwrap();
    assert_eq!(
        standing(db, &town, post).await,
        [by_author.clone(), by_chief.clone()]
    );

    let alone = by_chief.clone();
    let refused = change!(db, |tx| {
        attestations::insert(tx, town.organization, occasion(post, id, None), &alone).await
    });
    assert!(refused.is_err(), "a signer's assurance belongs to a sign-off");

    change!(db, |tx| sign_offs::void(tx, town.organization, post, at(6)).await).unwrap();
    assert_eq!(standing(db, &town, post).await, [by_author]);

    // The same content once more is another revision: it is assured anew.
    let again = town.revision(db.ids.next(), post, 2, "休館のお知らせ");
    assert_eq!(again.digest, digest);
    change!(db, |tx| posts::insert_revision(tx, town.organization, &again)
        .await)
    .unwrap();
    assert_eq!(standing(db, &town, post).await, []);
}

fn given(db: &Db, revision: RevisionDigest, given_as: GivenAs, by: UserId) -> Given {
    Given {
        id: AttestationId::new(db.ids.next()),
        name: "lawful".to_owned(),
        wording: "法令を守っている。".to_owned(),
        revision,
        given_as,
        by,
        at: at(4),
    }
}

const fn occasion(post: PostId, revision: RevisionId, sign_off: Option<SignOffId>) -> Occasion {
    Occasion {
        post,
        revision,
        sign_off,
        policy: PolicyDigest::new([3; 32]),
    }
}

async fn standing(db: &Db, town: &Town, post: PostId) -> Vec<Given> {
    let mut reader = db.reader().await;
    let standing: Result<_, StoreError> = attestations::standing(&mut reader, town.organization, post).await;
    standing.unwrap()
}
