//! Over real HTTP, against a scripted stand-in. How containers are waited for, the tests of Threads try.

mod connecting;
mod sending;

use chrono::TimeDelta;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::*;
use crate::{
    domain::{
        attempt::{OutcomeClass, RemoteRef, Sighting},
        preparation::Handles,
        revision::Act,
    },
    platform::{
        Platform, Prepared,
        meta::testing::{self, CANARY, application, fault, illustrated, map, ready, start},
    },
    vault::{Secret, SecretName},
};

const CONTAINERS: &str = "/v26.0/7/media";
const PUBLISH: &str = "/v26.0/7/media_publish";

type World = testing::World<Instagram>;

impl World {
    async fn new() -> Self {
        Self::of(|stand, (client, clock, longest)| {
            let settings = settings::Instagram {
                application: application(),
                exchange: format!("{}/oauth/access_token", stand.uri()).parse().unwrap(),
                ..settings::Settings::default().instagram
            };
            Instagram::new(client, clock, longest, settings)
        })
        .await
    }
}
