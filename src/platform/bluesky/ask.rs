//! Questions and steps at the protocol's addresses.

use reqwest::{Method, header::ACCEPT};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    super::{
        AskError,
        caller::{authorised, bad_instance, only_a_step},
        instance,
    },
    Bluesky, classify,
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

/// A request with our credential.
pub(super) fn as_ours(
    request: Result<Request, FetchError>,
    credential: &Credential,
) -> Result<Request, FetchError> {
    authorised(request, credential)?.header(ACCEPT, "application/json")
}

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
        self.question(request, &nobody).await
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

    /// Makes a request that leaves nothing in public, and reads its answer.
    pub(super) async fn question<T: DeserializeOwned>(
        &self,
        request: Result<Request, FetchError>,
        credential: &Credential,
    ) -> Result<T, Missed> {
        let answer = self.caller.step(request).await.map_err(Missed::Failed)?;
        self.told(&answer, credential)
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
