//! Settings: the shipped defaults, a file, the environment, in this order. Errors name file and key.

mod media;
mod platforms;
mod probe;
mod sections;

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use serde::Deserialize;

pub use media::MediaSection;
pub use platforms::{ApplicationSection, BlueskySection, PlatformsSection};
pub use probe::{LookAtLinks, OutsideSection, ProbeSection};
pub use sections::{
    CalendarSection, DatabaseSection, DispatchSection, FailOverSection, KeyRingSource, LogFormat, LogSection,
    NetSection, VaultSection,
};

use crate::{platform::bluesky::BadKey, web::WebConfig};

/// The shipped defaults: also the reference of every setting.
pub const DEFAULTS: &str = include_str!("../../config/sekisho.toml");

/// Where a deployment's own file is looked for when none is named.
pub const USUAL_FILE: &str = "/etc/sekisho/sekisho.toml";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where people and platforms reach this gateway.
    pub public_url: String,
    /// The database.
    pub database: DatabaseSection,
    /// The key ring.
    pub vault: VaultSection,
    /// Outgoing requests.
    pub net: NetSection,
    /// Our applications at the platforms.
    #[serde(default)]
    pub platforms: PlatformsSection,
    /// What is looked at outside.
    pub probe: ProbeSection,
    /// Pictures and films.
    pub media: MediaSection,
    /// National holidays.
    pub calendar: CalendarSection,
    /// The dispatcher.
    pub dispatch: DispatchSection,
    /// Logs.
    pub log: LogSection,
    /// The HTTP server.
    #[serde(default)]
    pub web: WebConfig,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value is missing, unknown or of the wrong kind.
    #[error("{0}")]
    Value(Box<figment::Error>),
    /// The named file does not exist.
    #[error("there is no file {0}")]
    Missing(PathBuf),
    /// A text that is no fingerprint.
    #[error("vault.dispatchers is no fingerprint: `sekisho vault status` on a dispatcher shows it")]
    Fingerprint,
    /// Two settings exclude each other.
    #[error(
        "vault.key_ring_file, vault.key_ring_variable and vault.key_ring_command exclude each other: name one"
    )]
    TwoKeyRings,
    /// An application with an id but no secret, or the other way round.
    #[error("platforms.{0}: client_id and client_secret_file go together: name both or none")]
    HalfAnApplication(&'static str),
    /// A file with a key that is none.
    #[error("platforms.bluesky.client_key_file: {0}: {1}")]
    ClientKey(PathBuf, BadKey),
    /// A file that the settings name cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        match file {
            Some(file) if !file.exists() => return Err(ConfigError::Missing(file.to_owned())),
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None if Path::new(USUAL_FILE).exists() => figment = figment.merge(Toml::file_exact(USUAL_FILE)),
            None => {}
        }
        let environment = Env::prefixed("SEKISHO_")
            .filter(|key| key.as_str().contains("__") || key == "public_url")
            .split("__");
        figment
            .merge(environment)
            .extract()
            .map_err(|why| ConfigError::Value(Box::new(why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_defaults_are_complete() {
        let config: Config = Figment::from(Toml::string(DEFAULTS)).extract().expect("defaults");
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert!(matches!(config.vault.source(), Ok(Some(KeyRingSource::File(_)))));
    }

    #[test]
    fn one_key_ring_may_be_named_and_no_more() {
        let with = |text: &str| {
            let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(text));
            figment
                .extract::<Config>()
                .expect("a configuration")
                .vault
                .source()
        };
        let command = KeyRingSource::Command(vec!["print".to_owned(), "it".to_owned()]);
        assert_eq!(
            with("[vault]\nkey_ring_command = ['print', 'it']").ok(),
            Some(Some(command))
        );
        let variable = KeyRingSource::Variable("RING".to_owned());
        assert_eq!(
            with("[vault]\nkey_ring_variable = 'RING'").ok(),
            Some(Some(variable))
        );
        for two in [
            "[vault]\nkey_ring_variable = 'RING'\nkey_ring_command = ['print']",
            "[vault]\nkey_ring_variable = 'RING'\nkey_ring_file = 'own.keys'",
        ] {
            assert!(matches!(with(two), Err(ConfigError::TwoKeyRings)), "{two}");
        }
    }

    #[test]
    fn an_unknown_setting_is_an_error_that_names_it() {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string("[vault]\nkeyring = 'x'"));
        let error = figment.extract::<Config>().expect_err("unknown key");
        assert!(error.to_string().contains("keyring"), "{error}");
    }

    #[test]
    fn debug_output_hides_the_database_password() {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(
            "[database]\nurl = 'postgres://u:canary@127.0.0.1/x'",
        ));
        let config: Config = figment.extract().expect("a configuration");
        assert!(!format!("{config:?}").contains("canary"));
    }
}
