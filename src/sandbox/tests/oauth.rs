use super::super::{
    SandboxConfig,
    oauth_store::{App, AuthorizeRequest, TokenRequest},
    time,
    world::World as State,
};
use super::*;

const CALLBACK: &str = "https://gateway.example.jp/callback?from=sandbox";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn register(world: &World) -> (String, String) {
    let request = world.client.post(world.url("/api/v1/apps")).form(&[
        ("client_name", "Gateway <test>"),
        ("redirect_uris", CALLBACK),
        ("scopes", "read:accounts write:statuses"),
    ]);
    let app: Value = request.send().await.unwrap().json().await.unwrap();
    let part = |name: &str| app[name].as_str().unwrap().to_owned();
    (part("client_id"), part("client_secret"))
}

fn authorize(client_id: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", "read:accounts write:statuses"),
        ("state", "st&te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The parameters that the client gets back at its own address.
async fn decided(world: &World, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let request = world.client.post(world.url("/oauth/authorize")).form(fields);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 302);
    let target = response.headers()["location"].to_str().unwrap();
    assert!(target.starts_with("https://gateway.example.jp/callback?from=sandbox&"));
    let target = url::Url::parse(target).unwrap();
    target.query_pairs().into_owned().collect()
}

fn part<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value)
}

async fn code(world: &World, client_id: &str) -> String {
    let mut fields = authorize(client_id);
    fields.extend([("account", "town"), ("decision", "allow")]);
    let answer = decided(world, &fields).await;
    assert_eq!(part(&answer, "state"), "st&te");
    part(&answer, "code").to_owned()
}

async fn exchange(
    world: &World,
    client: &(String, String),
    code: &str,
    verifier: &str,
    redirect_uri: &str,
) -> Response {
    world
        .client
        .post(world.url("/oauth/token"))
        .form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", &client.0),
            ("client_secret", &client.1),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ])
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn consent_gives_a_code_and_the_code_gives_a_token_once() {
    let world = World::new().await;
    let client = register(&world).await;
    let page = world.get("/oauth/authorize").query(&authorize(&client.0));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Gateway &lt;test&gt;"));
    assert!(page.contains("value=\"town\"") && page.contains("value=\"village\""));

    let code = code(&world, &client.0).await;
    let wrong = "x".repeat(43);
    let refused = exchange(&world, &client, &code, &wrong, CALLBACK).await;
    assert_eq!(refusal(refused).await, (400, "invalid_grant".to_owned()));
    let elsewhere = exchange(&world, &client, &code, VERIFIER, "https://other.example").await;
    assert_eq!(refusal(elsewhere).await, (400, "invalid_grant".to_owned()));
    let thief = (client.0.clone(), "guess".to_owned());
    let refused = exchange(&world, &thief, &code, VERIFIER, CALLBACK).await;
    assert_eq!(refusal(refused).await, (401, "invalid_client".to_owned()));

    let token: Value = exchange(&world, &client, &code, VERIFIER, CALLBACK)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(token["token_type"], "Bearer");
    assert_eq!(token["scope"], "read:accounts write:statuses");
    let again = exchange(&world, &client, &code, VERIFIER, CALLBACK).await;
    assert_eq!(refusal(again).await, (400, "invalid_grant".to_owned()));

    let token = token["access_token"].as_str().unwrap();
    let me = world.get("/api/v1/accounts/verify_credentials");
    let me: Value = me.bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(me["username"], "town");
    // `read:statuses` was not asked for.
    let source = world.get("/api/v1/statuses/1/source").bearer_auth(token);
    assert_eq!(refusal(source.send().await.unwrap()).await.0, 403);

    let revoke = async |secret: &str| {
        let form = [
            ("token", token),
            ("client_id", &client.0),
            ("client_secret", secret),
        ];
        let request = world.client.post(world.url("/oauth/revoke")).form(&form);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(revoke("guess").await, 403);
    assert_eq!(revoke(&client.1).await, 200);
    let me = world.get("/api/v1/accounts/verify_credentials");
    let refused = refusal(me.bearer_auth(token).send().await.unwrap()).await;
    assert_eq!(refused, (401, "The access token was revoked".to_owned()));
}

#[tokio::test]
async fn bad_requests_are_told_to_the_client_only_at_a_known_address() {
    let world = World::new().await;
    let client = register(&world).await;
    let ask = async |name: &'static str, value: &'static str| {
        let mut fields = authorize(&client.0);
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        let response = world.get("/oauth/authorize").query(&fields);
        let response = response.send().await.unwrap();
        let target = response.headers().get("location").cloned();
        let target = target.map(|target| target.to_str().unwrap().to_owned());
        (response.status().as_u16(), target)
    };
    assert_eq!(ask("client_id", "nobody").await, (400, None));
    for other in [
        "https://evil.example/",
        "https://gateway.example.jp/callback",
        "https://gateway.example.jp/callback?from=sandbox&x=1",
    ] {
        assert_eq!(ask("redirect_uri", other).await, (400, None));
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "read:statuses", "invalid_scope"),
    ] {
        let (status, target) = ask(name, value).await;
        assert_eq!(status, 302);
        assert!(target.unwrap().contains(&format!("error={error}")));
    }
    let mut denied = authorize(&client.0);
    denied.push(("decision", "deny"));
    let answer = decided(&world, &denied).await;
    assert_eq!(part(&answer, "error"), "access_denied");
    assert_eq!(part(&answer, "state"), "st&te");
}

#[test]
fn codes_end_after_ten_minutes() {
    let now = time::now();
    let mut state = State::new(SandboxConfig::default(), "http://x".to_owned(), now);
    state.ensure_account("town", None, now);
    let app = App {
        name: "a".to_owned(),
        secret: "s".to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: vec!["read".to_owned()],
    };
    let client_id = state.register_app(app).unwrap();
    let request = AuthorizeRequest {
        client_id: client_id.clone(),
        redirect_uri: CALLBACK.to_owned(),
        ..AuthorizeRequest::default()
    };
    let code = state.issue_code(&request, Vec::new(), "town".to_owned(), now);
    let exchange = TokenRequest {
        refresh_token: String::new(),
        grant_type: "authorization_code".to_owned(),
        code,
        client_id,
        client_secret: "s".to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        code_verifier: None,
    };
    let late = now + chrono::TimeDelta::minutes(10);
    assert!(state.exchange(&exchange, late).is_err());
    let downgraded = TokenRequest {
        code_verifier: Some(VERIFIER.to_owned()),
        ..exchange.clone()
    };
    assert!(state.exchange(&downgraded, now).is_err());
    let in_time = late - chrono::TimeDelta::milliseconds(1);
    assert!(state.exchange(&exchange, in_time).is_ok());
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let world = World::new().await;
    let found = world.json("/.well-known/oauth-authorization-server").await;
    assert_eq!(found["token_endpoint"], world.url("/oauth/token"));
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
}
