//! Connecting accounts, where platforms may be called.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::{BoxFuture, FutureExt as _};

use crate::{
    domain::account::Platform,
    platform::{self, ConnectError, Finish, Invite, Platforms},
    service::{Connector, Finished, Invitation, RemoteIdentity, Returned, Whom},
    vault::{Credential, Secret},
};

/// The platform side of connecting an account.
pub struct PlatformConnector {
    platforms: Arc<Platforms>,
}

impl PlatformConnector {
    /// Connects by these adapters.
    #[must_use]
    pub const fn new(platforms: Arc<Platforms>) -> Self {
        Self { platforms }
    }

    fn adapter(&self, platform: Platform) -> Result<&dyn platform::Platform, String> {
        self.platforms
            .get(platform)
            .ok_or_else(|| "this platform is not supported yet".to_owned())
    }

    /// Whose credential it is, and what the server says of itself.
    async fn identify(
        &self,
        platform: Platform,
        instance: &str,
        credential: Credential,
    ) -> Result<Finished, String> {
        let adapter = self.adapter(platform)?;
        let account = adapter
            .whoami(instance, &credential)
            .await
            .map_err(|why| why.to_string())?;
        let facts = adapter
            .facts(instance, Some(&credential))
            .await
            .map_err(|why| why.to_string())?;
        // Who does not tell it now is asked again every day.
        let quota = adapter.quota(instance, &account.id, &credential).await;
        let identity = RemoteIdentity {
            quota: quota.unwrap_or_default(),
            id: account.id,
            handle: account.handle,
            limits: facts.limits,
            keys: facts.keys,
        };
        Ok(Finished { credential, identity })
    }
}

fn said(why: ConnectError) -> String {
    why.to_string()
}

impl Connector for PlatformConnector {
    fn invite<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        whom: Whom<'a>,
    ) -> BoxFuture<'a, Result<Invitation, String>> {
        async move {
            let state = Secret::new(whom.state.to_owned());
            let what = Invite {
                instance,
                redirect_uri,
                state: &state,
                handle: whom.handle,
            };
            let invited = self.adapter(platform)?.invite(what).await.map_err(said)?;
            Ok(Invitation {
                authorize_url: invited.authorize_url.to_string(),
                memory: invited.memory,
            })
        }
        .boxed()
    }

    fn finish<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        returned: Returned<'a>,
    ) -> BoxFuture<'a, Result<Finished, String>> {
        async move {
            let fields: BTreeMap<String, String> = returned.fields.clone();
            let what = Finish {
                instance,
                redirect_uri,
                memory: returned.memory,
                returned: &fields,
                handle: returned.handle,
            };
            let credential = self.adapter(platform)?.finish(what).await.map_err(said)?;
            self.identify(platform, instance, credential).await
        }
        .boxed()
    }

    fn introduction(&self, platform: Platform, redirect_uri: &str) -> Option<serde_json::Value> {
        self.platforms.get(platform)?.introduction(redirect_uri)
    }

    fn sign_in<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        given: Credential,
    ) -> BoxFuture<'a, Result<Finished, String>> {
        async move {
            let adapter = self.adapter(platform)?;
            let credential = adapter.sign_in(instance, given).await.map_err(said)?;
            self.identify(platform, instance, credential).await
        }
        .boxed()
    }
}
