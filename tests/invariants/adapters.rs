//! 6, for each adapter: whatever it asks, and whatever a server answers that repeats all of it.

use std::{collections::BTreeMap, process::Command, sync::Arc};

use chrono::{DateTime, Utc};
use rstest::rstest;
use sekisho::{
    clock::SystemClock,
    domain::{
        account,
        ids::AccountId,
        preparation::Handles,
        revision::{Act, Part, Payload, Visibility},
    },
    net::{Client, LoopbackPolicy, NetConfig},
    platform::{
        Finish, Invite, LONGEST_REQUEST, Platform, Platforms, Sought,
        settings::{Application, Settings},
    },
    vault::{Credential, Secret, SecretName, SystemEntropy},
};
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use super::secrets::{assert_clear_of, listen, ours};

/// In what form a server says what went wrong.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// `error` is a word, as for Mastodon, Bluesky, LINE and X.
    Word,
    /// `error` is an object, as for Facebook, Instagram, Threads and Misskey.
    Object,
    /// A page of a proxy.
    Page,
}

/// A server that answers with all that it was sent.
struct Echo {
    status: u16,
    form: Form,
}

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (body, sent) = (String::from_utf8_lossy(&request.body), authorization(request));
        // What is kept of it is short: what matters most comes first.
        let text = format!("{sent} {body} {}", request.url);
        let answer = ResponseTemplate::new(self.status);
        match self.form {
            Form::Word => answer.set_body_json(json!({
                "error": text, "error_description": text, "message": text, "title": text, "detail": text,
                "errors": [{ "message": text }], "details": [{ "message": text, "property": text }],
            })),
            Form::Object => answer.set_body_json(json!({ "error": object(&text) })),
            Form::Page => answer.set_body_string(format!("<html>{text}</html>")),
        }
    }
}

/// What a request proved itself with, without the word before it.
fn authorization(request: &Request) -> String {
    let header = request.headers.get("authorization");
    let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.rsplit_once(' ').map_or(text, |(_, proof)| proof).to_owned()
}

/// The signed statement that a request proved itself with, where it did.
fn assertion(request: &Request) -> Option<String> {
    let mut form = url::form_urlencoded::parse(&request.body);
    let found = form.find(|(name, _)| name == "client_assertion")?;
    Some(found.1.into_owned())
}

fn object(text: &str) -> Value {
    json!({
        "message": text, "code": text, "type": text, "id": text, "kind": text,
        "error_user_title": text, "error_user_msg": text, "info": { "param": text, "reason": text },
    })
}

/// What is no secret of a credential: names that others know.
const NAMES: [SecretName; 3] = [
    SecretName::ClientId,
    SecretName::Identifier,
    SecretName::PrivateKeyId,
];

fn canary(name: SecretName) -> String {
    format!("canary-{}", name.as_str().replace('_', "-"))
}

/// With every part that there is but these.
fn credential(without: &[SecretName]) -> Credential {
    let parts = SecretName::ALL.iter().filter(|name| !without.contains(name));
    parts.fold(Credential::new(DateTime::UNIX_EPOCH), |all, name| {
        all.with(*name, Secret::new(canary(*name)))
    })
}

/// A private key of the kind that signs.
fn private_key() -> Secret {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .expect("openssl is installed");
    Secret::new(String::from_utf8(made.stdout).expect("PEM"))
}

fn application() -> Option<Application> {
    Some(Application {
        client_id: "town".to_owned(),
        client_secret: Secret::new("canary-application".to_owned()),
    })
}

fn platforms(server: &str) -> Platforms {
    let address = |path: &str| format!("{server}{path}").parse().expect("an address");
    let mut settings = Settings::default();
    settings.x.authorize = address("/authorize");
    settings.x.application = application();
    settings.facebook.dialog = address("");
    settings.facebook.application = application();
    settings.instagram.authorize = address("/authorize");
    settings.instagram.exchange = address("/exchange");
    settings.instagram.application = application();
    settings.threads.authorize = address("/authorize");
    settings.threads.application = application();
    let config = NetConfig {
        loopback: LoopbackPolicy::Allowed,
        ..NetConfig::default()
    };
    let client = Client::new(&config).expect("a client");
    Platforms::new(
        client,
        Arc::new(SystemClock),
        LONGEST_REQUEST,
        Arc::new(SystemEntropy),
        settings,
    )
}

fn sought(server: &str) -> Sought {
    let part = Part {
        text: "断水のお知らせ".to_owned(),
        ..Part::default()
    };
    Sought {
        instance: server.to_owned(),
        remote_account: "1".to_owned(),
        act: Act::New,
        payload: Payload {
            account: AccountId::new(Uuid::from_u128(1)),
            parts: vec![part],
            language: None,
            visibility: Visibility::Public,
            refers_to: None,
            audience: None,
        },
        part: 0,
        handles: Handles::default()
            .with("rkey", "3kabcdefghij2")
            .with("container", "1"),
        intended_at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

/// Everything that can be asked without an authorisation, and what came of it.
async fn asked(adapter: &dyn Platform, server: &str, credential: &Credential) -> String {
    let state = Secret::new("canary-state".to_owned());
    let invite = Invite {
        instance: server,
        redirect_uri: "https://gate.example.lg.jp/v1/connections/callback",
        state: &state,
        handle: "city",
    };
    let returned = BTreeMap::from([("code".to_owned(), "canary-code".to_owned())]);
    let finish = Finish {
        instance: server,
        redirect_uri: invite.redirect_uri,
        memory: credential,
        returned: &returned,
        handle: "city",
    };
    let given = Credential::from_secret(&credential.to_secret()).expect("a credential");
    format!(
        "{adapter:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        adapter.whoami(server, credential).await,
        adapter.facts(server, Some(credential)).await,
        adapter.quota(server, "1", credential).await,
        adapter.look(&sought(server), credential).await,
        adapter.refresh(server, credential).await,
        adapter.invite(invite).await,
        adapter.finish(finish).await,
        adapter.sign_in(server, given).await,
    )
}

#[rstest]
#[tokio::test]
async fn invariant_6_no_adapter_says_what_it_was_given(
    #[values(200, 400, 401, 403, 404, 429, 500)] status: u16,
    #[values(Form::Word, Form::Object, Form::Page)] form: Form,
) {
    let (log, guard) = listen();
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(Echo { status, form })
        .mount(&server)
        .await;
    let (uri, platforms) = (server.uri(), platforms(&server.uri()));
    let mut answers = String::new();
    // Without a token some make one first: by a password, or by a key of their own.
    let keys = [SecretName::PrivateKey, SecretName::PrivateKeyId];
    let without_token = [&keys[..], &[SecretName::Access]].concat();
    let by_key = credential(&[SecretName::Access]).with(SecretName::PrivateKey, private_key());
    for credential in [credential(&keys), credential(&without_token), by_key] {
        for platform in account::Platform::ALL {
            let adapter = platforms.get(*platform).expect("an adapter");
            answers.push_str(&asked(adapter, &uri, &credential).await);
        }
    }
    drop(guard);
    let received = server.received_requests().await.expect("the requests");
    assert!(received.len() >= account::Platform::ALL.len(), "nobody was asked");
    let named = SecretName::ALL.iter().filter(|name| !NAMES.contains(name));
    let mut secrets: Vec<String> = named.map(|name| canary(*name)).collect();
    secrets.extend(["canary-application", "canary-state", "canary-code"].map(str::to_owned));
    let proofs: Vec<String> = received.iter().filter_map(assertion).collect();
    assert!(!proofs.is_empty(), "nobody signed");
    secrets.extend(proofs.into_iter().chain(received.iter().map(authorization)));
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort();
    secrets.dedup();
    for secret in &secrets {
        assert_clear_of("an answer", answers.as_bytes(), secret.as_bytes());
        assert_clear_of("the log", &ours(&log), secret.as_bytes());
    }
}
