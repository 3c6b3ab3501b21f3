//! Over real HTTP, against a scripted stand-in.

mod connecting;
mod edits;
mod looking;
mod preparing;
mod sending;

use chrono::TimeDelta;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::*;
use crate::{
    domain::{
        attempt::OutcomeClass,
        preparation::Handles,
        revision::{Act, Payload},
    },
    platform::{
        meta::testing::{self, CANARY, application, fault, map, start},
        testing::{payload, picture},
    },
    vault::{CountingEntropy, Secret, SecretName},
};

/// The version that is configured in these tests.
const POSTS: &str = "/v26.0/7/feed";

type World = testing::World<Facebook>;

impl World {
    /// Without an application: nothing is asked but what a credential answers.
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(application: Option<settings::Application>) -> Self {
        Self::of(|_, (client, clock, longest)| {
            let settings = settings::Facebook {
                application,
                ..settings::Settings::default().facebook
            };
            let entropy = Arc::new(CountingEntropy::default());
            Facebook::new(client, clock, longest, entropy, settings)
        })
        .await
    }

    async fn send(&self, payload: &Payload, handles: &Handles) -> Outcome {
        self.send_to(&self.stand.uri(), Act::New, payload, handles).await
    }

    async fn send_to(&self, server: &str, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        let order = Self::order(server, act, payload, handles);
        self.clean(self.adapter.send(&order, &self.credential).await.outcome)
    }
}
