//! Which platforms this program can speak to.

use std::{sync::Arc, time::Duration};

use super::{Mastodon, Platform, settings::Settings};
use crate::{clock::Clock, domain::account, net::Client, vault::Entropy};

/// The adapters, by the platform that an account lives on.
#[derive(Debug)]
pub struct Platforms {
    mastodon: Mastodon,
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
            mastodon: Mastodon::new(client, clock, longest, entropy),
        }
    }

    /// The adapter of a platform. One without an adapter may stand in the register, but nothing leaves to it.
    #[must_use]
    pub fn get(&self, platform: account::Platform) -> Option<&dyn Platform> {
        match platform {
            account::Platform::Mastodon => Some(&self.mastodon),
            account::Platform::X
            | account::Platform::Facebook
            | account::Platform::Instagram
            | account::Platform::Threads
            | account::Platform::Line
            | account::Platform::Bluesky
            | account::Platform::Misskey => None,
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
            let known = *platform == account::Platform::Mastodon;
            assert_eq!(platforms.get(*platform).is_some(), known, "{platform}");
        }
    }
}
