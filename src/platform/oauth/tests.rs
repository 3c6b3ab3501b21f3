//! The whole flow, against the sandbox and its consent form.

use std::collections::HashMap;

use super::*;
use crate::{
    clock::SystemClock,
    net::{LoopbackPolicy, NetConfig},
    platform::{Mastodon, Platform},
    sandbox::{Sandbox, SandboxConfig},
    vault::SystemEntropy,
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

const RETURN_TO: &str = "https://sekisho.example.lg.jp/oauth/return";

struct World {
    sandbox: Sandbox,
    client: Client,
    oauth: OAuth,
}

impl World {
    async fn new() -> Self {
        let config = SandboxConfig {
            accounts: vec![("town".to_owned(), "unused".to_owned())],
            ..SandboxConfig::default()
        };
        let net = NetConfig {
            loopback: LoopbackPolicy::Allowed,
            ..NetConfig::default()
        };
        let client = Client::new(&net).unwrap();
        Self {
            sandbox: Sandbox::start(config).await.unwrap(),
            oauth: OAuth::new(client.clone(), Arc::new(SystemEntropy)),
            client,
        }
    }

    async fn app(&self) -> AppCredentials {
        self.oauth
            .register(self.sandbox.base_url(), RETURN_TO)
            .await
            .unwrap()
    }

    /// What a browser sends when a person agrees; answers the parameters of the address it is led back to.
    async fn consent(&self, authorize: &Url) -> HashMap<String, String> {
        let page = self
            .client
            .fetch(Request::new(Method::GET, authorize.clone()))
            .await
            .unwrap();
        assert_eq!(page.status, 200);
        let mut target = authorize.clone();
        let mut form = Url::parse("https://form.example/").unwrap();
        form.query_pairs_mut()
            .extend_pairs(authorize.query_pairs())
            .append_pair("account", "town")
            .append_pair("decision", "allow");
        target.set_query(None);
        let request = Request::new(Method::POST, target)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .unwrap()
            .body(form.query().unwrap().as_bytes().to_vec());
        let answer = self.client.fetch(request).await.unwrap();
        assert_eq!(answer.status, 302);
        let back = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
        assert!(back.as_str().starts_with(RETURN_TO));
        back.query_pairs().into_owned().collect()
    }
}

#[tokio::test]
async fn an_account_is_connected() {
    let world = World::new().await;
    let app = world.app().await;
    let state = world.oauth.state();
    let begun = world.oauth.begin(&app, RETURN_TO, &state).unwrap();
    let asked: HashMap<_, _> = begun.authorize_url.query_pairs().into_owned().collect();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(
        asked["scope"],
        "read:accounts read:statuses write:media write:statuses"
    );
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(
        !begun
            .authorize_url
            .as_str()
            .contains(begun.pkce_verifier.expose())
    );
    let back = world.consent(&begun.authorize_url).await;
    assert_eq!(back["state"], state.expose());

    let token = world
        .oauth
        .finish(&app, RETURN_TO, &back["code"], &begun.pkce_verifier, NOW)
        .await
        .unwrap();
    let mastodon = Mastodon::new(
        world.client.clone(),
        Arc::new(SystemClock),
        crate::platform::LONGEST_REQUEST,
        Arc::new(crate::vault::SystemEntropy),
    );
    let me = mastodon.whoami(world.sandbox.base_url(), &token).await.unwrap();
    assert_eq!(me.handle, "town");

    let again = world
        .oauth
        .finish(&app, RETURN_TO, &back["code"], &begun.pkce_verifier, NOW)
        .await;
    assert!(
        matches!(again, Err(ConnectError::Refused(_))),
        "a code was used twice"
    );
}

#[tokio::test]
async fn a_wrong_verifier_secret_or_address_is_refused_without_telling_it() {
    let world = World::new().await;
    let app = world.app().await;
    let begun = world.oauth.begin(&app, RETURN_TO, &world.oauth.state()).unwrap();
    let back = world.consent(&begun.authorize_url).await;
    let code = &back["code"];
    let wrong = world.oauth.state();
    let impostor = AppCredentials {
        instance: app.instance.clone(),
        client_id: app.client_id.clone(),
        client_secret: world.oauth.state(),
    };
    let verifier = &begun.pkce_verifier;
    let elsewhere = "https://elsewhere.example.jp/";
    for refused in [
        world.oauth.finish(&app, RETURN_TO, code, &wrong, NOW).await,
        world
            .oauth
            .finish(&impostor, RETURN_TO, code, verifier, NOW)
            .await,
        world.oauth.finish(&app, elsewhere, code, verifier, NOW).await,
        world
            .oauth
            .finish(&app, RETURN_TO, "no-such-code", verifier, NOW)
            .await,
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, ConnectError::Refused(_)), "{error}");
        let shown = format!("{error} {error:?} {app:?} {begun:?}");
        for secret in [
            code,
            wrong.expose(),
            verifier.expose(),
            app.client_secret.expose(),
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let server = wiremock::MockServer::start().await;
    let canary = "canary-1a2b";
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_string(format!("<p>{canary}</p>")))
        .mount(&server)
        .await;
    let world = World::new().await;
    let registered = world.oauth.register(&server.uri(), RETURN_TO).await.unwrap_err();
    assert!(matches!(registered, ConnectError::Unreadable(_)), "{registered}");
    let app = AppCredentials {
        instance: server.uri(),
        ..world.app().await
    };
    let finished = world
        .oauth
        .finish(&app, RETURN_TO, "code", &world.oauth.state(), NOW)
        .await
        .unwrap_err();
    assert!(matches!(finished, ConnectError::Unreadable(_)), "{finished}");
    assert!(!format!("{registered:?} {finished:?}").contains(canary));
}

#[tokio::test]
async fn this_machine_is_refused_and_so_are_addresses_that_are_none() {
    let world = World::new().await;
    let strict = OAuth::new(
        Client::new(&NetConfig::default()).unwrap(),
        Arc::new(SystemEntropy),
    );
    let error = strict
        .register(world.sandbox.base_url(), RETURN_TO)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error}");
    let error = world
        .oauth
        .register("social.example.jp", RETURN_TO)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Address(_)), "{error}");
    let refused = world
        .oauth
        .register(world.sandbox.base_url(), "no address")
        .await
        .unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(_)), "{refused}");
}

#[test]
fn states_are_long_and_never_the_same() {
    let client = Client::new(&NetConfig::default()).unwrap();
    let oauth = OAuth::new(client, Arc::new(SystemEntropy));
    let (one, two) = (oauth.state(), oauth.state());
    assert_eq!(one.expose().len(), 43);
    assert_ne!(one.expose(), two.expose());
}
