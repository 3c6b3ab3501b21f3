//! Connecting an account: OAuth 2.0 with an authorization code and PKCE, as servers of the Mastodon family
//! speak it.

mod refresh;

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse},
};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ConnectError, instance, said::said};
use crate::{
    net::{Client, FetchError, Obstacle, Request},
    vault::{Credential, Entropy, Secret},
};

/// What is asked for: to post with pictures, to find one's own posts again, and to know whose account it is.
pub const SCOPES: [&str; 4] = ["read:accounts", "read:statuses", "write:media", "write:statuses"];

/// The name that people see when they consent.
const CLIENT_NAME: &str = "Sekisho";

/// This program, as one server knows it.
#[derive(Debug)]
pub struct AppCredentials {
    /// The server.
    pub instance: String,
    /// The id that it gave us.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: Secret,
}

/// A connection that was begun: the person goes to the address, we keep the verifier.
pub struct Begun {
    /// Where the person consents.
    pub authorize_url: Url,
    /// What proves, with the code, that it was us who began.
    pub pkce_verifier: Secret,
}

impl fmt::Debug for Begun {
    /// The address contains the state, which nobody else may know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun")
            .field("authorize_url", &self.authorize_url.host_str())
            .finish_non_exhaustive()
    }
}

/// The client's side of OAuth.
#[derive(Clone)]
pub struct OAuth {
    client: Client,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth")
    }
}

impl OAuth {
    /// Over this client, with secrets from this source.
    #[must_use]
    pub fn new(client: Client, entropy: Arc<dyn Entropy>) -> Self {
        Self { client, entropy }
    }

    /// A new state (256 bits): what comes back with the person must be equal to it.
    #[must_use]
    pub fn state(&self) -> Secret {
        self.secret()
    }

    /// Makes this program known to a server.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn register(&self, instance: &str, redirect_uri: &str) -> Result<AppCredentials, ConnectError> {
        let url = endpoint(instance, &["api", "v1", "apps"])?;
        let new = NewApp {
            client_name: CLIENT_NAME,
            redirect_uris: redirect_uri,
            scopes: &SCOPES.join(" "),
        };
        let request = Request::new(Method::POST, url).json(&new).map_err(unreachable)?;
        let answer = self.client.fetch(request).await.map_err(unreachable)?;
        let status = answer.status.as_u16();
        match status {
            200..=299 => {}
            429 | 500..=599 => {
                return Err(ConnectError::Unreachable(format!("{status} to the registration")));
            }
            400..=499 => return Err(ConnectError::Refused(format!("{status} to the registration"))),
            _ => return Err(ConnectError::Unreadable(format!("{status} to the registration"))),
        }
        let app: App = serde_json::from_slice(&answer.body)
            .map_err(|_| ConnectError::Unreadable(format!("{status} without an application")))?;
        Ok(AppCredentials {
            instance: instance.to_owned(),
            client_id: app.client_id,
            client_secret: Secret::new(app.client_secret),
        })
    }

    /// Makes the address at which a person consents. The caller keeps `state` with the person's session.
    ///
    /// # Errors
    /// When an address is none.
    pub fn begin(
        &self,
        app: &AppCredentials,
        redirect_uri: &str,
        state: &Secret,
    ) -> Result<Begun, ConnectError> {
        let authorize = endpoint(&app.instance, &["oauth", "authorize"])?;
        let verifier = PkceCodeVerifier::new(self.secret().expose().to_owned());
        let state = CsrfToken::new(state.expose().to_owned());
        let (authorize_url, _) = BasicClient::new(ClientId::new(app.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(authorize))
            .set_redirect_uri(redirect(redirect_uri)?)
            .authorize_url(|| state)
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(Begun {
            authorize_url,
            pkce_verifier: Secret::new(verifier.into_secret()),
        })
    }

    /// Exchanges the code that came back for a credential. The caller has compared the state.
    ///
    /// # Errors
    /// See [`ConnectError`]. A code can be used once, so after any error the person begins again.
    pub async fn finish(
        &self,
        app: &AppCredentials,
        redirect_uri: &str,
        code: &str,
        verifier: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Credential, ConnectError> {
        let token = endpoint(&app.instance, &["oauth", "token"])?;
        let answer: Result<BasicTokenResponse, _> = BasicClient::new(ClientId::new(app.client_id.clone()))
            .set_client_secret(ClientSecret::new(app.client_secret.expose().to_owned()))
            .set_token_uri(TokenUrl::from_url(token))
            .set_redirect_uri(redirect(redirect_uri)?)
            // The API documents the body; that it also takes a header is true of Mastodon only.
            .set_auth_type(AuthType::RequestBody)
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&Exchange(self.clone()))
            .await;
        match answer {
            Ok(token) if token.access_token().secret().is_empty() => {
                Err(ConnectError::Unreadable("an empty credential".to_owned()))
            }
            Ok(token) => Ok(refresh::credential_of(&token, now)),
            Err(error) => Err(refusal(
                error,
                &[app.client_secret.expose(), verifier.expose(), code],
            )),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| FetchError::NotSent {
            obstacle: Obstacle::Request,
            why: "the address cannot be read".to_owned(),
        })?;
        let request = Request::new(parts.method, url).headers(parts.headers).body(body);
        let answer = self.client.fetch(request).await?;
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    /// 256 bits as 43 characters that need no escaping anywhere: what RFC 7636 asks of a verifier.
    fn secret(&self) -> Secret {
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        self.entropy.fill(&mut *bytes);
        Secret::new(URL_SAFE_NO_PAD.encode(*bytes))
    }
}

/// Our own HTTP client, in the shape that the OAuth library asks for.
struct Exchange(OAuth);

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = FetchError;
    type Future = BoxFuture<'c, Result<HttpResponse, FetchError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.exchange(request))
    }
}

#[derive(Debug, Serialize)]
struct NewApp<'a> {
    client_name: &'a str,
    redirect_uris: &'a str,
    scopes: &'a str,
}

#[derive(Deserialize)]
struct App {
    client_id: String,
    client_secret: String,
}

fn endpoint(instance: &str, path: &[&str]) -> Result<Url, ConnectError> {
    instance::endpoint(instance, path).map_err(|_| ConnectError::Address("the server's address"))
}

fn redirect(uri: &str) -> Result<RedirectUrl, ConnectError> {
    RedirectUrl::new(uri.to_owned()).map_err(|_| ConnectError::Address("the address to return to"))
}

fn unreachable(error: FetchError) -> ConnectError {
    ConnectError::Unreachable(error.why().to_owned())
}

fn refusal(error: RequestTokenError<FetchError, BasicErrorResponse>, secrets: &[&str]) -> ConnectError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let description = answer.error_description().map_or("", String::as_str);
            ConnectError::Refused(said(
                &format!("{}: {description}", answer.error().as_ref()),
                secrets,
            ))
        }
        RequestTokenError::Request(error) => unreachable(error),
        // Both carry the answer, and the answer may carry a credential.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ConnectError::Unreadable("neither a credential nor an error".to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
