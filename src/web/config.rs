//! How the HTTP edge is set up.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use serde::Deserialize;

/// A certificate and its key, as PEM files; read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and what leads to its root.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// The section of the configuration that this module reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// With TLS, if the certificate is here and not at a proxy.
    pub tls: Option<TlsFiles>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body.
    pub request_bytes: usize,
    /// How long a request may take; its body must have come within half of that.
    pub request_seconds: u64,
    /// How long an upload may take.
    pub upload_seconds: u64,
    /// How long requests may still take when the server is stopped.
    pub shutdown_seconds: u64,
    /// Requests per minute for each token.
    pub rate_per_minute: NonZeroU32,
    /// Requests at once for each token.
    pub rate_burst: NonZeroU32,
    /// Requests per minute for each address without a token.
    pub stranger_rate_per_minute: NonZeroU32,
    /// Requests at once for each address without a token.
    pub stranger_rate_burst: NonZeroU32,
}

pub(super) const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            tls: None,
            trusted_proxies: Vec::new(),
            request_bytes: 256 * 1024,
            request_seconds: 30,
            upload_seconds: 300,
            shutdown_seconds: 30,
            rate_per_minute: at_least_one(600),
            rate_burst: at_least_one(120),
            stranger_rate_per_minute: at_least_one(120),
            stranger_rate_burst: at_least_one(60),
        }
    }
}

impl WebConfig {
    /// How long a request may take.
    #[must_use]
    pub const fn longest_request(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }

    /// How long a request may wait for something else: the rest of its time is for the answer.
    #[must_use]
    pub fn patience(&self) -> chrono::Duration {
        chrono::Duration::from_std(self.longest_request() * 5 / 6).unwrap_or(chrono::Duration::zero())
    }

    /// How long an upload may take.
    #[must_use]
    pub const fn longest_upload(&self) -> Duration {
        Duration::from_secs(self.upload_seconds)
    }

    /// How long a body may take to come.
    #[must_use]
    pub const fn longest_body(&self) -> Duration {
        Duration::from_millis(self.request_seconds.saturating_mul(500))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_an_error() {
        let right: WebConfig =
            toml::from_str("listen = \"0.0.0.0:443\"\ntrusted_proxies = [\"10.0.0.0/8\"]").unwrap();
        assert_eq!(right.request_bytes, 262_144);
        assert!(toml::from_str::<WebConfig>("rate_per_minutes = 5").is_err());
        assert!(toml::from_str::<WebConfig>("rate_per_minute = 0").is_err());
    }
}
