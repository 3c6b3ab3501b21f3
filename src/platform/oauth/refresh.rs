//! The refresh grant of OAuth 2.0 (RFC 6749, section 6).

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{
    AuthType, ClientId, ClientSecret, RefreshToken, RequestTokenError, TokenResponse as _, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse},
};

use super::{Exchange, OAuth, endpoint, refusal};
use crate::{
    net::FetchError,
    platform::RefreshError,
    vault::{Credential, Secret, SecretName},
};

/// A credential from what a token endpoint answered.
pub(super) fn credential_of(answer: &BasicTokenResponse, now: DateTime<Utc>) -> Credential {
    let ends = answer
        .expires_in()
        .and_then(|life| TimeDelta::from_std(life).ok())
        .and_then(|life| now.checked_add_signed(life));
    let access = Secret::new(answer.access_token().secret().clone());
    let mut credential = Credential::of_access(access, now);
    credential.access_expires_at = ends;
    match answer.refresh_token() {
        Some(token) => credential.with(SecretName::Refresh, Secret::new(token.secret().clone())),
        None => credential,
    }
}

impl OAuth {
    /// Asks a server for the next credential. The new one carries along what the server does not repeat.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh(
        &self,
        instance: &str,
        old: &Credential,
        now: DateTime<Utc>,
    ) -> Result<Credential, RefreshError> {
        let (Some(token), Some(id), Some(secret)) = (
            old.get(SecretName::Refresh),
            old.get(SecretName::ClientId),
            old.get(SecretName::ClientSecret),
        ) else {
            return Err(RefreshError::NotOffered);
        };
        let address =
            endpoint(instance, &["oauth", "token"]).map_err(|why| RefreshError::NotSent(why.to_string()))?;
        let answer: Result<BasicTokenResponse, _> = BasicClient::new(ClientId::new(id.expose().to_owned()))
            .set_client_secret(ClientSecret::new(secret.expose().to_owned()))
            .set_token_uri(TokenUrl::from_url(address))
            .set_auth_type(AuthType::RequestBody)
            .exchange_refresh_token(&RefreshToken::new(token.expose().to_owned()))
            .request_async(&Exchange(self.clone()))
            .await;
        match answer {
            Ok(answer) if answer.access_token().secret().is_empty() => {
                Err(RefreshError::Unknown("an empty credential".to_owned()))
            }
            Ok(answer) => Ok(carried_along(credential_of(&answer, now), old)),
            Err(error) => Err(classified(error, &[token.expose(), secret.expose()])),
        }
    }
}

/// A server that does not rotate refresh tokens does not repeat them either.
fn carried_along(mut new: Credential, old: &Credential) -> Credential {
    for name in SecretName::ALL {
        if let (None, Some(kept)) = (new.get(*name), old.get(*name)) {
            new = new.with(*name, Secret::new(kept.expose().to_owned()));
        }
    }
    new.refresh_expires_at = old.refresh_expires_at;
    new
}

fn classified(error: RequestTokenError<FetchError, BasicErrorResponse>, secrets: &[&str]) -> RefreshError {
    let proves_refusal = matches!(
        &error,
        RequestTokenError::ServerResponse(answer) if !matches!(answer.error(), BasicErrorResponseType::Extension(_))
    );
    let nothing_left = matches!(&error, RequestTokenError::Request(FetchError::NotSent { .. }));
    let why = refusal(error, secrets).to_string();
    match (proves_refusal, nothing_left) {
        (true, _) => RefreshError::Refused(why),
        (_, true) => RefreshError::NotSent(why),
        _ => RefreshError::Unknown(why),
    }
}
