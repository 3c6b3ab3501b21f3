//! Over real HTTP, against the sandbox.

mod edits;
mod looking;
mod pictures;
mod questions;
mod reblogs;
mod schema;
mod sending;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::{
    clock::SystemClock,
    domain::{
        ids::AccountId,
        preparation::Handles,
        revision::{Act, Part, Payload, Visibility},
    },
    net::{LoopbackPolicy, NetConfig},
    sandbox::{Fault, FaultPlan, FaultRule, On, Sandbox, SandboxConfig},
    vault::Secret,
};

/// The credential of the account `town`. No outcome, error or print-out may ever show it.
const CANARY: &str = "canary-9d02c4";

struct World {
    sandbox: Sandbox,
    mastodon: Mastodon,
    credential: Credential,
}

fn adapter() -> Mastodon {
    let config = NetConfig {
        loopback: LoopbackPolicy::Allowed,
        ..NetConfig::default()
    };
    Mastodon::new(
        Client::new(&config).unwrap(),
        Arc::new(SystemClock),
        crate::platform::LONGEST_REQUEST,
        Arc::new(crate::vault::SystemEntropy),
    )
}

fn credential() -> Credential {
    credential_of(CANARY)
}

fn credential_of(token: &str) -> Credential {
    Credential::of_access(Secret::new(token.to_owned()), DateTime::UNIX_EPOCH)
}

fn payload(text: &str) -> Payload {
    Payload {
        account: AccountId::new(Uuid::from_u128(1)),
        parts: vec![Part {
            text: text.to_owned(),
            link_card: None,
            media: Vec::new(),
        }],
        language: Some("ja".to_owned()),
        visibility: Visibility::Public,
        refers_to: None,
        audience: None,
    }
}

fn rule(on: On, fault: Fault) -> FaultRule {
    FaultRule {
        on,
        account: None,
        times: Some(1),
        skip: 0,
        fault,
    }
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn failing(on: On, fault: Fault) -> Self {
        Self::with(|config| {
            config.faults = FaultPlan {
                faults: vec![rule(on, fault)],
            }
        })
        .await
    }

    async fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = SandboxConfig {
            accounts: vec![("town".to_owned(), CANARY.to_owned())],
            ..SandboxConfig::default()
        };
        change(&mut config);
        Self {
            sandbox: Sandbox::start(config).await.unwrap(),
            mastodon: adapter(),
            credential: credential(),
        }
    }

    async fn send(&self, payload: &Payload, key: u128) -> Outcome {
        self.send_as(Act::New, payload, key).await
    }

    async fn send_as(&self, act: Act, payload: &Payload, key: u128) -> Outcome {
        let send_by = SystemClock.now() + TimeDelta::minutes(1);
        let order = Order::plain(self.sandbox.base_url(), act, payload, key, send_by);
        let outcome = self.mastodon.send(&order, &self.credential).await.outcome;
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        outcome
    }
}

fn published(outcome: Outcome) -> RemoteRef {
    match outcome {
        Outcome::Published(remote) => remote,
        other => panic!("{other:?}"),
    }
}
