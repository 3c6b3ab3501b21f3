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
    clock::ManualClock,
    domain::{
        attempt::OutcomeClass,
        preparation::Handles,
        revision::{Act, Payload},
    },
    platform::{
        meta::testing::{CANARY, Stand, application, calls, credential, fault, map, start},
        testing::{Pictures, payload, picture},
    },
    vault::{CountingEntropy, Secret, SecretName},
};

/// The version that is configured in these tests.
const POSTS: &str = "/v26.0/7/feed";

struct World {
    stand: Stand,
    facebook: Facebook,
    clock: Arc<ManualClock>,
    credential: Credential,
}

impl World {
    /// Without an application: nothing is asked but what a credential answers.
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(application: Option<settings::Application>) -> Self {
        let (client, clock, longest) = calls();
        let settings = settings::Facebook {
            application,
            ..settings::Settings::default().facebook
        };
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let entropy = Arc::new(CountingEntropy::default());
        Self {
            stand: Stand::new().await,
            facebook: Facebook::new(client, time, longest, entropy, settings),
            clock,
            credential: credential(),
        }
    }

    async fn send(&self, payload: &Payload, handles: &Handles) -> Outcome {
        self.send_to(&self.stand.uri(), Act::New, payload, handles).await
    }

    async fn send_to(&self, server: &str, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        let order = Order {
            handles,
            remote_account: Some("7"),
            ..Order::plain(server, act, payload, 1, start() + TimeDelta::minutes(1))
        };
        let outcome = self.facebook.send(&order, &self.credential).await.outcome;
        let shown = format!("{outcome:?} {:?}", self.facebook);
        assert!(!shown.contains("canary"), "{shown}");
        outcome
    }

    async fn prepare(&self, payload: &Payload, handles: &Handles, files: &Pictures) -> Prepared {
        let server = self.stand.uri();
        let what = Preparing {
            instance: &server,
            remote_account: "7",
            act: Act::New,
            payload,
            part: 0,
            follows: None,
            handles,
            files,
        };
        let prepared = self.facebook.prepare(what, &self.credential).await;
        assert!(!format!("{prepared:?}").contains("canary"), "{prepared:?}");
        prepared
    }
}
