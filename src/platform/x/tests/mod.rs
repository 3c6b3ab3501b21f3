//! Over real HTTP, against scripted answers.

mod connecting;
mod films;
mod looking;
mod sending;
mod uploading;
mod withdrawing;

use chrono::{DateTime, TimeDelta, Utc};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{
    clock::{ManualClock, SystemClock},
    domain::{
        preparation::{Follows, Handles},
        revision::{Act, Payload},
    },
    platform::testing::{client, payload},
    vault::{Secret, SecretName, SystemEntropy},
};

/// The credential. No outcome, error or print-out may ever show it.
const CANARY: &str = "canary-9d02c4";
const CANARY_REFRESH: &str = "canary-refresh-77a1";

const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

struct World {
    server: MockServer,
    x: X,
    credential: Credential,
}

fn adapter() -> X {
    adapter_at(Arc::new(SystemClock), settings::Settings::default().x)
}

fn adapter_at(clock: Arc<dyn Clock>, settings: settings::X) -> X {
    X::new(
        client(),
        clock,
        crate::platform::LONGEST_REQUEST,
        Arc::new(SystemEntropy),
        settings,
    )
}

fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), DateTime::UNIX_EPOCH)
        .with(SecretName::Refresh, Secret::new(CANARY_REFRESH.to_owned()))
}

impl World {
    async fn new() -> Self {
        Self {
            server: MockServer::start().await,
            x: adapter(),
            credential: credential(),
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

    async fn send(&self, act: Act, payload: &Payload) -> Reply {
        let server = self.server.uri();
        let send_by = SystemClock.now() + TimeDelta::minutes(1);
        self.send_order(&Order::plain(&server, act, payload, 1, send_by))
            .await
    }

    async fn send_order(&self, order: &Order<'_>) -> Reply {
        let reply = self.x.send(order, &self.credential).await;
        assert!(!format!("{reply:?} {:?}", self.x).contains("canary"), "{reply:?}");
        reply
    }

    /// The only request that came, as JSON.
    async fn sent(&self) -> serde_json::Value {
        let requests = self.server.received_requests().await.unwrap();
        let [request] = requests.as_slice() else {
            panic!("{} requests", requests.len());
        };
        assert_eq!(
            request.headers["authorization"].to_str().unwrap(),
            format!("Bearer {CANARY}")
        );
        request.body_json().unwrap()
    }

    async fn requests(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

fn in_a_minute() -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::minutes(1)
}
