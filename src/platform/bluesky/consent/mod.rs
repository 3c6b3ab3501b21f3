//! Connecting an account by a person's consent: the protocol's profile of OAuth. Tokens are bound to a key that is
//! made for each connection and kept with them: alone they are worth nothing.

mod client;
mod key;
mod proof;
mod servers;
mod wire;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use sha2::{Digest as _, Sha256};
use url::Url;

use self::{
    client::{Client, SCOPES},
    key::SigningKey,
    proof::{PROOF, unsigned},
    servers::Issuer,
};
use super::{
    super::{ConnectError, Finish, Invite, Invited, RefreshError, said::said},
    Bluesky,
};
use crate::{
    net::{Answer, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

pub use self::key::{BadKey, ClientKey};
pub(super) use self::proof::{Heard, Nonces, Part};

/// What stays the same from the beginning of a connection to its end.
const LASTING: [SecretName; 5] = [
    SecretName::PrivateKey,
    SecretName::ClientId,
    SecretName::Issuer,
    SecretName::Home,
    SecretName::Identifier,
];

/// What an issuer says of a refresh token or a code that is worth nothing (any more).
const SPENT: &str = "invalid_grant";

/// Who asks an issuer.
#[derive(Clone, Copy)]
struct Asking<'a> {
    issuer: &'a Issuer,
    client: &'a Client<'a>,
    key: &'a SigningKey,
}

/// Tokens that are of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Useless {
    #[error("an answer without a credential")]
    Nothing,
    #[error("a credential that is not bound to our key")]
    Unbound,
    #[error("a credential of another account")]
    OtherAccount,
    #[error("the consent lacks {0}")]
    Lacks(&'static str),
}

impl Bluesky {
    /// What servers read of us.
    pub(super) fn introduced(&self, redirect_uri: &str) -> Option<serde_json::Value> {
        client::introduction(redirect_uri, self.settings.client_key.as_ref()?)
    }

    /// Leaves our request with the account's issuer and makes the address at which a person consents to it.
    pub(super) async fn ask_consent(&self, what: Invite<'_>) -> Result<Invited, ConnectError> {
        let client = Client::returning_to(what.redirect_uri, self.settings.client_key.as_ref())?;
        let account = self.find(what.instance, what.handle).await?;
        let issuer = self.issuer_of(&account.home).await?;
        let key = SigningKey::generate().map_err(unmade)?;
        let verifier = self.chance.verifier();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let scopes = SCOPES.join(" ");
        let fields = [
            ("response_type", "code"),
            ("redirect_uri", what.redirect_uri),
            ("scope", scopes.as_str()),
            ("state", what.state.expose()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("login_hint", what.handle),
        ];
        let asking = Asking {
            issuer: &issuer,
            client: &client,
            key: &key,
        };
        let answer = self.ask_issuer(&issuer.pushed, asking, &fields).await;
        let answer = answered(answer.map_err(unreachable)?, &[what.state.expose()])?;
        let pushed: wire::Pushed = serde_json::from_slice(&answer.body)
            .map_err(|_| ConnectError::Unreadable("an answer without a request".to_owned()))?;
        let mut authorize_url = issuer.authorize.clone();
        authorize_url
            .query_pairs_mut()
            .append_pair("client_id", client.id())
            .append_pair("request_uri", &pushed.request_uri);
        let memory = Credential::new(self.caller.now())
            .with(SecretName::Verifier, verifier)
            .with(SecretName::PrivateKey, key.to_pem().map_err(unmade)?)
            .with(SecretName::ClientId, Secret::new(client.id().to_owned()))
            .with(SecretName::Issuer, Secret::new(issuer.name))
            .with(SecretName::Home, Secret::new(account.home))
            .with(SecretName::Identifier, Secret::new(account.did));
        Ok(Invited {
            authorize_url,
            memory,
        })
    }

    /// Exchanges the code that came back. Another issuer's answer is not even looked at.
    pub(super) async fn take_consent(&self, what: Finish<'_>) -> Result<Credential, ConnectError> {
        let returned = |name| {
            what.returned
                .get(name)
                .map(String::as_str)
                .filter(|text| !text.is_empty())
        };
        let (issuer, verifier) = (
            part(what.memory, SecretName::Issuer),
            part(what.memory, SecretName::Verifier),
        );
        if returned("iss") != Some(issuer) {
            return Err(ConnectError::Refused("the answer is another server's".to_owned()));
        }
        let code =
            returned("code").ok_or_else(|| ConnectError::Refused("nobody has consented".to_owned()))?;
        let client = self.client_of(what.memory).ok_or(ConnectError::NoApplication)?;
        let key = SigningKey::from_pem(part(what.memory, SecretName::PrivateKey)).map_err(unmade)?;
        let issuer = self.issuer(issuer).await?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", what.redirect_uri),
            ("code_verifier", verifier),
        ];
        let asking = Asking {
            issuer: &issuer,
            client: &client,
            key: &key,
        };
        let answer = self.ask_issuer(&issuer.token, asking, &fields).await;
        let answer = answered(answer.map_err(unreachable)?, &[code, verifier])?;
        self.usable(&answer, what.memory)
            .map_err(|useless| match useless {
                Useless::OtherAccount => ConnectError::OtherAccount(what.handle.to_owned()),
                Useless::Lacks(_) => ConnectError::Refused(useless.to_string()),
                Useless::Nothing | Useless::Unbound => ConnectError::Unreadable(useless.to_string()),
            })
    }

    /// Renews tokens. A refresh token can be used once: the second use of one ends the whole connection there.
    pub(super) async fn renew_consent(&self, old: &Credential) -> Result<Credential, RefreshError> {
        let refresh = old.get(SecretName::Refresh).ok_or(RefreshError::NotOffered)?;
        let not_sent = |why: &dyn std::fmt::Display| RefreshError::NotSent(why.to_string());
        let client = self
            .client_of(old)
            .ok_or_else(|| not_sent(&ConnectError::NoApplication))?;
        let key = SigningKey::from_pem(part(old, SecretName::PrivateKey)).map_err(|why| not_sent(&why))?;
        let issuer = self
            .issuer(part(old, SecretName::Issuer))
            .await
            .map_err(|why| not_sent(&why))?;
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
        ];
        let asking = Asking {
            issuer: &issuer,
            client: &client,
            key: &key,
        };
        let answer = self
            .ask_issuer(&issuer.token, asking, &fields)
            .await
            .map_err(|error| match error {
                FetchError::NotSent { why, .. } => RefreshError::NotSent(why),
                FetchError::Ambiguous { why } => RefreshError::Unknown(why),
            })?;
        if answer.status.is_success() {
            let kept = self.usable(&answer, old);
            return kept.map_err(|useless| RefreshError::Unknown(useless.to_string()));
        }
        Err(not_renewed(&answer, refresh))
    }

    fn client_of(&self, credential: &Credential) -> Option<Client<'_>> {
        let id = credential.get(SecretName::ClientId)?.expose().to_owned();
        Client::known_as(id, self.settings.client_key.as_ref())
    }

    /// Asks an issuer, once more where it wants another number in the proof.
    async fn ask_issuer(
        &self,
        place: &Url,
        asking: Asking<'_>,
        fields: &[(&str, &str)],
    ) -> Result<Answer, FetchError> {
        let answer = self.caller.fetch(self.form(place, asking, fields)).await?;
        match self.nonces.hear(Part::Issuer, place, &answer) {
            Heard::Enough => Ok(answer),
            Heard::Again => self.caller.fetch(self.form(place, asking, fields)).await,
        }
    }

    fn form(&self, place: &Url, asking: Asking<'_>, fields: &[(&str, &str)]) -> Result<Request, FetchError> {
        let (jti, now) = (self.chance.session().to_string(), self.caller.now().timestamp());
        let ours = asking
            .client
            .fields(&asking.issuer.name, &jti, now)
            .map_err(unsigned)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(ours)
            .extend_pairs(fields)
            .finish();
        let request = Request::new(Method::POST, place.clone())
            .header(ACCEPT, "application/json")?
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")?
            .body(body.into_bytes());
        let proof = self
            .proof(asking.key, Part::Issuer, &request, None)
            .map_err(unsigned)?;
        request.header(PROOF, &proof)
    }

    /// The credential in an answer, if it is this account's, bound to our key, and good for all that we do.
    fn usable(&self, answer: &Answer, before: &Credential) -> Result<Credential, Useless> {
        let tokens: wire::Tokens = serde_json::from_slice(&answer.body).map_err(|_| Useless::Nothing)?;
        let refresh = tokens
            .refresh_token
            .filter(|token| !token.is_empty())
            .ok_or(Useless::Nothing)?;
        if tokens.access_token.is_empty() {
            return Err(Useless::Nothing);
        }
        if !tokens.token_type.eq_ignore_ascii_case("DPoP") {
            return Err(Useless::Unbound);
        }
        if tokens.sub != part(before, SecretName::Identifier) {
            return Err(Useless::OtherAccount);
        }
        let lacks = |scope: &&&str| !tokens.scope.split(' ').any(|given| given == **scope);
        if let Some(scope) = SCOPES.iter().find(lacks) {
            return Err(Useless::Lacks(scope));
        }
        let now = self.caller.now();
        let mut credential = Credential::of_access(Secret::new(tokens.access_token), now)
            .with(SecretName::Refresh, Secret::new(refresh));
        for name in LASTING {
            credential = credential.with(name, Secret::new(part(before, name).to_owned()));
        }
        credential.access_expires_at = tokens
            .expires_in
            .map(|seconds| now + TimeDelta::seconds(i64::from(seconds)));
        Ok(credential)
    }
}

/// A part of what was kept; what is not there is empty.
fn part(credential: &Credential, name: SecretName) -> &str {
    credential.get(name).map_or("", Secret::expose)
}

/// The answer if it is a success.
fn answered(answer: Answer, secrets: &[&str]) -> Result<Answer, ConnectError> {
    let status = answer.status.as_u16();
    match status {
        200..=299 => Ok(answer),
        429 | 500..=599 => Err(ConnectError::Unreachable(format!("{status} to our request"))),
        400..=499 => Err(ConnectError::Refused(refusal(&answer, secrets))),
        _ => Err(ConnectError::Unreadable(format!("{status} to our request"))),
    }
}

/// Why nothing was renewed. Only a token that is worth nothing is a refusal: that our introduction could not be read,
/// or that our clock is wrong, ends by itself.
fn not_renewed(answer: &Answer, refresh: &Secret) -> RefreshError {
    let why = refusal(answer, &[refresh.expose()]);
    match (answer.status.as_u16(), wire::refusal(&answer.body)) {
        (400..=499, Some(told)) if told.error == SPENT => RefreshError::Refused(why),
        (429, _) | (400..=499, Some(_)) => RefreshError::NotSent(why),
        _ => RefreshError::Unknown(why),
    }
}

fn refusal(answer: &Answer, secrets: &[&str]) -> String {
    let status = answer.status.as_u16();
    match wire::refusal(&answer.body) {
        Some(told) => {
            let description = told.error_description.unwrap_or_default();
            said(&format!("{status} {}: {description}", told.error), secrets)
        }
        None => format!("{status} without a readable reason"),
    }
}

fn unreachable(error: FetchError) -> ConnectError {
    ConnectError::Unreachable(error.why().to_owned())
}

fn unmade(why: BadKey) -> ConnectError {
    ConnectError::NoKey(why.to_string())
}
