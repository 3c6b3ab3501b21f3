//! A page of its own: pictures, what platforms get of them, and who may fetch that.

use std::collections::BTreeSet;

use crate::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        evidence::{PictureLook, Position},
        ids::OrganizationId,
        media::{Form, MediaFacts, MediaKind, Motion, Removed},
        revision::{Content, Media, Part, Payload, Visibility},
    },
    store::{
        media::{self, Place, StoredMedia},
        organizations, posts,
        renditions::{self, RenditionKey, StoredRendition},
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

const SHOWN: MediaDigest = MediaDigest::new([1; 32]);
const UNUSED: MediaDigest = MediaDigest::new([2; 32]);
const THUMBNAIL: MediaDigest = MediaDigest::new([3; 32]);
const SMALLER: MediaDigest = MediaDigest::new([4; 32]);

pub(super) async fn run(db: &Db, town: &Town) {
    let neighbour = OrganizationId::new(db.ids.next());
    change!(db, |tx| organizations::insert(tx, neighbour, "向こうの町", at(6))
        .await)
    .unwrap();
    kept(db, town, neighbour).await;
    fetched(db, town).await;
    forgotten(db, town).await;
}

fn stored(town: &Town, digest: MediaDigest, seconds: i64) -> StoredMedia {
    StoredMedia {
        digest,
        look: PictureLook {
            codes: vec!["https://example.jp/".to_owned()],
            position: Position::Absent,
            facts: MediaFacts {
                kind: MediaKind::Gif,
                motion: Motion::Animation { frames: 3 },
                ..MediaFacts::of_jpeg(640, 480, 12_345)
            },
        },
        removed: [Removed::Position, Removed::Exif].into(),
        thumbnail: Some(THUMBNAIL),
        uploaded_by: town.author,
        uploaded_at: at(seconds),
    }
}

async fn kept(db: &Db, town: &Town, neighbour: OrganizationId) {
    let organization = town.organization;
    for media in [
        stored(town, SHOWN, 1),
        stored(town, UNUSED, 1),
        stored(town, UNUSED, 2),
    ] {
        change!(db, |tx| media::keep(tx, organization, &media).await).unwrap();
    }
    let mut reader = db.reader().await;
    let found = media::find(&mut reader, organization, UNUSED).await.unwrap();
    assert_eq!(found, Some(stored(town, UNUSED, 2)));
    let of_neighbour = media::find(&mut reader, neighbour, UNUSED).await.unwrap();
    assert_eq!(of_neighbour, None);
    let asked = BTreeSet::from([SHOWN, MediaDigest::new([9; 32])]);
    let looks = media::looks(&mut reader, organization, &asked).await.unwrap();
    assert_eq!(looks, [(SHOWN, stored(town, SHOWN, 1).look)].into());
}

async fn fetched(db: &Db, town: &Town) {
    let key = RenditionKey {
        organization: town.organization,
        media: UNUSED,
        platform: Platform::Bluesky,
        form: Form::Full,
    };
    let motion = Motion::Animation { frames: 3 };
    let facts = MediaFacts {
        motion,
        ..MediaFacts::of_jpeg(320, 240, 999)
    };
    let (first, later) = (
        StoredRendition {
            digest: SMALLER,
            facts,
        },
        StoredRendition { digest: SHOWN, facts },
    );
    // What was made once stays what leaves.
    for rendition in [first, later] {
        change!(db, |tx| renditions::keep(tx, &key, &rendition, at(3)).await).unwrap();
    }
    for (hash, end) in [([7; 32], at(5)), ([8; 32], at(9))] {
        change!(db, |tx| renditions::open_link(tx, &key, hash, end).await).unwrap();
    }
    let mut reader = db.reader().await;
    assert_eq!(
        renditions::find(&mut reader, &key, motion).await.unwrap(),
        Some(first)
    );
    let other = RenditionKey {
        form: Form::Preview,
        ..key
    };
    assert_eq!(renditions::find(&mut reader, &other, motion).await.unwrap(), None);
    let open = renditions::behind_link(&mut reader, [7; 32], at(4))
        .await
        .unwrap();
    assert_eq!(open, Some((town.organization, first)));
    for (hash, now) in [([7; 32], at(5)), ([6; 32], at(4))] {
        assert_eq!(
            renditions::behind_link(&mut reader, hash, now).await.unwrap(),
            None
        );
    }
    drop(reader);
    assert_eq!(
        change!(db, |tx| renditions::forget_links(tx, at(6)).await).unwrap(),
        1
    );
}

/// A draft with a picture: from then on the picture stays.
async fn forgotten(db: &Db, town: &Town) {
    let organization = town.organization;
    let post = town.draft(db.ids.next());
    let mut revision = town.revision(db.ids.next(), post.id, 1, "写真");
    let payload = Payload {
        account: town.account,
        parts: vec![Part {
            media: vec![Media {
                digest: SHOWN,
                alt: "給水車".to_owned(),
            }],
            ..Part::default()
        }],
        language: None,
        visibility: Visibility::Public,
        refers_to: None,
        audience: None,
    };
    let content = &revision.content;
    revision.content = Content::new(content.act, content.kind, None, content.range, vec![payload]).unwrap();
    revision.digest = revision.content.digest(organization);
    let (first, second) = (post.clone(), revision.clone());
    change!(db, |tx| posts::insert(tx, &first, at(1)).await).unwrap();
    change!(db, |tx| posts::insert_revision(tx, organization, &second).await).unwrap();
    let mut unknown = revision;
    unknown.id = crate::domain::ids::RevisionId::new(db.ids.next());
    unknown.number = 2;
    unknown.content = with_unknown(&unknown.content);
    let refused = change!(db, |tx| posts::insert_revision(tx, organization, &unknown).await);
    assert!(refused.is_err(), "a revision shows what is not there");
    let gone = change!(db, |tx| media::forget_unused(tx, at(2), 10).await).unwrap();
    assert_eq!(gone, []);
    let gone = change!(db, |tx| media::forget_unused(tx, at(3), 10).await).unwrap();
    // The small copy is still that of the other one.
    let digests = [SMALLER, UNUSED];
    assert_eq!(gone, digests.map(|digest| Place { organization, digest }));
    let mut reader = db.reader().await;
    let mut left = media::all(&mut reader).await.unwrap();
    left.retain(|place| place.organization == organization);
    assert_eq!(left.len(), 2);
    assert!([SHOWN, THUMBNAIL].iter().all(|digest| left.contains(&Place {
        organization,
        digest: *digest
    })));
    drop(reader);
    // A row of every table is left for those who move.
    let key = RenditionKey {
        organization,
        media: SHOWN,
        platform: Platform::Line,
        form: Form::Preview,
    };
    let rendition = StoredRendition {
        digest: SMALLER,
        facts: stored(town, SHOWN, 1).look.facts,
    };
    change!(db, |tx| renditions::keep(tx, &key, &rendition, at(3)).await).unwrap();
    let mut token = [5; 32];
    token[..16].copy_from_slice(organization.uuid().as_bytes());
    change!(db, |tx| renditions::open_link(tx, &key, token, at(9)).await).unwrap();
}

fn with_unknown(content: &Content) -> Content {
    let mut payloads = content.payloads().to_vec();
    payloads[0].parts[0].media[0].digest = MediaDigest::new([9; 32]);
    Content::new(content.act, content.kind, None, content.range, payloads).unwrap()
}
