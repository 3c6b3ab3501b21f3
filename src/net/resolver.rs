//! Names to addresses, and only to those that may be called. The connection is made to what this answers,
//! so a name that changes its address between a check and the call gains nothing.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{LoopbackPolicy, target::is_localhost};

/// None of a name's addresses may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NoPublicAddress;

/// The machine's resolver behind a filter.
#[derive(Debug)]
pub(super) struct Filtered {
    pub(super) loopback: LoopbackPolicy,
    /// The proxy's name, which the administrator chose and which may be inside. `target::check` sees to it
    /// that no request asks for it.
    pub(super) proxy: Option<String>,
}

impl Filtered {
    fn keep(&self, name: &str, found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        if self.proxy.as_deref() == Some(name) {
            return found.collect();
        }
        // This is the one kind of name that is called without TLS, so it must really mean this machine.
        let here = is_localhost(name);
        found
            .filter(|address| self.loopback.permits(address.ip()) && (!here || address.ip().is_loopback()))
            .collect()
    }
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = Self {
            loopback: self.loopback,
            proxy: self.proxy.clone(),
        };
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept = filter.keep(name.as_str(), found);
            if kept.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(loopback: LoopbackPolicy, name: &str) -> Vec<String> {
        let filter = Filtered {
            loopback,
            proxy: Some("proxy.lan".to_owned()),
        };
        let found = [
            "127.0.0.1:0",
            "10.0.0.1:0",
            "[fd00::1]:0",
            "[::1]:0",
            "8.8.8.8:0",
            "169.254.169.254:0",
        ];
        filter
            .keep(name, found.into_iter().map(|address| address.parse().unwrap()))
            .iter()
            .map(|address| address.ip().to_string())
            .collect()
    }

    #[test]
    fn inner_addresses_are_dropped() {
        assert_eq!(kept(LoopbackPolicy::Refused, "a.example.jp"), ["8.8.8.8"]);
        assert_eq!(
            kept(LoopbackPolicy::Allowed, "a.example.jp"),
            ["127.0.0.1", "::1", "8.8.8.8"]
        );
        assert!(kept(LoopbackPolicy::Refused, "localhost").is_empty());
        assert_eq!(kept(LoopbackPolicy::Allowed, "localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(kept(LoopbackPolicy::Refused, "proxy.lan").len(), 6);
    }

    #[tokio::test]
    async fn a_name_for_this_machine_is_not_resolved() {
        let filter = Filtered {
            loopback: LoopbackPolicy::Refused,
            proxy: None,
        };
        assert!(filter.resolve("localhost".parse().unwrap()).await.is_err());
    }
}
