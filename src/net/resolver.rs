//! Names to addresses, and only to those that may be called. The connection is made to what this answers,
//! so a name that changes its address between a check and the call gains nothing.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{
    names::Names,
    target::{Reach, is_localhost},
};

/// None of a name's addresses may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NoPublicAddress;

/// A resolver behind a filter.
#[derive(Debug)]
pub(super) struct Filtered {
    pub(super) reach: Reach,
    pub(super) names: Arc<dyn Names>,
}

impl Reach {
    /// The addresses of a name that may be called. `target::check` sees to it that no request asks for the
    /// proxy's name, which the administrator chose and which may be inside.
    fn keep(&self, name: &str, found: Vec<IpAddr>) -> Vec<IpAddr> {
        if self.proxy.as_deref() == Some(name) {
            return found;
        }
        // This is the one kind of name that is called without TLS, so it must really mean this machine.
        let here = is_localhost(name);
        let chosen = self.chose(name);
        found
            .into_iter()
            .filter(|address| (chosen || self.loopback.permits(*address)) && (!here || address.is_loopback()))
            .collect()
    }
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, names) = (self.reach.clone(), Arc::clone(&self.names));
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let kept = reach.keep(name.as_str(), found);
            if kept.is_empty() {
                return Err(NoPublicAddress.into());
            }
            // The request's own port takes the place of this one.
            let addresses = kept.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{LoopbackPolicy, PlainHttp, SystemNames};

    fn reach(loopback: LoopbackPolicy) -> Reach {
        Reach {
            loopback,
            plain: PlainHttp::Refused,
            proxy: Some("proxy.lan".into()),
            inside: Some("checker.lan".into()),
        }
    }

    fn kept(loopback: LoopbackPolicy, name: &str) -> Vec<String> {
        let found = [
            "127.0.0.1",
            "10.0.0.1",
            "fd00::1",
            "::1",
            "8.8.8.8",
            "169.254.169.254",
        ];
        let found = found.into_iter().map(|address| address.parse().unwrap());
        let kept = reach(loopback).keep(name, found.collect());
        kept.iter().map(ToString::to_string).collect()
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
        assert_eq!(kept(LoopbackPolicy::Refused, "checker.lan").len(), 6);
    }

    #[tokio::test]
    async fn a_name_for_this_machine_is_not_resolved() {
        let filter = Filtered {
            reach: reach(LoopbackPolicy::Refused),
            names: Arc::new(SystemNames),
        };
        assert!(filter.resolve("localhost".parse().unwrap()).await.is_err());
    }
}
