//! Questions and steps at the protocol's addresses.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Method, header::ACCEPT};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::{
    super::{
        AskError,
        caller::{bad_instance, only_a_step},
        instance,
    },
    Bluesky, classify,
    consent::{Heard, Part},
    uri::AtUri,
    wire,
};
use crate::{
    domain::attempt::Outcome,
    net::{Answer, FetchError, Request},
    vault::Credential,
};

/// Why there is no answer to a question.
#[derive(Debug)]
pub(super) enum Missed {
    /// The account's own server says that it has no such record.
    NoRecord,
    /// Whoever keeps the index of all posts does not know it.
    NotIndexed,
    /// Everything else, as what it proves.
    Failed(Outcome),
}

impl Missed {
    /// The same of a step: nothing of it is in public.
    pub(super) fn of_a_step(self, what: &str) -> Outcome {
        match self {
            Self::NoRecord | Self::NotIndexed => Outcome::RejectedPermanent {
                why: format!("{what} does not exist"),
            },
            Self::Failed(outcome) => only_a_step(outcome),
        }
    }
}

impl From<Missed> for AskError {
    fn from(missed: Missed) -> Self {
        match missed {
            Missed::NoRecord | Missed::NotIndexed => Self::Unreadable("no such record".to_owned()),
            Missed::Failed(outcome) => {
                let why = outcome.why().to_owned();
                match outcome {
                    Outcome::RejectedReauth { .. } => Self::Unauthorised(why),
                    Outcome::RejectedPermanent { .. } | Outcome::RejectedDuplicate { .. } => {
                        Self::Unreadable(why)
                    }
                    Outcome::Published(_)
                    | Outcome::NotSent { .. }
                    | Outcome::RejectedTransient { .. }
                    | Outcome::Unknown { .. } => Self::Unreachable(why),
                }
            }
        }
    }
}

/// The address of a method.
pub(super) fn method(base: &str, name: &str) -> Result<Url, instance::BadInstance> {
    instance::endpoint(base, &["xrpc", name])
}

/// What a request does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    /// It leaves nothing in public.
    Step,
    /// It changes something in public, and starts no later than this.
    Change(DateTime<Utc>),
}

/// How a request is made, as often as it has to be.
pub(super) type Make<'a> = &'a (dyn Fn() -> Result<Request, FetchError> + Send + Sync);

impl Bluesky {
    /// Asks in public: no credential goes along.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        base: &str,
        name: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Missed> {
        let mut url = method(base, name).map_err(|_| Missed::Failed(bad_instance()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = Request::new(Method::GET, url).header(ACCEPT, "application/json");
        let nobody = Credential::new(self.caller.now());
        let answer = self.caller.step(request).await.map_err(Missed::Failed)?;
        self.told(&answer, &nobody)
    }

    /// Reads a record where its account lives, or, of accounts elsewhere, as that server passes it on.
    pub(super) async fn record(&self, base: &str, uri: &AtUri<'_>) -> Result<wire::Kept, Missed> {
        let query = [
            ("repo", uri.repo),
            ("collection", uri.collection),
            ("rkey", uri.rkey),
        ];
        self.ask(base, "com.atproto.repo.getRecord", &query).await
    }

    /// Makes a request with our credential. A server that wants another number in the proof says so before it looks
    /// at anything else, so the same request is made once more, in what is left of its time.
    pub(super) async fn as_ours(
        &self,
        credential: &Credential,
        does: Does,
        make: Make<'_>,
    ) -> Result<Answer, Outcome> {
        let (began, longest) = (Instant::now(), self.caller.longest);
        match self.once(credential, does, made(make)?, longest).await? {
            (answer, Heard::Enough) => return Ok(answer),
            (_, Heard::Again) => {}
        }
        let left = longest.saturating_sub(began.elapsed());
        match self.once(credential, does, made(make)?, left).await? {
            (answer, Heard::Enough) => Ok(answer),
            (_, Heard::Again) => Err(refused_unread()),
        }
    }

    async fn once(
        &self,
        credential: &Credential,
        does: Does,
        request: Request,
        bound: Duration,
    ) -> Result<(Answer, Heard), Outcome> {
        let place = request.url().clone();
        let request = request.header(ACCEPT, "application/json");
        let request = self.signed(request, credential);
        let answer = match does {
            Does::Step => self.caller.step(request).await?,
            Does::Change(send_by) => self.caller.change_within(request, send_by, bound).await?,
        };
        let heard = self.nonces.hear(Part::Home, &place, &answer);
        Ok((answer, heard))
    }

    /// Reads the answer to what leaves nothing in public.
    pub(super) fn told<T: DeserializeOwned>(
        &self,
        answer: &Answer,
        credential: &Credential,
    ) -> Result<T, Missed> {
        if answer.status.is_success() {
            return serde_json::from_slice(&answer.body).map_err(|_| {
                let why = format!("{} without the expected JSON", answer.status.as_u16());
                Missed::Failed(Outcome::Unknown { why })
            });
        }
        Err(missed(answer)
            .unwrap_or_else(|| Missed::Failed(classify::refusal(answer, credential, self.caller.now()))))
    }
}

/// What cannot be made was not sent.
fn made(make: Make<'_>) -> Result<Request, Outcome> {
    make().map_err(|error| Outcome::NotSent {
        why: error.why().to_owned(),
    })
}

/// A server that asked for another number twice.
pub(super) fn refused_unread() -> Outcome {
    Outcome::RejectedTransient {
        why: "the server takes no proof of ours".to_owned(),
        again: None,
    }
}

/// Whether an answer says that there is no such record.
fn missed(answer: &Answer) -> Option<Missed> {
    let error = wire::error(&answer.body).filter(|_| answer.status.as_u16() == 400)?;
    let says_so = |message: &str| message.starts_with("Could not locate record");
    match error.error.as_str() {
        "RecordNotFound" => Some(Missed::NoRecord),
        _ if error.message.as_deref().is_some_and(says_so) => Some(Missed::NotIndexed),
        _ => None,
    }
}
