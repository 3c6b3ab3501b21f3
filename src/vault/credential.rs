//! Everything that opens one account on its platform, as one value: what belongs together changes together.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Secret;
use crate::vocabulary;

vocabulary! {
    /// What a part of a credential is.
    SecretName {
        /// What is sent with each call.
        Access = "access",
        /// What a new one is obtained with, once.
        Refresh = "refresh",
        /// Our application's id on the platform.
        ClientId = "client_id",
        /// Our application's secret on the platform.
        ClientSecret = "client_secret",
        /// The account's name for signing in (Bluesky: handle or DID; LINE: channel id).
        Identifier = "identifier",
        /// A password for programs (Bluesky), or a channel's secret (LINE).
        Password = "password",
        /// What proves that it was us who began a connection (PKCE, MiAuth).
        Verifier = "verifier",
        /// A private key as PKCS #8 PEM: for assertions (LINE, RSA), or that the tokens are bound to (Bluesky, P-256).
        PrivateKey = "private_key",
        /// The id of that key at the platform.
        PrivateKeyId = "private_key_id",
        /// The server that issued it, where that is not the one it is shown to (Bluesky).
        Issuer = "issuer",
        /// The server it is shown to, where that is not the one of the register (Bluesky).
        Home = "home",
    }
}

/// What opens one account. It has no `Display`, no `Serialize` and no `Clone`; memory is wiped on drop.
pub struct Credential {
    secrets: BTreeMap<SecretName, Secret>,
    /// When it was obtained.
    pub obtained_at: DateTime<Utc>,
    /// Until when `Access` is taken, if the platform told.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// Until when a new one can be had without a person, if the platform told.
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

/// A text that is no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored credential cannot be read")]
pub struct NoCredential;

impl Credential {
    /// A credential without anything in it.
    #[must_use]
    pub const fn new(obtained_at: DateTime<Utc>) -> Self {
        Self {
            secrets: BTreeMap::new(),
            obtained_at,
            access_expires_at: None,
            refresh_expires_at: None,
        }
    }

    /// One that consists of what is sent with each call.
    #[must_use]
    pub fn of_access(access: Secret, obtained_at: DateTime<Utc>) -> Self {
        Self::new(obtained_at).with(SecretName::Access, access)
    }

    /// The same with this part.
    #[must_use]
    pub fn with(mut self, name: SecretName, secret: Secret) -> Self {
        self.secrets.insert(name, secret);
        self
    }

    /// A part of it.
    #[must_use]
    pub fn get(&self, name: SecretName) -> Option<&Secret> {
        self.secrets.get(&name)
    }

    /// Every secret in it: whoever shows a foreign text takes them out of it first.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values()
    }

    /// The form in which it is sealed.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let stored = Stored {
            secrets: self
                .secrets
                .iter()
                .map(|(name, secret)| (name.as_str(), secret.expose()))
                .collect(),
            obtained_at: self.obtained_at,
            access_expires_at: self.access_expires_at,
            refresh_expires_at: self.refresh_expires_at,
        };
        // Texts and times always have a JSON form.
        Secret::new(serde_json::to_string(&stored).unwrap_or_default())
    }

    /// Reads what [`Credential::to_secret`] made.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_secret(sealed: &Secret) -> Result<Self, NoCredential> {
        let stored: Opened = serde_json::from_str(sealed.expose()).map_err(|_| NoCredential)?;
        let mut credential = Self {
            secrets: BTreeMap::new(),
            obtained_at: stored.obtained_at,
            access_expires_at: stored.access_expires_at,
            refresh_expires_at: stored.refresh_expires_at,
        };
        for (name, text) in stored.secrets {
            let name = name.parse().map_err(|_| NoCredential)?;
            credential.secrets.insert(name, Secret::from(text));
        }
        Ok(credential)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("secrets", &self.secrets.keys().collect::<Vec<_>>())
            .field("obtained_at", &self.obtained_at)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Stored<'a> {
    secrets: BTreeMap<&'static str, &'a str>,
    obtained_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_expires_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Opened {
    secrets: BTreeMap<String, SecretString>,
    obtained_at: DateTime<Utc>,
    #[serde(default)]
    access_expires_at: Option<DateTime<Utc>>,
    #[serde(default)]
    refresh_expires_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    #[test]
    fn a_credential_comes_back_as_it_was() {
        let mut before = Credential::of_access(Secret::new("canary-access".into()), at(1_800_000_000))
            .with(SecretName::Refresh, Secret::new("canary-\"refresh".into()));
        before.access_expires_at = Some(at(1_800_007_200));
        let after = Credential::from_secret(&before.to_secret()).unwrap();
        for name in [SecretName::Access, SecretName::Refresh] {
            assert_eq!(
                after.get(name).map(Secret::expose),
                before.get(name).map(Secret::expose)
            );
        }
        assert!(after.get(SecretName::Password).is_none());
        assert_eq!(after.access_expires_at, before.access_expires_at);
        assert_eq!(after.refresh_expires_at, None);
    }

    #[test]
    fn what_is_none_is_not_read_and_nothing_is_shown() {
        for odd in [
            "",
            "canary",
            "{}",
            r#"{"secrets":{"other":"canary"},"obtained_at":"2026-11-22T00:00:00Z"}"#,
        ] {
            let read = Credential::from_secret(&Secret::new(odd.to_owned()));
            assert_eq!(read.map(|_| ()), Err(NoCredential), "{odd}");
        }
        let credential = Credential::of_access(Secret::new("canary".into()), at(0));
        assert!(!format!("{credential:?}").contains("canary"));
    }
}
