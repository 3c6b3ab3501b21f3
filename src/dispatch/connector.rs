//! Connecting accounts, where platforms may be called.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};

use crate::{
    domain::account::Platform,
    platform::{
        Platforms,
        oauth::{AppCredentials, OAuth},
    },
    service::{Connector, Finished, Invitation, Memory, RemoteIdentity},
    vault::Secret,
};

/// The platform side of connecting an account.
pub struct PlatformConnector {
    platforms: Arc<Platforms>,
    oauth: OAuth,
}

impl PlatformConnector {
    /// Connects by these adapters.
    #[must_use]
    pub const fn new(platforms: Arc<Platforms>, oauth: OAuth) -> Self {
        Self { platforms, oauth }
    }

    async fn identity(
        &self,
        platform: Platform,
        instance: &str,
        token: &Secret,
    ) -> Result<RemoteIdentity, String> {
        let adapter = self
            .platforms
            .get(platform)
            .ok_or("this platform is not supported yet")?;
        let account = adapter
            .whoami(instance, token)
            .await
            .map_err(|why| why.to_string())?;
        let facts = adapter.facts(instance).await.map_err(|why| why.to_string())?;
        Ok(RemoteIdentity {
            id: account.id,
            handle: account.handle,
            limits: facts.limits,
            keys: facts.keys,
        })
    }
}

impl Connector for PlatformConnector {
    fn invite<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        state: &'a str,
    ) -> BoxFuture<'a, Result<Invitation, String>> {
        async move {
            if platform != Platform::Mastodon {
                return Err("this platform is not supported yet".to_owned());
            }
            let app = self
                .oauth
                .register(instance, redirect_uri)
                .await
                .map_err(|why| why.to_string())?;
            let state = Secret::new(state.to_owned());
            let begun = self
                .oauth
                .begin(&app, redirect_uri, &state)
                .map_err(|why| why.to_string())?;
            Ok(Invitation {
                authorize_url: begun.authorize_url.to_string(),
                memory: Memory {
                    client_id: app.client_id,
                    client_secret: app.client_secret.expose().to_owned(),
                    verifier: begun.pkce_verifier.expose().to_owned(),
                },
            })
        }
        .boxed()
    }

    fn finish<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        memory: &'a Memory,
        code: &'a str,
    ) -> BoxFuture<'a, Result<Finished, String>> {
        async move {
            let app = AppCredentials {
                instance: instance.to_owned(),
                client_id: memory.client_id.clone(),
                client_secret: Secret::new(memory.client_secret.clone()),
            };
            let verifier = Secret::new(memory.verifier.clone());
            let token = self
                .oauth
                .finish(&app, redirect_uri, code, &verifier)
                .await
                .map_err(|why| why.to_string())?;
            let identity = self.identity(platform, instance, &token).await?;
            Ok(Finished { token, identity })
        }
        .boxed()
    }

    fn identify<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<RemoteIdentity, String>> {
        self.identity(platform, instance, token).boxed()
    }
}
