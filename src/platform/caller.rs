//! How every adapter talks to its server: calls that change something in public, steps that do not, and
//! questions. What an answer means is each adapter's own business.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{Method, StatusCode, header::ACCEPT};
use serde::de::DeserializeOwned;
use url::Url;

use super::{AskError, FileError, instance, said::said};
use crate::{
    clock::Clock,
    domain::attempt::Outcome,
    net::{Answer, Client, FetchError, Obstacle, Request},
    vault::{Credential, Secret, SecretName},
};

/// The one client with what bounds its calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    client: Client,
    clock: Arc<dyn Clock>,
    pub(super) longest: Duration,
}

/// How long an upload may take: a hundred megabytes over a line of ten megabits a second.
const UPLOAD: Duration = Duration::from_secs(100);

/// Reads what an error of the platform says, if the body is one.
pub(super) type ErrorText = fn(&[u8]) -> Option<String>;

impl Caller {
    /// No request that changes something takes longer than `longest`.
    pub(super) fn new(client: Client, clock: Arc<dyn Clock>, longest: Duration) -> Self {
        Self {
            client,
            clock,
            longest,
        }
    }

    /// The time now.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Makes one request that changes something in public, if there is still time to start it.
    ///
    /// # Errors
    /// What the lack of an answer proves.
    pub(super) async fn change(
        &self,
        request: Result<Request, FetchError>,
        send_by: DateTime<Utc>,
    ) -> Result<Answer, Outcome> {
        self.change_within(request, send_by, self.longest).await
    }

    /// The same in what is left of the longest time, after a first try that was refused unread.
    ///
    /// # Errors
    /// As [`Caller::change`].
    pub(super) async fn change_within(
        &self,
        request: Result<Request, FetchError>,
        send_by: DateTime<Utc>,
        bound: Duration,
    ) -> Result<Answer, Outcome> {
        let left = (send_by - self.clock.now()).to_std().unwrap_or(Duration::ZERO);
        if left.min(bound).is_zero() {
            let why = "the time to start was over".to_owned();
            return Err(Outcome::NotSent { why });
        }
        let request = request.map(|request| request.within(bound).start_within(left));
        let sent = match request {
            Ok(request) => self.client.fetch(request).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| match error {
            FetchError::NotSent { why, .. } => Outcome::NotSent { why },
            FetchError::Ambiguous { why } => Outcome::Unknown { why },
        })
    }

    /// Makes one request that leaves nothing in public: whatever became of it, it may be made again.
    ///
    /// # Errors
    /// That it was not taken.
    pub(super) async fn step(&self, request: Result<Request, FetchError>) -> Result<Answer, Outcome> {
        let sent = match request {
            Ok(request) => self.client.fetch(request.within(self.longest)).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| Outcome::NotSent {
            why: error.why().to_owned(),
        })
    }

    /// The same with a picture or film in it, which takes as long as the line is slow. Whoever asks for it may give up
    /// before: half an upload is none.
    ///
    /// # Errors
    /// That it was not taken.
    pub(super) async fn upload(&self, request: Result<Request, FetchError>) -> Result<Answer, Outcome> {
        let sent = match request {
            Ok(request) => self.client.fetch(request.within(UPLOAD)).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| Outcome::NotSent {
            why: error.why().to_owned(),
        })
    }

    /// Makes one request whose answer is looked at by the caller, whatever it is.
    ///
    /// # Errors
    /// That there is none.
    pub(super) async fn fetch(&self, request: Result<Request, FetchError>) -> Result<Answer, FetchError> {
        self.client.fetch(request?.within(self.longest)).await
    }

    /// Asks at an address, with what is sent with each call if there is a credential.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        url: Url,
        credential: Option<&Credential>,
        error_text: ErrorText,
    ) -> Result<T, Miss> {
        let request = Request::new(Method::GET, url).header(ACCEPT, "application/json");
        let request = match credential {
            Some(credential) => authorised(request, credential),
            None => request,
        };
        self.question(request, credential, error_text).await
    }

    /// Asks by a request of the adapter's own making.
    pub(super) async fn question<T: DeserializeOwned>(
        &self,
        request: Result<Request, FetchError>,
        credential: Option<&Credential>,
        error_text: ErrorText,
    ) -> Result<T, Miss> {
        read(&self.fetch(request).await?, credential, error_text)
    }
}

/// Adds what is sent with each call.
pub(super) fn authorised(
    request: Result<Request, FetchError>,
    credential: &Credential,
) -> Result<Request, FetchError> {
    match credential.get(SecretName::Access) {
        Some(access) => request?.bearer(access),
        None => Err(FetchError::NotSent {
            obstacle: Obstacle::Request,
            why: "the credential has nothing that could be sent".to_owned(),
        }),
    }
}

/// Cleans a foreign text of everything that the credential holds.
pub(super) fn said_to(text: &str, credential: &Credential) -> String {
    let secrets: Vec<_> = credential.secrets().map(Secret::expose).collect();
    said(text, &secrets)
}

/// Trying again would not help, and nothing was sent.
pub(super) fn bad_instance() -> Outcome {
    Outcome::RejectedPermanent {
        why: instance::BadInstance.to_string(),
    }
}

/// What the answer to a mere step proves: nothing of it is in public, so what is in doubt is tried again.
pub(super) fn only_a_step(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Unknown { why } => Outcome::RejectedTransient { why, again: None },
        other => other,
    }
}

/// What there is no file for.
pub(super) fn without_file(error: &FileError) -> Outcome {
    let why = error.to_string();
    match error {
        FileError::Unusable(_) => Outcome::RejectedPermanent { why },
        FileError::Unavailable(_) => Outcome::NotSent { why },
    }
}

/// What cannot be sent because it was not made ready: nothing was.
pub(super) fn unready(what: &str) -> Outcome {
    let why = format!("{what} was not made ready");
    Outcome::NotSent { why }
}

/// What cannot be sent as it is: nothing was.
pub(super) fn unfit(why: impl ToString) -> Outcome {
    let why = why.to_string();
    Outcome::RejectedPermanent { why }
}

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

fn read<T: DeserializeOwned>(
    answer: &Answer,
    credential: Option<&Credential>,
    error_text: ErrorText,
) -> Result<T, Miss> {
    let status = answer.status.as_u16();
    let text = || {
        let text = error_text(&answer.body).unwrap_or_default();
        let text = format!("{status} {text}");
        credential.map_or_else(|| said(&text, &[]), |credential| said_to(&text, credential))
    };
    match answer.status {
        _ if answer.status.is_success() => serde_json::from_slice(&answer.body).map_err(|_| {
            Miss::Failed(AskError::Unreadable(format!(
                "{status} without the expected JSON"
            )))
        }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Miss::Failed(AskError::Unauthorised(text()))),
        StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::GONE
        | StatusCode::NOT_IMPLEMENTED => Err(Miss::NotOffered(status)),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Err(Miss::Failed(AskError::Unreachable(text())))
        }
        other if other.is_server_error() => Err(Miss::Failed(AskError::Unreachable(text()))),
        _ => Err(Miss::Failed(AskError::Unreadable(text()))),
    }
}
