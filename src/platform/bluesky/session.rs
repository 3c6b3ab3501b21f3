//! Sessions: begun once with a password for programs, renewed without one. The password itself is not kept:
//! whoever steals what is kept holds a session that ends, not a way to begin new ones.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use reqwest::{Method, header::ACCEPT};
use serde::Deserialize;

use super::{
    super::{ConnectError, RefreshError, caller::said_to},
    Bluesky,
    ask::{Does, Missed, method},
    uri, wire,
};
use crate::{
    domain::attempt::Outcome,
    net::{Answer, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

/// What the scope of a session says that was begun with the account's own password.
const OWN_PASSWORD: &str = "com.atproto.access";

/// What a session's credentials say of themselves. Nobody's word is taken for it: it says when to renew them.
#[derive(Deserialize)]
struct Claims {
    exp: Option<i64>,
    scope: Option<String>,
}

fn claims(jwt: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

fn expires_at(jwt: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(claims(jwt)?.exp?, 0)
}

/// Why a session was not begun or renewed.
enum Refused {
    NotSent(String),
    Unknown(String),
    ByServer(String),
    Unreadable(String),
}

/// The server that takes a credential.
pub(super) fn shown_to<'a>(instance: &'a str, credential: &'a Credential) -> &'a str {
    credential.get(SecretName::Home).map_or(instance, Secret::expose)
}

impl Bluesky {
    /// The session behind a credential. What a person has consented to is taken by the account's own server alone.
    pub(super) async fn session(&self, base: &str, credential: &Credential) -> Result<wire::Session, Missed> {
        let url = method(shown_to(base, credential), "com.atproto.server.getSession");
        let url = url.map_err(|_| Missed::Failed(super::super::caller::bad_instance()))?;
        let ask = || Ok(Request::new(Method::GET, url.clone()));
        let answer = self.as_ours(credential, Does::Step, &ask).await;
        self.told(&answer.map_err(Missed::Failed)?, credential)
    }

    /// Begins a session with a password for programs.
    pub(super) async fn begin(&self, instance: &str, given: &Credential) -> Result<Credential, ConnectError> {
        let part = |name| given.get(name).map(Secret::expose).map(str::trim);
        let (Some(identifier), Some(password)) = (part(SecretName::Identifier), part(SecretName::Password))
        else {
            let why = "a handle and a password for programs (app password) are needed";
            return Err(ConnectError::Refused(why.to_owned()));
        };
        let url = method(instance, "com.atproto.server.createSession");
        let url = url.map_err(|_| ConnectError::Address("the server's address"))?;
        let body = wire::CreateSession {
            identifier: identifier.trim_start_matches('@'),
            password,
        };
        let request = Request::new(Method::POST, url).json(&body);
        match self.new_session(request, given).await {
            Ok((_, Some(OWN_PASSWORD))) => Err(ConnectError::Refused(
                "this is the account's own password: make one for programs (app password)".to_owned(),
            )),
            Ok((credential, _)) => Ok(credential),
            Err(Refused::NotSent(why) | Refused::Unknown(why)) => Err(ConnectError::Unreachable(why)),
            Err(Refused::ByServer(why)) => Err(ConnectError::Refused(why)),
            Err(Refused::Unreadable(why)) => Err(ConnectError::Unreadable(why)),
        }
    }

    /// Renews a session. The old one can still be renewed for a while if the answer is lost.
    pub(super) async fn renew(&self, instance: &str, old: &Credential) -> Result<Credential, RefreshError> {
        if old.get(SecretName::Issuer).is_some() {
            return self.renew_consent(old).await;
        }
        let refresh = old.get(SecretName::Refresh).ok_or(RefreshError::NotOffered)?;
        let url = method(instance, "com.atproto.server.refreshSession")
            .map_err(|bad| RefreshError::NotSent(bad.to_string()))?;
        let request = Request::new(Method::POST, url).bearer(refresh);
        match self.new_session(request, old).await {
            Ok((credential, _)) => Ok(credential),
            Err(Refused::NotSent(why)) => Err(RefreshError::NotSent(why)),
            Err(Refused::ByServer(why)) => Err(RefreshError::Refused(why)),
            Err(Refused::Unknown(why) | Refused::Unreadable(why)) => Err(RefreshError::Unknown(why)),
        }
    }

    /// Makes a request whose answer is a session. Tells its scope, where that is known to us.
    async fn new_session(
        &self,
        request: Result<Request, FetchError>,
        known: &Credential,
    ) -> Result<(Credential, Option<&'static str>), Refused> {
        let request = request.and_then(|request| request.header(ACCEPT, "application/json"));
        let answer = self.caller.fetch(request).await.map_err(|error| match error {
            FetchError::NotSent { why, .. } => Refused::NotSent(why),
            FetchError::Ambiguous { why } => Refused::Unknown(why),
        })?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer, known));
        }
        let session: wire::NewSession = serde_json::from_slice(&answer.body)
            .map_err(|_| Refused::Unreadable(format!("{} without a session", answer.status.as_u16())))?;
        if !uri::is_did(&session.did) || session.access_jwt.is_empty() || session.refresh_jwt.is_empty() {
            return Err(Refused::Unreadable("a session without credentials".to_owned()));
        }
        let scope = claims(&session.access_jwt).and_then(|claims| claims.scope);
        let own = scope.filter(|scope| scope == OWN_PASSWORD).map(|_| OWN_PASSWORD);
        Ok((self.kept(session), own))
    }

    fn kept(&self, session: wire::NewSession) -> Credential {
        let access_expires_at = expires_at(&session.access_jwt);
        let refresh_expires_at = expires_at(&session.refresh_jwt);
        let mut credential = Credential::of_access(Secret::new(session.access_jwt), self.caller.now())
            .with(SecretName::Refresh, Secret::new(session.refresh_jwt))
            .with(SecretName::Identifier, Secret::new(session.did));
        (credential.access_expires_at, credential.refresh_expires_at) =
            (access_expires_at, refresh_expires_at);
        credential
    }

    fn refused(&self, answer: &Answer, known: &Credential) -> Refused {
        let outcome = super::classify::refusal(answer, known, self.caller.now());
        let why = outcome.why().to_owned();
        match outcome {
            Outcome::RejectedTransient { .. } => Refused::NotSent(why),
            Outcome::Unknown { .. } => Refused::Unknown(why),
            Outcome::RejectedReauth { .. } if why.contains("AuthFactorTokenRequired") => Refused::ByServer(
                "the account asks for a second factor: a password for programs (app password) does not"
                    .to_owned(),
            ),
            _ => Refused::ByServer(said_to(&why, known)),
        }
    }
}
