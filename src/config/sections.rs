//! The sections of the settings, typed at the border.

use std::{num::NonZeroU32, path::PathBuf};

use chrono::Duration;
use secrecy::SecretString;
use serde::Deserialize;

use super::ConfigError;
use crate::{
    dispatch::{DispatchConfig, FailOver},
    net::LoopbackPolicy,
    service::Pin,
};

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSection {
    /// Where it is; may hold a password.
    pub url: SecretString,
    /// What a fail-over to a standby may cost.
    pub fail_over: FailOverSection,
}

/// See [`FailOver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailOverSection {
    /// The last commits.
    MayLose,
    /// Nothing: the standby is synchronous.
    LosesNothing,
}

impl From<FailOverSection> for FailOver {
    fn from(section: FailOverSection) -> Self {
        match section {
            FailOverSection::MayLose => Self::MayLose,
            FailOverSection::LosesNothing => Self::LosesNothing,
        }
    }
}

/// The key ring.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSection {
    /// A file.
    key_ring_file: Option<PathBuf>,
    /// The name of an environment variable.
    key_ring_variable: Option<String>,
    /// A program that prints it, and its arguments.
    key_ring_command: Option<Vec<String>>,
    /// The fingerprint of the dispatchers' public key.
    dispatchers: Option<String>,
}

/// Where the key ring is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRingSource {
    /// In a file.
    File(PathBuf),
    /// In the environment.
    Variable(String),
    /// Printed by a program: the program, then its arguments.
    Command(Vec<String>),
}

impl VaultSection {
    /// Which public key of the dispatchers a node without a key ring trusts.
    ///
    /// # Errors
    /// When it is no fingerprint.
    pub fn pin(&self) -> Result<Pin, ConfigError> {
        match &self.dispatchers {
            None => Ok(Pin::None),
            Some(text) => text.parse().map(Pin::Only).map_err(|_| ConfigError::Fingerprint),
        }
    }

    /// Where the key ring is; what is named wins over the default file.
    ///
    /// # Errors
    /// When the deployment names two.
    pub fn source(&self) -> Result<Option<KeyRingSource>, ConfigError> {
        let default_file = PathBuf::from("sekisho.keys");
        let own_file = self.key_ring_file.as_ref().filter(|file| **file != default_file);
        let named = [
            own_file.map(|file| KeyRingSource::File(file.clone())),
            self.key_ring_variable.clone().map(KeyRingSource::Variable),
            self.key_ring_command.clone().map(KeyRingSource::Command),
        ];
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(ConfigError::TwoKeyRings),
            (Some(source), None) => Ok(Some(source)),
            (None, None) => Ok(self.key_ring_file.clone().map(KeyRingSource::File)),
        }
    }
}

/// Outgoing requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSection {
    /// Whether requests may go to this machine itself.
    pub loopback: Loopback,
    /// An outbound proxy.
    pub proxy: Option<url::Url>,
}

/// See [`LoopbackPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loopback {
    /// Never.
    Refused,
    /// For demos and tests.
    Allowed,
}

impl From<Loopback> for LoopbackPolicy {
    fn from(loopback: Loopback) -> Self {
        match loopback {
            Loopback::Refused => Self::Refused,
            Loopback::Allowed => Self::Allowed,
        }
    }
}

/// National holidays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSection {
    /// A file instead of the shipped one.
    pub file: Option<PathBuf>,
}

/// The dispatcher.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchSection {
    /// How long a claim lasts.
    pub lease_seconds: u32,
    /// The longest that one request to a platform can take.
    pub longest_request_seconds: u32,
    /// How many deliveries are under way at once.
    pub in_flight: u16,
    /// How many emergency deliveries are, besides.
    pub emergencies_in_flight: u16,
    /// How many ordinary deliveries are under way to one account at once.
    pub account_in_flight: u16,
    /// How many ordinary deliveries begin to one account in a second.
    pub account_per_second: NonZeroU32,
    /// How often the database is looked at when nothing wakes the dispatcher.
    pub poll_seconds: u32,
    /// The first pause after a refusal for now.
    pub first_pause_seconds: u32,
    /// The longest pause.
    pub longest_pause_seconds: u32,
    /// How long a stop waits for what is under way.
    pub shutdown_seconds: u32,
}

impl DispatchSection {
    /// The dispatcher's own form.
    #[must_use]
    pub fn named(&self, worker: String) -> DispatchConfig {
        let seconds = |seconds: u32| Duration::seconds(i64::from(seconds));
        let longest_request = seconds(self.longest_request_seconds.max(1));
        let defaults = DispatchConfig {
            longest_request,
            ..DispatchConfig::named(worker)
        };
        // A lease that ends before the longest request is over would let two workers call at once.
        let shortest = defaults.longest_request + defaults.skew + defaults.skew;
        DispatchConfig {
            lease: seconds(self.lease_seconds).max(shortest),
            in_flight: usize::from(self.in_flight.max(1)),
            emergencies_in_flight: usize::from(self.emergencies_in_flight.max(1)),
            account_in_flight: usize::from(self.account_in_flight.max(1)),
            account_per_second: self.account_per_second,
            poll: seconds(self.poll_seconds.max(1)),
            first_pause: seconds(self.first_pause_seconds.max(1)),
            longest_pause: seconds(self.longest_pause_seconds.max(1)),
            ..defaults
        }
    }
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// For people or for machines.
    pub format: LogFormat,
    /// What is logged.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}
