//! Which platforms this program can speak to.

use std::{sync::Arc, time::Duration};

use super::{
    Bluesky, Facebook, Instagram, Line, Mastodon, Misskey, Platform, Threads, X, settings::Settings,
};
use crate::{clock::Clock, domain::account, net::Client, vault::Entropy};

/// The adapters, by the platform that an account lives on.
#[derive(Debug)]
pub struct Platforms {
    x: X,
    facebook: Facebook,
    instagram: Instagram,
    threads: Threads,
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
            facebook: Facebook::new(same(), time(), longest, Arc::clone(&entropy), settings.facebook),
            instagram: Instagram::new(same(), time(), longest, settings.instagram),
            threads: Threads::new(same(), time(), longest, settings.threads),
            line: Line::new(same(), time(), longest),
            bluesky: Bluesky::new(same(), time(), longest, Arc::clone(&entropy), settings.bluesky),
            misskey: Misskey::new(same(), time(), longest, Arc::clone(&entropy)),
            mastodon: Mastodon::new(same(), time(), longest, entropy),
        }
    }

    /// The adapter of a platform. Nothing leaves to one without an adapter, should there ever be one.
    #[must_use]
    pub fn get(&self, platform: account::Platform) -> Option<&dyn Platform> {
        match platform {
            account::Platform::X => Some(&self.x),
            account::Platform::Line => Some(&self.line),
            account::Platform::Bluesky => Some(&self.bluesky),
            account::Platform::Mastodon => Some(&self.mastodon),
            account::Platform::Misskey => Some(&self.misskey),
            account::Platform::Facebook => Some(&self.facebook),
            account::Platform::Instagram => Some(&self.instagram),
            account::Platform::Threads => Some(&self.threads),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemClock, net::NetConfig, vault::SystemEntropy};

    #[test]
    fn every_platform_has_its_adapter() {
        let client = Client::new(&NetConfig::default()).unwrap();
        let platforms = Platforms::new(
            client,
            Arc::new(SystemClock),
            crate::platform::LONGEST_REQUEST,
            Arc::new(SystemEntropy),
            Settings::default(),
        );
        for platform in account::Platform::ALL {
            let adapter = platforms.get(*platform).map(|adapter| format!("{adapter:?}"));
            let adapter = adapter.unwrap_or_default().to_lowercase();
            assert!(adapter.starts_with(platform.as_str()), "{platform}: {adapter}");
        }
    }
}
