//! LINE and Threads, played by scripted answers, from the queue to what people see: calls that a platform takes first
//! and carries out later, and credentials that it refuses before the last call.

use std::sync::Arc;

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    dispatch::DispatchConfig,
    domain::{
        account::{AccountStatus, Platform},
        audience::Chosen,
        delivery::{DeliveryPhase, DeliveryState},
        hold::HoldCause,
        homes::Homes,
        ids::PostId,
        post::{PostState, Summary},
        revision::Media,
    },
    service::{Draft, NewAccount, Once},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    media::png,
    support::{
        Clocked, TestDatabase, Town,
        database::Kind,
        http::Http,
        steps::blocked_by,
        town::{ALWAYS_OPEN, enter, new_account, quick_dispatch, wire_to},
    },
};

const NARROWCAST: &str = "/v2/bot/message/narrowcast";
const BROADCAST: &str = "/v2/bot/message/broadcast";
const PROGRESS: &str = "/v2/bot/message/progress/narrowcast";
const REQUEST: &str = "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4";

const CONTAINERS: &str = "/v1.0/7/threads";
const PUBLISH: &str = "/v1.0/7/threads_publish";

/// A town whose account is on a platform that is played.
struct Played {
    town: Town,
    stand: MockServer,
}

/// What a post needs beforehand can be done under the claim.
fn patient() -> DispatchConfig {
    DispatchConfig {
        lease: Duration::seconds(10),
        ..quick_dispatch("test")
    }
}

impl Played {
    async fn on(kind: Kind, platform: Platform) -> Option<Self> {
        let database = TestDatabase::make(kind).await?;
        let stand = MockServer::start().await;
        let clock = Clocked::tuesday_morning();
        let homes = Homes::default().with(platform, stand.uri());
        let app = wire_to(&database, &clock, patient(), homes).await;
        let town = Town::found(app, clock, Arc::new(database), ALWAYS_OPEN).await;
        let mut played = Self { town, stand };
        let (place, own) = match platform {
            Platform::Line => ("/v2/bot/info", json!({ "userId": "U1", "basicId": "@example" })),
            _ => ("/v1.0/me", json!({ "id": "7", "username": "example" })),
        };
        played.always("GET", place, answer(200, own)).await;
        let new = NewAccount {
            platform,
            ..new_account(played.town.division, &played.stand.uri(), "example")
        };
        let (app, organization) = (&played.town.app, played.town.organization);
        played.town.account = enter(app, organization, new, "stand-in-token").await;
        Some(played)
    }

    async fn always(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method(verb)).and(path(at)).respond_with(answer);
        mock.mount(&self.stand).await;
    }

    /// The next request gets this answer; those after it get what is scripted later.
    async fn once(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method(verb)).and(path(at)).respond_with(answer);
        mock.up_to_n_times(1).mount(&self.stand).await;
    }

    async fn received(&self, at: &str) -> Vec<Request> {
        let all = self.stand.received_requests().await.expect("recorded requests");
        all.into_iter().filter(|one| one.url.path() == at).collect()
    }

    /// Lets the dispatcher work for so many seconds.
    async fn work(&self, seconds: i64) {
        for _ in 0..seconds {
            self.town.work().await;
            self.town.hand().advance(Duration::seconds(1));
        }
    }

    async fn status(&self) -> AccountStatus {
        let service = &self.town.app.service;
        let account = service.account(&self.town.people.clerk, self.town.account).await;
        account.expect("the account").status
    }

    async fn told(&self, verb: &str) -> usize {
        let service = &self.town.app.service;
        let entries = service.ledger(&self.town.people.auditor, None, 200).await;
        let entries = entries.expect("the ledger");
        entries.iter().filter(|entry| entry.verb == verb).count()
    }
}

fn answer(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// LINE takes the messages in its dry run, and every narrowcast.
async fn line(kind: Kind) -> Option<Played> {
    let played = Played::on(kind, Platform::Line).await?;
    let dry_run = "/v2/bot/message/validate/narrowcast";
    played.always("POST", dry_run, answer(200, json!({}))).await;
    Some(played)
}

fn taken() -> ResponseTemplate {
    answer(202, json!({})).insert_header("x-line-request-id", REQUEST)
}

fn at_phase(mut said: Value) -> ResponseTemplate {
    said["acceptedTime"] = json!("2026-11-24T01:00:00.000Z");
    answer(200, said)
}

impl Played {
    /// A post to one group of friends, signed.
    async fn narrowed(&self) -> PostId {
        let mut draft = self.town.draft("避難所が開きました。");
        draft.targets[0].audience = Some(Chosen {
            groups: vec![7],
            ..Chosen::default()
        });
        self.town.walk(draft).await
    }

    async fn is_out(&self, post: PostId) {
        assert_eq!(self.town.phases(post).await, [DeliveryPhase::Published]);
        let delivery = self.town.delivery(post).await;
        assert_eq!(
            delivery.series.first().map(|remote| remote.id.as_str()),
            Some(REQUEST)
        );
        assert!(self.received(BROADCAST).await.is_empty(), "nobody else gets it");
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_narrowcast_is_out_when_line_has_sent_it(#[case] kind: Kind) {
    let Some(played) = line(kind).await else { return };
    played.always("POST", NARROWCAST, taken()).await;
    for phase in ["waiting", "sending"] {
        let said = at_phase(json!({ "phase": phase }));
        played.once("GET", PROGRESS, said).await;
    }
    let post = played.narrowed().await;
    played.work(1).await;
    assert_eq!(
        played.town.phases(post).await,
        [DeliveryPhase::Unknown],
        "taken is not sent"
    );
    let said = json!({ "phase": "succeeded", "successCount": 900, "targetCount": 900 });
    played.always("GET", PROGRESS, at_phase(said)).await;
    played.work(5).await;
    played.is_out(post).await;
    let sent = played.received(NARROWCAST).await;
    assert_eq!(sent.len(), 1, "what was taken is asked about and not sent again");
    let body: Value = sent[0].body_json().expect("JSON");
    assert_eq!(
        body["recipient"],
        json!({ "type": "audience", "audienceGroupId": 7 })
    );
    assert!(played.received(PROGRESS).await.len() >= 3);
    assert_eq!(
        played.told("account.paused").await,
        0,
        "a platform that takes its time is not in trouble"
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_narrowcast_that_went_to_nobody_has_failed_and_says_why(#[case] kind: Kind) {
    let Some(played) = line(kind).await else { return };
    played.always("POST", NARROWCAST, taken()).await;
    let said = json!({ "phase": "failed", "errorCode": 4, "failedDescription": "too small" });
    played.always("GET", PROGRESS, at_phase(said)).await;
    let post = played.narrowed().await;
    played.work(2).await;
    let delivery = played.town.delivery(post).await;
    assert!(
        matches!(&delivery.state, DeliveryState::Failed { why, .. } if why.contains("50 people") && why.contains("too small")),
        "{:?}",
        delivery.state
    );
    let view = played.town.view(post).await;
    assert!(
        matches!(
            view.post.state,
            PostState::Completed {
                summary: Summary::Failed,
                ..
            }
        ),
        "{:?}",
        view.post.state
    );
    assert_eq!(played.told("delivery.fell_through").await, 1);
    assert_eq!(played.received(NARROWCAST).await.len(), 1);
}

/// How far LINE came is not known: it is never called failed, and a person decides.
#[tokio::test]
async fn a_narrowcast_that_some_may_have_got_is_for_a_person() {
    let Some(played) = line(Kind::Sqlite).await else {
        return;
    };
    played.always("POST", NARROWCAST, taken()).await;
    let said = json!({ "phase": "failed", "errorCode": 1, "successCount": 3 });
    played.always("GET", PROGRESS, at_phase(said)).await;
    let post = played.narrowed().await;
    played.work(15).await;
    assert_eq!(played.town.phases(post).await, [DeliveryPhase::NeedsHuman]);
    assert_eq!(played.received(NARROWCAST).await.len(), 1);
}

/// The answer to the first call is lost; the same call under the same key tells under which id it was taken.
#[tokio::test]
async fn a_lost_answer_to_a_narrowcast_is_found_by_its_key() {
    let Some(played) = line(Kind::Sqlite).await else {
        return;
    };
    played.once("POST", NARROWCAST, ResponseTemplate::new(500)).await;
    let again = answer(409, json!({ "message": "The retry key is already accepted" }));
    let again = again.insert_header("x-line-accepted-request-id", REQUEST);
    played.always("POST", NARROWCAST, again).await;
    played
        .always("GET", PROGRESS, at_phase(json!({ "phase": "succeeded" })))
        .await;
    let post = played.narrowed().await;
    played.work(5).await;
    played.is_out(post).await;
    let sent = played.received(NARROWCAST).await;
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    let key = |request: &Request| request.headers["x-line-retry-key"].clone();
    assert_eq!(key(&sent[0]), key(&sent[1]));
}

/// Whom a post goes to is part of what is signed: shown, kept by an edit of the words, and never dropped.
#[tokio::test]
async fn an_audience_is_signed_with_the_post() {
    let Some(played) = line(Kind::Sqlite).await else {
        return;
    };
    let (http, clerk) = (Http::of(&played.town), &played.town.people.clerk);
    let draft = |audience: Value| {
        let target = json!({ "account": played.town.account.to_string(), "audience": audience });
        json!({ "text": "避難所が開きました。", "targets": [target], "publish": { "mode": "on_approval" } })
    };
    let create = async |audience: Value| http.post(clerk, "/v1/posts", draft(audience)).await.ok();
    let all = create(Value::Null).await;
    assert_eq!(all["targets"][0]["audience"], Value::Null);
    let some = create(json!({ "areas": ["jp_13", "jp_01"], "ages": { "from": "age_65" } })).await;
    let shown = &some["targets"][0]["audience"];
    assert_eq!(
        (&shown["areas"], &shown["ages"]["from"], &shown["groups"]),
        (&json!(["jp_01", "jp_13"]), &json!("age_65"), &json!([]))
    );
    assert_ne!(all["digest"], some["digest"]);

    let place = format!("/v1/posts/{}", some["id"].as_str().expect("an id"));
    let tag = http.get(clerk, &place).await.tag.expect("a tag");
    let edited = http
        .patch(
            clerk,
            &place,
            &tag,
            json!({ "text": "避難所が二か所開きました。" }),
        )
        .await
        .ok();
    assert_eq!(
        &edited["targets"][0]["audience"], shown,
        "an edit of the words keeps it"
    );
    let tag = http.get(clerk, &place).await.tag.expect("a tag");
    let targets = json!([{ "account": played.town.account.to_string() }]);
    let widened = http
        .patch(clerk, &place, &tag, json!({ "targets": targets }))
        .await
        .ok();
    assert_eq!(widened["targets"][0]["audience"], Value::Null);
    assert_ne!(
        widened["digest"], edited["digest"],
        "to everybody is another post"
    );
}

/// Threads takes a container first, and publishes it in a second step.
async fn threads(kind: Kind) -> Option<Played> {
    Played::on(kind, Platform::Threads).await
}

fn expired() -> ResponseTemplate {
    let error = json!({ "message": "Session has expired", "type": "OAuthException", "code": 190, "error_subcode": 463 });
    answer(400, json!({ "error": error }))
}

async fn is_parked(played: &Played, post: PostId) {
    let held = (HoldCause::Account, "needs_reconnect".to_owned());
    assert_eq!(played.town.held_for(post).await, held);
    assert_eq!(played.status().await, AccountStatus::NeedsReconnect);
    assert_eq!(played.told("account.needs_reconnect").await, 1);
    assert!(
        played.received(PUBLISH).await.is_empty(),
        "the last call was never made"
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_token_that_the_first_step_refuses_parks_the_account(#[case] kind: Kind) {
    let Some(played) = threads(kind).await else { return };
    played.always("POST", CONTAINERS, expired()).await;
    let post = played.town.approved("図書館は明日、休館します。").await;
    played.work(3).await;
    is_parked(&played, post).await;
    let tried = played.received(CONTAINERS).await.len();
    // No other post tries the same token.
    let next = played.town.draft("水道工事のため断水します。");
    let (service, clerk) = (&played.town.app.service, &played.town.people.clerk);
    let next = service.create_post(clerk, next, Once::unkeyed()).await;
    assert_eq!(blocked_by(next), ["account.not_active"].into());
    played.work(3).await;
    assert_eq!(played.received(CONTAINERS).await.len(), tried);
}

/// Ahead of its time: the person is called before the post is due.
#[tokio::test]
async fn a_token_that_is_refused_ahead_parks_the_account_before_the_post_is_due() {
    let Some(played) = threads(Kind::Sqlite).await else {
        return;
    };
    played.always("POST", CONTAINERS, expired()).await;
    let draft: Draft = played.town.planned("明日の予定です。", "2026-11-24T10:04:00");
    let post = played.town.walk(draft).await;
    let ahead = played.town.app.dispatcher.prepare_ahead().await;
    assert_eq!(ahead.expect("the database"), 1);
    assert_eq!(played.status().await, AccountStatus::NeedsReconnect);
    assert_eq!(played.town.phases(post).await, [DeliveryPhase::Waiting]);
    played.town.it_is("2026-11-24T10:04:00");
    played.town.work().await;
    is_parked(&played, post).await;
    assert_eq!(played.received(CONTAINERS).await.len(), 1);
}

/// An upload of the sandbox's Mastodon is refused like a post.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_token_that_an_upload_refuses_parks_the_account(#[case] kind: Kind) {
    let Some(town) = Town::build(kind, Clocked::tuesday_morning(), ALWAYS_OPEN).await else {
        return;
    };
    let picture = town.upload(&png(64, 48)).await;
    town.control("tokens/revoke", json!({ "username": "koho" })).await;
    let mut draft = town.draft("給水所はこちらです。");
    draft.media = vec![Media {
        digest: picture.digest,
        alt: "給水所の案内図".to_owned(),
    }];
    let post = town.walk(draft).await;
    let begun = town.app.dispatcher.prepare_ahead().await;
    assert_eq!(begun.expect("the database"), 1);
    town.work().await;
    let held = (HoldCause::Account, "needs_reconnect".to_owned());
    assert_eq!(town.held_for(post).await, held);
    let account = town.app.service.account(&town.people.clerk, town.account).await;
    assert_eq!(
        account.expect("the account").status,
        AccountStatus::NeedsReconnect
    );
    assert_eq!(town.arrived(), [""; 0], "nothing was tried");
}

/// A picture and a film leave for the sandbox, and are shown there with their descriptions.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_picture_is_out_with_its_description(#[case] kind: Kind) {
    let Some(database) = TestDatabase::make(kind).await else {
        return;
    };
    let app = wire_to(&database, &Clocked::System, patient(), Homes::default()).await;
    let town = Town::found(app, Clocked::System, Arc::new(database), ALWAYS_OPEN).await;
    let picture = town.upload(&png(64, 48)).await;
    let mut draft = town.draft("給水所はこちらです。");
    draft.media = vec![Media {
        digest: picture.digest,
        alt: "給水所の案内図".to_owned(),
    }];
    let post = town.walk(draft).await;
    town.run_until(post, DeliveryPhase::Published).await;
    let shown = &town.sandbox.statuses()[0].media;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].description, "給水所の案内図");
    assert!(shown[0].bytes > 0 && !shown[0].kind.is_film());
}
