//! OAuth over HTTP: registering an app, the consent page, tokens.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    answer::{ApiError, parse},
    html::{Markup, page},
    oauth_store::{App, AuthorizeError, AuthorizeRequest, OUT_OF_BAND, TokenRequest, split_scopes},
    random,
    server::{CutConnection, Shared},
    time,
    world::SCOPES,
};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/apps", post(register))
        .route("/oauth/authorize", get(ask).post(decide))
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/.well-known/oauth-authorization-server", get(metadata))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewApp {
    client_name: String,
    redirect_uris: Value,
    scopes: Option<String>,
    website: Option<String>,
}

async fn register(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let new: NewApp = parse(&headers, &body)?;
    let redirect_uris: Vec<String> = match &new.redirect_uris {
        Value::String(lines) => split_scopes(lines),
        Value::Array(list) => list
            .iter()
            .filter_map(|uri| uri.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    let scopes = split_scopes(new.scopes.as_deref().unwrap_or("read"));
    let secret = random::secret();
    let client_id = shared.world().register_app(App {
        name: new.client_name.clone(),
        secret: secret.clone(),
        redirect_uris: redirect_uris.clone(),
        scopes: scopes.clone(),
    })?;
    Ok(Json(json!({
        "id": client_id,
        "name": new.client_name,
        "website": new.website,
        "scopes": scopes,
        "redirect_uris": redirect_uris,
        "redirect_uri": redirect_uris.join("\n"),
        "client_id": client_id,
        "client_secret": secret,
        "client_secret_expires_at": 0,
    })))
}

async fn ask(State(shared): State<Arc<Shared>>, Query(request): Query<AuthorizeRequest>) -> Response {
    let world = shared.world();
    match world.check_authorize(&request) {
        Ok((app, scopes)) => {
            let accounts: Vec<_> = world
                .accounts
                .iter()
                .map(|account| (account.username.as_str(), account.display_name.as_str()))
                .collect();
            consent(&app.name, &scopes, &accounts, &request)
        }
        Err(error) => refuse(&request, &error),
    }
}

#[derive(Debug, Deserialize)]
struct Decision {
    #[serde(default)]
    account: String,
    #[serde(default)]
    decision: String,
    #[serde(flatten)]
    request: AuthorizeRequest,
}

async fn decide(State(shared): State<Arc<Shared>>, Form(form): Form<Decision>) -> Response {
    let request = &form.request;
    let mut world = shared.world();
    let scopes = match world.check_authorize(request) {
        Ok((_, scopes)) => scopes,
        Err(error) => return refuse(request, &error),
    };
    if form.decision == "deny" {
        return redirect(
            request,
            &[
                ("error", "access_denied"),
                (
                    "error_description",
                    "The resource owner or authorization server denied the request.",
                ),
            ],
        );
    }
    if world.account(&form.account).is_none() {
        return problem("そのアカウントはありません。一覧から選んでください。");
    }
    let code = world.issue_code(request, scopes, form.account, time::now());
    redirect(request, &[("code", &code)])
}

fn refuse(request: &AuthorizeRequest, error: &AuthorizeError) -> Response {
    match error {
        AuthorizeError::Shown(message) => problem(message),
        AuthorizeError::Told(error, description) => {
            redirect(request, &[("error", error), ("error_description", description)])
        }
    }
}

fn problem(message: &str) -> Response {
    let mut body = Markup::new();
    body.raw("<main><h1>連携できません</h1><p>")
        .text(message)
        .raw("</p></main>");
    page(StatusCode::BAD_REQUEST, "連携できません", &body)
}

/// Back to the client, whose address was checked before.
fn redirect(request: &AuthorizeRequest, answer: &[(&str, &str)]) -> Response {
    if request.redirect_uri == OUT_OF_BAND {
        let mut body = Markup::new();
        body.raw("<main><h1>認可の結果</h1>");
        for (name, value) in answer {
            body.raw("<p>")
                .text(name)
                .raw(": <code>")
                .text(value)
                .raw("</code></p>");
        }
        body.raw("</main>");
        return page(StatusCode::OK, "認可の結果", &body);
    }
    let Ok(mut target) = Url::parse(&request.redirect_uri) else {
        return problem("The redirect uri included is not valid.");
    };
    target
        .query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(request.state.iter().map(|state| ("state", state)));
    (
        StatusCode::FOUND,
        [
            (header::LOCATION, String::from(target)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
    )
        .into_response()
}

fn consent(app: &str, scopes: &[String], accounts: &[(&str, &str)], request: &AuthorizeRequest) -> Response {
    let mut body = Markup::new();
    body.raw("<main><h1>アプリとの連携</h1><p><strong>")
        .text(app)
        .raw("</strong> がアカウントの利用を求めています。</p><h2>求められている権限</h2><ul>");
    for scope in scopes {
        body.raw("<li><code>").text(scope).raw("</code></li>");
    }
    body.raw("</ul><form method=\"post\" action=\"/oauth/authorize\">");
    let fields = [
        ("response_type", Some(&request.response_type)),
        ("client_id", Some(&request.client_id)),
        ("redirect_uri", Some(&request.redirect_uri)),
        ("scope", request.scope.as_ref()),
        ("state", request.state.as_ref()),
        ("code_challenge", request.code_challenge.as_ref()),
        ("code_challenge_method", request.code_challenge_method.as_ref()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            body.raw("<input type=\"hidden\" name=\"")
                .text(name)
                .raw("\" value=\"")
                .text(value)
                .raw("\">");
        }
    }
    body.raw("<fieldset><legend>連携するアカウント</legend>");
    if accounts.is_empty() {
        body.raw("<p>アカウントがまだありません。</p>");
    }
    for (username, display_name) in accounts {
        body.raw("<label><input type=\"radio\" name=\"account\" required value=\"")
            .text(username)
            .raw("\"> ")
            .text(display_name)
            .raw(" (@")
            .text(username)
            .raw(")</label>");
    }
    // Denying must work without choosing an account first, hence `formnovalidate`.
    body.raw(
        "</fieldset><button name=\"decision\" value=\"allow\">許可する</button>\
         <button name=\"decision\" value=\"deny\" formnovalidate>許可しない</button></form></main>",
    );
    page(StatusCode::OK, "アプリとの連携", &body)
}

/// RFC 6749 lets a client send its secret in the body or in a Basic header.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut request: TokenRequest = parse(&headers, &body)?;
    if let Some(credentials) = basic_credentials(&headers) {
        (request.client_id, request.client_secret) = credentials;
    }
    let now = time::now();
    let issued = shared.world().exchange(&request, now)?;
    let mut answer = json!({
        "access_token": issued.access,
        "token_type": "Bearer",
        "scope": issued.scopes.join(" "),
        "created_at": now.timestamp(),
    });
    if let Some((refresh, life)) = issued.refresh {
        answer["refresh_token"] = json!(refresh);
        answer["expires_in"] = json!(life);
    }
    let mut response = ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response();
    if issued.lost {
        response.extensions_mut().insert(CutConnection);
    }
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Revocation {
    token: String,
    client_id: String,
    client_secret: String,
}

async fn revoke(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let mut request: Revocation = parse(&headers, &body)?;
    if let Some(credentials) = basic_credentials(&headers) {
        (request.client_id, request.client_secret) = credentials;
    }
    shared
        .world()
        .revoke(&request.token, &request.client_id, &request.client_secret)?;
    Ok(Json(json!({})))
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let base = shared.world().base_url.clone();
    Json(json!({
        "issuer": format!("{base}/"),
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
