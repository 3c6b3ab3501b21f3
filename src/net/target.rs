//! Where a request may go, as far as its address tells. Names are judged once more when they are resolved:
//! see `resolver`.

use std::{net::IpAddr, sync::Arc};

use url::{Host, Url};

use super::{FetchError, LoopbackPolicy, Obstacle, PlainHttp};

/// How far requests go.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) loopback: LoopbackPolicy,
    pub(super) plain: PlainHttp,
    /// The proxy's name.
    pub(super) proxy: Option<Arc<str>>,
    /// The one host that may stand inside.
    pub(super) inside: Option<Arc<str>>,
}

impl Reach {
    /// Whether the administrator chose this host.
    pub(super) fn chose(&self, host: &str) -> bool {
        self.inside.as_deref() == Some(host)
    }
}

/// Whether a name means this machine (RFC 6761).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

/// Refuses what must not be called. A resolver is not asked for literal addresses, so they are judged here.
pub(super) fn check(url: &Url, reach: &Reach) -> Result<(), FetchError> {
    let refuse = |why: &str| Err(FetchError::not_sent(Obstacle::Request, why));
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("an address with a user name is refused");
    }
    if url.port() == Some(0) {
        return refuse("port 0 is refused");
    }
    let literal = |address: IpAddr| (reach.loopback.permits(address), address.is_loopback());
    let (permitted, here) = match url.host() {
        None => return refuse("the address has no host"),
        Some(Host::Ipv4(address)) => literal(address.into()),
        Some(Host::Ipv6(address)) => literal(address.into()),
        Some(Host::Domain(name)) if is_localhost(name) => (reach.loopback == LoopbackPolicy::Allowed, true),
        // The proxy may stand inside, so its name is the one that the resolver lets through.
        Some(Host::Domain(name)) => (reach.proxy.as_deref() != Some(name), false),
    };
    if !permitted && !url.host_str().is_some_and(|host| reach.chose(host)) {
        let why = "the host is not on the public internet";
        return Err(FetchError::not_sent(Obstacle::NotPublic, why));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if here || reach.plain == PlainHttp::Allowed => Ok(()),
        _ => refuse("only https is spoken"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn reach(loopback: LoopbackPolicy) -> Reach {
        Reach {
            loopback,
            plain: PlainHttp::Refused,
            proxy: Some("proxy.example.jp".into()),
            inside: None,
        }
    }

    fn checked(url: &str, loopback: LoopbackPolicy) -> bool {
        check(&Url::parse(url).unwrap(), &reach(loopback)).is_ok()
    }

    #[rstest]
    #[case("https://social.example.jp/api/v1/statuses")]
    #[case("https://social.example.jp:8443/")]
    #[case("https://8.8.8.8/")]
    #[case("https://[2606:4700:4700::1111]/")]
    fn lets_the_public_internet_through(#[case] url: &str) {
        assert!(checked(url, LoopbackPolicy::Refused), "{url}");
    }

    #[rstest]
    #[case("http://social.example.jp/")]
    #[case("http://8.8.8.8/")]
    #[case("ftp://social.example.jp/")]
    #[case("file:///etc/passwd")]
    #[case("data:text/plain,a")]
    #[case("https://user@social.example.jp/")]
    #[case("https://:password@social.example.jp/")]
    #[case("https://social.example.jp:0/")]
    #[case("https://10.0.0.1/")]
    #[case("https://169.254.169.254/latest/meta-data/")]
    #[case("https://[fd00:ec2::254]/")]
    #[case("https://[::ffff:10.0.0.1]/")]
    #[case("https://[::ffff:127.0.0.1]/")]
    #[case("https://[64:ff9b::a00:1]/")]
    #[case("https://0xa.1/")]
    #[case("https://proxy.example.jp/")]
    fn refuses_always(#[case] url: &str) {
        assert!(!checked(url, LoopbackPolicy::Refused), "{url}");
        assert!(!checked(url, LoopbackPolicy::Allowed), "{url}");
    }

    #[rstest]
    #[case("http://127.0.0.1:3000/")]
    #[case("https://127.0.0.1/")]
    #[case("https://0x7f.1/")]
    #[case("https://2130706433/")]
    #[case("https://１２７.０.０.１/")]
    #[case("http://[::1]:3000/")]
    #[case("http://localhost:3000/")]
    #[case("https://LOCALHOST./")]
    #[case("http://sandbox.localhost/")]
    fn calls_itself_only_where_that_is_allowed(#[case] url: &str) {
        assert!(!checked(url, LoopbackPolicy::Refused), "{url}");
        assert!(checked(url, LoopbackPolicy::Allowed), "{url}");
    }

    #[test]
    fn without_tls_only_where_that_is_allowed_and_never_inside() {
        let plain = Reach {
            plain: PlainHttp::Allowed,
            ..reach(LoopbackPolicy::Refused)
        };
        let checked = |url: &str| check(&Url::parse(url).unwrap(), &plain).is_ok();
        assert!(checked("http://social.example.jp/"));
        for url in [
            "http://10.0.0.1/",
            "http://localhost/",
            "ftp://social.example.jp/",
        ] {
            assert!(!checked(url), "{url}");
        }
    }

    #[rstest]
    #[case("https://10.0.0.7/check", true)]
    #[case("http://10.0.0.7/check", false)]
    #[case("https://10.0.0.8/check", false)]
    fn the_chosen_host_may_stand_inside(#[case] url: &str, #[case] allowed: bool) {
        let chosen = Reach {
            inside: Some("10.0.0.7".into()),
            ..reach(LoopbackPolicy::Refused)
        };
        assert_eq!(
            check(&Url::parse(url).unwrap(), &chosen).is_ok(),
            allowed,
            "{url}"
        );
    }
}
