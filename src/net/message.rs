//! Requests and answers. Neither shows its secrets when it is printed.

use std::{fmt, time::Duration};

use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use url::Url;

use super::{
    FetchError, MAX_BODY, Obstacle,
    body::{Body, Streamed},
};
use crate::vault::Secret;

/// One request.
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) within: Option<Duration>,
    pub(super) start_within: Option<Duration>,
    pub(super) length: Length,
}

/// How much of an answer is read, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// A longer one is no usable answer.
    AtMost(usize),
    /// The rest of a longer one is left.
    First(usize),
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::Whole(Vec::new()),
            within: None,
            start_within: None,
            length: Length::AtMost(MAX_BODY),
        }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// When the value cannot be one: nothing is sent then.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, FetchError> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            FetchError::not_sent(Obstacle::Request, format!("the value of {name} cannot be sent"))
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Adds headers as they are.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Adds a credential that whoever has it may use.
    ///
    /// # Errors
    /// When it has characters that no credential has: nothing is sent then.
    pub fn bearer(self, secret: &Secret) -> Result<Self, FetchError> {
        self.authorization("Bearer", secret)
    }

    /// Adds a credential that is worth something only with a proof of the key that it is bound to (RFC 9449).
    ///
    /// # Errors
    /// As [`Request::bearer`].
    pub fn bound(self, secret: &Secret) -> Result<Self, FetchError> {
        self.authorization("DPoP", secret)
    }

    fn authorization(mut self, scheme: &str, secret: &Secret) -> Result<Self, FetchError> {
        let mut value = HeaderValue::from_str(&format!("{scheme} {}", secret.expose())).map_err(|_| {
            FetchError::not_sent(
                Obstacle::Request,
                "the credential has characters that cannot be sent",
            )
        })?;
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Adds a body.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Body::Whole(body);
        self
    }

    /// Adds a body that is read while it leaves.
    #[must_use]
    pub fn stream(mut self, body: Streamed) -> Self {
        self.body = Body::Streamed(body);
        self
    }

    /// Adds a body of JSON.
    ///
    /// # Errors
    /// When the value has no JSON form: nothing is sent then.
    pub fn json<T: Serialize>(mut self, value: &T) -> Result<Self, FetchError> {
        let json = serde_json::to_vec(value)
            .map_err(|_| FetchError::not_sent(Obstacle::Request, "the request has no JSON form"))?;
        self.body = Body::Whole(json);
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    /// Bounds the whole call, answer included, in place of [`TOTAL_TIMEOUT`](super::TOTAL_TIMEOUT).
    #[must_use]
    pub const fn within(mut self, bound: Duration) -> Self {
        self.within = Some(bound);
        self
    }

    /// Bounds the time until the first byte leaves. Nothing is sent when it is over before that.
    #[must_use]
    pub const fn start_within(mut self, bound: Duration) -> Self {
        self.start_within = Some(bound);
        self
    }

    /// Takes a longer answer than this many bytes for no usable one.
    #[must_use]
    pub const fn at_most(mut self, bytes: usize) -> Self {
        self.length = Length::AtMost(bytes);
        self
    }

    /// Reads no more than this many bytes of the answer's body and leaves the rest.
    #[must_use]
    pub const fn first(mut self, bytes: usize) -> Self {
        self.length = Length::First(bytes);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// A whole answer.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: all of it, unless less was asked for.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    /// An answer may carry a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
