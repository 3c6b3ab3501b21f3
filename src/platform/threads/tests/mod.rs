//! Over real HTTP, against a scripted stand-in.

mod connecting;
mod looking;
mod preparing;
mod sending;

use chrono::TimeDelta;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::*;
use crate::{
    clock::ManualClock,
    domain::{
        attempt::{Outcome, OutcomeClass, RemoteRef},
        preparation::{Follows, Handles},
        revision::Payload,
    },
    platform::{
        meta::testing::{CANARY, Stand, application, calls, credential, fault, map, start},
        testing::{Pictures, payload, picture, series},
    },
    vault::{Secret, SecretName},
};

const CONTAINERS: &str = "/v1.0/7/threads";
const PUBLISH: &str = "/v1.0/7/threads_publish";

struct World {
    stand: Stand,
    threads: Threads,
    clock: Arc<ManualClock>,
    credential: Credential,
}

impl World {
    async fn new() -> Self {
        let (client, clock, longest) = calls();
        let settings = settings::Threads {
            application: application(),
            ..settings::Settings::default().threads
        };
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        Self {
            stand: Stand::new().await,
            threads: Threads::new(client, time, longest, settings),
            clock,
            credential: credential(),
        }
    }

    async fn prepare_part(
        &self,
        act: Act,
        payload: &Payload,
        (part, follows): (u16, Option<&Follows>),
        handles: &Handles,
        files: &Pictures,
    ) -> Prepared {
        let server = self.stand.uri();
        let what = Preparing {
            instance: &server,
            remote_account: "7",
            act,
            payload,
            part,
            follows,
            handles,
            files,
        };
        let prepared = self.threads.prepare(what, &self.credential).await;
        assert!(!format!("{prepared:?}").contains("canary"), "{prepared:?}");
        prepared
    }

    async fn prepare(&self, payload: &Payload, handles: &Handles) -> Prepared {
        let files = Pictures::png((800, 600), 3);
        self.prepare_part(Act::New, payload, (0, None), handles, &files)
            .await
    }

    /// Prepares to the end, moving the clock whenever it is to be asked later.
    async fn make_ready(&self, payload: &Payload) -> Handles {
        let mut handles = Handles::NONE;
        for _ in 0..20 {
            handles = match self.prepare(payload, &handles).await {
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

    async fn send(&self, payload: &Payload, handles: &Handles) -> Reply {
        self.send_to(&self.stand.uri(), payload, handles).await
    }

    async fn send_to(&self, server: &str, payload: &Payload, handles: &Handles) -> Reply {
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
        let reply = self.threads.send(&order, &self.credential).await;
        let shown = format!("{reply:?} {:?}", self.threads);
        assert!(!shown.contains("canary"), "{shown}");
        reply
    }
}

fn ready() -> Handles {
    Handles::NONE.with("container", format!("finished 31 {} 0", start().timestamp()))
}
