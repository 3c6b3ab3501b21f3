//! On a page at Facebook only words are edited. A stand-in plays the page, over real HTTP.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::Duration;
use sekisho::{
    dispatch::DispatchConfig,
    domain::{account::Platform, homes::Homes, ids::AccountId, revision::Media},
    service::NewAccount,
};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use super::*;
use crate::{
    media::png,
    support::{
        Clocked, TestDatabase,
        town::{ALWAYS_OPEN, enter, new_account, quick_dispatch, wire_to},
    },
};

/// What becomes of an edit.
#[derive(Debug, Clone, Copy)]
enum Edits {
    /// It is made, and the answer says so.
    Told,
    /// It is made, and somebody between answers.
    Lost,
    /// It never arrives where it is made.
    Dropped,
}

/// A page with one post.
struct Shown {
    text: String,
    edits: Edits,
    /// How many edits it was asked for, made or not.
    asked: usize,
}

#[derive(Clone)]
struct Page(Arc<Mutex<Shown>>);

impl Page {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn edit(&mut self, text: &str) -> ResponseTemplate {
        self.asked += 1;
        if !matches!(self.edits, Edits::Dropped) {
            text.clone_into(&mut self.text);
        }
        match self.edits {
            Edits::Told => ResponseTemplate::new(200).set_body_json(json!({ "success": true })),
            Edits::Lost | Edits::Dropped => ResponseTemplate::new(502),
        }
    }
}

impl Respond for Page {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let said = || form.get("message").map_or("", String::as_str);
        let mut shown = self.shown();
        let body = match (request.method.as_str(), request.url.path()) {
            ("GET", "/v26.0/me") => json!({ "id": "7", "username": "akebono" }),
            ("POST", "/v26.0/7/photos") => json!({ "id": "31" }),
            ("POST", "/v26.0/7/feed") => {
                said().clone_into(&mut shown.text);
                json!({ "id": "7_12" })
            }
            ("POST", "/v26.0/7_12") => return shown.edit(said()),
            ("GET", "/v26.0/7_12") => json!({
                "id": "7_12", "message": shown.text,
                "created_time": "2020-01-01T00:00:00+0000", "updated_time": "2020-01-01T00:00:00+0000",
            }),
            _ => return ResponseTemplate::new(404),
        };
        ResponseTemplate::new(200).set_body_json(body)
    }
}

/// A town with a page.
struct Paged {
    town: Town,
    page: Page,
    account: AccountId,
    _server: MockServer,
}

impl Paged {
    async fn on(kind: Kind, edits: Edits) -> Option<Self> {
        let database = Arc::new(TestDatabase::make(kind).await?);
        let shown = Shown {
            text: String::new(),
            edits,
            asked: 0,
        };
        let (server, page) = (MockServer::start().await, Page(Arc::new(Mutex::new(shown))));
        Mock::given(any()).respond_with(page.clone()).mount(&server).await;
        let homes = Homes::default().with(Platform::Facebook, server.uri());
        let clock = Clocked::System;
        // A picture is uploaded under the claim.
        let dispatch = DispatchConfig {
            lease: Duration::seconds(10),
            ..quick_dispatch("test")
        };
        let app = wire_to(&database, &clock, dispatch, homes).await;
        let town = Town::found(app, clock, database, ALWAYS_OPEN).await;
        let new = NewAccount {
            platform: Platform::Facebook,
            ..new_account(town.division, &server.uri(), "akebono")
        };
        let account = enter(&town.app, town.organization, new, "page-token").await;
        Some(Self {
            town,
            page,
            account,
            _server: server,
        })
    }

    async fn picture(&self, width: u32) -> Media {
        Media {
            digest: self.town.upload(&png(width, 600)).await.digest,
            alt: "給水所の案内図".to_owned(),
        }
    }

    /// The same for the page, with a picture.
    fn for_page(&self, mut draft: Draft, picture: &Media) -> Draft {
        draft.targets[0].account = self.account;
        draft.media = vec![picture.clone()];
        draft
    }

    async fn out(&self, picture: &Media) -> PostId {
        let draft = self.for_page(self.town.draft(WRONG), picture);
        let post = self.town.walk(draft).await;
        self.town.run_until(post, DeliveryPhase::Published).await;
        assert_eq!(self.page.shown().text, WRONG);
        post
    }

    async fn correction_of(&self, post: PostId, picture: &Media) -> Draft {
        let id = self.town.delivery(post).await.id.to_string();
        self.for_page(correction(&self.town, RIGHT, &id), picture)
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn words_take_the_place_and_pictures_stay(#[case] kind: Kind) {
    let Some(paged) = Paged::on(kind, Edits::Told).await else {
        return;
    };
    let (town, service) = (&paged.town, &paged.town.app.service);
    let picture = paged.picture(800).await;
    let wrong = paged.out(&picture).await;
    let other = paged.picture(801).await;
    let with_another = paged.correction_of(wrong, &other).await;
    let result = service
        .create_post(&town.people.clerk, with_another, Once::unkeyed())
        .await;
    assert_eq!(blocked_by(result), ["correction.scope"].into());

    let right = town.walk(paged.correction_of(wrong, &picture).await).await;
    town.run_until(right, DeliveryPhase::Published).await;
    assert_eq!(paged.page.shown().text, RIGHT);
    assert_eq!(
        town.delivery(right).await.series,
        town.delivery(wrong).await.series
    );
    let corrections = &town.view(wrong).await.deliveries[0].corrections;
    assert_eq!(corrections.len(), 1);
    assert_eq!(corrections[0].post, right);
}

/// The post is read, and nothing is sent twice.
#[tokio::test]
async fn never_twice_an_edit_of_a_page_without_an_answer_is_looked_for() {
    let Some(paged) = Paged::on(Kind::Sqlite, Edits::Lost).await else {
        return;
    };
    let picture = paged.picture(800).await;
    let wrong = paged.out(&picture).await;
    let right = paged.town.walk(paged.correction_of(wrong, &picture).await).await;
    paged.town.run_until(right, DeliveryPhase::Published).await;
    let shown = paged.page.shown();
    assert_eq!((shown.text.as_str(), shown.asked), (RIGHT, 1));
}

#[tokio::test]
async fn an_edit_of_a_page_that_is_not_there_needs_a_person() {
    let Some(paged) = Paged::on(Kind::Sqlite, Edits::Dropped).await else {
        return;
    };
    let picture = paged.picture(800).await;
    let wrong = paged.out(&picture).await;
    let right = paged.town.walk(paged.correction_of(wrong, &picture).await).await;
    paged.town.run_until(right, DeliveryPhase::NeedsHuman).await;
    let shown = paged.page.shown();
    assert_eq!((shown.text.as_str(), shown.asked), (WRONG, 1));
}
