//! The rules of OAuth: apps, authorization codes with PKCE, access tokens.

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    answer::ApiError,
    random,
    tokens::Issued,
    world::{Grant, SCOPES, World},
};

/// How long a code waits to be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// The redirect address that asks to show the code instead.
pub(super) const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) redirect_uris: Vec<String>,
    pub(super) scopes: Vec<String>,
}

/// A code that has not been exchanged yet.
#[derive(Debug, Clone)]
pub(super) struct Code {
    client_id: String,
    redirect_uri: String,
    username: String,
    scopes: Vec<String>,
    challenge: Option<String>,
    issued: DateTime<Utc>,
}

/// The parameters of `/oauth/authorize`, in the address and again in the consent form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthorizeRequest {
    pub(super) response_type: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: Option<String>,
    pub(super) state: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
}

/// Why an authorization request goes no further.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AuthorizeError {
    /// There is no address that could be trusted with the answer: it is shown to the person.
    Shown(&'static str),
    /// The client is told, at its own address.
    Told(&'static str, &'static str),
}

/// The parameters of `POST /oauth/token`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenRequest {
    pub(super) grant_type: String,
    pub(super) code: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) redirect_uri: String,
    pub(super) code_verifier: Option<String>,
    pub(super) refresh_token: String,
}

pub(super) fn invalid_grant(description: &'static str) -> ApiError {
    ApiError::described(StatusCode::BAD_REQUEST, "invalid_grant", description)
}

pub(super) fn split_scopes(scopes: &str) -> Vec<String> {
    scopes.split_whitespace().map(str::to_owned).collect()
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// RFC 7636: 43 to 128 unreserved characters.
fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

impl World {
    /// Registers an app and returns its identifier.
    pub(super) fn register_app(&mut self, app: App) -> Result<String, ApiError> {
        if app.name.trim().is_empty() {
            return Err(ApiError::invalid("Application name can't be blank"));
        }
        let absolute = |uri: &String| url::Url::parse(uri).is_ok();
        if app.redirect_uris.is_empty() || !app.redirect_uris.iter().all(absolute) {
            return Err(ApiError::invalid("Redirect URI must be an absolute URI."));
        }
        if !app.scopes.iter().all(|s| SCOPES.contains(&s.as_str())) {
            return Err(ApiError::invalid(
                "Scopes doesn't match configured on the server.",
            ));
        }
        let client_id = random::secret();
        self.apps.insert(client_id.clone(), app);
        Ok(client_id)
    }

    /// Checks an authorization request and returns the app and the scopes that it asks for.
    pub(super) fn check_authorize(
        &self,
        request: &AuthorizeRequest,
    ) -> Result<(&App, Vec<String>), AuthorizeError> {
        let app = self.apps.get(&request.client_id).ok_or(AuthorizeError::Shown(
            "Client authentication failed due to unknown client.",
        ))?;
        if !app.redirect_uris.contains(&request.redirect_uri) {
            return Err(AuthorizeError::Shown("The redirect uri included is not valid."));
        }
        if request.response_type != "code" {
            return Err(AuthorizeError::Told(
                "unsupported_response_type",
                "The authorization server does not support this response type.",
            ));
        }
        let method = request.code_challenge_method.as_deref();
        if request.code_challenge.is_some() && method != Some("S256")
            || request.code_challenge.is_none() && method.is_some()
        {
            return Err(AuthorizeError::Told(
                "invalid_request",
                "The code challenge method must be S256.",
            ));
        }
        let scopes = request
            .scope
            .as_deref()
            .map_or_else(|| app.scopes.clone(), split_scopes);
        if !scopes.iter().all(|scope| app.scopes.contains(scope)) {
            return Err(AuthorizeError::Told(
                "invalid_scope",
                "The requested scope is invalid, unknown, or malformed.",
            ));
        }
        Ok((app, scopes))
    }

    /// A code for a request that was checked and that a person agreed to.
    pub(super) fn issue_code(
        &mut self,
        request: &AuthorizeRequest,
        scopes: Vec<String>,
        username: String,
        now: DateTime<Utc>,
    ) -> String {
        let code = random::secret();
        self.codes.insert(
            code.clone(),
            Code {
                client_id: request.client_id.clone(),
                redirect_uri: request.redirect_uri.clone(),
                username,
                scopes,
                challenge: request.code_challenge.clone(),
                issued: now,
            },
        );
        code
    }

    /// Exchanges a code, or a refresh token, for an access token.
    pub(super) fn exchange(
        &mut self,
        request: &TokenRequest,
        now: DateTime<Utc>,
    ) -> Result<Issued, ApiError> {
        self.check_client(&request.client_id, &request.client_secret)
            .map_err(|description| {
                ApiError::described(StatusCode::UNAUTHORIZED, "invalid_client", description)
            })?;
        if request.grant_type == "refresh_token" && self.endings.plan.is_some() {
            return self.refresh(request, now);
        }
        if request.grant_type != "authorization_code" {
            return Err(ApiError::described(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
            ));
        }
        let code = self.codes.get(&request.code).filter(|code| {
            code.client_id == request.client_id
                && code.redirect_uri == request.redirect_uri
                && now.signed_duration_since(code.issued) < CODE_LIFE
        });
        let code = code.ok_or_else(|| {
            invalid_grant(
                "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI \
                 used in the authorization request, or was issued to another client.",
            )
        })?;
        let proof = request.code_verifier.as_deref();
        let proven = match &code.challenge {
            Some(challenge) => {
                proof.is_some_and(|proof| is_verifier(proof) && challenge_of(proof) == *challenge)
            }
            // A verifier without a challenge means that someone stripped the challenge on the way.
            None => proof.is_none(),
        };
        if !proven {
            return Err(invalid_grant(
                "The code verifier does not match the code challenge.",
            ));
        }
        let grant = Grant {
            username: code.username.clone(),
            scopes: code.scopes.clone(),
            client_id: Some(code.client_id.clone()),
        };
        self.codes.remove(&request.code);
        Ok(self.issue(grant, None, now))
    }

    /// Revokes a token of that client. An unknown token is no error.
    pub(super) fn revoke(
        &mut self,
        token: &str,
        client_id: &str,
        client_secret: &str,
    ) -> Result<(), ApiError> {
        let unauthorised =
            |description| ApiError::described(StatusCode::FORBIDDEN, "unauthorized_client", description);
        self.check_client(client_id, client_secret)
            .map_err(unauthorised)?;
        if let Some(grant) = self.tokens.get(token) {
            if grant.client_id.as_deref() != Some(client_id) {
                return Err(unauthorised("You are not authorized to revoke this token"));
            }
            self.tokens.remove(token);
            self.revoked.insert(token.to_owned());
        }
        Ok(())
    }

    fn check_client(&self, client_id: &str, secret: &str) -> Result<(), &'static str> {
        self.apps
            .get(client_id)
            .is_some_and(|app| app.secret == secret)
            .then_some(())
            .ok_or(
                "Client authentication failed due to unknown client, no client authentication included, or \
                 unsupported authentication method.",
            )
    }
}
