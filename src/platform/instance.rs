//! The addresses of a server.

use url::Url;

/// A server's address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a server's address is a scheme and a host, nothing more")]
pub(super) struct BadInstance;

/// The server's own address: scheme, host and perhaps a port.
pub(super) fn origin(instance: &str) -> Result<Url, BadInstance> {
    let url = Url::parse(instance).map_err(|_| BadInstance)?;
    let bare = url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    bare.then_some(url).ok_or(BadInstance)
}

/// An address on the server. Each segment is one, whatever characters it has.
pub(super) fn endpoint(instance: &str, segments: &[&str]) -> Result<Url, BadInstance> {
    let mut url = origin(instance)?;
    url.path_segments_mut()
        .map_err(|()| BadInstance)?
        .clear()
        .extend(segments);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_built_from_segments() {
        let url = endpoint("https://social.example.jp", &["api", "v1", "a/b?c#d"]).unwrap();
        assert_eq!(url.as_str(), "https://social.example.jp/api/v1/a%2Fb%3Fc%23d");
        assert_eq!(origin("http://127.0.0.1:3000/").unwrap().port(), Some(3000));
    }

    #[test]
    fn a_server_is_a_scheme_and_a_host() {
        for odd in [
            "",
            "social.example.jp",
            "https://",
            "mailto:a@example.jp",
            "https://a@social.example.jp",
            "https://social.example.jp/web",
            "https://social.example.jp/?a=b",
            "https://social.example.jp/#a",
        ] {
            assert_eq!(origin(odd), Err(BadInstance), "{odd}");
        }
    }
}
