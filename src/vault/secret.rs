//! A value that must not show up in logs, errors or responses.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A credential in clear text. It has no `Display`, no `Serialize` and no `Clone`; memory is wiped on drop.
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a clear text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The clear text. Hand it to the platform, keep it nowhere.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<SecretString> for Secret {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}
