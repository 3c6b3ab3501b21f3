//! LINE official accounts, by the Messaging API. A post is a broadcast to all friends, or a narrowcast to some: nobody
//! can take it back or list it. LINE honours a key on every call for a day, so an unknown outcome is settled by the
//! same call; of a narrowcast that it took, it tells later what became of it.

mod assertion;
mod classify;
mod narrow;
mod ready;
mod token;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use reqwest::{
    Method,
    header::{ACCEPT, HeaderName},
};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    AskError, ConnectError, Platform, Prepared, Preparing, Quota, RemoteAccount, Reply, ServerFacts, Sought,
    caller::{Caller, Miss, authorised, bad_instance, unfit},
    instance,
    order::Order,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::{Outcome, Sighting},
        revision::Payload,
    },
    door::{Authorised, Publication, Withdrawal},
    net::{Answer, Client, FetchError, Request},
    vault::{Credential, SecretName},
};
use classify::Reader;
use narrow::Narrowcast;
use token::{Origin, Session, Tokens};
use wire::{Content, Messages, Unfit};

/// LINE's header for a key under which a repeated call is recognised.
const RETRY_KEY: HeaderName = HeaderName::from_static("x-line-retry-key");

/// LINE keeps keys for 24 hours, counted by its own clock; an hour is left for the difference.
const KEY_SECONDS: u32 = 23 * 3_600;

/// What LINE's documents say of a text: it has no address that tells it.
const LIMITS: Limits = Limits {
    max_characters: 5_000,
    characters_per_url: 0,
    film_bytes: None,
};

/// The adapter.
#[derive(Debug)]
pub struct Line {
    caller: Caller,
    tokens: Tokens,
}

impl Line {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(client: Client, clock: Arc<dyn Clock>, longest: Duration) -> Self {
        Self {
            caller: Caller::new(client, clock, longest),
            tokens: Tokens::default(),
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let (answer, session) = match self.call(order, credential).await {
            Ok(answered) => answered,
            Err(outcome) => return outcome.into(),
        };
        if answer.status.as_u16() == 401 {
            return self.refusal(order.instance, credential, &session, &answer).into();
        }
        let reader = self.reader(&session);
        match order.payload.audience {
            None => reader.broadcast(&answer, order.key).into(),
            Some(_) => reader.narrowcast(&answer),
        }
    }

    /// Makes the one call, if there is something to send and something to send it with.
    async fn call(&self, order: &Order<'_>, credential: &Credential) -> Result<(Answer, Session), Outcome> {
        let content = Content::of(order);
        let messages = match content.as_ref().map_err(|why| *why).and_then(Messages::of) {
            Ok(messages) => messages,
            Err(why @ Unfit::NotReady) => return Err(Outcome::NotSent { why: why.to_string() }),
            Err(why) => return Err(unfit(why)),
        };
        let path = ["v2", "bot", "message", way(order.payload)];
        let url = instance::endpoint(order.instance, &path).map_err(|_| bad_instance())?;
        let session = self.session(order.instance, credential).await?;
        let request = Request::new(Method::POST, url);
        let request = match &order.payload.audience {
            None => request.json(&messages),
            Some(audience) => request.json(&Narrowcast::of(&messages, audience)),
        };
        // The key is on the first request already: without it none could ever be repeated.
        let request = request.and_then(|request| request.header(RETRY_KEY, &order.key.uuid().to_string()));
        let answer = self
            .caller
            .change(as_ours(request, &session), order.send_by)
            .await?;
        Ok((answer, session))
    }

    /// What a refusal proves; a token that was refused is not used again.
    fn refusal(&self, server: &str, credential: &Credential, session: &Session, answer: &Answer) -> Outcome {
        if answer.status.as_u16() == 401 {
            self.drop_token(server, credential);
        }
        self.reader(session).refusal(answer)
    }

    fn reader<'a>(&self, session: &'a Session) -> Reader<'a> {
        Reader {
            session,
            now: self.caller.now(),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        server: &str,
        path: &[&str],
        credential: &Credential,
    ) -> Result<T, AskError> {
        let url = instance::endpoint(server, path).map_err(Miss::from)?;
        self.ask_at(server, url, credential).await
    }

    /// Asks once more with a new token if LINE ended the one that was kept: a question changes nothing.
    async fn ask_at<T: DeserializeOwned>(
        &self,
        server: &str,
        url: Url,
        credential: &Credential,
    ) -> Result<T, AskError> {
        let session = self.session(server, credential).await?;
        let ask = |session: Session, url| async move {
            let asked = self
                .caller
                .ask(url, Some(&session.credential), wire::error_text)
                .await;
            asked.map_err(AskError::from)
        };
        let origin = session.origin;
        match ask(session, url.clone()).await {
            Err(AskError::Unauthorised(_)) if origin == Origin::Kept => {
                self.drop_token(server, credential);
                ask(self.session(server, credential).await?, url).await
            }
            answer => answer,
        }
    }

    /// Nothing can be looked up at LINE; what it counts is the only evidence, and a person weighs it.
    async fn evidence(&self, sought: &Sought, credential: &Credential) -> String {
        let nothing = "LINE has no list of what was sent";
        if sought.payload.audience.is_some() {
            return format!("{nothing}, and it did not tell under which id it took this");
        }
        // LINE counts its days in Japan's time.
        let day = sought.intended_at.with_timezone(&chrono_tz::Asia::Tokyo);
        let day = day.format("%Y%m%d").to_string();
        let path = ["v2", "bot", "message", "delivery", "broadcast"];
        let Ok(mut url) = instance::endpoint(&sought.instance, &path) else {
            return nothing.to_owned();
        };
        url.query_pairs_mut().append_pair("date", &day);
        let asked: Result<wire::Delivered, _> = self.ask_at(&sought.instance, url, credential).await;
        match asked {
            Ok(wire::Delivered {
                success: Some(count), ..
            }) => format!("{nothing}; it counts {count} messages of all broadcasts on {day}"),
            Ok(delivered) => {
                let status = super::said::said(&delivered.status, &[]);
                format!("{nothing}; its count for {day} is not there ({status})")
            }
            Err(why) => format!("{nothing}; its count for {day} could not be asked: {why}"),
        }
    }

    async fn read_quota(&self, server: &str, credential: &Credential) -> Result<Option<Quota>, AskError> {
        let path = ["v2", "bot", "message", "quota"];
        let allowed: wire::Quota = self.ask(server, &path, credential).await?;
        let path = ["v2", "bot", "message", "quota", "consumption"];
        let made: wire::Consumption = self.ask(server, &path, credential).await?;
        Ok(Some(Quota {
            used: made.total_usage,
            limit: match allowed {
                wire::Quota::Limited { value } => Some(value),
                wire::Quota::None => None,
            },
            // A month of the calendar: it has no fixed length.
            period: None,
        }))
    }
}

/// LINE's word for how a payload goes: to all friends or to some.
const fn way(payload: &Payload) -> &'static str {
    match payload.audience {
        None => "broadcast",
        Some(_) => "narrowcast",
    }
}

fn as_ours(request: Result<Request, FetchError>, session: &Session) -> Result<Request, FetchError> {
    authorised(request, &session.credential)?.header(ACCEPT, "application/json")
}

impl Platform for Line {
    fn prepare<'a>(&'a self, what: Preparing<'a>, credential: &'a Credential) -> BoxFuture<'a, Prepared> {
        Box::pin(async move {
            self.take_step(&what, credential)
                .await
                .unwrap_or_else(Prepared::Refused)
        })
    }

    fn publish<'a>(
        &'a self,
        what: Authorised<Publication>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(async move { self.send(&Order::of(&what), credential).await })
    }

    fn withdraw<'a>(&'a self, _: Authorised<Withdrawal>, _: &'a Credential) -> BoxFuture<'a, Reply> {
        let why = "nobody can take back what LINE has delivered; a correction is a new post";
        Box::pin(async move { unfit(why).into() })
    }

    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting> {
        Box::pin(async move {
            if let Some(id) = sought.handles.taken() {
                return self.progress(sought, id, credential).await;
            }
            let why = self.evidence(sought, credential).await;
            Sighting::CannotTell { why }
        })
    }

    fn facts<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        let facts = ServerFacts {
            limits: LIMITS,
            keys: KeySupport::Honoured { seconds: KEY_SECONDS },
            software: "LINE Messaging API".to_owned(),
        };
        Box::pin(async { Ok(facts) })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let bot: wire::Bot = self.ask(instance, &["v2", "bot", "info"], credential).await?;
            let name = bot.premium_id.as_deref().unwrap_or(&bot.basic_id);
            let handle = name.trim_start_matches('@').to_owned();
            if bot.user_id.is_empty() || handle.is_empty() {
                return Err(AskError::Unreadable("an account without a usable id".to_owned()));
            }
            Ok(RemoteAccount {
                id: bot.user_id,
                handle,
            })
        })
    }

    fn sign_in<'a>(
        &'a self,
        instance: &'a str,
        given: Credential,
    ) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move {
            // A token is tried by the question whose it is, which follows.
            if given.get(SecretName::Access).is_none() {
                self.session(instance, &given).await?;
            }
            Ok(given)
        })
    }

    fn quota<'a>(
        &'a self,
        instance: &'a str,
        _: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Quota>, AskError>> {
        Box::pin(self.read_quota(instance, credential))
    }
}
