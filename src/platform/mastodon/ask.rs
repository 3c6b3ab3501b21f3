//! Questions at this platform's addresses.

use serde::de::DeserializeOwned;
use url::Url;

use super::{
    super::{caller::Miss, instance},
    Mastodon, wire,
};
use crate::vault::Credential;

impl Mastodon {
    /// Asks at a path of the server.
    pub(super) async fn ask_at<T: DeserializeOwned>(
        &self,
        instance: &str,
        path: &[&str],
        credential: Option<&Credential>,
    ) -> Result<T, Miss> {
        self.ask(instance::endpoint(instance, path)?, credential).await
    }

    /// Asks at an address.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        url: Url,
        credential: Option<&Credential>,
    ) -> Result<T, Miss> {
        self.caller.ask(url, credential, wire::error_text).await
    }
}
