//! How many more posts a platform takes: read when an account is connected, and every day.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    domain::{account::Platform, homes::Homes, ids::AccountId, quota::QuotaSeen},
    service::NewAccount,
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use crate::support::{
    Clocked, TestDatabase, Town,
    database::Kind,
    town::{ALWAYS_OPEN, enter, new_account, quick_dispatch, wire_to},
};

/// LINE, as far as a quota goes: 200 messages a month, so many of them used.
async fn line(used: &Arc<AtomicU64>) -> MockServer {
    let server = MockServer::start().await;
    let bot = json!({ "userId": "U1", "basicId": "@mihon" });
    let limit = json!({ "type": "limited", "value": 200 });
    for (place, body) in [("info", bot), ("message/quota", limit)] {
        answer(&server, place, move || body.clone()).await;
    }
    let used = Arc::clone(used);
    let count = move || json!({ "totalUsage": used.load(Ordering::Relaxed) });
    answer(&server, "message/quota/consumption", count).await;
    server
}

async fn answer(server: &MockServer, place: &str, body: impl Fn() -> Value + Send + Sync + 'static) {
    Mock::given(path(format!("/v2/bot/{place}")))
        .respond_with(move |_: &wiremock::Request| ResponseTemplate::new(200).set_body_json(body()))
        .mount(server)
        .await;
}

impl Town {
    async fn quota(&self, account: AccountId) -> QuotaSeen {
        let views = self.app.service.credentials(&self.people.clerk).await;
        let view = views.expect("the credentials")[&account];
        view.quota.expect("a quota")
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_quota_is_known_at_once_and_asked_for_every_day(#[case] kind: Kind) {
    let Some(database) = TestDatabase::make(kind).await else {
        return;
    };
    let (used, clock) = (Arc::new(AtomicU64::new(70)), Clocked::tuesday_morning());
    let server = line(&used).await;
    let homes = Homes::default().with(Platform::Line, server.uri());
    let app = wire_to(&database, &clock, quick_dispatch("test"), homes).await;
    let town = Town::found(app, clock, Arc::new(database), ALWAYS_OPEN).await;
    let new = NewAccount {
        platform: Platform::Line,
        ..new_account(town.division, &server.uri(), "mihon")
    };
    let account = enter(&town.app, town.organization, new, "line-token").await;
    let first = town.quota(account).await;
    assert_eq!((first.quota.used, first.quota.left()), (70, Some(130)));
    let without = town.app.service.credentials(&town.people.clerk).await;
    let without = without.expect("the credentials")[&town.account].quota;
    assert_eq!(without, None, "Mastodon has none");

    used.store(199, Ordering::Relaxed);
    town.hand().advance(Duration::days(1));
    town.app
        .dispatcher
        .look_after_credentials()
        .await
        .expect("the database");
    let next = town.quota(account).await;
    assert_eq!((next.quota.used, next.quota.left()), (199, Some(1)));
    assert_eq!(next.at, first.at + Duration::days(1));
}
