//! Over real HTTP, against a scripted stand-in for a PDS.

mod consent;
mod films;
mod lexicon;
mod looking;
mod preparing;
mod real;
mod sending;
mod sessions;
mod vectors;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

use super::*;
use crate::{
    clock::ManualClock,
    domain::{
        attempt::OutcomeClass,
        preparation::{Follows, Handles},
        revision::{Act, LinkCard, Payload},
    },
    platform::{
        Files,
        testing::{Pictures, client, payload, picture, series},
    },
    vault::{CountingEntropy, Secret},
};

/// The access part of the account's credential. No outcome, error or print-out may ever show it.
const CANARY: &str = "canary-4d77e0";
const TOWN: &str = "did:plc:town";
const NEIGHBOUR: &str = "did:plc:neighbour";

struct World {
    pds: MockServer,
    bluesky: Bluesky,
    clock: Arc<ManualClock>,
    credential: Credential,
}

fn start() -> DateTime<Utc> {
    "2026-11-24T01:00:00.123456Z".parse().unwrap()
}

fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), start())
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let longest = Duration::from_secs(1);
        let entropy = Arc::new(CountingEntropy::default());
        let world = Self {
            pds: MockServer::start().await,
            bluesky: Bluesky::new(
                client(),
                Arc::clone(&clock) as Arc<dyn Clock>,
                longest,
                entropy,
                settings::Settings::default().bluesky,
            ),
            clock,
            credential: credential(),
        };
        let session = json!({
            "did": TOWN, "handle": "town.example.jp", "active": true,
            "didDoc": { "id": TOWN, "service": [{
                "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": world.pds.uri(),
            }] },
        });
        world
            .answers("GET", "com.atproto.server.getSession", 200, session)
            .await;
        world
    }

    /// Mounts an answer; the first one that was mounted for a method is given.
    async fn answers(&self, verb: &str, name: &str, status: u16, body: Value) {
        Mock::given(method(verb))
            .and(path(format!("/xrpc/{name}")))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&self.pds)
            .await;
    }

    /// Mounts a record, or that there is none.
    async fn has(&self, repo: &str, collection: &str, rkey: &str, value: Option<Value>) {
        let answer = match value {
            Some(value) => {
                let uri = format!("at://{repo}/{collection}/{rkey}");
                let cid = format!("cid-of-{rkey}");
                ResponseTemplate::new(200).set_body_json(json!({ "uri": uri, "cid": cid, "value": value }))
            }
            None => ResponseTemplate::new(400).set_body_json(no_record()),
        };
        Mock::given(method("GET"))
            .and(path("/xrpc/com.atproto.repo.getRecord"))
            .and(query_param("repo", repo))
            .and(query_param("collection", collection))
            .and(query_param("rkey", rkey))
            .respond_with(answer)
            .mount(&self.pds)
            .await;
    }

    fn preparing<'a>(
        &'a self,
        instance: &'a str,
        act: Act,
        payload: &'a Payload,
        handles: &'a Handles,
        files: &'a dyn Files,
    ) -> Preparing<'a> {
        Preparing {
            instance,
            remote_account: TOWN,
            act,
            payload,
            part: 0,
            follows: None,
            handles,
            files,
        }
    }

    /// Takes all steps, as the dispatcher does. Nothing that was given is ever lost on the way.
    async fn ready(&self, act: Act, payload: &Payload) -> Result<Handles, Outcome> {
        self.ready_with(act, payload, &Pictures::png((1200, 800), 1_000))
            .await
    }

    async fn ready_with(&self, act: Act, payload: &Payload, files: &dyn Files) -> Result<Handles, Outcome> {
        let instance = self.pds.uri();
        let mut handles = Handles::NONE;
        for _ in 0..32 {
            let what = self.preparing(&instance, act, payload, &handles, files);
            match self.bluesky.prepare(what, &self.credential).await {
                Prepared::Ready => return Ok(handles),
                Prepared::Step(now) => handles = now,
                Prepared::Later { .. } => panic!("nothing is waited for"),
                Prepared::Refused(outcome) => return Err(outcome),
            }
        }
        panic!("it never comes to an end");
    }

    fn order<'a>(
        &self,
        instance: &'a str,
        act: Act,
        payload: &'a Payload,
        handles: &'a Handles,
    ) -> Order<'a> {
        let send_by = self.clock.now() + TimeDelta::minutes(1);
        Order {
            remote_account: Some(TOWN),
            handles,
            ..Order::plain(instance, act, payload, 1, send_by)
        }
    }

    async fn send(&self, act: Act, payload: &Payload, handles: &Handles) -> Outcome {
        let instance = self.pds.uri();
        let order = self.order(&instance, act, payload, handles);
        let outcome = self.bluesky.send(&order, &self.credential).await.outcome;
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        outcome
    }

    /// The bodies of all calls of a method.
    async fn bodies(&self, name: &str) -> Vec<Value> {
        let requests = self.pds.received_requests().await.unwrap();
        let of_method = requests
            .iter()
            .filter(|request| request.url.path().ends_with(name));
        of_method
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }
}

fn no_record() -> Value {
    json!({ "error": "RecordNotFound", "message": "Could not locate record: at://…" })
}

/// Handles with which a text can be sent.
fn ready_text(pds: &str) -> Handles {
    use super::ready::With as _;
    Handles::NONE
        .with_pds(pds)
        .with_key("3mbd3542k2222")
        .with_time(start())
}

fn blob(size: usize) -> Value {
    json!({ "$type": "blob", "ref": { "$link": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy" },
        "mimeType": "image/png", "size": size })
}
