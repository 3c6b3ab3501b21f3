//! Broadcasts.

use rstest::rstest;

use super::*;
use crate::{
    domain::{
        attempt::{OutcomeClass, RemoteRef},
        preparation::Follows,
        revision::{LinkCard, Visibility},
    },
    platform::testing::{Break, Broken, picture, series},
};

const MONTHLY: &str = r#"{"message":"You have reached your monthly limit."}"#;

#[tokio::test]
async fn a_post_is_broadcast_under_its_key() {
    let world = World::answers("POST", BROADCAST, accepted()).await;
    let outcome = world
        .send(&series(&["【避難指示】A地区", "避難所は次のとおり"]))
        .await;
    let remote = RemoteRef {
        id: "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4".to_owned(),
        url: None,
    };
    assert_eq!(outcome, Outcome::Published(remote));
    let requests = world.received(BROADCAST).await;
    assert_eq!(requests.len(), 1);
    let headers = &requests[0].headers;
    assert_eq!(
        headers["x-line-retry-key"],
        "00000000-0000-0000-0000-000000000001"
    );
    assert_eq!(
        headers["authorization"].to_str().unwrap(),
        format!("Bearer {CANARY_TOKEN}")
    );
    assert!(headers["user-agent"].to_str().unwrap().starts_with("sekisho/"));
    let expected = json!({ "messages": [
        { "type": "text", "text": "【避難指示】A地区" },
        { "type": "text", "text": "避難所は次のとおり" },
    ] });
    assert_eq!(requests[0].body_json::<Value>().unwrap(), expected);
}

#[tokio::test]
async fn a_repetition_is_the_same_to_the_byte() {
    let world = World::answers("POST", BROADCAST, ResponseTemplate::new(500)).await;
    let mut payload = payload("写真です");
    payload.parts[0].media = vec![picture(1, "海辺の避難所の入り口")];
    let handles = Handles::default()
        .with("address/0/0", "https://media.city.example.lg.jp/a.png")
        .with("shape/0/0", "800:600");
    let server = world.server.uri();
    let order = Order {
        handles: &handles,
        ..Order::plain(&server, Act::New, &payload, 7, in_a_minute(&world))
    };
    for _ in 0..2 {
        assert_eq!(world.send_order(&order).await.class(), OutcomeClass::Unknown);
    }
    let requests = world.received(BROADCAST).await;
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(
        requests[0].headers["x-line-retry-key"],
        requests[1].headers["x-line-retry-key"]
    );
}

#[tokio::test]
async fn a_picture_says_what_it_shows() {
    let world = World::answers("POST", BROADCAST, accepted()).await;
    let mut payload = payload("写真です");
    let alt = "市民体育館の正面入り口。玄関の前に受付の机が二つ並んでいる";
    payload.parts[0].media = vec![picture(1, alt), picture(2, "")];
    let url = |n| format!("https://media.city.example.lg.jp/{n}.png");
    let handles = Handles::default()
        .with("address/0/0", url(1))
        .with("shape/0/0", "800:600")
        .with("address/0/1", url(2))
        .with("shape/0/1", "1:1");
    let server = world.server.uri();
    let plain = Order::plain(&server, Act::New, &payload, 1, in_a_minute(&world));
    assert_eq!(
        world.send_order(&plain).await.class(),
        OutcomeClass::NotSent,
        "no address yet"
    );
    let outcome = world
        .send_order(&Order {
            handles: &handles,
            ..plain
        })
        .await;
    assert_eq!(outcome.class(), OutcomeClass::Published, "{outcome:?}");
    let hero = json!({
        "type": "image", "url": url(1), "size": "full", "aspectRatio": "800:600", "aspectMode": "fit",
        "action": { "type": "uri", "label": "市民体育館の正面入り口。玄関の前に受付…", "uri": url(1) },
    });
    let expected = json!({ "messages": [
        { "type": "text", "text": "写真です" },
        { "type": "flex", "altText": alt, "contents": { "type": "bubble", "hero": hero } },
        { "type": "image", "originalContentUrl": url(2), "previewImageUrl": url(2) },
    ] });
    let requests = world.received(BROADCAST).await;
    assert_eq!(requests[0].body_json::<Value>().unwrap(), expected);
}

/// Every row of the table of errors; the token of each call was made for it.
#[rstest]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::empty(200, "", OutcomeClass::Unknown)]
#[case::accepted_later(202, "{}", OutcomeClass::Unknown)]
#[case::redirect(302, "", OutcomeClass::Unknown)]
#[case::invalid(400, r#"{"message":"The request body has 2 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}"#, OutcomeClass::RejectedPermanent)]
#[case::failed(
    400,
    r#"{"message":"Failed to send messages"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::unauthorised(
    401,
    r#"{"message":"Authentication failed due to the following reason: invalid token."}"#,
    OutcomeClass::RejectedReauth
)]
#[case::plan(
    403,
    r#"{"message":"Access to this API is not available for your account"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::timeout(408, "", OutcomeClass::Unknown)]
#[case::again(
    409,
    r#"{"message":"The retry key is already accepted"}"#,
    OutcomeClass::Published
)]
#[case::other_conflict(409, HTML, OutcomeClass::Unknown)]
#[case::too_large(413, "", OutcomeClass::RejectedPermanent)]
#[case::media_type(415, "", OutcomeClass::RejectedPermanent)]
#[case::rate(
    429,
    r#"{"message":"The API rate limit has been exceeded. Try again later."}"#,
    OutcomeClass::RejectedTransient
)]
#[case::concurrent(
    429,
    r#"{"message":"Too many concurrent requests."}"#,
    OutcomeClass::RejectedTransient
)]
#[case::monthly(429, MONTHLY, OutcomeClass::RejectedPermanent)]
#[case::unreadable_limit(429, HTML, OutcomeClass::RejectedTransient)]
#[case::internal(500, r#"{"message":"Internal error"}"#, OutcomeClass::Unknown)]
#[case::bad_gateway(502, HTML, OutcomeClass::Unknown)]
#[case::unavailable(503, "", OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_to_a_broadcast(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", BROADCAST, answer).await;
    let outcome = world.send(&payload("本文")).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert_eq!(
        world.received(BROADCAST).await.len(),
        1,
        "one request, whatever happens"
    );
    if let Outcome::RejectedTransient { again, .. } = outcome {
        assert_eq!(again, Some(world.clock.now() + TimeDelta::minutes(1)));
    }
}

#[tokio::test]
async fn a_repetition_that_met_the_first_one_names_it() {
    let conflict = ResponseTemplate::new(409)
        .insert_header("x-line-request-id", "second")
        .insert_header("x-line-accepted-request-id", "first")
        .set_body_json(json!({ "message": "The retry key is already accepted" }));
    let world = World::answers("POST", BROADCAST, conflict).await;
    let Outcome::Published(remote) = world.send(&payload("本文")).await else {
        panic!("not published");
    };
    assert_eq!(remote.id, "first");
}

#[tokio::test]
async fn a_token_that_line_ended_is_made_anew() {
    let world = World::answers("POST", BROADCAST, accepted().set_delay(Duration::ZERO)).await;
    assert_eq!(world.send(&payload("一")).await.class(), OutcomeClass::Published);
    world.server.reset().await;
    let body = json!({ "token_type": "Bearer", "access_token": "canary-new", "expires_in": 899 });
    world
        .script("POST", TOKEN, ResponseTemplate::new(200).set_body_json(body))
        .await;
    world
        .script(
            "POST",
            BROADCAST,
            ResponseTemplate::new(401).set_body_json(json!({ "message": "Authentication failed" })),
        )
        .await;
    // The kept token first, then one made for the call: only that refusal is about the channel.
    assert_eq!(
        world.send(&payload("二")).await.class(),
        OutcomeClass::RejectedTransient
    );
    assert_eq!(
        world.send(&payload("二")).await.class(),
        OutcomeClass::RejectedReauth
    );
    assert_eq!(world.received(TOKEN).await.len(), 1);
}

#[rstest]
#[case::cut_before(Break::CutBefore)]
#[case::cut_after(Break::CutAfter)]
#[case::hang(Break::Hang)]
#[case::half(Break::HalfAnswer("{                }"))]
#[case::drip(Break::Drip("{                }"))]
#[tokio::test]
async fn without_a_whole_answer_nothing_is_known(#[case] fault: Break) {
    let server = Broken::start(fault).await;
    let mut line = adapter_at(Arc::new(SystemClock));
    line.caller.longest = Duration::from_secs(1);
    let given = Credential::of_access(Secret::new(CANARY_TOKEN.to_owned()), DateTime::UNIX_EPOCH);
    let payload = payload("本文");
    let send_by = SystemClock.now() + TimeDelta::minutes(1);
    let order = Order::plain(server.uri(), Act::New, &payload, 1, send_by);
    let outcome = line.send(&order, &given).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(server.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_late_answer_is_an_answer_and_a_redirect_is_not_followed() {
    let world = World::answers("POST", BROADCAST, accepted().set_delay(Duration::from_millis(50))).await;
    assert_eq!(
        world.send(&payload("本文")).await.class(),
        OutcomeClass::Published
    );
    let elsewhere = MockServer::start().await;
    let away =
        ResponseTemplate::new(307).insert_header("location", format!("{}{BROADCAST}", elsewhere.uri()));
    let world = World::answers("POST", BROADCAST, away).await;
    assert_eq!(world.send(&payload("本文")).await.class(), OutcomeClass::Unknown);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::answers("POST", BROADCAST, accepted()).await;
    let mut card = payload("本文");
    card.parts[0].link_card = Some(LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: String::new(),
    });
    let refers = Payload {
        refers_to: Some("1".to_owned()),
        ..payload("本文")
    };
    let language = Payload {
        language: Some("ja".to_owned()),
        ..payload("本文")
    };
    let followers = Payload {
        visibility: Visibility::Followers,
        ..payload("本文")
    };
    let cases = [
        (Act::New, series(&[])),
        (Act::New, series(&["本文", " \n"])),
        (Act::New, series(&["一", "二", "三", "四", "五", "六"])),
        (Act::New, card),
        (Act::New, refers.clone()),
        (Act::New, language),
        (Act::New, followers),
        (Act::Reply, refers.clone()),
        (Act::Repost, refers.clone()),
        (Act::Quote, refers),
    ];
    let server = world.server.uri();
    let send_by = in_a_minute(&world);
    for (act, payload) in cases {
        let order = Order::plain(&server, act, &payload, 1, send_by);
        let outcome = world.send_order(&order).await;
        assert_eq!(
            outcome.class(),
            OutcomeClass::RejectedPermanent,
            "{act} {payload:?}"
        );
    }
    let two = series(&["一", "二"]);
    let follows = Follows {
        first: "a".to_owned(),
        before: "a".to_owned(),
    };
    let second = Order {
        part: 1,
        follows: Some(&follows),
        ..Order::plain(&server, Act::New, &two, 1, send_by)
    };
    assert_eq!(
        world.send_order(&second).await.class(),
        OutcomeClass::RejectedPermanent
    );
    let late = Order::plain(&server, Act::New, &two, 1, world.clock.now());
    assert_eq!(world.send_order(&late).await.class(), OutcomeClass::NotSent);
    assert!(world.received(BROADCAST).await.is_empty());
}

#[rstest]
#[case(400)]
#[case(403)]
#[case(429)]
#[case(500)]
#[tokio::test]
async fn what_line_echoes_is_not_kept(#[case] status: u16) {
    let said = format!("{CANARY} {CANARY_TOKEN}\n\u{1b}[0m{}", "あ".repeat(500));
    let answer = ResponseTemplate::new(status)
        .insert_header("x-line-request-id", "r-1")
        .set_body_json(json!({ "message": said }));
    let world = World::answers("POST", BROADCAST, answer).await;
    let outcome = world.send(&payload("本文")).await;
    let why = outcome.why();
    assert!(
        why.starts_with(&status.to_string()) && !why.contains("canary"),
        "{why}"
    );
    assert!(
        why.chars().count() <= 200 && !why.chars().any(char::is_control),
        "{why}"
    );
}
