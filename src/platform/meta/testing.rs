//! What the tests of the three adapters share: an adapter over a scripted stand-in, and secrets that no text may show.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::{Containers, adapter};
use crate::{
    clock::{Clock, ManualClock},
    domain::{
        preparation::{Follows, Handles},
        revision::{Act, LinkCard, Payload, Visibility},
    },
    net::Client,
    platform::{
        ConnectError, File, Finish, Invite, Invited, LONGEST_REQUEST, Platform, Prepared, Preparing, Reply,
        order::Order,
        settings::Application,
        testing::{self, Pictures},
    },
    vault::{Credential, Secret},
};

/// The account's credential.
pub(in crate::platform) const CANARY: &str = "canary-5d21";

/// What somebody between us answers.
pub(in crate::platform) const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

pub(in crate::platform) fn start() -> DateTime<Utc> {
    "2026-11-24T01:00:00Z".parse().unwrap()
}

/// Where people come back to.
pub(in crate::platform) const RETURN_TO: &str = "https://sekisho.example.lg.jp/v1/connections/callback";

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
type Calls = (Client, Arc<dyn Clock>, Duration);

/// An adapter over a stand-in.
pub(in crate::platform) struct World<A> {
    pub(in crate::platform) stand: Stand,
    pub(in crate::platform) adapter: A,
    pub(in crate::platform) clock: Arc<ManualClock>,
    pub(in crate::platform) credential: Credential,
    /// What every picture and film turns out to be.
    pub(in crate::platform) files: Pictures,
}

impl<A: Platform> World<A> {
    pub(in crate::platform) async fn of(make: impl FnOnce(&Stand, Calls) -> A) -> Self {
        let (stand, clock) = (Stand::new().await, Arc::new(ManualClock::new(start())));
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        Self {
            adapter: make(&stand, (testing::client(), time, LONGEST_REQUEST)),
            stand,
            clock,
            credential: credential(),
            files: Pictures::png((800, 600), 3),
        }
    }

    /// What shows no secret.
    pub(in crate::platform) fn clean<T: Debug>(&self, told: T) -> T {
        let shown = format!("{told:?} {:?}", self.adapter);
        assert!(!shown.contains("canary"), "{shown}");
        told
    }

    pub(in crate::platform) async fn prepare_part(
        &self,
        act: Act,
        payload: &Payload,
        (part, follows): (u16, Option<&Follows>),
        handles: &Handles,
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
            files: &self.files,
        };
        self.clean(self.adapter.prepare(what, &self.credential).await)
    }

    pub(in crate::platform) async fn prepare(&self, payload: &Payload, handles: &Handles) -> Prepared {
        self.prepare_part(Act::New, payload, (0, None), handles).await
    }

    /// Prepares to the end, moving the clock whenever it is to be asked later.
    pub(in crate::platform) async fn make_ready(&self, payload: &Payload) -> Handles {
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

    pub(in crate::platform) fn order<'a>(
        server: &'a str,
        act: Act,
        payload: &'a Payload,
        handles: &'a Handles,
    ) -> Order<'a> {
        Order {
            handles,
            remote_account: Some("7"),
            ..Order::plain(server, act, payload, 1, start() + TimeDelta::minutes(1))
        }
    }

    pub(in crate::platform) async fn invite(&self) -> Result<Invited, ConnectError> {
        let (server, state) = (self.stand.uri(), Secret::new("canary-state".to_owned()));
        let what = Invite {
            instance: &server,
            redirect_uri: RETURN_TO,
            state: &state,
            handle: "town",
        };
        self.adapter.invite(what).await
    }

    /// A person has consented, and comes back with a code.
    pub(in crate::platform) async fn finish(&self, handle: &str) -> Result<Credential, ConnectError> {
        let (server, memory) = (self.stand.uri(), Credential::new(start()));
        let returned = BTreeMap::from([("code".to_owned(), "canary-code#_".to_owned())]);
        let what = Finish {
            instance: &server,
            redirect_uri: RETURN_TO,
            memory: &memory,
            returned: &returned,
            handle,
        };
        self.clean(self.adapter.finish(what).await)
    }
}

impl<A: Containers> World<A> {
    pub(in crate::platform) async fn send(&self, payload: &Payload, handles: &Handles) -> Reply {
        self.send_to(&self.stand.uri(), payload, handles).await
    }

    pub(in crate::platform) async fn send_to(
        &self,
        server: &str,
        payload: &Payload,
        handles: &Handles,
    ) -> Reply {
        let order = Self::order(server, Act::New, payload, handles);
        self.clean(adapter::send(&self.adapter, &order, &self.credential).await)
    }
}

/// A container that can be published.
pub(in crate::platform) fn ready() -> Handles {
    Handles::NONE.with("container", format!("finished 31 {} 0", start().timestamp()))
}

/// A post with so many pictures, each with its description.
pub(in crate::platform) fn illustrated(count: u8) -> Payload {
    let mut payload = testing::payload("写真");
    payload.parts[0].media = (0..count)
        .map(|n| testing::picture(n, &format!("写真{n}")))
        .collect();
    payload
}

/// Where the platform fetches one of them.
pub(in crate::platform) fn address(n: u8) -> String {
    let digest = testing::picture(n, "").digest;
    format!("https://media.city.example.lg.jp/{digest}.png")
}

/// A file of this kind.
pub(in crate::platform) fn file(media_type: &str, bytes: usize) -> Pictures {
    Pictures(Ok(File {
        bytes: vec![7; bytes],
        media_type: media_type.to_owned(),
        size: (800, 600),
    }))
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
