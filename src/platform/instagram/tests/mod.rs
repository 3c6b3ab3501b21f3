//! Over real HTTP, against a scripted stand-in. How containers are waited for, the tests of Threads try.

mod connecting;
mod sending;

use chrono::TimeDelta;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::*;
use crate::{
    clock::ManualClock,
    domain::{
        attempt::{Outcome, OutcomeClass, RemoteRef},
        preparation::Handles,
        revision::{Act, Payload},
    },
    platform::{
        File,
        meta::testing::{CANARY, Stand, application, calls, credential, fault, map, start},
        testing::{Pictures, payload, picture},
    },
    vault::{Secret, SecretName},
};

const CONTAINERS: &str = "/v26.0/7/media";
const PUBLISH: &str = "/v26.0/7/media_publish";

struct World {
    stand: Stand,
    instagram: Instagram,
    clock: Arc<ManualClock>,
    credential: Credential,
}

impl World {
    async fn new() -> Self {
        let stand = Stand::new().await;
        let (client, clock, longest) = calls();
        let settings = settings::Instagram {
            application: application(),
            exchange: format!("{}/oauth/access_token", stand.uri()).parse().unwrap(),
            ..settings::Settings::default().instagram
        };
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        Self {
            instagram: Instagram::new(client, time, longest, settings),
            stand,
            clock,
            credential: credential(),
        }
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
        let prepared = self.instagram.prepare(what, &self.credential).await;
        assert!(!format!("{prepared:?}").contains("canary"), "{prepared:?}");
        prepared
    }

    /// Prepares to the end, moving the clock whenever it is to be asked later.
    async fn make_ready(&self, payload: &Payload, files: &Pictures) -> Handles {
        let mut handles = Handles::NONE;
        for _ in 0..20 {
            handles = match self.prepare(payload, &handles, files).await {
                Prepared::Ready => return handles,
                Prepared::Step(handles) => handles,
                Prepared::Later { handles, again } => {
                    self.clock.set(again);
                    handles
                }
                Prepared::Refused(outcome) => panic!("{outcome:?}"),
            };
        }
        panic!("it does not come to an end");
    }

    async fn send(&self, server: &str, payload: &Payload, handles: &Handles) -> Reply {
        let order = Order {
            handles,
            remote_account: Some("7"),
            ..Order::plain(
                server,
                Act::New,
                payload,
                1,
                self.clock.now() + TimeDelta::minutes(1),
            )
        };
        let reply = self.instagram.send(&order, &self.credential).await;
        let shown = format!("{reply:?} {:?}", self.instagram);
        assert!(!shown.contains("canary"), "{shown}");
        reply
    }
}

fn ready() -> Handles {
    Handles::NONE.with("container", format!("finished 31 {} 0", start().timestamp()))
}

fn illustrated(count: u8) -> Payload {
    let mut payload = payload("写真 #防災");
    payload.parts[0].media = (0..count).map(|n| picture(n, &format!("写真{n}"))).collect();
    payload
}
