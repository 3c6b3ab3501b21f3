//! Publishing.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{
    domain::{
        attempt::{OutcomeClass, RemoteRef},
        revision::{LinkCard, Visibility},
    },
    platform::{
        HandlesAfter,
        testing::{Break, Broken, picture, series},
    },
};

const POSTS: &str = "/2/tweets";

fn created() -> ResponseTemplate {
    let body = json!({ "data": { "id": "1445880548472328192", "text": "本文", "edit_history_tweet_ids": ["1445880548472328192"] } });
    ResponseTemplate::new(201).set_body_json(body)
}

fn problem(name: &str, title: &str, detail: &str) -> String {
    json!({
        "title": title, "detail": detail,
        "type": format!("https://api.x.com/2/problems/{name}"),
    })
    .to_string()
}

#[tokio::test]
async fn a_post_goes_out() {
    let world = World::answers("POST", POSTS, created()).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    let remote = RemoteRef {
        id: "1445880548472328192".to_owned(),
        url: Some("https://x.com/i/web/status/1445880548472328192".to_owned()),
    };
    assert_eq!(reply.outcome, Outcome::Published(remote));
    assert_eq!(world.sent().await, json!({ "text": "本文" }));
}

#[rstest]
#[case::reply(Act::Reply, Some("12"), None, json!({ "text": "本文", "reply": { "in_reply_to_tweet_id": "12" } }))]
#[case::quote(Act::Quote, Some("12"), None, json!({ "text": "本文", "quote_tweet_id": "12" }))]
#[case::next(Act::New, None, Some("34"), json!({ "text": "本文", "reply": { "in_reply_to_tweet_id": "34" } }))]
#[case::next_of_reply(Act::Reply, Some("12"), Some("34"), json!({ "text": "本文", "reply": { "in_reply_to_tweet_id": "34" } }))]
#[case::next_of_quote(Act::Quote, Some("12"), Some("34"), json!({ "text": "本文", "reply": { "in_reply_to_tweet_id": "34" } }))]
#[tokio::test]
async fn what_it_refers_to_goes_along(
    #[case] act: Act,
    #[case] refers_to: Option<&str>,
    #[case] before: Option<&str>,
    #[case] expected: Value,
) {
    let world = World::answers("POST", POSTS, created()).await;
    let payload = Payload {
        refers_to: refers_to.map(str::to_owned),
        ..series(&["本文", "本文"])
    };
    let follows = before.map(|before| Follows {
        first: "33".to_owned(),
        before: before.to_owned(),
    });
    let server = world.server.uri();
    let order = Order {
        part: u16::from(before.is_some()),
        follows: follows.as_ref(),
        ..Order::plain(&server, act, &payload, 1, in_a_minute())
    };
    let reply = world.send_order(&order).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Published, "{reply:?}");
    assert_eq!(world.sent().await, expected);
}

#[tokio::test]
async fn pictures_go_along_by_their_ids() {
    let world = World::answers("POST", POSTS, created()).await;
    let mut payload = payload("");
    payload.parts[0].media = vec![picture(1, "海"), picture(2, "山")];
    let server = world.server.uri();
    let plain = Order::plain(&server, Act::New, &payload, 1, in_a_minute());
    let early = world.send_order(&plain).await;
    assert_eq!(early.outcome.class(), OutcomeClass::NotSent, "{early:?}");
    let handles = Handles::default().with("media/0", "71").with("media/1", "72");
    let order = Order {
        handles: &handles,
        ..plain
    };
    let reply = world.send_order(&order).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Published, "{reply:?}");
    assert_eq!(
        world.sent().await,
        json!({ "media": { "media_ids": ["71", "72"] } })
    );
}

#[tokio::test]
async fn a_repost_is_known_by_who_passed_on_what() {
    let body = json!({ "data": { "retweeted": true } });
    let world = World::answers(
        "POST",
        "/2/users/7/retweets",
        ResponseTemplate::new(200).set_body_json(body),
    )
    .await;
    let payload = Payload {
        refers_to: Some("12".to_owned()),
        ..payload("")
    };
    let server = world.server.uri();
    let order = Order {
        remote_account: Some("7"),
        ..Order::plain(&server, Act::Repost, &payload, 1, in_a_minute())
    };
    let reply = world.send_order(&order).await;
    assert!(
        matches!(&reply.outcome, Outcome::Published(remote) if remote.id == "repost:7:12"),
        "{reply:?}"
    );
    assert_eq!(world.sent().await, json!({ "tweet_id": "12" }));
    let stranger = Order {
        remote_account: None,
        ..order
    };
    let refused = world.send_order(&stranger).await;
    assert_eq!(refused.outcome.class(), OutcomeClass::RejectedPermanent);
}

/// Every row of the table of errors.
#[rstest]
#[case::partial(201, r#"{"data":{"id":"1","text":"a"},"errors":[{"title":"x"}]}"#.to_owned(), OutcomeClass::Published)]
#[case::html(201, HTML.to_owned(), OutcomeClass::Unknown)]
#[case::empty(201, String::new(), OutcomeClass::Unknown)]
#[case::odd_id(201, r#"{"data":{"id":"../1"}}"#.to_owned(), OutcomeClass::Unknown)]
#[case::no_data(200, r#"{"errors":[{"message":"a"}]}"#.to_owned(), OutcomeClass::Unknown)]
#[case::redirect(302, String::new(), OutcomeClass::Unknown)]
#[case::moved(308, String::new(), OutcomeClass::Unknown)]
#[case::invalid(
    400,
    problem(
        "invalid-request",
        "Invalid Request",
        "One or more parameters to your request was invalid."
    ),
    OutcomeClass::RejectedPermanent
)]
#[case::unauthorised(401, r#"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#.to_owned(), OutcomeClass::RejectedReauth)]
#[case::credits(402, r#"{"title":"CreditsDepleted","detail":"Your enrolled account does not have any credits"}"#.to_owned(), OutcomeClass::RejectedPermanent)]
#[case::duplicate(403, r#"{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}"#.to_owned(), OutcomeClass::RejectedDuplicate)]
#[case::not_permitted(403, r#"{"detail":"You are not permitted to perform this action.","type":"about:blank","title":"Forbidden"}"#.to_owned(), OutcomeClass::RejectedPermanent)]
#[case::forbidden_client(
    403,
    problem("client-forbidden", "Client Forbidden", "client-not-enrolled"),
    OutcomeClass::RejectedPermanent
)]
#[case::consent(
    403,
    problem(
        "oauth1-permissions",
        "Forbidden",
        "Your client app is not configured with the appropriate permissions"
    ),
    OutcomeClass::RejectedReauth
)]
#[case::kind(
    403,
    problem(
        "unsupported-authentication",
        "Unsupported Authentication",
        "Authenticating with OAuth 2.0 Application-Only is forbidden"
    ),
    OutcomeClass::RejectedReauth
)]
#[case::not_found(
    404,
    problem("resource-not-found", "Not Found", "gone"),
    OutcomeClass::RejectedPermanent
)]
#[case::timeout(408, String::new(), OutcomeClass::Unknown)]
#[case::conflict(409, String::new(), OutcomeClass::Unknown)]
#[case::early(425, String::new(), OutcomeClass::RejectedTransient)]
#[case::too_many(429, r#"{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}"#.to_owned(), OutcomeClass::RejectedTransient)]
#[case::too_many_old(429, r#"{"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#.to_owned(), OutcomeClass::RejectedTransient)]
#[case::capped(
    429,
    problem("usage-capped", "UsageCapExceeded", "Usage cap exceeded: Monthly product cap"),
    OutcomeClass::RejectedPermanent
)]
#[case::internal(500, problem("internal-error", "Internal Error", ""), OutcomeClass::Unknown)]
#[case::bad_gateway(502, HTML.to_owned(), OutcomeClass::Unknown)]
#[case::unavailable(503, r#"{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}"#.to_owned(), OutcomeClass::Unknown)]
#[case::gateway(504, HTML.to_owned(), OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_to_a_publication(#[case] status: u16, #[case] body: String, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", POSTS, answer).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert_eq!(reply.outcome.class(), class, "{reply:?}");
    assert_eq!(reply.handles, HandlesAfter::Keep);
    assert_eq!(world.requests().await, 1, "one request, whatever happens");
}

#[tokio::test]
async fn uploads_that_are_gone_are_made_again() {
    let body = r#"{"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid."}"#;
    let world = World::answers("POST", POSTS, ResponseTemplate::new(400).set_body_string(body)).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::RejectedTransient);
    assert_eq!(reply.handles, HandlesAfter::Forget);
}

#[tokio::test]
async fn money_that_is_used_up_is_said_in_words() {
    let world = World::answers("POST", POSTS, ResponseTemplate::new(402)).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert!(reply.outcome.why().contains("credits"), "{reply:?}");
}

fn limited(status: u16, limits: &[(&'static str, &str)]) -> ResponseTemplate {
    let template = ResponseTemplate::new(status).set_body_json(json!({ "data": { "id": "1" } }));
    limits.iter().fold(template, |template, (name, value)| {
        template.insert_header(*name, *value)
    })
}

#[tokio::test]
async fn limits_are_believed_as_the_headers_tell_them() {
    let now = SystemClock.now();
    let at = |minutes: i64| (now + TimeDelta::minutes(minutes)).timestamp();
    let (soon, late) = (at(10), at(600));
    let (soon_text, late_text) = (soon.to_string(), late.to_string());
    let minutes = [
        ("x-rate-limit-limit", "100"),
        ("x-rate-limit-remaining", "40"),
        ("x-rate-limit-reset", soon_text.as_str()),
    ];
    let day = [
        ("x-app-limit-24hour-limit", "10000"),
        ("x-app-limit-24hour-remaining", "0"),
        ("x-app-limit-24hour-reset", late_text.as_str()),
    ];
    let again = |reply: Reply| match reply.outcome {
        Outcome::RejectedTransient { again, .. } => again.unwrap(),
        other => panic!("{other:?}"),
    };
    let world = World::answers("POST", POSTS, limited(201, &minutes)).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    let budget = reply.budget.unwrap();
    assert_eq!(
        (budget.limit, budget.remaining, budget.resets_at.timestamp()),
        (100, 40, soon)
    );

    let world = World::answers("POST", POSTS, limited(429, &[minutes, day].concat())).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert_eq!(reply.budget.unwrap().remaining, 0);
    assert_eq!(
        again(reply).timestamp(),
        late,
        "the day is over, not the quarter of an hour"
    );

    let world = World::answers("POST", POSTS, limited(429, &minutes)).await;
    assert_eq!(
        again(world.send(Act::New, &payload("本文")).await).timestamp(),
        soon
    );

    let world = World::answers("POST", POSTS, limited(429, &[])).await;
    let wait = again(world.send(Act::New, &payload("本文")).await);
    let quarter = TimeDelta::minutes(15);
    assert!(
        (now + quarter..=SystemClock.now() + quarter).contains(&wait),
        "{wait}"
    );
}

#[rstest]
#[case::cut_before(Break::CutBefore)]
#[case::cut_after(Break::CutAfter)]
#[case::hang(Break::Hang)]
#[case::half(Break::HalfAnswer(r#"{"data":{"id":"1445880548472328192"}}"#))]
#[case::drip(Break::Drip(r#"{"data":{"id":"1445880548472328192"}}"#))]
#[tokio::test]
async fn without_a_whole_answer_nothing_is_known(#[case] fault: Break) {
    let server = Broken::start(fault).await;
    let mut x = adapter();
    x.caller.longest = Duration::from_secs(1);
    let payload = payload("本文");
    let order = Order::plain(server.uri(), Act::New, &payload, 1, in_a_minute());
    let reply = x.send(&order, &credential()).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Unknown, "{reply:?}");
    assert_eq!(server.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_late_answer_is_an_answer_and_a_redirect_is_not_followed() {
    let world = World::answers("POST", POSTS, created().set_delay(Duration::from_millis(50))).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Published);

    let elsewhere = World::new().await;
    let away =
        ResponseTemplate::new(307).insert_header("location", format!("{}/2/tweets", elsewhere.server.uri()));
    let world = World::answers("POST", POSTS, away).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Unknown);
    assert_eq!(elsewhere.requests().await, 0);
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens_or_after_the_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::new().await;
    let (payload, server) = (payload("本文"), world.server.uri());
    let late = SystemClock.now() - TimeDelta::seconds(1);
    for (at, send_by) in [(closed.as_str(), in_a_minute()), (server.as_str(), late)] {
        let order = Order::plain(at, Act::New, &payload, 1, send_by);
        let reply = world.send_order(&order).await;
        assert_eq!(reply.outcome.class(), OutcomeClass::NotSent, "{reply:?}");
    }
    let nowhere = Order::plain("api.x.com", Act::New, &payload, 1, in_a_minute());
    let reply = world.send_order(&nowhere).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::RejectedPermanent);
    assert_eq!(world.requests().await, 0);
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let refers = |text: &str, id: &str| Payload {
        refers_to: Some(id.to_owned()),
        ..payload(text)
    };
    let mut five = payload("写真");
    five.parts[0].media = (0..5).map(|n| picture(n, "海")).collect();
    let mut quote = refers("引用", "1");
    quote.parts[0].media.push(picture(1, "海"));
    let mut card = payload("本文");
    card.parts[0].link_card = Some(LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: String::new(),
    });
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
        (Act::New, payload(" \n\u{3000}")),
        (Act::New, refers("本文", "1")),
        (Act::New, five),
        (Act::New, card),
        (Act::New, language),
        (Act::New, followers),
        (Act::Reply, payload("本文")),
        (Act::Reply, refers("本文", "../1")),
        (Act::Quote, payload("本文")),
        (Act::Quote, quote),
        (Act::Repost, refers("本文", "1")),
        (Act::Repost, payload("")),
    ];
    for (act, payload) in cases {
        let server = world.server.uri();
        let order = Order {
            remote_account: Some("7"),
            ..Order::plain(&server, act, &payload, 1, in_a_minute())
        };
        let reply = world.send_order(&order).await;
        assert_eq!(
            reply.outcome.class(),
            OutcomeClass::RejectedPermanent,
            "{act} {payload:?}"
        );
    }
    assert_eq!(world.requests().await, 0);
}

#[rstest]
#[case(400)]
#[case(401)]
#[case(403)]
#[case(429)]
#[case(500)]
#[tokio::test]
async fn what_x_echoes_is_not_kept(#[case] status: u16) {
    let body = json!({ "title": "a", "detail": format!("Bearer {CANARY} {CANARY_REFRESH}\n\u{1b}[0m{}", "あ".repeat(500)) });
    let answer = ResponseTemplate::new(status).set_body_json(body);
    let world = World::answers("POST", POSTS, answer).await;
    let reply = world.send(Act::New, &payload("本文")).await;
    let why = reply.outcome.why();
    assert!(
        why.starts_with(&status.to_string()) && !why.contains("canary"),
        "{why}"
    );
    assert!(
        why.chars().count() <= 200 && !why.chars().any(char::is_control),
        "{why}"
    );
}
