//! A town hall to send requests to: a real database in a directory of its own, two organizations, people.

use std::{
    io::Read as _,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use flate2::read::GzDecoder;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use tower::ServiceExt as _;

use super::town::{People, connected, policy, service};
use crate::{
    clock::{Clock as _, ManualClock},
    domain::{
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        ids::{AccountId, DivisionId},
    },
    service::Service,
    web::{WebConfig, WebState, install_metrics, router},
};

pub(super) static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| install_metrics().unwrap());

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that it is a problem of a kind, complete and in Japanese.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("content-language"), "ja");
        let problem = self.json();
        assert_eq!(
            problem["type"],
            format!("urn:sekisho:problem:{slug}"),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], self.header("x-request-id"));
        for text in ["title", "detail"] {
            let text = problem[text].as_str().unwrap();
            assert!(!text.is_empty() && !text.starts_with("problem-"), "{problem}");
        }
        problem
    }

    /// The same, for wrong fields: where the first one is, and what is wrong with it.
    #[track_caller]
    pub(super) fn invalid(&self, pointer: &str, code: &str) {
        let problem = self.refused(422, "invalid-fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }

    #[track_caller]
    pub(super) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }
}

/// See the module.
pub(super) struct World {
    pub(super) app: Router,
    pub(super) service: Service,
    pub(super) clock: Arc<ManualClock>,
    pub(super) division: DivisionId,
    /// In Tokyo, connected.
    pub(super) account: AccountId,
    /// In New York, connected.
    pub(super) abroad: AccountId,
    /// Reads and writes for the division.
    pub(super) author: String,
    /// Two who sign for the division.
    pub(super) approvers: [String; 2],
    pub(super) administrator: String,
    pub(super) duty_officer: String,
    /// Author of another organization.
    pub(super) foreigner: String,
    /// Ends in an hour.
    pub(super) short_lived: String,
    administrator_person: Person,
    pub(super) directory: tempfile::TempDir,
}

pub(super) const NOW: &str = "2026-11-24T00:00:00Z";

impl World {
    pub(super) async fn new() -> Self {
        Self::with(WebConfig::default()).await
    }

    pub(super) async fn with(config: WebConfig) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
        let service = service(&directory, &clock).await;
        let town = service
            .found_organization("青葉市", Actor::Operator)
            .await
            .unwrap();
        let other = service
            .found_organization("若葉町", Actor::Operator)
            .await
            .unwrap();
        let division = service
            .add_division(town, "広報課", Actor::Operator)
            .await
            .unwrap();
        let foreign = service
            .add_division(other, "総務課", Actor::Operator)
            .await
            .unwrap();
        for organization in [town, other] {
            service
                .import_policy(organization, policy(), Actor::Operator)
                .await
                .unwrap();
        }
        let account = connected(
            &service,
            town,
            division,
            "https://one.example.jp",
            Tz::Asia__Tokyo,
        )
        .await;
        let abroad = connected(
            &service,
            town,
            division,
            "https://two.example.jp",
            Tz::America__New_York,
        )
        .await;
        let people = People { service: &service };
        let author = people.user(town, "author", Grant::Author(division)).await;
        let write = [Scope::Read, Scope::Write];
        let approve = [Scope::Read, Scope::Approve];
        let mut approvers = Vec::new();
        for login in ["chief", "deputy"] {
            let user = people.user(town, login, Grant::Approver(division)).await;
            approvers.push(people.token(town, user, &approve, 24 * 300).await);
        }
        let role = Grant::Organization;
        let admin = people
            .user(town, "admin", role(OrganizationRole::Administrator))
            .await;
        let duty = people
            .user(town, "duty", role(OrganizationRole::DutyOfficer))
            .await;
        let stranger = people.user(other, "stranger", Grant::Author(foreign)).await;
        let administer = [Scope::Read, Scope::Administer];
        let administrator = people.token(town, admin, &administer, 24 * 300).await;
        Self {
            author: people.token(town, author, &write, 24 * 300).await,
            short_lived: people.token(town, author, &write, 1).await,
            approvers: approvers.try_into().unwrap(),
            duty_officer: people.token(town, duty, &approve, 24 * 300).await,
            foreigner: people.token(other, stranger, &write, 24 * 300).await,
            administrator_person: service.authenticate(&administrator).await.unwrap(),
            administrator,
            app: router(WebState::new(service.clone(), config, METRICS.clone())),
            service,
            clock,
            division,
            account,
            abroad,
            directory,
        }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        if parts
            .headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding == "gzip")
        {
            let mut plain = Vec::new();
            GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
            bytes = plain;
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(ask(Method::GET, path, token, Body::empty())).await
    }

    pub(super) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(ask(Method::POST, path, token, body.to_string().into()))
            .await
    }

    /// A post that nothing is wrong with.
    pub(super) fn draft(&self, text: &str) -> Value {
        serde_json::json!({
            "text": text,
            "targets": [{"account": self.account}],
            "publish": {"mode": "at", "at": "2026-11-25T10:00:00+09:00"},
        })
    }

    /// Queues and submits a post.
    pub(super) async fn submitted(&self, text: &str) -> Value {
        let mut draft = self.draft(text);
        draft["submit"] = true.into();
        self.post("/v1/posts", &self.author, &draft).await.ok()
    }

    /// Everything that changes leaves an entry in the ledger: the latest ones.
    pub(super) async fn ledger(&self) -> Vec<String> {
        let entries = self
            .service
            .ledger(&self.administrator_person, None, 100)
            .await
            .unwrap();
        entries.iter().map(|entry| entry.id.to_string()).collect()
    }
}

/// A request with a token and a JSON body.
pub(super) fn ask(method: Method, path: &str, token: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn the_clock_stands_where_the_tests_say() {
    let world = World::new().await;
    let now: DateTime<Utc> = NOW.parse().unwrap();
    assert_eq!(world.clock.now(), now);
}
