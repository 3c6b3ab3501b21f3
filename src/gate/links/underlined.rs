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
        let Some(link) = read(at, &target) else {
            continue;
        };
        if open.iter().all(|found| found.host != link.host) {
            others.push(link);
        }
    }
    others
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
