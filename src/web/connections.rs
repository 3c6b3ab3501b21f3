//! `/v1/connections`: how a person comes back from a platform's consent page.
//!
//! The browser that comes back carries no token, so the page that meets it only shows what the platform sent
//! along; the person hands that in with their own token. Nothing is connected without it.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    accounts::AccountJson,
    admit::Caller,
    input::{Id, Input},
    problem::{Problem, ProblemType},
};
use crate::{
    domain::ids::HandoverId,
    i18n::{I18n, Language},
    service::Connecting,
};

/// The longest value that the page shows.
const LONGEST_SHOWN: usize = 2048;

/// The routes of connections.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(finish))
        .routes(routes!(callback))
        .routes(routes!(introduction))
        .routes(routes!(read))
}

/// What a platform sent back with the person's browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Returned {
    /// `state` of the address that the browser came back to.
    state: String,
    /// `code` of that address, where the platform gives one.
    #[serde(default)]
    code: Option<String>,
    /// `iss` of that address, where the platform gives one.
    #[serde(default)]
    iss: Option<String>,
}

/// 接続を終える
///
/// Finishes a connection: only the person who began it, once, in time, for the account in the register.
#[utoipa::path(post, path = "/v1/connections/finish", operation_id = "finish_connection", tag = "accounts", request_body = Returned,
    responses((status = OK, body = AccountJson), (status = ACCEPTED, body = UnderWay, headers(("Location" = String)))))]
async fn finish(
    State(state): State<WebState>,
    Caller(person): Caller,
    returned: Input<Returned>,
) -> Result<Response, Problem> {
    let Returned {
        state: secret,
        code,
        iss,
    } = &returned.value;
    let fields = [("code", code), ("iss", iss)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect();
    let connecting = state.service.finish_connection(&person, secret, &fields).await?;
    Ok(told(connecting))
}

/// A connection that a dispatcher finishes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnderWay {
    /// What to ask for at `GET /v1/connections/{id}`.
    #[schema(example = "hov_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
}

/// 接続の状況
///
/// How far a connection is that was answered with 202: 200 once the account is connected, 202 while a dispatcher is
/// at it.
#[utoipa::path(get, path = "/v1/connections/{id}", operation_id = "read_connection", tag = "accounts", params(("id" = String, Path)),
    responses((status = OK, body = AccountJson), (status = ACCEPTED, body = UnderWay, headers(("Location" = String)))))]
async fn read(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<HandoverId>,
) -> Result<Response, Problem> {
    Ok(told(state.service.handed_over(&person, id).await?))
}

pub(super) fn told(connecting: Connecting) -> Response {
    match connecting {
        Connecting::Done(account) => Json(AccountJson::from(&*account)).into_response(),
        Connecting::UnderWay(id) => {
            let place = [(header::LOCATION, format!("/v1/connections/{id}"))];
            let under_way = UnderWay { id: id.to_string() };
            (StatusCode::ACCEPTED, place, Json(under_way)).into_response()
        }
    }
}

/// 接続の戻り先
///
/// The page at which a platform's consent page ends. It connects nothing by itself.
#[utoipa::path(get, path = "/v1/connections/callback", operation_id = "connection_callback", tag = "accounts", security(()),
    params(("state" = Option<String>, Query), ("code" = Option<String>, Query), ("iss" = Option<String>, Query)),
    responses((status = OK, body = String, content_type = "text/html")))]
async fn callback(RawQuery(query): RawQuery) -> Response {
    let (mut state, mut code, mut session, mut iss) = (None, None, None, None);
    // Platforms add parameters of their own; what is not known is passed over.
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let short: String = value.chars().take(LONGEST_SHOWN).collect();
        match &*name {
            "state" => state = Some(short),
            "code" => code = Some(short),
            // Misskey gives no code: the session of the invitation is known.
            "session" => session = Some(short),
            "iss" => iss = Some(short),
            _ => {}
        }
    }
    let consented = code.is_some() || session.is_some();
    let came = state.as_deref().filter(|_| consented);
    let page = page(came.map(|state| Came {
        state,
        code: code.as_deref(),
        iss: iss.as_deref(),
    }));
    let mut response = page.into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// この関所の紹介
///
/// What servers of Bluesky's protocol read of this gateway before a person consents (client metadata of OAuth). There
/// is none unless the gateway has an address in public and a key of its own.
#[utoipa::path(get, path = "/oauth-client-metadata.json", operation_id = "client_metadata", tag = "accounts", security(()),
    responses((status = OK, body = Object)))]
async fn introduction(State(state): State<WebState>) -> Result<Json<serde_json::Value>, Problem> {
    let told = state.service.introduction();
    told.map(Json)
        .ok_or_else(|| Problem::new(ProblemType::UnknownRoute))
}

/// What is to be handed in.
struct Came<'a> {
    state: &'a str,
    /// Where the platform gives one.
    code: Option<&'a str>,
    /// Where the platform says who it is.
    iss: Option<&'a str>,
}

fn page(came: Option<Came<'_>>) -> String {
    let texts = I18n::get();
    let sections: String = Language::ALL
        .iter()
        .map(|&language| {
            let text = |key| escape(&texts.text(language, key, &[]));
            let (title, body) = match &came {
                Some(_) => (text("callback-title"), text("callback-hand-in")),
                None => (text("callback-refused-title"), text("callback-refused")),
            };
            format!(
                "<section lang=\"{}\"><h1>{title}</h1><p>{body}</p></section>",
                language.tag()
            )
        })
        .collect();
    let values = came.map_or_else(String::new, |came| {
        let named = [
            ("state", Some(came.state)),
            ("code", came.code),
            ("iss", came.iss),
        ];
        let shown: String = named
            .into_iter()
            .filter_map(|(name, value)| {
                Some(format!("<dt>{name}</dt><dd><code>{}</code></dd>", escape(value?)))
            })
            .collect();
        format!("<dl>{shown}</dl>")
    });
    format!(
        "<!DOCTYPE html><html lang=\"ja\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>Sekisho</title></head><body><main>{sections}{values}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_and_never_markup() {
        let page = page(Some(Came {
            state: "<script>alert(1)</script>",
            code: Some("\"><img src=x onerror='x'>"),
            iss: Some("<script>alert(2)</script>"),
        }));
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        assert!(page.contains("&lt;script&gt;"));
    }
}
