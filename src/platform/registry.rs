//! Which platforms this program can speak to.

use std::{sync::Arc, time::Duration};

use super::{Bluesky, Mastodon, Misskey, Platform, settings::Settings};
use crate::{clock::Clock, domain::account, net::Client, vault::Entropy};

/// The adapters, by the platform that an account lives on.
#[derive(Debug)]
pub struct Platforms {
    bluesky: Bluesky,
    mastodon: Mastodon,
    misskey: Misskey,
}

impl Platforms {
    /// All adapters, over one client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        let _ = settings;
        Self {
            bluesky: Bluesky::new(client.clone(), Arc::clone(&clock), longest, Arc::clone(&entropy)),
            misskey: Misskey::new(client.clone(), Arc::clone(&clock), longest, Arc::clone(&entropy)),
            mastodon: Mastodon::new(client, clock, longest, entropy),
        }
    }

    /// The adapter of a platform. One without an adapter may stand in the register, but nothing leaves to it.
    #[must_use]
    pub fn get(&self, platform: account::Platform) -> Option<&dyn Platform> {
        match platform {
            account::Platform::Bluesky => Some(&self.bluesky),
            account::Platform::Mastodon => Some(&self.mastodon),
            account::Platform::Misskey => Some(&self.misskey),
            account::Platform::X
            | account::Platform::Facebook
            | account::Platform::Instagram
            | account::Platform::Threads
            | account::Platform::Line => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemClock, net::NetConfig, vault::SystemEntropy};

    #[test]
    fn what_has_no_adapter_fails_closed() {
        let client = Client::new(&NetConfig::default()).unwrap();
        let platforms = Platforms::new(
            client,
            Arc::new(SystemClock),
            crate::platform::LONGEST_REQUEST,
            Arc::new(SystemEntropy),
            Settings::default(),
        );
        for platform in account::Platform::ALL {
            let known = matches!(
                platform,
                account::Platform::Bluesky | account::Platform::Mastodon | account::Platform::Misskey
            );
            assert_eq!(platforms.get(*platform).is_some(), known, "{platform}");
        }
    }
}
