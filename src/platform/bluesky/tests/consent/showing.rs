//! Calls to the account's own server with tokens that are bound to a key.

use super::*;

const PUT: &str = "/xrpc/com.atproto.repo.putRecord";
const SESSION: &str = "/xrpc/com.atproto.server.getSession";
const UPLOAD: &str = "/xrpc/com.atproto.repo.uploadBlob";

impl World {
    async fn shown(&self, outcome_of: ResponseTemplate) -> Outcome {
        let (instance, credential) = (self.pds.uri(), self.bound());
        self.serves("POST", PUT, outcome_of).await;
        self.put(&instance, &credential).await
    }

    async fn put(&self, instance: &str, credential: &Credential) -> Outcome {
        let (post, handles) = (payload("本文"), ready_text(&self.pds.uri()));
        let order = self.order(instance, Act::New, &post, &handles);
        let outcome = self.bluesky.send(&order, credential).await.outcome;
        assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
        outcome
    }
}

fn out() -> Value {
    json!({ "uri": "at://did:plc:town/app.bsky.feed.post/3mbd3542k2222", "cid": "bafy" })
}

#[tokio::test]
async fn each_call_proves_that_the_token_is_ours() {
    let world = World::consenting().await;
    let me = json!({ "did": TOWN, "handle": HANDLE, "active": true });
    world.serves("GET", SESSION, Numbered::home(200, me)).await;
    world.serves("POST", PUT, Numbered::home(200, out())).await;
    let credential = world.bound();
    let known = world
        .bluesky
        .whoami("https://entryway.example.jp", &credential)
        .await
        .unwrap();
    assert_eq!((known.id.as_str(), known.handle.as_str()), (TOWN, HANDLE));
    let outcome = world.put(&world.pds.uri(), &credential).await;
    assert!(matches!(outcome, Outcome::Published(_)), "{outcome:?}");

    let received = world.pds.received_requests().await.unwrap();
    assert_eq!(received.len(), 3, "the number is asked for once");
    for request in &received {
        assert_eq!(
            request.headers["authorization"],
            format!("DPoP {CANARY}").as_str()
        );
        let proof = Token::proof_of(request);
        assert_eq!(
            proof.claims["ath"],
            URL_SAFE_NO_PAD.encode(Sha256::digest(CANARY))
        );
    }
}

#[tokio::test]
async fn a_post_that_was_refused_unread_is_sent_once_more_as_it_was() {
    let world = World::consenting().await;
    world.serves("POST", PUT, Numbered::home(200, out())).await;
    let outcome = world.put(&world.pds.uri(), &world.bound()).await;
    assert!(matches!(outcome, Outcome::Published(_)), "{outcome:?}");
    let sent = world.received(PUT).await;
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test]
async fn whoever_wants_ever_other_numbers_is_asked_again_later() {
    let world = World::consenting().await;
    let outcome = world
        .shown(unread().insert_header("dpop-nonce", "yet another"))
        .await;
    assert!(
        matches!(outcome, Outcome::RejectedTransient { .. }),
        "{outcome:?}"
    );
    assert_eq!(world.received(PUT).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_ended_is_a_matter_of_the_credential() {
    let world = World::consenting().await;
    let ended = ResponseTemplate::new(401)
        .insert_header("www-authenticate", "DPoP error=\"invalid_token\"")
        .insert_header("dpop-nonce", HOMES_NUMBER)
        .set_body_json(json!({ "error": "invalid_token", "message": CANARY }));
    let outcome = world.shown(ended).await;
    assert!(matches!(outcome, Outcome::RejectedReauth { .. }), "{outcome:?}");
    assert_eq!(world.received(PUT).await.len(), 1);
}

#[tokio::test]
async fn after_the_last_moment_nothing_is_sent_once_more() {
    let world = World::consenting().await;
    let instance = world.pds.uri();
    let (post, handles, credential) = (payload("本文"), ready_text(&instance), world.bound());
    let clock = Arc::clone(&world.clock);
    let slow = move |_: &Received| {
        clock.advance(TimeDelta::minutes(2));
        unread().insert_header("dpop-nonce", HOMES_NUMBER)
    };
    world.serves("POST", PUT, slow).await;
    let order = world.order(&instance, Act::New, &post, &handles);
    let outcome = world.bluesky.send(&order, &credential).await.outcome;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert_eq!(world.received(PUT).await.len(), 1);
}

#[tokio::test]
async fn a_picture_that_was_refused_unread_is_read_anew() {
    let world = World::consenting().await;
    let me = json!({ "did": TOWN, "handle": HANDLE, "active": true });
    world
        .serves("GET", SESSION, ResponseTemplate::new(200).set_body_json(me))
        .await;
    world
        .serves(
            "POST",
            UPLOAD,
            Numbered::home(200, json!({ "blob": blob(1_000) })),
        )
        .await;
    let mut post = payload("本文");
    post.parts[0].media = vec![picture(1, "地図")];
    let (instance, credential) = (world.pds.uri(), world.bound());
    let files = Pictures::png((1200, 800), 1_000);
    let mut handles = Handles::NONE;
    loop {
        let what = world.preparing(&instance, Act::New, &post, &handles, &files);
        match world.bluesky.prepare(what, &credential).await {
            Prepared::Ready => break,
            Prepared::Step(now) => handles = now,
            other => panic!("{other:?}"),
        }
    }
    let sent = world.received(UPLOAD).await;
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.body.len() == 1_000));
}
