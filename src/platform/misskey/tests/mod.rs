//! Over real HTTP, against a scripted stand-in.

mod connecting;
mod looking;
mod sending;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{
    clock::ManualClock,
    domain::{
        attempt::{Outcome, OutcomeClass},
        preparation::Handles,
        revision::{Act, Payload, Visibility},
    },
    platform::testing::{Pictures, client, payload, picture, series},
    vault::{CountingEntropy, Secret},
};

/// The credential of the account. No outcome, error or print-out may ever show it.
const CANARY: &str = "canary-62ab1f";

struct World {
    server: MockServer,
    misskey: Misskey,
    credential: Credential,
}

fn start() -> DateTime<Utc> {
    "2026-11-24T01:00:00Z".parse().unwrap()
}

fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), start())
}

impl World {
    async fn new() -> Self {
        let (clock, entropy) = (
            Arc::new(ManualClock::new(start())),
            Arc::new(CountingEntropy::default()),
        );
        Self {
            server: MockServer::start().await,
            misskey: Misskey::new(client(), clock, Duration::from_secs(1), entropy),
            credential: credential(),
        }
    }

    /// Mounts an answer; the first one that was mounted for an address is given.
    async fn answers(&self, at: &str, status: u16, body: Value) {
        let answer = ResponseTemplate::new(status);
        let answer = if status == 204 {
            answer
        } else {
            answer.set_body_json(body)
        };
        Mock::given(method("POST"))
            .and(path(format!("/api/{at}")))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn send(&self, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        self.send_to(&self.server.uri(), act, payload, handles).await
    }

    async fn send_to(&self, instance: &str, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        let order = Order {
            handles,
            ..Order::plain(instance, act, payload, 1, start() + TimeDelta::minutes(1))
        };
        let outcome = self.misskey.send(&order, &self.credential).await.outcome;
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        outcome
    }

    /// The bodies of all calls of an address.
    async fn bodies(&self, at: &str) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap();
        let of_address = requests
            .iter()
            .filter(|request| request.url.path() == format!("/api/{at}"));
        of_address
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }
}
