//! What the tests of the three adapters share: a scripted stand-in, and secrets that no text may show.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    clock::ManualClock,
    domain::revision::{LinkCard, Payload, Visibility},
    platform::{LONGEST_REQUEST, settings::Application, testing},
    vault::{Credential, Secret},
};

/// The account's credential.
pub(in crate::platform) const CANARY: &str = "canary-5d21";

/// What somebody between us answers.
pub(in crate::platform) const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

pub(in crate::platform) fn start() -> DateTime<Utc> {
    "2026-11-24T01:00:00Z".parse().unwrap()
}

pub(in crate::platform) fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), start())
}

pub(in crate::platform) fn application() -> Option<Application> {
    Some(Application {
        client_id: "77".to_owned(),
        client_secret: Secret::new("canary-application".to_owned()),
    })
}

/// What an adapter is made with: a client that may call this machine, a clock that is moved, and a bound.
pub(in crate::platform) fn calls() -> (crate::net::Client, Arc<ManualClock>, std::time::Duration) {
    (
        testing::client(),
        Arc::new(ManualClock::new(start())),
        LONGEST_REQUEST,
    )
}

/// An error of the API.
pub(in crate::platform) fn fault(code: i64, subcode: i64) -> Value {
    json!({ "error": {
        "message": "said", "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A1",
    } })
}

/// Payloads that none of the three has a place for.
pub(in crate::platform) fn unfit() -> Vec<Payload> {
    let with = |change: &dyn Fn(&mut Payload)| {
        let mut payload = testing::payload("本文");
        payload.parts[0].media = vec![testing::picture(1, "海")];
        change(&mut payload);
        payload
    };
    let card = LinkCard {
        uri: "https://a.example.jp/".to_owned(),
        title: String::new(),
        description: String::new(),
    };
    vec![
        with(&|payload| payload.parts.clear()),
        with(&|payload| payload.visibility = Visibility::Unlisted),
        with(&|payload| payload.language = Some("ja".to_owned())),
        with(&|payload| payload.refers_to = Some("12".to_owned())),
        with(&|payload| payload.parts[0].link_card = Some(card.clone())),
        testing::payload(" \n\u{3000}"),
    ]
}

/// A scripted stand-in.
pub(in crate::platform) struct Stand {
    server: MockServer,
}

impl Stand {
    pub(in crate::platform) async fn new() -> Self {
        Self {
            server: MockServer::start().await,
        }
    }

    pub(in crate::platform) fn uri(&self) -> String {
        self.server.uri()
    }

    pub(in crate::platform) const fn server(&self) -> &MockServer {
        &self.server
    }

    /// Adds an answer; of several for one address the first is given.
    pub(in crate::platform) async fn says(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method(verb)).and(path(at)).respond_with(answer);
        mock.mount(&self.server).await;
    }

    pub(in crate::platform) async fn tells(&self, verb: &str, at: &str, body: Value) {
        self.says(verb, at, ResponseTemplate::new(200).set_body_json(body))
            .await;
    }

    /// The same, given once: after it the next one for the address is.
    pub(in crate::platform) async fn tells_once(&self, verb: &str, at: &str, body: Value) {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        let mock = Mock::given(method(verb)).and(path(at)).respond_with(answer);
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    pub(in crate::platform) async fn requests(&self) -> Vec<wiremock::Request> {
        self.server.received_requests().await.unwrap()
    }

    /// The forms that were sent to an address. None of them, and no address, has the credential in it.
    pub(in crate::platform) async fn forms(&self, at: &str) -> Vec<HashMap<String, String>> {
        let requests = self.requests().await;
        let posts = requests.iter().filter(|request| request.url.path() == at);
        let posts = posts.filter(|request| request.method.as_str() == "POST");
        posts
            .map(|request| {
                assert_eq!(
                    request.headers["authorization"],
                    format!("Bearer {CANARY}").as_str()
                );
                assert!(!request.url.as_str().contains("canary"), "{}", request.url);
                form(request)
            })
            .collect()
    }
}

pub(in crate::platform) fn form(request: &wiremock::Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

pub(in crate::platform) fn map(fields: &[(&str, &str)]) -> HashMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(owned).collect()
}
