//! Our applications at the platforms, and where those are.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use url::Url;

use super::ConfigError;
use crate::{
    domain::{account::Platform, cost::XPrices, homes::Homes},
    platform::{
        bluesky::ClientKey,
        settings::{Application, Settings},
    },
    vault::Secret,
};

/// Our applications at the platforms. What is absent is as the platform's documents say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformsSection {
    /// X.
    pub x: ApplicationSection,
    /// Facebook Pages.
    pub facebook: ApplicationSection,
    /// Instagram.
    pub instagram: ApplicationSection,
    /// Threads.
    pub threads: ApplicationSection,
    /// LINE.
    pub line: ApplicationSection,
    /// Bluesky.
    pub bluesky: BlueskySection,
    /// What X takes for a post.
    pub x_prices: XPrices,
}

/// Bluesky, where no application is registered: a key says who we are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlueskySection {
    /// The directory of identifiers.
    pub directory: Option<Url>,
    /// A PEM file with our key, of the curve P-256; on a node that only serves, the public half is enough.
    pub client_key_file: Option<PathBuf>,
}

impl BlueskySection {
    fn client_key(&self) -> Result<Option<ClientKey>, ConfigError> {
        let Some(file) = &self.client_key_file else {
            return Ok(None);
        };
        let text = fs::read_to_string(file).map_err(|why| ConfigError::Unreadable(file.clone(), why))?;
        let key = ClientKey::from_pem(Secret::new(text).expose());
        key.map(Some)
            .map_err(|why| ConfigError::ClientKey(file.clone(), why))
    }
}

/// One platform.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationSection {
    /// Where its API is: scheme and host.
    pub api: Option<Url>,
    /// Where a person consents.
    pub authorize: Option<Url>,
    /// Where a code is exchanged, where that is not at the API (Instagram).
    pub exchange: Option<Url>,
    /// The version of its API.
    pub version: Option<String>,
    /// The id of our application there.
    pub client_id: Option<String>,
    /// A file with the secret of our application there.
    pub client_secret_file: Option<PathBuf>,
}

impl ApplicationSection {
    /// Our application, if both its id and its secret are named.
    fn application(&self, name: &'static str) -> Result<Option<Application>, ConfigError> {
        match (&self.client_id, &self.client_secret_file) {
            (None, None) => Ok(None),
            (Some(client_id), Some(file)) => {
                let secret =
                    fs::read_to_string(file).map_err(|why| ConfigError::Unreadable(file.clone(), why))?;
                Ok(Some(Application {
                    client_id: client_id.clone(),
                    client_secret: Secret::new(secret.trim().to_owned()),
                }))
            }
            _ => Err(ConfigError::HalfAnApplication(name)),
        }
    }
}

impl PlatformsSection {
    /// Where the central platforms are.
    #[must_use]
    pub fn homes(&self) -> Homes {
        let named = [
            (Platform::X, &self.x),
            (Platform::Facebook, &self.facebook),
            (Platform::Instagram, &self.instagram),
            (Platform::Threads, &self.threads),
            (Platform::Line, &self.line),
        ];
        let elsewhere = |(platform, section): (Platform, &ApplicationSection)| {
            Some((platform, section.api.as_ref()?.origin().ascii_serialization()))
        };
        let named = named.into_iter().filter_map(elsewhere);
        named.fold(Homes::default(), |homes, (platform, home)| {
            homes.with(platform, home)
        })
    }

    /// What the adapters need to know.
    ///
    /// # Errors
    /// When a secret or key cannot be read, or an application has an id without a secret.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        settings.x.application = self.x.application("x")?;
        replace(&mut settings.x.authorize, self.x.authorize.as_ref());
        settings.facebook.application = self.facebook.application("facebook")?;
        replace(&mut settings.facebook.dialog, self.facebook.authorize.as_ref());
        replace(&mut settings.facebook.version, self.facebook.version.as_ref());
        settings.instagram.application = self.instagram.application("instagram")?;
        replace(
            &mut settings.instagram.authorize,
            self.instagram.authorize.as_ref(),
        );
        replace(&mut settings.instagram.exchange, self.instagram.exchange.as_ref());
        replace(&mut settings.instagram.version, self.instagram.version.as_ref());
        settings.threads.application = self.threads.application("threads")?;
        replace(&mut settings.threads.authorize, self.threads.authorize.as_ref());
        replace(&mut settings.threads.version, self.threads.version.as_ref());
        replace(&mut settings.bluesky.directory, self.bluesky.directory.as_ref());
        settings.bluesky.client_key = self.bluesky.client_key()?;
        Ok(settings)
    }
}

fn replace<T: Clone>(value: &mut T, by: Option<&T>) {
    if let Some(by) = by {
        value.clone_from(by);
    }
}

#[cfg(test)]
mod tests {
    use figment::{
        Figment,
        providers::{Format as _, Toml},
    };

    use super::*;

    /// The public half of a key that was made for this test.
    const HALF_A_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaJej1/qCh2U6tsQayIkcSnFiLW8A
3hju5LbAbKcMprPx/WjDurVoRiMzaTS/gHQLK6EeMnJSFp0CYpCSM3geJw==
-----END PUBLIC KEY-----
";

    fn section(text: &str) -> PlatformsSection {
        Figment::from(Toml::string(text)).extract().expect("a section")
    }

    #[test]
    fn what_is_absent_is_as_the_platforms_say() {
        let none = section("");
        assert_eq!(none.homes(), Homes::default());
        let settings = none.settings().expect("settings");
        assert!(settings.x.application.is_none());
        assert_eq!(settings.facebook.version, Settings::default().facebook.version);
    }

    #[test]
    fn a_key_is_one_and_of_the_right_curve() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bluesky.pem");
        let section = section(&format!("[bluesky]\nclient_key_file = '{}'", file.display()));
        let missing = section.settings();
        assert!(matches!(missing, Err(ConfigError::Unreadable(..))), "{missing:?}");
        for (text, is_good) in [(HALF_A_KEY, true), ("canary", false)] {
            fs::write(&file, text).expect("a file");
            match section.settings() {
                Ok(settings) => assert!(is_good && settings.bluesky.client_key.is_some()),
                Err(why) => assert!(!is_good && !why.to_string().contains("canary"), "{why}"),
            }
        }
    }

    #[test]
    fn an_application_has_an_id_and_a_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.secret");
        fs::write(&file, "canary\n").expect("a file");
        let whole = format!(
            "[x]\napi = 'http://127.0.0.1:7/'\nclient_id = 'id'\nclient_secret_file = '{}'\n[facebook]\nversion = 'v99.0'",
            file.display()
        );
        let whole = section(&whole);
        assert_eq!(whole.homes().of(Platform::X), Some("http://127.0.0.1:7"));
        let settings = whole.settings().expect("settings");
        let application = settings.x.application.expect("an application");
        assert_eq!(application.client_secret.expose(), "canary");
        assert_eq!(settings.facebook.version, "v99.0");
        let dear = section("[x_prices]\npost = 20000").x_prices;
        let usual = XPrices::default();
        assert_eq!(
            (dear.post.to_string().as_str(), dear.post_with_link),
            ("0.020000", usual.post_with_link)
        );
        let half = section("[line]\n[threads]\nclient_id = 'id'").settings();
        assert!(
            matches!(half, Err(ConfigError::HalfAnApplication("threads"))),
            "{half:?}"
        );
    }
}
