//! Addresses of records: `at://did:plc:…/app.bsky.feed.post/3mbd3542k2222`.

use std::fmt;

/// The address of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AtUri<'a> {
    /// Whose repository: a DID or a handle.
    pub(super) repo: &'a str,
    /// What kind of record.
    pub(super) collection: &'a str,
    /// Which one.
    pub(super) rkey: &'a str,
}

impl<'a> AtUri<'a> {
    /// Reads an address; none if it is not that of one record.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut segments = text.strip_prefix("at://")?.split('/');
        let (repo, collection, rkey) = (segments.next()?, segments.next()?, segments.next()?);
        let is_one = segments.next().is_none()
            && text.len() <= 2_000
            && (is_did(repo) || is_handle(repo))
            && is_nsid(collection)
            && is_record_key(rkey);
        is_one.then_some(Self {
            repo,
            collection,
            rkey,
        })
    }
}

impl fmt::Display for AtUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at://{}/{}/{}", self.repo, self.collection, self.rkey)
    }
}

/// Whether a text is a decentralised identifier.
pub(super) fn is_did(text: &str) -> bool {
    let parts = text.strip_prefix("did:").and_then(|rest| rest.split_once(':'));
    let is_in_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'%' | b'-');
    text.len() <= 2_000
        && parts.is_some_and(|(method, id)| {
            !method.is_empty()
                && method.bytes().all(|b| b.is_ascii_lowercase())
                && id.bytes().all(is_in_id)
                && id.bytes().next_back().is_some_and(|b| !matches!(b, b':' | b'%'))
        })
}

/// Whether a text is a handle: a host name of at least two labels.
pub(super) fn is_handle(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = text.rsplit_once('.').map(|(_, top)| top);
    text.len() <= 253
        && text.split('.').all(is_label)
        && top.is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a text names a kind of record.
fn is_nsid(text: &str) -> bool {
    let name = text.rsplit_once('.').map(|(_, name)| name);
    text.len() <= 317
        && text.split('.').count() >= 3
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && !text.split('.').any(str::is_empty)
        && name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether a text can be a record's key.
pub(super) fn is_record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && !matches!(text, "." | "..")
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b':' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was() {
        let text = "at://did:plc:abc123/app.bsky.feed.post/3mbd3542k2222";
        let uri = AtUri::parse(text).unwrap();
        assert_eq!(
            (uri.repo, uri.collection, uri.rkey),
            ("did:plc:abc123", "app.bsky.feed.post", "3mbd3542k2222")
        );
        assert_eq!(uri.to_string(), text);
        assert!(AtUri::parse("at://town.example.jp/app.bsky.feed.post/a").is_some());
    }

    #[test]
    fn what_is_no_address_of_a_record() {
        for odd in [
            "",
            "https://bsky.app/profile/a.jp/post/1",
            "at://did:plc:abc",
            "at://did:plc:abc/app.bsky.feed.post",
            "at://did:plc:abc/app.bsky.feed.post/1/2",
            "at://did:plc:abc/app.bsky.feed.post/..",
            "at://did:plc:abc/app.bsky.feed.post/1?a=b",
            "at://did:plc:abc/post/1",
            "at://a b/app.bsky.feed.post/1",
            "at://localhost/app.bsky.feed.post/1",
        ] {
            assert_eq!(AtUri::parse(odd), None, "{odd}");
        }
    }
}
