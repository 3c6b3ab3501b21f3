//! What can be out on X, as one text: a post has an id of its own, a repost has none.

use std::fmt;

use url::Url;

use crate::domain::attempt::RemoteRef;

/// Something that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remote<'a> {
    /// A post, by its id.
    Post(&'a str),
    /// A repost: who passed on which post.
    Repost { by: &'a str, of: &'a str },
}

/// What a stored repost begins with.
const REPOST: &str = "repost";

impl<'a> Remote<'a> {
    /// Reads what its `Display` wrote.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            [id] if is_id(id) => Some(Self::Post(id)),
            [REPOST, by, of] if is_id(by) && is_id(of) => Some(Self::Repost { by, of }),
            _ => None,
        }
    }

    /// With the address at which people read it. X does not tell it; this form leads to every post, whoever
    /// wrote it. `web` is any address of X's own pages.
    pub(super) fn with_address(self, web: &Url) -> RemoteRef {
        let (Self::Post(id) | Self::Repost { of: id, .. }) = self;
        RemoteRef {
            id: self.to_string(),
            url: web.join(&format!("/i/web/status/{id}")).ok().map(String::from),
        }
    }
}

impl fmt::Display for Remote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(id) => f.write_str(id),
            Self::Repost { by, of } => write!(f, "{REPOST}:{by}:{of}"),
        }
    }
}

/// Whether a text can be an id: X counts to 19 digits.
pub(super) fn is_id(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_comes_back_as_it_was() {
        for remote in [
            Remote::Post("1445880548472328192"),
            Remote::Repost { by: "7", of: "12" },
        ] {
            assert_eq!(Remote::parse(&remote.to_string()), Some(remote));
        }
        for odd in [
            "",
            "a",
            "1/2",
            "../1",
            "12345678901234567890",
            "repost:1",
            "repost:1:a",
            "repost:1:2:3",
            "x:1:2",
        ] {
            assert_eq!(Remote::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn people_read_it_on_the_pages_of_x() {
        let web: Url = "https://x.com/i/oauth2/authorize".parse().unwrap();
        let url = |remote: Remote<'_>| remote.with_address(&web).url;
        assert_eq!(url(Remote::Post("12")).unwrap(), "https://x.com/i/web/status/12");
        assert_eq!(url(Remote::Repost { by: "7", of: "12" }), url(Remote::Post("12")));
    }
}
