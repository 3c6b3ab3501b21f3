//! The outermost layer: names a request, watches it, and gives every refusal its words.
//!
//! The log and the metrics get method, matched route, status, duration, request id and user: never a token, a
//! body, a query or an id from the path.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument as _, field};

use super::{
    WebState,
    headers::{self, Transport},
    problem::{Problem, ProblemType},
};
use crate::i18n::Language;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request before anything else.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Made here; one that a client sends is not taken over.
    pub id: String,
    /// The language of its reader.
    pub language: Language,
}

/// See the module.
pub async fn observe(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let context = RequestContext {
        id: format!("req_{}", state.service.ids.next().simple()),
        language: Language::negotiate(
            request
                .headers()
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok()),
        ),
    };
    let method = known_method(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request", method, route = %route, request_id = %context.id, user = field::Empty,
        status = field::Empty, milliseconds = field::Empty,
    );
    request.extensions_mut().insert(context.clone());
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = span.in_scope(|| with_words(response, &context));
    let took = began.elapsed();
    let status = response.status().as_u16();
    span.record("status", status);
    span.record(
        "milliseconds",
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    );
    span.in_scope(|| tracing::info!("answered"));
    count(method, &route, status, took);
    if let Ok(id) = HeaderValue::from_str(&context.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let transport = if state.config.tls.is_some() {
        Transport::Tls
    } else {
        Transport::Plain
    };
    headers::secure(response.headers_mut(), transport);
    response
}

/// Gives a refusal its body; one that axum or a layer made gets the problem that its status says.
fn with_words(mut response: Response, context: &RequestContext) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let mut rendered = problem.render(context.language, &context.id);
        carry_over(&response, &mut rendered);
        return rendered;
    }
    // What a handler said in JSON on purpose, such as "not ready", stays as it is.
    let said = response.headers().get(header::CONTENT_TYPE);
    if said.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return response;
    }
    let mut rendered = Problem::new(ProblemType::of_status(status)).render(context.language, &context.id);
    carry_over(&response, &mut rendered);
    rendered
}

/// Headers that inner layers set, such as `Allow` and the rate limits, stay.
fn carry_over(from: &Response, to: &mut Response) {
    for (name, value) in from.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) && !to.headers().contains_key(name)
        {
            to.headers_mut().insert(name.clone(), value.clone());
        }
    }
}

/// Methods are the client's words: others than these would make as many time series as a client likes.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn count(method: &'static str, route: &str, status: u16, took: std::time::Duration) {
    let route = route.to_owned();
    metrics::counter!(
        "sekisho_http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.to_string(),
    )
    .increment(1);
    metrics::histogram!("sekisho_http_request_duration_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
}
