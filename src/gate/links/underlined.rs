//! Links that lead elsewhere on a platform than a reader would say.
//!
//! In `http://www.city.example.lg.jphttps:` a reader sees one name and a mistake; platforms, which know the
//! top-level domain `.city`, underline `http://www.city`, where somebody else may be at home. Both are judged.

use std::ops::Range;

use super::{HostName, Link, Scheme, User};
use crate::domain::text::facets;

/// The links that platforms see, but for those whose host was found in the same place. `found` is in the order
/// in which the links stand.
pub(super) fn others(text: &str, found: &[Link]) -> Vec<Link> {
    let mut next = 0;
    // What was found and has not ended yet: links stand in each other at most where one is in brackets.
    let mut open: Vec<&Link> = Vec::new();
    let mut others = Vec::new();
    for (at, target) in facets::underlined(text) {
        let begun = found[next..].iter().take_while(|link| link.span.start < at.end);
        open.extend(begun);
        next += found[next..].partition_point(|link| link.span.start < at.end);
        open.retain(|link| link.span.end > at.start);
        if plain_host(&target).is_some_and(|host| open.iter().any(|found| is_at(found, host))) {
            continue;
        }
        let Some(link) = read(at, &target) else {
            continue;
        };
        if open.iter().all(|found| found.host != link.host) {
            others.push(link);
        }
    }
    others
}

/// The host of a target in which a browser changes no more than capitals: most are read without its help.
fn plain_host(target: &str) -> Option<&str> {
    let (_, rest) = target.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
    let last = authority.rsplit('.').next()?;
    // What ends in a figure may be an address, and `--` may stand for letters outside ASCII.
    let is_a_name = last.starts_with(|c: char| c.is_ascii_alphabetic())
        && authority.bytes().all(is_plain)
        && !authority.contains("--");
    is_a_name.then_some(authority)
}

fn is_at(link: &Link, host: &str) -> bool {
    matches!(&link.host, HostName::Domain(name) if name.eq_ignore_ascii_case(host))
}

/// A link as a browser understands its target; none for what no browser opens.
fn read(span: Range<usize>, target: &str) -> Option<Link> {
    let url = url::Url::parse(target).ok()?;
    let host = match url.host()? {
        url::Host::Domain(name) => HostName::Domain(name.trim_end_matches('.').to_owned()),
        url::Host::Ipv4(address) => HostName::Address(address.into()),
        url::Host::Ipv6(address) => HostName::Address(address.into()),
    };
    let scheme = if url.scheme() == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    let behind_host = target.find("://").map_or(0, |at| at + "://".len());
    let rest = &target[behind_host..];
    let path = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    let path = path.split('#').next().unwrap_or_default().to_owned();
    Some(Link {
        span,
        scheme,
        user: User::Absent,
        host,
        port: url.port(),
        path,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{HostName, plain_host, read};

    proptest! {
        /// What is read without a browser's help is read as a browser does.
        #[test]
        fn a_plain_host_is_the_one_that_a_browser_opens(
            target in "https?://([a-zA-Z0-9.@:-]{0,3}|xn--|0x|b)[a-zA-Z0-9.%:@\\\\-]{0,12}(\\.[a-z0-9]{0,3})?[/?#]?[a-z]{0,2}",
        ) {
            let Some(host) = plain_host(&target) else {
                return Ok(());
            };
            if let Some(link) = read(0..target.len(), &target) {
                prop_assert_eq!(link.host, HostName::Domain(host.to_ascii_lowercase()));
            }
        }
    }

    #[test]
    fn most_hosts_are_plain() {
        assert_eq!(
            plain_host("https://www.City.example.lg.jp/a?b"),
            Some("www.City.example.lg.jp")
        );
        for other in [
            "https://a@b.jp",
            "https://b.jp:443",
            "https://b.jp.",
            "http://0x7f.1",
            "https://xn--a.jp",
            "http://",
        ] {
            assert_eq!(plain_host(other), None, "{other}");
        }
    }
}
