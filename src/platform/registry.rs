//! Which platforms this program can speak to.

use std::{sync::Arc, time::Duration};

use super::{Bluesky, Line, Mastodon, Misskey, Platform, X, settings::Settings};
use crate::{clock::Clock, domain::account, net::Client, vault::Entropy};

/// The adapters, by the platform that an account lives on.
#[derive(Debug)]
pub struct Platforms {
    x: X,
    line: Line,
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
        let (same, time) = (|| client.clone(), || Arc::clone(&clock));
        Self {
            x: X::new(same(), time(), longest, Arc::clone(&entropy), settings.x),
            line: Line::new(same(), time(), longest),
            bluesky: Bluesky::new(same(), time(), longest, Arc::clone(&entropy)),
            misskey: Misskey::new(same(), time(), longest, Arc::clone(&entropy)),
            mastodon: Mastodon::new(same(), time(), longest, entropy),
        }
    }

    /// The adapter of a platform. One without an adapter may stand in the register, but nothing leaves to it.
    #[must_use]
    pub fn get(&self, platform: account::Platform) -> Option<&dyn Platform> {
        match platform {
            account::Platform::X => Some(&self.x),
            account::Platform::Line => Some(&self.line),
            account::Platform::Bluesky => Some(&self.bluesky),
            account::Platform::Mastodon => Some(&self.mastodon),
            account::Platform::Misskey => Some(&self.misskey),
            account::Platform::Facebook | account::Platform::Instagram | account::Platform::Threads => None,
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
                account::Platform::X
                    | account::Platform::Line
                    | account::Platform::Bluesky
                    | account::Platform::Mastodon
                    | account::Platform::Misskey
            );
            assert_eq!(platforms.get(*platform).is_some(), known, "{platform}");
        }
    }
}
