//! Who is asking, and whether they ask too often.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    WebState, client,
    limits::{Asking, Budget},
    media,
    problem::{Problem, ProblemType},
};
use crate::{domain::actor::Person, service::ServiceError};

/// Who sent a request.
#[derive(Debug, Clone)]
enum Identity {
    Known(Person),
    Unknown,
}

/// Finds out who asks, takes one from their budget, and says in every answer what is left of it.
pub async fn admit(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let identity = match identify(&state, request.headers()).await {
        Ok(identity) => identity,
        Err(problem) => return problem.into_response(),
    };
    let asking = match &identity {
        Identity::Known(person) => {
            tracing::Span::current().record("user", tracing::field::display(person.user));
            Asking::Token(person.token)
        }
        Identity::Unknown => {
            let connected = request.extensions().get::<ConnectInfo<SocketAddr>>();
            let peer = connected.map(|info| info.0.ip());
            let address = client::address(peer, request.headers(), &state.config.trusted_proxies);
            if media::is_fetch(&request) {
                Asking::Fetcher(address)
            } else {
                Asking::Stranger(address)
            }
        }
    };
    match state.limits.take(&asking) {
        Ok(budget) => {
            request.extensions_mut().insert(identity);
            let mut response = next.run(request).await;
            budget.tell(response.headers_mut());
            response
        }
        Err(budget) => refuse(&budget),
    }
}

fn refuse(budget: &Budget) -> Response {
    let mut response = Problem::new(ProblemType::RateLimited)
        .with("seconds", budget.reset)
        .into_response();
    budget.tell(response.headers_mut());
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, budget.reset.into());
    response
}

async fn identify(state: &WebState, headers: &HeaderMap) -> Result<Identity, Problem> {
    let Some(token) = bearer(headers) else {
        return Ok(Identity::Unknown);
    };
    match state.service.authenticate(token).await {
        Ok(person) => Ok(Identity::Known(person)),
        Err(ServiceError::Unauthenticated) => Ok(Identity::Unknown),
        Err(other) => Err(other.into()),
    }
}

/// The token of the one `Authorization` header; two of them are none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (given.next()?, given.next());
    if second.is_some() {
        return None;
    }
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The person who asks: handlers that take it answer nobody else.
#[derive(Debug, Clone)]
pub struct Caller(pub Person);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Identity>() {
            Some(Identity::Known(person)) => Ok(Self(person.clone())),
            Some(Identity::Unknown) | None => Err(Problem::new(ProblemType::Unauthenticated)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case(&["Bearer sekisho_x"], Some("sekisho_x"))]
    #[case(&["bearer  sekisho_x "], Some("sekisho_x"))]
    #[case(&["Basic dXNlcg=="], None)]
    #[case(&["Bearer a", "Bearer b"], None)]
    #[case(&["sekisho_x"], None)]
    #[case(&[], None)]
    fn one_bearer_token_and_nothing_else(#[case] values: &[&'static str], #[case] token: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        assert_eq!(bearer(&headers), token);
    }
}
