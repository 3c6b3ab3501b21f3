//! 6. Never a credential in a log, an error, an answer, a page, a backup in the clear.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Duration;
use rstest::rstest;
use sekisho::{
    app::{App, Wiring, shipped_calendar},
    domain::{
        actor::{Actor, Scope},
        delivery::DeliveryPhase,
    },
    net::LoopbackPolicy,
    probe::ProbeConfig,
    sandbox::{Rotation, TokenPlan},
    service::{Consent, DraftTarget, NewApiToken},
    vault::{Secret, new_keeper},
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::support::{
    Town,
    database::Kind,
    raw::Raw,
    town::{KEY_RING, enter, new_account, quick_dispatch},
};

/// Everything that was logged.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(super) fn text(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Logs everything that this thread and its tasks say, down to the finest level.
pub(super) fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Neither as it is, nor in hexadecimal, nor in base64.
pub(super) fn assert_clear_of(place: &str, haystack: &[u8], secret: &[u8]) {
    assert!(haystack.len() > 100, "{place} is empty");
    let forms = [
        secret.to_vec(),
        hex::encode(secret).into_bytes(),
        STANDARD.encode(secret).trim_end_matches('=').as_bytes().to_vec(),
    ];
    for form in forms {
        let shown = String::from_utf8_lossy(&form).into_owned();
        assert!(!contains(haystack, &form), "{place} shows {shown}");
    }
}

/// Everything that the database holds: the file with its log, or every row of every table.
pub(super) async fn dump(town: &Town) -> Vec<u8> {
    match town.database.file() {
        Some(file) => ["", "-wal"]
            .iter()
            .flat_map(|suffix| std::fs::read(format!("{file}{suffix}")).unwrap_or_default())
            .collect(),
        None => {
            let every_row = Raw::same(
                "SELECT query_to_xml(format('SELECT t::text AS row FROM %I AS t', table_name), true, true, '')::text
                 FROM information_schema.tables WHERE table_schema = 'public'",
            );
            town.database.ask(every_row).await.join("\n").into_bytes()
        }
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_6_neither_database_nor_log_nor_answer_shows_a_credential(#[case] kind: Kind) {
    let (log, guard) = listen();
    let Some(town) = Town::on(kind).await else { return };
    let service = &town.app.service;
    let new = NewApiToken {
        user: town.people.clerk.user,
        label: "canary".to_owned(),
        scopes: [Scope::Read].into(),
        expires_at: service.now() + Duration::days(1),
    };
    let issued = service
        .issue_token(town.organization, new, Actor::Operator)
        .await
        .expect("a token");
    service.authenticate(issued.expose()).await.expect("a person");
    let begun = service
        .begin_connection(&town.people.administrator, town.account)
        .await
        .expect("a connection");
    let address = url::Url::parse(&begun.authorize_url).expect("an address");
    let state = address.query_pairs().find(|(name, _)| name == "state");
    let state = state.expect("a state").1.into_owned();
    let post = town.approved("資格情報は見えません。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    town.app.dispatcher.seal().await.expect("seals");
    let wrong = service
        .connect_with_token(
            town.organization,
            town.account,
            Secret::new("wrong-canary".to_owned()),
            Actor::Operator,
        )
        .await
        .expect_err("a wrong token");
    let account = service.account(&town.people.clerk, town.account).await;
    let answers = format!(
        "{wrong} {wrong:?} {account:?} {:?} {service:?} {issued:?} {:?} {:?}",
        town.view(post).await,
        town.app,
        town.people,
    );
    drop(guard);
    let key: Vec<u8> = (1..=32).collect();
    let (_, key_text) = KEY_RING.split_once(' ').expect("a key");
    let database = dump(&town).await;
    for secret in [
        b"koho-token".as_slice(),
        b"bosai-token",
        b"wrong-canary",
        issued.expose().as_bytes(),
        state.as_bytes(),
        &key,
        key_text.as_bytes(),
    ] {
        assert_clear_of("the database", &database, secret);
        assert_clear_of("the log", &log.text(), secret);
        assert_clear_of("an answer", answers.as_bytes(), secret);
    }
}

/// A gateway on the town's database that has no key ring.
async fn without_a_key(town: &Town) -> App {
    App::wire(Wiring {
        platforms: sekisho::platform::settings::Settings::default(),
        homes: sekisho::domain::homes::Homes::default(),
        media: None,
        location: town.database.location(),
        clock: town.clock.clock(),
        key_ring: None,
        calendar: shipped_calendar().expect("a calendar"),
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: "http://127.0.0.1:1".to_owned(),
        probe: ProbeConfig::default(),
        dispatch: quick_dispatch("keyless"),
    })
    .await
    .expect("a gateway")
}

/// Tokens that were renewed, handed over and let out in an envelope.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_6_what_is_renewed_handed_over_and_enclosed_shows_nowhere(#[case] kind: Kind) {
    let (log, guard) = listen();
    let Some(town) = Town::on(kind).await else { return };
    let plan = |life_seconds| TokenPlan {
        life_seconds,
        rotation: Rotation::Strict,
        lose_answers: 0,
    };
    town.consent(plan(1)).await;
    let lasting = serde_json::to_value(plan(3600)).expect("a plan");
    town.control("tokens", lasting).await;
    let dispatcher = &town.app.dispatcher;
    for _ in 0..400 {
        dispatcher.look_after_credentials().await.expect("the database");
        if town.refreshes().await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let post = town.approved("更新した資格情報も見えません。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    let ((one, identity), (two, _)) = (new_keeper(), new_keeper());
    let consent = Consent {
        administrator: &town.people.administrator,
        auditor: &town.people.auditor,
        reason: "防災訓練",
    };
    let envelope = town.app.service.export_credentials(consent, &[one, two]).await;
    let envelope = envelope.expect("an envelope");
    let mut answers = String::new();
    if kind == Kind::Postgres {
        dispatcher.publish_key().await.expect("a key");
        let keyless = without_a_key(&town).await;
        let token = Secret::new("koho-token".to_owned());
        let connecting =
            keyless
                .service
                .connect_with_token(town.organization, town.account, token, Actor::Operator);
        let taking = async {
            while dispatcher.take_over().await.expect("the database") == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let (connected, ()) = futures::join!(connecting, taking);
        answers = format!("{:?}", connected.expect("connected by the dispatcher"));
        keyless.store.close().await;
    }
    let seen = town.app.service.credentials(&town.people.clerk).await;
    let told = town.app.service.ledger(&town.people.auditor, None, 100).await;
    answers.push_str(&format!(
        "{seen:?} {told:?} {:?} {}",
        town.app,
        crate::support::metrics().render()
    ));
    drop(guard);
    let database = dump(&town).await;
    let mut secrets = town.sandbox.secrets();
    assert!(
        secrets.len() >= 6,
        "two tokens before and after the refresh, and an application"
    );
    secrets.extend(identity.expose().lines().last().map(str::to_owned));
    for secret in secrets.iter().map(String::as_bytes) {
        assert_clear_of("the database", &database, secret);
        assert_clear_of("the log", &log.text(), secret);
        assert_clear_of("an answer", answers.as_bytes(), secret);
        assert_clear_of("the envelope", envelope.as_bytes(), secret);
    }
}

/// A server that repeats the credential in whatever it says.
async fn parrot(code: u16, canary: &str) -> MockServer {
    let server = MockServer::start().await;
    let limits = json!({ "max_characters": 500, "characters_reserved_per_url": 23 });
    let instance = json!({ "configuration": { "statuses": limits } });
    let own = json!({ "id": "1", "username": "parrot" });
    let error = json!({ "error": format!("Bearer {canary} is bad: {canary}{canary}") });
    for (verb, place, status, body) in [
        ("GET", "/api/v1/accounts/verify_credentials", 200, own),
        ("GET", "/api/v2/instance", 200, instance),
        ("GET", "/.well-known/nodeinfo", 404, error.clone()),
        ("GET", "/api/v1/accounts/1/statuses", 403, error.clone()),
        ("POST", "/api/v1/statuses", code, error),
    ] {
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&server)
            .await;
    }
    server
}

#[rstest]
#[case::not_valid(422, DeliveryPhase::Failed)]
#[case::token_revoked(401, DeliveryPhase::Held)]
#[case::down(500, DeliveryPhase::Unknown)]
#[case::too_many(429, DeliveryPhase::Waiting)]
#[case::unreadable(200, DeliveryPhase::Unknown)]
#[tokio::test]
async fn invariant_6_a_platform_that_repeats_the_credential_is_not_repeated(
    #[case] code: u16,
    #[case] phase: DeliveryPhase,
) {
    let (log, guard) = listen();
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let canary = "parrot-canary-7f3a";
    let server = parrot(code, canary).await;
    let uri = server.uri();
    let new = new_account(town.division, &uri, "parrot");
    let account = enter(&town.app, town.organization, new, canary).await;
    let mut draft = town.draft("資格情報を繰り返さないこと。");
    draft.targets = vec![DraftTarget {
        account,
        text: None,
        media: Vec::new(),
        parts: None,
        refers_to: None,
        audience: None,
    }];
    let post = town.walk(draft).await;
    town.run_until(post, phase).await;
    let history = town.app.service.history(&town.people.clerk, post).await;
    let answers = format!(
        "{:?} {:?} {:?}",
        town.view(post).await,
        history.expect("the history"),
        town.app
            .service
            .delivery(&town.people.clerk, town.delivery(post).await.id)
            .await,
    );
    drop(guard);
    assert_clear_of("the database", &dump(&town).await, canary.as_bytes());
    assert_clear_of("an answer", answers.as_bytes(), canary.as_bytes());
    assert_clear_of("the log", &ours(&log), canary.as_bytes());
}

/// What this program logs; the stand-in server logs what it answers.
pub(super) fn ours(log: &Log) -> Vec<u8> {
    let text = String::from_utf8_lossy(&log.text()).into_owned();
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("wiremock")).collect();
    kept.join("\n").into_bytes()
}
