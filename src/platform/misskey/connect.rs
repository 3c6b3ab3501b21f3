//! Connecting an account by MiAuth: the person consents to a session that only we know the name of, and its
//! credential is fetched once.

use reqwest::Method;
use url::Url;

use super::{
    super::{
        connecting::{ConnectError, Finish, Invite, Invited},
        instance,
    },
    Misskey, endpoint, wire,
};
use crate::{
    net::{FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

/// What is asked for: to post with pictures, to find one's own posts again, and to know whose account it is.
const PERMISSIONS: &str = "read:account,write:drive,write:notes";

/// The name that people see when they consent.
const CLIENT_NAME: &str = "Sekisho";

impl Misskey {
    /// Makes the address at which a person consents.
    pub(super) fn begin(&self, what: Invite<'_>) -> Result<Invited, ConnectError> {
        let session = self.chance.session().to_string();
        let mut callback =
            Url::parse(what.redirect_uri).map_err(|_| ConnectError::Address("the address to return to"))?;
        // The platform has no parameter for it; it keeps what the address to return to has already.
        callback
            .query_pairs_mut()
            .append_pair("state", what.state.expose());
        let mut url = instance::endpoint(what.instance, &["miauth", &session])
            .map_err(|_| ConnectError::Address("the server's address"))?;
        url.query_pairs_mut()
            .append_pair("name", CLIENT_NAME)
            .append_pair("callback", callback.as_str())
            .append_pair("permission", PERMISSIONS);
        Ok(Invited {
            authorize_url: url,
            memory: Credential::new(self.caller.now()).with(SecretName::Verifier, Secret::new(session)),
        })
    }

    /// Fetches the credential of the session that we began, not of any that came back.
    pub(super) async fn complete(&self, what: Finish<'_>) -> Result<Credential, ConnectError> {
        let session = what.memory.get(SecretName::Verifier).map_or("", Secret::expose);
        let returned = what.returned.get("session").map_or(session, String::as_str);
        if session.is_empty() || returned != session {
            return Err(ConnectError::Refused(
                "the answer is to another connection".to_owned(),
            ));
        }
        let url = endpoint(what.instance, &["miauth", session, "check"])
            .map_err(|_| ConnectError::Address("the server's address"))?;
        let request = Request::new(Method::POST, url).json(&serde_json::json!({}));
        let answer = self.caller.fetch(request).await.map_err(|error| match error {
            FetchError::NotSent { why, .. } | FetchError::Ambiguous { why } => ConnectError::Unreachable(why),
        })?;
        let status = answer.status.as_u16();
        match (status, serde_json::from_slice::<wire::Checked>(&answer.body)) {
            (200..=299, Ok(checked)) => self.checked(checked),
            (429 | 500..=599, _) => Err(ConnectError::Unreachable(format!("{status} to the question"))),
            (400..=499, _) => Err(ConnectError::Refused(format!("{status} to the question"))),
            _ => Err(ConnectError::Unreadable(format!("{status} without a session"))),
        }
    }

    fn checked(&self, checked: wire::Checked) -> Result<Credential, ConnectError> {
        match checked.token {
            Some(token) if checked.ok && !token.is_empty() => {
                Ok(Credential::of_access(Secret::new(token), self.caller.now()))
            }
            _ => Err(ConnectError::Refused("nobody has consented".to_owned())),
        }
    }
}
