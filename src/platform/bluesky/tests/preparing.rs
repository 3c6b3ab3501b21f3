//! What is done before the call.

use rstest::rstest;

use super::*;
use crate::platform::{File, FileError};

fn post(reply: Option<Value>) -> Value {
    let mut post =
        json!({ "$type": "app.bsky.feed.post", "text": "親", "createdAt": "2026-11-24T00:00:00.000Z" });
    if let Some(reply) = reply {
        post["reply"] = reply;
    }
    post
}

fn refers(text: &str, rkey: &str) -> Payload {
    Payload {
        refers_to: Some(format!("at://{NEIGHBOUR}/app.bsky.feed.post/{rkey}")),
        ..payload(text)
    }
}

#[tokio::test]
async fn the_key_is_chosen_once_and_the_time_stays_fresh() {
    let world = World::new().await;
    let first = world.ready(Act::New, &payload("こんにちは")).await.unwrap();
    let ready = Ready(&first);
    assert_eq!(ready.pds().unwrap(), world.pds.uri());
    assert!(tid::is_tid(ready.rkey().unwrap()));
    assert_eq!(ready.created_at().unwrap(), "2026-11-24T01:00:00.123Z");

    let (instance, files, text) = (world.pds.uri(), Pictures::png((1, 1), 1), payload("こんにちは"));
    world.clock.advance(TimeDelta::seconds(59));
    let again = world.preparing(&instance, Act::New, &text, &first, &files);
    assert_eq!(
        world.bluesky.prepare(again, &world.credential).await,
        Prepared::Ready
    );
    world.clock.advance(TimeDelta::hours(9));
    let again = world.preparing(&instance, Act::New, &text, &first, &files);
    let Prepared::Step(later) = world.bluesky.prepare(again, &world.credential).await else {
        panic!("the time is old");
    };
    assert_eq!(Ready(&later).rkey(), ready.rkey());
    assert_eq!(Ready(&later).created_at().unwrap(), "2026-11-24T10:00:59.123Z");
    let other = world.ready(Act::New, &payload("こんにちは")).await.unwrap();
    assert_ne!(Ready(&other).rkey(), ready.rkey());
}

#[tokio::test]
async fn behind_an_entryway_the_account_has_a_server_of_its_own() {
    let (entryway, home) = (World::new().await, World::new().await);
    let session = json!({ "did": TOWN, "handle": "town.bsky.social", "didDoc": { "service": [
        { "id": "#other", "serviceEndpoint": "https://evil.example" },
        { "id": "did:plc:town#atproto_pds", "serviceEndpoint": home.pds.uri() },
    ] } });
    entryway.pds.reset().await;
    entryway
        .answers("GET", "com.atproto.server.getSession", 200, session)
        .await;
    let handles = entryway.ready(Act::New, &payload("こんにちは")).await.unwrap();
    assert_eq!(Ready(&handles).pds().unwrap(), home.pds.uri());
}

#[tokio::test]
async fn a_credential_of_another_account_prepares_nothing() {
    let world = World::new().await;
    world.pds.reset().await;
    let session = json!({ "did": NEIGHBOUR, "handle": "neighbour.example.jp" });
    world
        .answers("GET", "com.atproto.server.getSession", 200, session)
        .await;
    let refused = world.ready(Act::New, &payload("こんにちは")).await.unwrap_err();
    assert_eq!(refused.class(), OutcomeClass::RejectedReauth);
}

#[tokio::test]
async fn an_answer_knows_its_thread() {
    let world = World::new().await;
    let strong = |rkey: &str| json!({ "uri": format!("at://{NEIGHBOUR}/app.bsky.feed.post/{rkey}"), "cid": format!("cid-of-{rkey}") });
    let reply = json!({ "root": strong("root"), "parent": strong("middle") });
    world.has(NEIGHBOUR, POSTS, "leaf", Some(post(Some(reply)))).await;
    world
        .has(NEIGHBOUR, "app.bsky.feed.threadgate", "root", None)
        .await;
    let handles = world.ready(Act::Reply, &refers("返信", "leaf")).await.unwrap();
    let answers = serde_json::to_value(Ready(&handles).answers().unwrap()).unwrap();
    assert_eq!(
        answers,
        json!({ "root": strong("root"), "parent": strong("leaf") })
    );

    world.has(NEIGHBOUR, POSTS, "alone", Some(post(None))).await;
    world
        .has(NEIGHBOUR, "app.bsky.feed.threadgate", "alone", None)
        .await;
    let handles = world.ready(Act::Reply, &refers("返信", "alone")).await.unwrap();
    let answers = Ready(&handles).answers().unwrap();
    assert_eq!(answers.root, answers.parent);
}

#[tokio::test]
async fn a_further_part_answers_the_one_before() {
    let world = World::new().await;
    let of_series = series(&["一", "二"]);
    world.has(TOWN, POSTS, "one", Some(post(None))).await;
    let before = format!("at://{TOWN}/app.bsky.feed.post/one");
    let follows = Follows {
        first: before.clone(),
        before: before.clone(),
    };
    let (instance, files) = (world.pds.uri(), Pictures::png((1, 1), 1));
    let handles = ready_text(&instance);
    let what = Preparing {
        part: 1,
        follows: Some(&follows),
        ..world.preparing(&instance, Act::New, &of_series, &handles, &files)
    };
    let Prepared::Step(handles) = world.bluesky.prepare(what, &world.credential).await else {
        panic!("no step");
    };
    let answers = Ready(&handles).answers().unwrap();
    assert_eq!((answers.root.uri, answers.parent.uri), (before.clone(), before));
}

#[rstest]
#[case::answers_nobody(Act::Reply, "app.bsky.feed.threadgate", json!({ "allow": [] }), false)]
#[case::answers_followers(Act::Reply, "app.bsky.feed.threadgate", json!({ "allow": [{ "$type": "x" }] }), false)]
#[case::answers_all(Act::Reply, "app.bsky.feed.threadgate", json!({ "hiddenReplies": [] }), true)]
#[case::quotes_nobody(Act::Quote, "app.bsky.feed.postgate", json!({ "embeddingRules": [{ "$type": "app.bsky.feed.postgate#disableRule" }] }), false)]
#[case::quotes_all(Act::Quote, "app.bsky.feed.postgate", json!({ "embeddingRules": [] }), true)]
#[tokio::test]
async fn the_author_decides_who_may(
    #[case] act: Act,
    #[case] gate: &str,
    #[case] rules: Value,
    #[case] may: bool,
) {
    let world = World::new().await;
    world.has(NEIGHBOUR, POSTS, "one", Some(post(None))).await;
    world.has(NEIGHBOUR, gate, "one", Some(rules)).await;
    let readied = world.ready(act, &refers("本文", "one")).await;
    match readied {
        Ok(_) => assert!(may),
        Err(outcome) => {
            assert!(!may);
            assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent);
        }
    }
}

#[tokio::test]
async fn who_is_mentioned_is_looked_up_once_and_may_be_nobody() {
    let world = World::new().await;
    let resolve = |handle: &str, answer| {
        Mock::given(path("/xrpc/com.atproto.identity.resolveHandle"))
            .and(query_param("handle", handle))
            .respond_with(answer)
            .expect(1)
    };
    let known = ResponseTemplate::new(200).set_body_json(json!({ "did": NEIGHBOUR }));
    let unknown = json!({ "error": "InvalidRequest", "message": "Unable to resolve handle" });
    resolve("neighbour.example.jp", known).mount(&world.pds).await;
    let unknown = ResponseTemplate::new(400).set_body_json(unknown);
    resolve("nobody.example.jp", unknown).mount(&world.pds).await;
    let text = payload("@neighbour.example.jp と @nobody.example.jp へ");
    let handles = world.ready(Act::New, &text).await.unwrap();
    let ready = Ready(&handles);
    assert_eq!(
        ready.mentioned("neighbour.example.jp"),
        Ok(Some(NEIGHBOUR.to_owned()))
    );
    assert_eq!(ready.mentioned("nobody.example.jp"), Ok(None));
    assert!(ready.mentioned("third.example.jp").is_err());
}

#[tokio::test]
async fn pictures_are_uploaded_in_order_and_anew_when_they_are_old() {
    let world = World::new().await;
    let uploaded = json!({ "blob": blob(1_000) });
    world
        .answers("POST", "com.atproto.repo.uploadBlob", 200, uploaded)
        .await;
    let mut two = payload("写真");
    two.parts[0].media = vec![picture(1, "海"), picture(2, "山")];
    let handles = world.ready(Act::New, &two).await.unwrap();
    let picture = Ready(&handles).picture(1).unwrap();
    assert_eq!(
        (picture.blob, picture.width, picture.height),
        (blob(1_000), 1200, 800)
    );
    let uploads = || async {
        let requests = world.pds.received_requests().await.unwrap();
        let uploads = requests
            .iter()
            .filter(|request| request.url.path().ends_with("uploadBlob"));
        uploads
            .map(|request| (request.body.len(), request.headers["content-type"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(uploads().await, vec![(1_000, "image/png".parse().unwrap()); 2]);

    world.clock.advance(TimeDelta::minutes(10));
    let (instance, files) = (world.pds.uri(), Pictures::png((1200, 800), 1_000));
    let renewed = world.preparing(&instance, Act::New, &two, &handles, &files);
    let Prepared::Step(renewed) = world.bluesky.prepare(renewed, &world.credential).await else {
        panic!("the time is renewed first");
    };
    let renewed = world.preparing(&instance, Act::New, &two, &renewed, &files);
    assert!(matches!(
        world.bluesky.prepare(renewed, &world.credential).await,
        Prepared::Step(_)
    ));
    assert_eq!(uploads().await.len(), 3);
}

#[rstest]
#[case::other_film(Ok(File { bytes: vec![1], media_type: "video/quicktime".to_owned(), size: (1, 1) }), OutcomeClass::RejectedPermanent)]
#[case::large(Ok(File { bytes: vec![1; 2_000_001], media_type: "image/png".to_owned(), size: (1, 1) }), OutcomeClass::RejectedPermanent)]
#[case::gone(Err(FileError::Unusable("gone".to_owned())), OutcomeClass::RejectedPermanent)]
#[case::unreadable(Err(FileError::Unavailable("busy".to_owned())), OutcomeClass::NotSent)]
#[case::cut_short(Ok(File { bytes: vec![1; 2], media_type: "image/png".to_owned(), size: (1, 1) }), OutcomeClass::NotSent)]
#[tokio::test]
async fn what_cannot_be_uploaded(#[case] file: Result<File, FileError>, #[case] class: OutcomeClass) {
    let world = World::new().await;
    world
        .answers(
            "POST",
            "com.atproto.repo.uploadBlob",
            200,
            json!({ "blob": blob(1) }),
        )
        .await;
    let mut one = payload("写真");
    one.parts[0].media = vec![picture(1, "海")];
    let (instance, files) = (world.pds.uri(), Pictures(file));
    let handles = ready_text(&instance);
    let what = world.preparing(&instance, Act::New, &one, &handles, &files);
    let Prepared::Refused(outcome) = world.bluesky.prepare(what, &world.credential).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

/// Nothing of a step is in public: what is in doubt is tried again.
#[rstest]
#[case(400, json!({ "error": "ExpiredToken" }), OutcomeClass::RejectedReauth)]
#[case(401, json!({ "error": "AuthMissing" }), OutcomeClass::RejectedReauth)]
#[case(429, json!({ "error": "RateLimitExceeded" }), OutcomeClass::RejectedTransient)]
#[case(500, json!({ "error": "InternalServerError" }), OutcomeClass::RejectedTransient)]
#[case(502, json!("<html>"), OutcomeClass::RejectedTransient)]
#[case(200, json!("<html>"), OutcomeClass::RejectedTransient)]
#[case(302, json!({}), OutcomeClass::RejectedTransient)]
#[case(413, json!({ "error": "BlobTooLarge" }), OutcomeClass::RejectedPermanent)]
#[case(400, json!({ "error": "InvalidMimeType" }), OutcomeClass::RejectedPermanent)]
#[tokio::test]
async fn what_the_server_says_to_a_step(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    for name in ["com.atproto.server.getSession", "com.atproto.repo.uploadBlob"] {
        let world = World::new().await;
        if name.ends_with("getSession") {
            world.pds.reset().await;
        }
        let mut one = payload("写真");
        one.parts[0].media = vec![picture(1, "海")];
        let verb = if name.ends_with("getSession") {
            "GET"
        } else {
            "POST"
        };
        world.answers(verb, name, status, body.clone()).await;
        let refused = world.ready(Act::New, &one).await.unwrap_err();
        assert_eq!(refused.class(), class, "{name}: {refused:?}");
        assert!(!format!("{refused:?}").contains(CANARY));
    }
}

#[tokio::test]
async fn what_is_referred_to_must_be_there() {
    let world = World::new().await;
    world.has(NEIGHBOUR, POSTS, "gone", None).await;
    for act in [Act::Reply, Act::Quote] {
        let refused = world.ready(act, &refers("本文", "gone")).await.unwrap_err();
        assert_eq!(refused.class(), OutcomeClass::RejectedPermanent, "{refused:?}");
    }
    let refused = world.ready(Act::Repost, &refers("", "gone")).await.unwrap_err();
    assert_eq!(refused.class(), OutcomeClass::RejectedPermanent, "{refused:?}");
}
