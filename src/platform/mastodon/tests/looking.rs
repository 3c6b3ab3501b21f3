//! Looking for a publication whose answer is unknown.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

use super::*;

const TEXT: &str = "避難所を開設しました https://www.city.example.lg.jp/";

fn sought(instance: &str, account: &str, text: &str) -> Sought {
    Sought {
        instance: instance.to_owned(),
        remote_account: account.to_owned(),
        act: Act::New,
        payload: payload(text),
        part: 0,
        handles: Handles::NONE,
        intended_at: "2026-11-21T10:00:00Z".parse().unwrap(),
    }
}

async fn look(world: &World, text: &str) -> Sighting {
    let me = world
        .mastodon
        .whoami(world.sandbox.base_url(), &world.credential)
        .await
        .unwrap();
    let sought = Sought {
        intended_at: SystemClock.now() - TimeDelta::seconds(5),
        ..sought(world.sandbox.base_url(), &me.id, text)
    };
    let sighting = world.mastodon.look(&sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains(CANARY), "{sighting:?}");
    sighting
}

#[tokio::test]
async fn what_is_out_is_seen_and_what_is_not_is_absent() {
    let world = World::failing(On::Publish, Fault::CutAfter).await;
    world.send(&payload(&format!("{TEXT}\r\n末尾 ")), 1).await;
    for n in 2..45 {
        published(world.send(&payload(&format!("別の投稿 {n}")), n).await);
    }
    let Sighting::Seen(remote) = look(&world, &format!("{TEXT}\r\n末尾 ")).await else {
        panic!("not seen");
    };
    assert_eq!(remote.id, world.sandbox.statuses()[0].id);
    assert_eq!(look(&world, "避難所を開設しました").await, Sighting::Absent);
}

#[tokio::test]
async fn followers_only_posts_are_seen_too() {
    let world = World::new().await;
    let payload = Payload {
        visibility: Visibility::Followers,
        ..payload(TEXT)
    };
    let remote = published(world.send(&payload, 1).await);
    assert_eq!(look(&world, TEXT).await, Sighting::Seen(remote));
}

#[tokio::test]
async fn a_server_that_cannot_be_read_tells_nothing() {
    for fault in [
        Fault::Status { code: 500 },
        Fault::Status { code: 401 },
        Fault::TooManyRequests { retry_after_s: 5 },
        Fault::Html { code: 200 },
        Fault::CutBefore,
        Fault::AnswerTwice,
    ] {
        for skip in [1, 2] {
            // The first question is whoami, the second the list, the third the source of the one post.
            let world = World::with(|config| {
                let rule = FaultRule {
                    skip,
                    times: None,
                    ..rule(On::Read, fault.clone())
                };
                config.faults = FaultPlan { faults: vec![rule] };
            })
            .await;
            published(world.send(&payload(TEXT), 1).await);
            let sighting = look(&world, TEXT).await;
            assert!(
                matches!(sighting, Sighting::CannotTell { .. }),
                "{fault:?}: {sighting:?}"
            );
        }
    }
}

/// A server of another kind: the first page is `page`, and there is nothing before it.
async fn relative(page: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v1/accounts/1/statuses"))
        .and(query_param("limit", "40"))
        .and(query_param("exclude_reblogs", "true"))
        .and(wiremock::matchers::query_param_is_missing("max_id"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/v1/accounts/1/statuses"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

fn status(id: &str, at: &str, html: &str) -> Value {
    json!({ "id": id, "created_at": at, "content": html, "url": null })
}

async fn look_there(server: &MockServer, text: &str) -> Sighting {
    adapter()
        .look(&sought(&server.uri(), "1", text), &credential())
        .await
}

#[tokio::test]
async fn without_sources_the_shown_text_is_compared() {
    let html = "<p>避難所を開設しました <a href=\"https://www.city.example.lg.jp/\"><span>https://</span><span>www.city\
                .example.lg.jp/</span></a></p>";
    let server = relative(json!([
        status("01B", "2026-11-21T10:00:00.123456+00:00", html),
        status("01A", "2026-11-21T09:00:00Z", "<p>前の投稿</p>"),
    ]))
    .await;
    assert!(matches!(look_there(&server, TEXT).await, Sighting::Seen(remote) if remote.id == "01B"));
    assert_eq!(look_there(&server, "別の投稿").await, Sighting::Absent);
    // The older one lies before the attempt: it is another post with the same text.
    assert_eq!(look_there(&server, "前の投稿").await, Sighting::Absent);
    // A mention is not shown as it was sent, so a difference proves nothing.
    assert!(matches!(
        look_there(&server, "@town@example.jp へ").await,
        Sighting::CannotTell { .. }
    ));
}

#[tokio::test]
async fn an_edited_post_of_that_time_may_have_been_ours() {
    let mut edited = status("2", "2026-11-21T10:00:05Z", "<p>直した</p>");
    edited["edited_at"] = json!("2026-11-21T10:10:00Z");
    let server = relative(json!([edited])).await;
    assert!(matches!(
        look_there(&server, TEXT).await,
        Sighting::CannotTell { .. }
    ));
    assert!(matches!(look_there(&server, "直した").await, Sighting::Seen(_)));
}

#[tokio::test]
async fn a_list_without_an_end_tells_nothing() {
    let server = MockServer::start().await;
    for page in 0..6 {
        let list = json!([status(
            &format!("{}", 9 - page),
            "2026-11-21T11:00:00Z",
            "<p>別</p>"
        )]);
        let mock = Mock::given(method("GET")).and(path("/api/v1/accounts/1/statuses"));
        let mock = match page {
            0 => mock.and(wiremock::matchers::query_param_is_missing("max_id")),
            _ => mock.and(query_param("max_id", format!("{}", 10 - page))),
        };
        mock.respond_with(ResponseTemplate::new(200).set_body_json(list))
            .mount(&server)
            .await;
    }
    assert!(matches!(
        look_there(&server, TEXT).await,
        Sighting::CannotTell { .. }
    ));
    let stuck = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v1/accounts/1/statuses"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([status(
            "1",
            "2026-11-21T11:00:00Z",
            ""
        )])))
        .mount(&stuck)
        .await;
    assert!(matches!(
        look_there(&stuck, TEXT).await,
        Sighting::CannotTell { .. }
    ));
}

#[tokio::test]
async fn dates_that_cannot_be_read_tell_nothing() {
    let server = relative(json!([status("1", "yesterday", "<p>別</p>")])).await;
    assert!(matches!(
        look_there(&server, TEXT).await,
        Sighting::CannotTell { .. }
    ));
    let mut several = sought(&server.uri(), "1", TEXT);
    several.payload.parts.clear();
    let sighting = adapter().look(&several, &credential()).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }));
    let odd = adapter()
        .look(&sought(&server.uri(), "../1", TEXT), &credential())
        .await;
    assert!(matches!(odd, Sighting::CannotTell { .. }));
}
