//! A town by its real router: requests with tokens, answers as JSON.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use chrono::Duration;
use sekisho::{
    domain::actor::{Actor, Person},
    service::NewApiToken,
    web::{self, WebConfig, WebState},
};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Town, metrics};

/// The way in.
pub struct Http<'t> {
    router: Router,
    town: &'t Town,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub tag: Option<String>,
    pub json: Value,
}

impl Answer {
    /// The body of an answer that grants what was asked.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.json);
        self.json
    }

    /// Asserts that one field is wrong in this way.
    #[track_caller]
    pub fn invalid(&self, pointer: &str, code: &str) {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.json);
        let error = &self.json["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&pointer.into(), &code.into()),
            "{}",
            self.json
        );
    }

    /// The rules whose findings block.
    pub fn blocked_by(&self) -> Vec<String> {
        let found = self.json["findings"].as_array().expect("findings");
        let blocks = found.iter().filter(|finding| finding["severity"] == "block");
        blocks
            .map(|finding| finding["rule"].as_str().expect("a rule").to_owned())
            .collect()
    }
}

impl<'t> Http<'t> {
    pub fn of(town: &'t Town) -> Self {
        let state = WebState::new(town.app.service.clone(), WebConfig::default(), metrics());
        Self {
            router: web::router(state),
            town,
        }
    }

    async fn token(&self, person: &Person) -> String {
        let new = NewApiToken {
            user: person.user,
            label: "http".to_owned(),
            scopes: person.scopes.clone(),
            expires_at: self.town.app.service.now() + Duration::days(1),
        };
        let issued = self
            .town
            .app
            .service
            .issue_token(self.town.organization, new, Actor::Operator);
        issued.await.expect("a token").expose().to_owned()
    }

    pub async fn get(&self, person: &Person, path: &str) -> Answer {
        self.send(person, "GET", path, None, Value::Null).await
    }

    pub async fn post(&self, person: &Person, path: &str, body: Value) -> Answer {
        self.send(person, "POST", path, None, body).await
    }

    pub async fn put(&self, person: &Person, path: &str, body: Value) -> Answer {
        self.send(person, "PUT", path, None, body).await
    }

    pub async fn patch(&self, person: &Person, path: &str, tag: &str, body: Value) -> Answer {
        self.send(person, "PATCH", path, Some(tag), body).await
    }

    async fn send(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        tag: Option<&str>,
        body: Value,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token(person).await))
            .header("content-type", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        let body = match body {
            Value::Null => Body::empty(),
            value => Body::from(value.to_string()),
        };
        let request = request.body(body).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let tag = answer.headers().get("etag");
        let tag = tag.map(|tag| tag.to_str().expect("a tag").to_owned());
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        Answer {
            status,
            tag,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}
