//! Questions: they change nothing, so a failure is a plain error.

use reqwest::{Method, header::ACCEPT};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    super::{AskError, instance, said::said},
    Mastodon, wire,
};
use crate::{
    net::{Answer, FetchError, Request},
    vault::Secret,
};

/// Why there is no answer to a question.
#[derive(Debug)]
pub(super) enum Miss {
    /// The server does not offer this, or has no such thing.
    NotOffered(u16),
    /// Everything else.
    Failed(AskError),
}

impl From<Miss> for AskError {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::NotOffered(status) => Self::Unreadable(format!("{status}: it does not offer this")),
            Miss::Failed(error) => error,
        }
    }
}

impl From<instance::BadInstance> for Miss {
    fn from(bad: instance::BadInstance) -> Self {
        Self::Failed(AskError::Unreachable(bad.to_string()))
    }
}

impl From<FetchError> for Miss {
    fn from(error: FetchError) -> Self {
        Self::Failed(AskError::Unreachable(error.why().to_owned()))
    }
}

impl Mastodon {
    /// Asks at a path of the server.
    pub(super) async fn ask_at<T: DeserializeOwned>(
        &self,
        instance: &str,
        path: &[&str],
        secret: Option<&Secret>,
    ) -> Result<T, Miss> {
        self.ask(instance::endpoint(instance, path)?, secret).await
    }

    /// Asks at an address.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        url: Url,
        secret: Option<&Secret>,
    ) -> Result<T, Miss> {
        let request = Request::new(Method::GET, url)
            .within(self.longest)
            .header(ACCEPT, "application/json")?;
        let request = match secret {
            Some(secret) => request.bearer(secret)?,
            None => request,
        };
        read(&self.client.fetch(request).await?, secret)
    }
}

fn read<T: DeserializeOwned>(answer: &Answer, secret: Option<&Secret>) -> Result<T, Miss> {
    let status = answer.status.as_u16();
    let text = || {
        let text = wire::error_text(&answer.body).unwrap_or_default();
        said(&format!("{status} {text}"), &[secret.map_or("", Secret::expose)])
    };
    match status {
        200..=299 => serde_json::from_slice(&answer.body).map_err(|_| {
            Miss::Failed(AskError::Unreadable(format!(
                "{status} without the expected JSON"
            )))
        }),
        401 | 403 => Err(Miss::Failed(AskError::Unauthorised(text()))),
        404 | 405 | 410 | 501 => Err(Miss::NotOffered(status)),
        408 | 425 | 429 | 500..=599 => Err(Miss::Failed(AskError::Unreachable(text()))),
        _ => Err(Miss::Failed(AskError::Unreadable(text()))),
    }
}
