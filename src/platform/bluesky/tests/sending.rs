//! Publishing and withdrawing.

use rstest::rstest;

use super::*;
use crate::{
    domain::{flow::Budget, revision::Visibility},
    platform::testing::{Break, Broken},
};

const PUT: &str = "com.atproto.repo.putRecord";
const DELETE: &str = "com.atproto.repo.deleteRecord";
const URI: &str = "at://did:plc:town/app.bsky.feed.post/3mbd3542k2222";

fn put() -> Value {
    json!({ "uri": URI, "cid": "bafyreib2rxk3rh6kzwq", "validationStatus": "valid" })
}

fn neighbours(rkey: &str) -> String {
    format!("at://{NEIGHBOUR}/app.bsky.feed.post/{rkey}")
}

#[tokio::test]
async fn a_text_goes_out_as_a_record_that_never_overwrites() {
    let world = World::new().await;
    world.answers("POST", PUT, 200, put()).await;
    let text = "避難所を開設しました #防災 https://www.city.example.lg.jp/bousai をご覧ください";
    let payload = Payload {
        language: Some("ja".to_owned()),
        ..payload(text)
    };
    let outcome = world
        .send(Act::New, &payload, &ready_text(&world.pds.uri()))
        .await;
    let Outcome::Published(remote) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(remote.id, URI);
    assert_eq!(
        remote.url.unwrap(),
        "https://bsky.app/profile/did:plc:town/post/3mbd3542k2222"
    );
    let expected = json!({
        "repo": TOWN, "collection": "app.bsky.feed.post", "rkey": "3mbd3542k2222", "validate": true, "swapRecord": null,
        "record": {
            "$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-24T01:00:00.123Z", "langs": ["ja"],
            "facets": [
                { "index": { "byteStart": 31, "byteEnd": 38 },
                  "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "防災" }] },
                { "index": { "byteStart": 39, "byteEnd": 76 },
                  "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": "https://www.city.example.lg.jp/bousai" }] },
            ],
        },
    });
    assert_eq!(world.bodies(PUT).await, [expected]);
    // Explicitly null: left out, it would overwrite.
    let requests = world.pds.received_requests().await.unwrap();
    let body = String::from_utf8(requests.last().unwrap().body.clone()).unwrap();
    assert!(body.contains(r#""swapRecord":null"#), "{body}");
}

#[tokio::test]
async fn the_same_again_is_the_same_request() {
    let world = World::new().await;
    world.answers("POST", PUT, 200, put()).await;
    let handles = ready_text(&world.pds.uri());
    for _ in 0..2 {
        world.send(Act::New, &payload("こんにちは"), &handles).await;
    }
    let bodies = world.bodies(PUT).await;
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn pictures_cards_answers_and_quotes() {
    let world = World::new().await;
    world.answers("POST", PUT, 200, put()).await;
    world
        .answers(
            "POST",
            "com.atproto.repo.uploadBlob",
            200,
            json!({ "blob": blob(1_000) }),
        )
        .await;
    for rkey in ["one", "root"] {
        world
            .has(NEIGHBOUR, POSTS, rkey, Some(json!({ "text": "親" })))
            .await;
        world.has(NEIGHBOUR, "app.bsky.feed.threadgate", rkey, None).await;
        world.has(NEIGHBOUR, "app.bsky.feed.postgate", rkey, None).await;
    }
    let card = LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: "公式".to_owned(),
    };
    let mut with_picture = payload("写真");
    with_picture.parts[0].media = vec![picture(1, "海の写真")];
    let mut with_card = payload("案内");
    with_card.parts[0].link_card = Some(card);
    let refers = |payload: &Payload| Payload {
        refers_to: Some(neighbours("one")),
        ..payload.clone()
    };
    let strong = json!({ "uri": neighbours("one"), "cid": "cid-of-one" });
    let image =
        json!({ "image": blob(1_000), "alt": "海の写真", "aspectRatio": { "width": 1200, "height": 800 } });
    let images = json!({ "$type": "app.bsky.embed.images", "images": [image] });
    let external = json!({ "$type": "app.bsky.embed.external", "external": {
        "uri": "https://www.city.example.lg.jp/", "title": "市", "description": "公式" } });
    let quote = json!({ "$type": "app.bsky.embed.record", "record": strong });
    let both =
        |media: &Value| json!({ "$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media });
    let cases = [
        (Act::New, with_picture.clone(), Some(images.clone())),
        (Act::New, with_card.clone(), Some(external.clone())),
        (Act::Quote, refers(&payload("引用")), Some(quote.clone())),
        (Act::Quote, refers(&with_picture), Some(both(&images))),
        (Act::Quote, refers(&with_card), Some(both(&external))),
        (Act::Reply, refers(&payload("返信")), None),
    ];
    for (act, payload, embed) in cases {
        let handles = world.ready(act, &payload).await.unwrap();
        world.send(act, &payload, &handles).await;
        let record = world.bodies(PUT).await.pop().unwrap()["record"].take();
        assert_eq!(record.get("embed"), embed.as_ref(), "{act}");
        let reply = (act == Act::Reply).then(|| json!({ "root": strong, "parent": strong }));
        assert_eq!(record.get("reply"), reply.as_ref(), "{act}");
    }
}

#[tokio::test]
async fn passing_on_is_a_record_of_its_own() {
    let world = World::new().await;
    let uri = URI.replace("feed.post", "feed.repost");
    world
        .has(NEIGHBOUR, POSTS, "one", Some(json!({ "text": "親" })))
        .await;
    let repost = Payload {
        refers_to: Some(neighbours("one")),
        ..payload("")
    };
    let handles = world
        .ready(Act::Repost, &repost)
        .await
        .unwrap()
        .with("rkey", "3mbd3542k2222");
    world
        .answers("POST", PUT, 200, json!({ "uri": uri, "cid": "b" }))
        .await;
    let outcome = world.send(Act::Repost, &repost, &handles).await;
    assert_eq!(outcome, Outcome::Published(RemoteRef { id: uri, url: None }));
    let record = world.bodies(PUT).await[0]["record"].take();
    let subject = json!({ "uri": neighbours("one"), "cid": "cid-of-one" });
    assert_eq!(
        record,
        json!({ "$type": "app.bsky.feed.repost", "subject": subject, "createdAt": "2026-11-24T01:00:00.123Z" })
    );
}

#[tokio::test]
async fn what_was_not_made_ready_is_not_sent() {
    let world = World::new().await;
    let mut with_picture = payload("写真");
    with_picture.parts[0].media = vec![picture(1, "海")];
    let refers = Payload {
        refers_to: Some(neighbours("one")),
        ..payload("本文")
    };
    let ready = ready_text(&world.pds.uri());
    let cases = [
        (Act::New, payload("本文"), Handles::NONE),
        (Act::New, with_picture, ready.clone()),
        (Act::New, payload("@town.example.jp へ"), ready.clone()),
        (Act::Reply, refers.clone(), ready.clone()),
        (Act::Quote, refers, ready),
    ];
    for (act, payload, handles) in cases {
        let outcome = world.send(act, &payload, &handles).await;
        assert_eq!(outcome.class(), OutcomeClass::NotSent, "{act} {outcome:?}");
    }
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let ready = ready_text(&world.pds.uri());
    let with = |change: &dyn Fn(&mut Payload)| {
        let mut payload = payload("本文");
        change(&mut payload);
        payload
    };
    let card = |uri: &str| LinkCard {
        uri: uri.to_owned(),
        title: String::new(),
        description: String::new(),
    };
    let refers = with(&|p| p.refers_to = Some(neighbours("one")));
    let cases = [
        (Act::New, with(&|p| p.parts.clear())),
        (Act::New, with(&|p| p.parts[0].text = " \n\u{3000}".to_owned())),
        (Act::New, with(&|p| p.visibility = Visibility::Followers)),
        (Act::New, with(&|p| p.visibility = Visibility::Unlisted)),
        (Act::New, with(&|p| p.parts[0].media = vec![picture(1, "海"); 5])),
        (
            Act::New,
            with(&|p| p.parts[0].link_card = Some(card("javascript:alert(1)"))),
        ),
        (
            Act::New,
            with(&|p| {
                p.parts[0].link_card = Some(card("https://a.example.jp/"));
                p.parts[0].media = vec![picture(1, "海")];
            }),
        ),
        (Act::New, refers.clone()),
        (Act::Repost, refers),
        (Act::Repost, payload("")),
        (Act::Reply, payload("本文")),
        (
            Act::Quote,
            with(&|p| p.refers_to = Some("https://bsky.app/profile/a.jp/post/1".to_owned())),
        ),
        (
            Act::Reply,
            with(&|p| p.refers_to = Some(format!("at://{NEIGHBOUR}/app.bsky.feed.like/1"))),
        ),
    ];
    for (act, payload) in cases {
        let outcome = world.send(act, &payload, &ready).await;
        assert_eq!(
            outcome.class(),
            OutcomeClass::RejectedPermanent,
            "{act} {payload:?}"
        );
    }
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}

#[rstest]
#[case::cut_before(Break::CutBefore)]
#[case::cut_after(Break::CutAfter)]
#[case::hang(Break::Hang)]
#[case::half(Break::HalfAnswer(r#"{"uri":"at://did:plc:town/app.bsky.feed.post/3mbd3542k2222"}"#))]
#[case::drip(Break::Drip(r#"{"uri":"at://did:plc:town/app.bsky.feed.post/3mbd3542k2222"}"#))]
#[tokio::test]
async fn a_server_that_breaks_off_leaves_a_doubt(#[case] fault: Break) {
    let (world, broken) = (World::new().await, Broken::start(fault).await);
    let outcome = world
        .send(Act::New, &payload("本文"), &ready_text(broken.uri()))
        .await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(broken.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_a_credential() {
    let (world, elsewhere) = (World::new().await, MockServer::start().await);
    for status in [302, 307] {
        world.pds.reset().await;
        let to = format!("{}/xrpc/{PUT}", elsewhere.uri());
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status).insert_header("location", to.as_str()))
            .mount(&world.pds)
            .await;
        let outcome = world
            .send(Act::New, &payload("本文"), &ready_text(&world.pds.uri()))
            .await;
        assert_eq!(outcome.class(), OutcomeClass::Unknown);
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_server_takes_is_told() {
    let world = World::new().await;
    let resets_at = start() + TimeDelta::minutes(5);
    let answer = ResponseTemplate::new(200)
        .set_body_json(put())
        .insert_header("ratelimit-limit", "5000")
        .insert_header("ratelimit-remaining", "4997")
        .insert_header("ratelimit-reset", resets_at.timestamp().to_string().as_str());
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&world.pds)
        .await;
    let (instance, handles, payload) = (world.pds.uri(), ready_text(&world.pds.uri()), payload("本文"));
    let order = world.order(&instance, Act::New, &payload, &handles);
    let reply = world.bluesky.send(&order, &world.credential).await;
    let budget = Budget {
        limit: 5_000,
        remaining: 4_997,
        resets_at: DateTime::from_timestamp(resets_at.timestamp(), 0).unwrap(),
    };
    assert_eq!((reply.budget, reply.handles), (Some(budget), HandlesAfter::Keep));
}

#[tokio::test]
async fn nothing_starts_when_the_time_is_over_or_nobody_is_known() {
    let world = World::new().await;
    let (instance, handles, payload) = (world.pds.uri(), ready_text(&world.pds.uri()), payload("本文"));
    let order = world.order(&instance, Act::New, &payload, &handles);
    let late = Order {
        send_by: start(),
        ..order
    };
    let unconnected = Order {
        remote_account: None,
        ..order
    };
    for order in [late, unconnected] {
        let outcome = world.bluesky.send(&order, &world.credential).await.outcome;
        assert_eq!(outcome.class(), OutcomeClass::NotSent, "{outcome:?}");
    }
    let odd = Credential::of_access(Secret::new(format!("{CANARY}\r\nx: y")), start());
    let outcome = world.bluesky.send(&order, &odd).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::NotSent);
    assert!(!format!("{outcome:?} {:?}", world.bluesky).contains(CANARY));
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_withdrawal_is_one_call_at_the_account_s_own_server() {
    let world = World::new().await;
    world.answers("POST", DELETE, 200, json!({})).await;
    let instance = world.pds.uri();
    let removal = Removal {
        instance: &instance,
        remote_id: URI,
        send_by: start() + TimeDelta::minutes(1),
    };
    for _ in 0..2 {
        let outcome = world.bluesky.remove(&removal, &world.credential).await.outcome;
        assert_eq!(
            outcome,
            Outcome::Published(RemoteRef {
                id: URI.to_owned(),
                url: None
            })
        );
    }
    let expected = json!({ "repo": TOWN, "collection": "app.bsky.feed.post", "rkey": "3mbd3542k2222" });
    assert_eq!(world.bodies(DELETE).await, [expected.clone(), expected]);
}

#[tokio::test]
async fn what_is_not_ours_is_not_removed() {
    let world = World::new().await;
    world.answers("POST", DELETE, 200, json!({})).await;
    let instance = world.pds.uri();
    let neighbours = neighbours("one");
    let profile = format!("at://{TOWN}/app.bsky.actor.profile/self");
    for remote_id in [
        neighbours.as_str(),
        profile.as_str(),
        "1",
        "at://town.example.jp/app.bsky.feed.post/1",
    ] {
        let removal = Removal {
            instance: &instance,
            remote_id,
            send_by: start() + TimeDelta::minutes(1),
        };
        let outcome = world.bluesky.remove(&removal, &world.credential).await.outcome;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{remote_id}");
    }
    let late = Removal {
        instance: &instance,
        remote_id: URI,
        send_by: start(),
    };
    let outcome = world.bluesky.remove(&late, &world.credential).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::NotSent);
    assert!(world.bodies(DELETE).await.is_empty());
}
