//! Applying the fault plan to requests, and recording every publish request on its way.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream;
use tokio::time::sleep;

use super::{
    answer::{ApiError, bearer, fields},
    arrivals::{Done, Published},
    faults::{Fault, On},
    media::{LARGEST_FILM, UPLOADS},
    server::{CutConnection, Shared},
    time,
};

/// Marks a request whose key is to be ignored.
#[derive(Debug, Clone, Copy)]
pub(super) struct IgnoreKey;

/// A status with 500 characters is far below this.
const MAX_BODY: usize = 1024 * 1024;

/// A film, and what stands around it in the body.
const MAX_UPLOAD: usize = LARGEST_FILM + MAX_BODY;

/// The page that a proxy in front of a server shows when the server does not answer.
const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                          Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// The key that a client sent, if it is one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?;
    let key = String::from_utf8_lossy(key.as_bytes());
    Some(key.into_owned()).filter(|key| !key.is_empty())
}

fn operation(method: &Method, path: &str) -> Option<On> {
    if !path.starts_with("/api/") {
        let exchange = matches!(path, "/oauth/token" | "/oauth/revoke");
        return (method == Method::POST && exchange).then_some(On::Auth);
    }
    Some(match (method.as_str(), path) {
        ("POST", "/api/v1/statuses") => On::Publish,
        ("POST", UPLOADS) => On::Upload,
        ("PUT", _) => On::Edit,
        ("DELETE", _) => On::Delete,
        ("GET" | "HEAD", _) => On::Read,
        _ => On::Auth,
    })
}

/// Lets each request of the Mastodon API meet its fault.
pub(super) async fn apply(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let Some(on) = operation(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    // The body is read before anything goes wrong: a request counts as arrived once all of it is here.
    let (mut parts, body) = request.into_parts();
    let longest = if on == On::Upload { MAX_UPLOAD } else { MAX_BODY };
    let Ok(body) = to_bytes(body, longest).await else {
        return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large").into_response();
    };
    let (visit, fault) = Visit::begin(shared, on, &parts, &body);
    if fault == Some(Fault::IgnoreKey) {
        parts.extensions.insert(IgnoreKey);
    }
    let request = Request::from_parts(parts, Body::from(body));
    match fault {
        None | Some(Fault::IgnoreKey) => visit.usual(next.run(request).await),
        Some(Fault::Delay { ms }) => {
            pause(ms).await;
            visit.usual(next.run(request).await)
        }
        Some(Fault::TooManyRequests { retry_after_s }) => visit.usual(too_many_requests(retry_after_s)),
        Some(Fault::Status { code }) => visit.usual(error(code)),
        Some(Fault::Html { code }) => visit.usual(html(code)),
        Some(Fault::CutBefore) => {
            visit.conclude(Done::CutBefore, None, None);
            cut()
        }
        Some(Fault::LandLate { ms }) => {
            visit.conclude(Done::LandingLate, None, None);
            tokio::spawn(async move {
                pause(ms).await;
                visit.land(request, next).await;
            });
            cut()
        }
        Some(fault) => {
            let response = next.run(request).await;
            if response.status().is_success() {
                visit.afterwards(fault, response).await
            } else {
                visit.usual(response)
            }
        }
    }
}

/// A request on its way, with the place of its record when it is a publish request.
struct Visit {
    shared: Arc<Shared>,
    arrival: Option<u64>,
}

impl Visit {
    /// Records the arrival and draws the fault under one lock, so that the n-th arrival meets the n-th fault.
    fn begin(shared: Arc<Shared>, on: On, parts: &Parts, body: &Bytes) -> (Self, Option<Fault>) {
        let mut world = shared.world();
        let account = bearer(&parts.headers)
            .and_then(|token| world.grant(token).ok())
            .map(|grant| grant.username.clone());
        let fault = world.faults.meet(on, account.as_deref());
        let arrival = (on == On::Publish).then(|| {
            let text = fields(&parts.headers, body)
                .ok()
                .and_then(|fields| Some(fields.get("status")?.as_str()?.to_owned()))
                .unwrap_or_default();
            let key = idempotency_key(&parts.headers);
            world.arrive(time::micros(time::now()), account, text, key)
        });
        drop(world);
        (Self { shared, arrival }, fault)
    }

    fn conclude(&self, done: Done, published: Option<&Published>, http_status: Option<StatusCode>) {
        if let Some(seq) = self.arrival {
            let http_status = http_status.map(|status| status.as_u16());
            self.shared.world().conclude(seq, done, published, http_status);
        }
    }

    /// Records an answer that says what happened.
    fn usual(&self, response: Response) -> Response {
        let published = response.extensions().get::<Published>();
        let done = match published {
            None => Done::Refused,
            Some(published) if published.created => Done::Accepted,
            Some(_) => Done::Replayed,
        };
        self.conclude(done, published, Some(response.status()));
        response
    }

    /// Spoils the answer to a request that did its work. The record is made first: it must be there while a client
    /// still waits.
    async fn afterwards(&self, fault: Fault, response: Response) -> Response {
        let published = response.extensions().get::<Published>();
        match fault {
            Fault::AcceptThenStatus { code } => {
                let answer = error(code);
                self.conclude(Done::AcceptedThenStatus, published, Some(answer.status()));
                answer
            }
            Fault::AcceptThenDuplicate => {
                let answer = ApiError::new(code(422), "Duplicate record").into_response();
                self.conclude(Done::AcceptedThenStatus, published, Some(answer.status()));
                answer
            }
            Fault::AcceptThenHtml { code } => {
                let answer = html(code);
                self.conclude(Done::AcceptedThenHtml, published, Some(answer.status()));
                answer
            }
            Fault::CutAfter => {
                self.conclude(Done::AcceptedThenCut, published, None);
                cut()
            }
            Fault::AcceptThenHang { ms } => {
                self.conclude(Done::AcceptedThenHang, published, None);
                pause(ms).await;
                cut()
            }
            Fault::AnswerTwice => {
                self.conclude(Done::AcceptedUnreadable, published, Some(response.status()));
                twice(response).await
            }
            Fault::SlowDrip { ms_per_byte } => drip(self.usual(response), ms_per_byte).await,
            _ => self.usual(response),
        }
    }

    /// Processes a request whose sender is long gone.
    async fn land(self, request: Request, next: Next) {
        // Whoever cleared the sandbox meanwhile does not expect a status from before.
        let expected = |seq| self.shared.world().remembers(seq);
        if self.arrival.is_none_or(expected) {
            let response = next.run(request).await;
            match response.extensions().get::<Published>() {
                Some(published) => self.conclude(Done::LandedLate, Some(published), None),
                None => self.conclude(Done::Refused, None, None),
            }
        }
    }
}

async fn pause(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

/// No answer at all: the server takes the mark as the order to close the connection.
fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

fn code(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn error(status: u16) -> Response {
    let status = code(status);
    let reason = status.canonical_reason().unwrap_or("Simulated failure");
    ApiError::new(status, reason).into_response()
}

fn html(status: u16) -> Response {
    (code(status), Html(PROXY_PAGE)).into_response()
}

fn too_many_requests(retry_after_s: u32) -> Response {
    let reset = time::now() + TimeDelta::seconds(i64::from(retry_after_s));
    let mut response = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after_s.into());
    rate_headers(headers, 300, 0, reset);
    response
}

fn rate_headers(headers: &mut HeaderMap, limit: u32, remaining: u32, reset: DateTime<Utc>) {
    headers.insert("x-ratelimit-limit", limit.into());
    headers.insert("x-ratelimit-remaining", remaining.into());
    if let Ok(reset) = time::millis(reset).parse() {
        headers.insert("x-ratelimit-reset", reset);
    }
}

async fn twice(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from([body.clone(), body].concat()))
}

async fn drip(response: Response, ms_per_byte: u64) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let bytes = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        pause(ms_per_byte).await;
        let byte = rest.split_to(1);
        Some((Ok::<_, std::convert::Infallible>(byte), rest))
    });
    Response::from_parts(parts, Body::from_stream(bytes))
}

/// Counts requests and writes the `X-RateLimit-*` headers, whose reset is an ISO 8601 time and not a number.
pub(super) async fn rate_limit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (limit, (remaining, reset, exceeded)) = {
        let mut world = shared.world();
        let who = bearer(request.headers())
            .and_then(|token| world.grant(token).ok())
            .map_or_else(String::new, |grant| grant.username.clone());
        (world.rate_limit.limit, world.count_request(&who, time::now()))
    };
    let mut response = if exceeded {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response()
    } else {
        next.run(request).await
    };
    rate_headers(response.headers_mut(), limit, remaining, reset);
    response
}
