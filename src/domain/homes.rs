//! Where the central platforms are. Every account of one is there and nowhere else: its credential is sent to no
//! other server. Of the others each account names its own server.

use std::collections::BTreeMap;

use super::account::Platform;

/// The address of each central platform's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Homes(BTreeMap<Platform, String>);

impl Homes {
    /// Where a platform is, if it is in one place.
    #[must_use]
    pub fn of(&self, platform: Platform) -> Option<&str> {
        self.0.get(&platform).map(String::as_str)
    }

    /// The same with a platform elsewhere: behind a gateway, or a test server.
    #[must_use]
    pub fn with(mut self, platform: Platform, origin: String) -> Self {
        self.0.insert(platform, origin);
        self
    }
}

impl Default for Homes {
    /// The addresses of the platforms' own documents: docs/PLATFORMS.md.
    fn default() -> Self {
        let homes = [
            (Platform::X, "https://api.x.com"),
            (Platform::Facebook, "https://graph.facebook.com"),
            (Platform::Instagram, "https://graph.instagram.com"),
            (Platform::Threads, "https://graph.threads.net"),
            (Platform::Line, "https://api.line.me"),
        ];
        Self(homes.map(|(platform, home)| (platform, home.to_owned())).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_in_one_place_or_each_account_names_its_own() {
        let homes = Homes::default();
        let central: Vec<_> = Platform::ALL
            .iter()
            .filter(|one| homes.of(**one).is_some())
            .collect();
        assert_eq!(central.len(), 5);
        assert_eq!(homes.of(Platform::Mastodon), None);
        let elsewhere = homes.with(Platform::X, "http://127.0.0.1:9".into());
        assert_eq!(elsewhere.of(Platform::X), Some("http://127.0.0.1:9"));
    }
}
