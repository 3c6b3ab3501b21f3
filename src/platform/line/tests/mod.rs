//! Over real HTTP, against scripted answers.

mod contract;
mod narrowing;
mod preparing;
mod questions;
mod sending;
mod tokens;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{
    clock::{ManualClock, SystemClock},
    domain::{
        preparation::Handles,
        revision::{Act, Payload},
    },
    platform::testing::{client, payload},
    vault::Secret,
};

/// The channel's secret and what LINE makes of it. No outcome, error or print-out may ever show them.
const CANARY: &str = "canary-secret-41b0";
const CANARY_TOKEN: &str = "canary-token-9f3e";

const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

const TOKEN: &str = "/oauth2/v3/token";
const BROADCAST: &str = "/v2/bot/message/broadcast";
const VALIDATE: &str = "/v2/bot/message/validate/broadcast";

struct World {
    server: MockServer,
    line: Line,
    credential: Credential,
    clock: Arc<ManualClock>,
}

fn channel() -> Credential {
    Credential::new(DateTime::UNIX_EPOCH)
        .with(SecretName::Identifier, Secret::new("1234567890".to_owned()))
        .with(SecretName::Password, Secret::new(CANARY.to_owned()))
}

fn adapter_at(clock: Arc<dyn Clock>) -> Line {
    Line::new(client(), clock, crate::platform::LONGEST_REQUEST)
}

impl World {
    /// A server that gives tokens and nothing else.
    async fn new() -> Self {
        let world = Self::without_tokens().await;
        let body = json!({ "token_type": "Bearer", "access_token": CANARY_TOKEN, "expires_in": 899 });
        world
            .script("POST", TOKEN, ResponseTemplate::new(200).set_body_json(body))
            .await;
        world
    }

    async fn without_tokens() -> Self {
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        Self {
            server: MockServer::start().await,
            line: adapter_at(Arc::clone(&clock) as Arc<dyn Clock>),
            credential: channel(),
            clock,
        }
    }

    async fn answers(verb: &str, at: &str, answer: ResponseTemplate) -> Self {
        let world = Self::new().await;
        world.script(verb, at, answer).await;
        world
    }

    async fn script(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn send(&self, payload: &Payload) -> Outcome {
        let server = self.server.uri();
        let send_by = in_a_minute(self);
        self.send_order(&Order::plain(&server, Act::New, payload, 1, send_by))
            .await
    }

    async fn send_order(&self, order: &Order<'_>) -> Outcome {
        self.reply_to(order).await.outcome
    }

    async fn reply_to(&self, order: &Order<'_>) -> Reply {
        let reply = self.line.send(order, &self.credential).await;
        assert!(
            !format!("{reply:?} {:?}", self.line).contains("canary"),
            "{reply:?}"
        );
        reply
    }

    /// The requests that came to an address; all that came are held against LINE's own document.
    async fn received(&self, at: &str) -> Vec<wiremock::Request> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().for_each(contract::check);
        requests
            .into_iter()
            .filter(|request| request.url.path() == at)
            .collect()
    }
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("x-line-request-id", "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4")
        .set_body_json(json!({}))
}

fn in_a_minute(world: &World) -> DateTime<Utc> {
    world.clock.now() + TimeDelta::minutes(1)
}
