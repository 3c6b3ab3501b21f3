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
    domain::{
        attempt::{OutcomeClass, RemoteRef, Sighting},
        preparation::{Follows, Handles},
        revision::Payload,
    },
    platform::{
        Platform, Prepared,
        meta::testing::{self, CANARY, application, fault, illustrated, map, ready, start},
        order::Removal,
        testing::{payload, series},
    },
    vault::{Secret, SecretName},
};

const CONTAINERS: &str = "/v1.0/7/threads";
const PUBLISH: &str = "/v1.0/7/threads_publish";

type World = testing::World<Threads>;

impl World {
    async fn new() -> Self {
        Self::of(|_, (client, clock, longest)| {
            let settings = settings::Threads {
                application: application(),
                ..settings::Settings::default().threads
            };
            Threads::new(client, clock, longest, settings)
        })
        .await
    }
}
