//! Finds every link that a reader or a platform would see in a text.
//!
//! What is found here is judged by where it leads. Listed hosts are searched for by [`super::hosts`] in
//! every spelling; a link is found in fewer, since most dots of a text are in no link.

mod bare;
pub(super) mod checks;
mod scan;
mod tail;
mod underlined;

use std::{collections::BTreeSet, net::IpAddr, ops::Range};

use super::hosts::{Cell, View};
use crate::domain::revision::{Content, Payload};

/// How a link asks to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `http`, also where it was made unclickable.
    Http,
    /// `https`, also where it was made unclickable.
    Https,
    /// Any other.
    Other,
    /// It does not say, as most links in print.
    Unsaid,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostName {
    /// A name: lower-case ASCII, without a dot at its end.
    Domain(String),
    /// An address, in whichever base it was written.
    Address(IpAddr),
}

/// Whether a name stands before the host (`name@host`), where readers take it for the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum User {
    /// There is none.
    Absent,
    /// There is one.
    Present,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Where it stands, in bytes of the original and on character boundaries.
    pub(super) span: Range<usize>,
    pub(super) scheme: Scheme,
    pub(super) user: User,
    pub(super) host: HostName,
    /// The port, if one is said.
    pub(super) port: Option<u16>,
    /// Path and query as written, without what stands behind `#`.
    pub(super) path: String,
}

impl Link {
    /// The host as text.
    pub(super) fn host(&self) -> String {
        match &self.host {
            HostName::Domain(domain) => domain.clone(),
            HostName::Address(IpAddr::V4(address)) => address.to_string(),
            HostName::Address(IpAddr::V6(address)) => format!("[{address}]"),
        }
    }

    /// What the host looks like, for a name with letters outside ASCII.
    pub(super) fn looks_like(&self) -> Option<String> {
        let HostName::Domain(domain) = &self.host else {
            return None;
        };
        let is_encoded = domain.split('.').any(|label| label.starts_with("xn--"));
        is_encoded.then(|| {
            let (shown, _) = idna::domain_to_unicode(domain);
            let view = View::whole(&shown);
            view.stretches.iter().flatten().map(Cell::shown).collect()
        })
    }

    /// The address under which it is looked at; none for what no browser opens by HTTP.
    pub(super) fn address(&self) -> Option<String> {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https | Scheme::Unsaid => "https",
            Scheme::Other => return None,
        };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let slash = if self.path.starts_with('/') { "" } else { "/" };
        Some(format!("{scheme}://{}{port}{slash}{}", self.host(), self.path))
    }
}

/// Every link in a text, in the order in which they stand there.
pub(super) fn links_in(text: &str) -> Vec<Link> {
    links_of_view(text, &View::of(text))
}

/// Every link in a text that was made ready for the search.
pub(super) fn links_of_view(text: &str, view: &View) -> Vec<Link> {
    let found = view.stretches.iter().map(|cells| scan::links(text, cells));
    let mut links: Vec<Link> = found.flatten().collect();
    let others = underlined::others(text, &links);
    if !others.is_empty() {
        links.extend(others);
        links.sort_by_key(|link| link.span.start);
    }
    links
}

/// The domain that somebody registered to get this host; the host itself where there is none.
pub(super) fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// The addresses of all links that a content shows, as [`crate::domain::evidence::Evidence::links`] names
/// them: what has to be looked at before the content is judged.
#[must_use]
pub fn links(content: &Content) -> BTreeSet<String> {
    content.payloads().iter().flat_map(links_of).collect()
}

/// The addresses of all links that one payload shows.
pub(super) fn links_of(payload: &Payload) -> BTreeSet<String> {
    texts(payload).into_iter().flat_map(addresses_in).collect()
}

/// The addresses of all links in one text, such as that of a QR code.
#[must_use]
pub fn addresses_in(text: &str) -> BTreeSet<String> {
    links_in(text).iter().filter_map(Link::address).collect()
}

/// What a reader sees of a payload.
fn texts(payload: &Payload) -> Vec<&str> {
    let mut texts = Vec::new();
    for part in &payload.parts {
        texts.push(part.text.as_str());
        if let Some(card) = &part.link_card {
            texts.extend([card.uri.as_str(), card.title.as_str(), card.description.as_str()]);
        }
        texts.extend(part.media.iter().map(|media| media.alt.as_str()));
    }
    texts
}

#[cfg(test)]
mod tests;
