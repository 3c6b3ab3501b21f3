//! What is looked at outside.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use url::Url;

use crate::probe::{Emergencies, LinkLimits};

/// What is looked at outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeSection {
    /// Whether links are looked at.
    pub links: LookAtLinks,
    /// The longest that one hop may take.
    pub hop_seconds: u16,
    /// The longest that somebody waits for all links of a post.
    pub wait_seconds: u16,
    /// How many links are looked at at once.
    pub at_once: u16,
    /// The outside checker.
    pub outside: Option<OutsideSection>,
}

/// Whether links are looked at. On a closed network they cannot be, so somebody says so who knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookAtLinks {
    /// They are not.
    Off,
    /// They are.
    On,
}

impl ProbeSection {
    /// How links are looked at, if they are.
    #[must_use]
    pub fn limits(&self) -> Option<LinkLimits> {
        let seconds = |seconds: u16| Duration::from_secs(seconds.max(1).into());
        (self.links == LookAtLinks::On).then(|| LinkLimits {
            hop: seconds(self.hop_seconds),
            whole: seconds(self.wait_seconds),
            at_once: self.at_once.max(1).into(),
        })
    }
}

/// The outside checker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideSection {
    /// Where it is.
    pub url: Url,
    /// A file with the secret that both sides know.
    pub secret_file: PathBuf,
    /// How long it may take.
    #[serde(default = "five")]
    pub timeout_seconds: u16,
    /// Whether emergency posts wait for it.
    #[serde(default)]
    pub emergencies: AskInEmergencies,
    /// Certificates to trust besides the machine's own.
    pub certificates_file: Option<PathBuf>,
}

const fn five() -> u16 {
    5
}

/// See [`Emergencies`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskInEmergencies {
    /// They do not.
    #[default]
    Skipped,
    /// They do.
    Asked,
}

impl From<AskInEmergencies> for Emergencies {
    fn from(asked: AskInEmergencies) -> Self {
        match asked {
            AskInEmergencies::Skipped => Self::Skipped,
            AskInEmergencies::Asked => Self::Asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use figment::{
        Figment,
        providers::{Format as _, Toml},
    };

    use super::*;
    use crate::config::{Config, DEFAULTS};

    fn section(own: &str) -> ProbeSection {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(own));
        figment.extract::<Config>().expect("settings").probe
    }

    #[test]
    fn nothing_is_looked_at_unless_somebody_says_so() {
        let shipped = section("");
        assert!(shipped.limits().is_none() && shipped.outside.is_none());
        assert_eq!(
            section("[probe]\nlinks = 'on'").limits(),
            Some(LinkLimits::default())
        );
    }

    #[test]
    fn a_checker_is_an_address_and_a_secret() {
        let section = section("[probe.outside]\nurl = 'https://checker.lan/'\nsecret_file = '/run/secret'");
        let outside = section.outside.expect("a checker");
        assert_eq!(
            (outside.timeout_seconds, outside.emergencies),
            (5, AskInEmergencies::Skipped)
        );
    }
}
