//! Where a request comes from, when proxies stand in between.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address of the client: the peer, or, where the peer is a trusted proxy, the rightmost address in
/// `X-Forwarded-For` that no trusted proxy has. What stands further left was written by the client itself.
#[must_use]
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    if !is_trusted(&peer) {
        return peer;
    }
    let mut furthest = peer;
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // Behind something that is no address, nothing can be believed.
        let Some(address) = parse(hop.trim()) else { break };
        furthest = address;
        if !is_trusted(&address) {
            break;
        }
    }
    furthest
}

/// An address, perhaps with a port, as proxies write it.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or(hop);
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| bare.split_once(':')?.0.parse::<Ipv4Addr>().ok().map(IpAddr::V4))?;
    Some(address.to_canonical())
}

/// What is counted as one client: an IPv6 subscriber has a whole /64.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        address(Some(peer.parse().unwrap()), &headers, &trusted).to_string()
    }

    #[rstest]
    #[case::no_proxy("192.0.2.1", &[], "192.0.2.1")]
    #[case::a_stranger_is_not_believed("192.0.2.1", &["203.0.113.9"], "192.0.2.1")]
    #[case::one_proxy("10.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    #[case::the_client_lies_on_the_left("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9")]
    #[case::two_proxies("10.0.0.1", &["198.51.100.7, 203.0.113.9, 10.0.0.2"], "203.0.113.9")]
    #[case::two_lines("10.0.0.1", &["198.51.100.7", "203.0.113.9", "10.0.0.2"], "203.0.113.9")]
    #[case::rubbish_ends_the_search("10.0.0.1", &["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2")]
    #[case::only_proxies("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::nothing_said("10.0.0.1", &[], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9")]
    #[case::six("fd00::1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::mapped("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    fn the_rightmost_untrusted_hop_is_the_client(
        #[case] peer: &str,
        #[case] forwarded: &[&'static str],
        #[case] client: &str,
    ) {
        assert_eq!(seen(peer, forwarded), client);
    }

    #[test]
    fn a_household_is_one_client() {
        let one: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2::9".parse().unwrap();
        assert_eq!(household(one), household(other));
    }
}
