//! Connecting an account, and renewing its credential: OAuth 2.0 with an authorization code and PKCE. A refresh
//! token can be used once.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::TimeDelta;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    super::{
        RefreshError,
        connecting::{ConnectError, Finish, Invite, Invited},
        instance,
        said::said,
        settings::Application,
    },
    X,
};
use crate::{
    net::{Answer, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

/// What is asked for: to post, to find one's own posts again, to know whose account it is, to send pictures, and
/// to do so for longer than two hours.
const SCOPES: [&str; 5] = [
    "tweet.read",
    "tweet.write",
    "users.read",
    "media.write",
    "offline.access",
];

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u32>,
    scope: Option<String>,
}

/// What it says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

impl X {
    /// Makes the address at which a person consents.
    pub(super) fn begin(&self, what: Invite<'_>) -> Result<Invited, ConnectError> {
        let application = self.application()?;
        if Url::parse(what.redirect_uri).is_err() {
            return Err(ConnectError::Address("the address to return to"));
        }
        let verifier = self.oauth.state();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let mut authorize_url = self.settings.authorize.clone();
        authorize_url
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &application.client_id)
            .append_pair("redirect_uri", what.redirect_uri)
            .append_pair("scope", &SCOPES.join(" "))
            .append_pair("state", what.state.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(Invited {
            authorize_url,
            memory: Credential::new(self.caller.now()).with(SecretName::Verifier, verifier),
        })
    }

    /// Exchanges the code that came back; X takes it for half a minute.
    pub(super) async fn exchange(&self, what: Finish<'_>) -> Result<Credential, ConnectError> {
        let application = self.application()?;
        let verifier = what.memory.get(SecretName::Verifier).map_or("", Secret::expose);
        let code = what.returned.get("code").map_or("", String::as_str);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", what.redirect_uri),
            ("code_verifier", verifier),
        ];
        let request = token_request(what.instance, application, &form)?;
        let answer = self.caller.fetch(request).await.map_err(unreachable)?;
        let pair = pair(application);
        let secrets = [application.client_secret.expose(), pair.expose(), code, verifier];
        let status = answer.status.as_u16();
        match status {
            200..=299 => {}
            429 | 500..=599 => return Err(ConnectError::Unreachable(format!("{status} to the exchange"))),
            400..=499 => return Err(ConnectError::Refused(refusal(&answer, &secrets))),
            _ => return Err(ConnectError::Unreadable(format!("{status} to the exchange"))),
        }
        let tokens = tokens(&answer)
            .ok_or_else(|| ConnectError::Unreadable(format!("{status} without a credential")))?;
        // A person can take single permissions away; a post that cannot be made shows up here, not when it is due.
        let granted = |scope: &&str| {
            let given = tokens
                .scope
                .as_deref()
                .map(|given| given.split(' ').any(|one| one == *scope));
            given.unwrap_or(true)
        };
        match SCOPES.iter().find(|scope| !granted(scope)) {
            Some(missing) => Err(ConnectError::Refused(format!("the consent lacks {missing}"))),
            None => Ok(self.credential(tokens, None)),
        }
    }

    /// Renews a credential. The old refresh token is dead once X has taken the request.
    pub(super) async fn renew(&self, server: &str, old: &Credential) -> Result<Credential, RefreshError> {
        let Some(refresh) = old.get(SecretName::Refresh) else {
            return Err(RefreshError::NotOffered);
        };
        let not_sent = |why: ConnectError| RefreshError::NotSent(why.to_string());
        let application = self.application().map_err(not_sent)?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
        ];
        let request = token_request(server, application, &form).map_err(not_sent)?;
        let answer = self.caller.fetch(request).await.map_err(|error| match error {
            FetchError::NotSent { why, .. } => RefreshError::NotSent(why),
            FetchError::Ambiguous { why } => RefreshError::Unknown(why),
        })?;
        let status = answer.status.as_u16();
        let pair = pair(application);
        let secrets = [
            application.client_secret.expose(),
            pair.expose(),
            refresh.expose(),
        ];
        match status {
            200..=299 => tokens(&answer)
                .map(|tokens| self.credential(tokens, Some(refresh)))
                .ok_or_else(|| RefreshError::Unknown(format!("{status} without a credential"))),
            429 => Err(RefreshError::NotSent(format!("{status}: too many requests"))),
            // Only the endpoint's own words are a refusal: X has answered 401 to everybody in an outage.
            400..=499 if says_no(&answer) => Err(RefreshError::Refused(refusal(&answer, &secrets))),
            _ => Err(RefreshError::Unknown(format!(
                "{status} without a readable reason"
            ))),
        }
    }

    fn application(&self) -> Result<&Application, ConnectError> {
        self.settings
            .application
            .as_ref()
            .ok_or(ConnectError::NoApplication)
    }

    /// The new credential; the refresh token of the old one stays where X gave no other.
    fn credential(&self, tokens: Tokens, refresh: Option<&Secret>) -> Credential {
        let now = self.caller.now();
        let refresh = tokens
            .refresh_token
            .filter(|token| !token.is_empty())
            .or_else(|| refresh.map(|old| old.expose().to_owned()));
        let mut credential = Credential::of_access(Secret::new(tokens.access_token), now);
        credential.access_expires_at = tokens
            .expires_in
            .map(|seconds| now + TimeDelta::seconds(i64::from(seconds)));
        match refresh {
            Some(token) => credential.with(SecretName::Refresh, Secret::new(token)),
            None => credential,
        }
    }
}

fn token_request(
    server: &str,
    application: &Application,
    form: &[(&str, &str)],
) -> Result<Result<Request, FetchError>, ConnectError> {
    let url = instance::endpoint(server, &["2", "oauth2", "token"])
        .map_err(|_| ConnectError::Address("the server's address"))?;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = Request::new(Method::POST, url)
        .header(AUTHORIZATION, &format!("Basic {}", pair(application).expose()))
        .and_then(|request| request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .and_then(|request| request.header(ACCEPT, "application/json"));
    Ok(request.map(|request| request.body(body.into_bytes())))
}

/// Our application's id and secret, as they are sent.
fn pair(application: &Application) -> Secret {
    let pair = format!("{}:{}", application.client_id, application.client_secret.expose());
    Secret::new(STANDARD.encode(pair))
}

fn tokens(answer: &Answer) -> Option<Tokens> {
    serde_json::from_slice::<Tokens>(&answer.body)
        .ok()
        .filter(|tokens| !tokens.access_token.is_empty())
}

fn says_no(answer: &Answer) -> bool {
    serde_json::from_slice::<Refusal>(&answer.body).is_ok()
}

fn refusal(answer: &Answer, secrets: &[&str]) -> String {
    let status = answer.status.as_u16();
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(told) => {
            let description = told.error_description.unwrap_or_default();
            said(&format!("{status} {}: {description}", told.error), secrets)
        }
        Err(_) => format!("{status} without a readable reason"),
    }
}

fn unreachable(error: FetchError) -> ConnectError {
    ConnectError::Unreachable(error.why().to_owned())
}
