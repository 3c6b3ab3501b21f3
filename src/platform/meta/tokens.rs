//! Connecting an account of Instagram or Threads: a code for a token of an hour, that one for a token of sixty days,
//! which is renewed by itself.

use chrono::TimeDelta;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::{Deserialize, de::DeserializeOwned};
use url::{Url, form_urlencoded};

use super::{
    super::{
        RefreshError,
        connecting::{ConnectError, Finish, Invite, Invited},
        instance,
        said::said,
        settings::Application,
    },
    Graph,
    wire::Fault,
};
use crate::{
    net::{Answer, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

/// The documented life of a token, for an answer that does not tell it.
const LIFE: TimeDelta = TimeDelta::days(60);

/// How one of the two platforms gives tokens.
#[derive(Debug)]
pub(in crate::platform) struct Grants<'a> {
    /// The platform.
    pub(in crate::platform) graph: &'a Graph,
    /// Where a person consents.
    pub(in crate::platform) authorize: &'a Url,
    /// Where a code is exchanged, if not at the server of all other calls.
    pub(in crate::platform) codes: Option<&'a Url>,
    /// What is asked for.
    pub(in crate::platform) scopes: &'static [&'static str],
    /// The kind of exchange for a token of sixty days.
    pub(in crate::platform) exchange: &'static str,
    /// The kind of exchange for sixty days more.
    pub(in crate::platform) refresh: &'static str,
}

/// A token, as the endpoints give it.
#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: Option<u32>,
    permissions: Option<Permissions>,
}

/// The first exchange of Instagram wraps it, or not: its documents show both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Wrapped { data: Vec<Token> },
    Bare(Token),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Permissions {
    Text(String),
    List(Vec<String>),
}

impl Permissions {
    fn have(&self, scope: &str) -> bool {
        match self {
            Self::Text(text) => text.split(',').any(|one| one.trim() == scope),
            Self::List(list) => list.iter().any(|one| one == scope),
        }
    }
}

/// What the code's endpoint of Instagram says when it refuses; all others use the common form.
#[derive(Deserialize)]
struct Refusal {
    error_message: String,
}

impl Grants<'_> {
    /// Makes the address at which a person consents.
    pub(super) fn invite(&self, what: Invite<'_>) -> Result<Invited, ConnectError> {
        self.graph.invite(self.authorize.clone(), self.scopes, what)
    }

    /// Exchanges the code that came back, and what it gives for a token that lasts.
    pub(super) async fn finish(&self, what: Finish<'_>) -> Result<Credential, ConnectError> {
        let codes = match self.codes {
            Some(codes) => codes.clone(),
            None => endpoint(what.instance, &["oauth", "access_token"])?,
        };
        let application = self.graph.application()?;
        let code = code_of(&what);
        let form = [
            ("client_id", application.client_id.as_str()),
            ("client_secret", application.client_secret.expose()),
            ("grant_type", "authorization_code"),
            ("redirect_uri", what.redirect_uri),
            ("code", code),
        ];
        let secrets = [application.client_secret.expose(), code];
        let given: Given = self.graph.exchange(form_to(codes, &form), &secrets).await?;
        let given = match given {
            Given::Bare(token) => Some(token),
            Given::Wrapped { data } => data.into_iter().next(),
        };
        let short = given
            .filter(|token| !token.access_token.is_empty())
            .ok_or_else(no_credential)?;
        let lacks = |scope: &&&str| short.permissions.as_ref().is_some_and(|all| !all.have(scope));
        if let Some(missing) = self.scopes.iter().find(lacks) {
            return Err(ConnectError::Refused(format!("the consent lacks {missing}")));
        }
        self.lengthen(what.instance, &Secret::new(short.access_token), application)
            .await
    }

    async fn lengthen(
        &self,
        server: &str,
        short: &Secret,
        application: &Application,
    ) -> Result<Credential, ConnectError> {
        let mut url = endpoint(server, &["access_token"])?;
        // Both platforms take these in the address alone. Nobody but them reads it: it is sent over TLS, and
        // no error of ours and no log names an address.
        url.query_pairs_mut()
            .append_pair("grant_type", self.exchange)
            .append_pair("client_secret", application.client_secret.expose())
            .append_pair("access_token", short.expose());
        let secrets = [application.client_secret.expose(), short.expose()];
        let token: Token = self.graph.exchange(question(url), &secrets).await?;
        self.credential(token).ok_or_else(no_credential)
    }

    /// Asks for sixty days more. The old token stays good until its own end.
    pub(super) async fn renew(&self, server: &str, old: &Credential) -> Result<Credential, RefreshError> {
        let Some(access) = old.get(SecretName::Access) else {
            return Err(RefreshError::NotOffered);
        };
        let not_sent = |why: ConnectError| RefreshError::NotSent(why.to_string());
        let mut url = endpoint(server, &["refresh_access_token"]).map_err(not_sent)?;
        // In the address, as above.
        url.query_pairs_mut()
            .append_pair("grant_type", self.refresh)
            .append_pair("access_token", access.expose());
        let answer = self.graph.caller.fetch(question(url)).await;
        let answer = answer.map_err(|error| match error {
            FetchError::NotSent { why, .. } => RefreshError::NotSent(why),
            FetchError::Ambiguous { why } => RefreshError::Unknown(why),
        })?;
        let status = answer.status.as_u16();
        let why = refusal(&answer, &[access.expose()]);
        match Fault::of(&answer.body) {
            _ if answer.status.is_success() => serde_json::from_slice(&answer.body)
                .ok()
                .and_then(|token| self.credential(token))
                .ok_or_else(|| RefreshError::Unknown(format!("{status} without a credential"))),
            _ if status == 429 => Err(RefreshError::NotSent(why)),
            Some(fault) if status < 500 && fault.is_throttle() => Err(RefreshError::NotSent(why)),
            Some(fault) if (400..500).contains(&status) && !fault.is_passing() => {
                Err(RefreshError::Refused(why))
            }
            _ => Err(RefreshError::Unknown(why)),
        }
    }

    fn credential(&self, token: Token) -> Option<Credential> {
        let now = self.graph.caller.now();
        let life = token
            .expires_in
            .map_or(LIFE, |seconds| TimeDelta::seconds(seconds.into()));
        (!token.access_token.is_empty()).then(|| {
            let mut credential = Credential::of_access(Secret::new(token.access_token), now);
            credential.access_expires_at = Some(now + life);
            credential
        })
    }
}

impl Graph {
    /// Makes the address, of this dialog, at which a person consents to what is asked for.
    pub(in crate::platform) fn invite(
        &self,
        mut dialog: Url,
        scopes: &[&str],
        what: Invite<'_>,
    ) -> Result<Invited, ConnectError> {
        let application = self.application()?;
        if Url::parse(what.redirect_uri).is_err() {
            return Err(ConnectError::Address("the address to return to"));
        }
        dialog
            .query_pairs_mut()
            .append_pair("client_id", &application.client_id)
            .append_pair("redirect_uri", what.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes.join(","))
            .append_pair("state", what.state.expose());
        Ok(Invited {
            authorize_url: dialog,
            memory: Credential::new(self.caller.now()),
        })
    }

    /// Asks a token endpoint. The texts of its errors are free of what was sent.
    pub(in crate::platform) async fn exchange<T: DeserializeOwned>(
        &self,
        request: Result<Request, FetchError>,
        secrets: &[&str],
    ) -> Result<T, ConnectError> {
        let answer = self.caller.fetch(request).await.map_err(unreachable)?;
        let status = answer.status.as_u16();
        let is_passing = || Fault::of(&answer.body).is_some_and(|fault| fault.is_passing());
        match status {
            200..=299 => serde_json::from_slice(&answer.body).map_err(|_| no_credential()),
            429 | 500..=599 => Err(ConnectError::Unreachable(refusal(&answer, secrets))),
            400..=499 if is_passing() => Err(ConnectError::Unreachable(refusal(&answer, secrets))),
            400..=499 => Err(ConnectError::Refused(refusal(&answer, secrets))),
            _ => Err(ConnectError::Unreadable(format!("{status} to the exchange"))),
        }
    }
}

/// The code that came back, without what the platforms put behind it.
pub(in crate::platform) fn code_of<'a>(what: &Finish<'a>) -> &'a str {
    let code = what.returned.get("code").map_or("", String::as_str);
    code.strip_suffix("#_").unwrap_or(code)
}

/// A form to a token endpoint.
pub(in crate::platform) fn form_to(url: Url, form: &[(&str, &str)]) -> Result<Request, FetchError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    Request::new(Method::POST, url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")?
        .header(ACCEPT, "application/json")
        .map(|request| request.body(body.into_bytes()))
}

fn question(url: Url) -> Result<Request, FetchError> {
    Request::new(Method::GET, url).header(ACCEPT, "application/json")
}

fn endpoint(server: &str, path: &[&str]) -> Result<Url, ConnectError> {
    instance::endpoint(server, path).map_err(|_| ConnectError::Address("the server's address"))
}

fn no_credential() -> ConnectError {
    ConnectError::Unreadable("no credential, where one was to be".to_owned())
}

fn refusal(answer: &Answer, secrets: &[&str]) -> String {
    let status = answer.status.as_u16();
    let told = Fault::of(&answer.body).map(|fault| fault.text());
    let told = told.or_else(|| {
        Some(
            serde_json::from_slice::<Refusal>(&answer.body)
                .ok()?
                .error_message,
        )
    });
    match told {
        Some(text) => said(&format!("{status}: {text}"), secrets),
        None => format!("{status} without a readable reason"),
    }
}

/// Nothing came of a question.
pub(in crate::platform) fn unreachable(error: FetchError) -> ConnectError {
    ConnectError::Unreachable(error.why().to_owned())
}
