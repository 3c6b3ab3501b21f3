//! What a server says of itself, and what follows from it.

use super::{
    super::{AskError, ServerFacts, caller::Miss, instance, said::said},
    Mastodon, wire,
};
use crate::domain::account::{KeySupport, Limits};

/// How long a repeat with the same key is safe where keys are honoured: Mastodon keeps them for an hour,
/// counted by its own clock from when it took the first one; ten minutes are left for the difference.
const KEY_SECONDS: u32 = 3_000;

/// Software that keeps keys, as its source shows, and its first version (major) that does.
///
/// What is not listed does not count as keeping them: GoToSocial, Pleroma, Akkoma and Misskey take the
/// header or ignore it without a promise, and Mitra forgets its keys when it starts again. Forks that say
/// "mastodon" and add their name to the version (glitch-soc) share the code in question.
const KEEPS_KEYS: [(&str, u32); 1] = [("mastodon", 2)];

/// Versions of NodeInfo that are read, best first. All have the software in the same place.
const NODEINFO: [&str; 3] = ["/schema/2.1", "/schema/2.0", "/schema/1.0"];

impl Mastodon {
    /// Reads limits and capabilities.
    pub(super) async fn read_facts(&self, instance: &str) -> Result<ServerFacts, AskError> {
        let limits = self.limits(instance).await?;
        let software = self.software(instance).await?;
        let (keys, software) = match software {
            Some(software) => {
                let name = format!("{} {}", software.name, software.version);
                (keys(&software), said(&name, &[]))
            }
            None => (KeySupport::NotHonoured, "unknown".to_owned()),
        };
        Ok(ServerFacts {
            limits,
            keys,
            software,
        })
    }

    /// The limits, from the newer address where there is one.
    async fn limits(&self, instance: &str) -> Result<Limits, AskError> {
        for version in ["v2", "v1"] {
            let found: wire::Instance = match self.ask_at(instance, &["api", version, "instance"], None).await
            {
                Ok(found) => found,
                Err(Miss::NotOffered(_)) => continue,
                Err(Miss::Failed(error)) => return Err(error),
            };
            let Some(told) = found.configuration else {
                continue;
            };
            if let Some(limits) = told.statuses {
                return Ok(Limits {
                    max_characters: limits.max_characters,
                    characters_per_url: limits.characters_reserved_per_url,
                    film_bytes: told.media_attachments.and_then(|media| media.video_size_limit),
                });
            }
        }
        Err(AskError::Unreadable(
            "the server does not tell its limits".to_owned(),
        ))
    }

    /// The software, by NodeInfo; none when the server does not tell. A server that cannot be reached just
    /// now is an error instead: it did not say that it has none.
    async fn software(&self, instance: &str) -> Result<Option<wire::Software>, AskError> {
        let told = async {
            let links: wire::NodeInfoLinks =
                self.ask_at(instance, &[".well-known", "nodeinfo"], None).await?;
            let document = NODEINFO
                .iter()
                .find_map(|version| links.links.iter().find(|link| link.rel.ends_with(version)))
                .and_then(|link| same_server(instance, &link.href))
                .ok_or(Miss::NotOffered(200))?;
            self.ask::<wire::NodeInfo>(document, None).await
        };
        match told.await {
            Ok(document) => Ok(Some(document.software)),
            Err(Miss::NotOffered(_) | Miss::Failed(AskError::Unreadable(_) | AskError::Unauthorised(_))) => {
                Ok(None)
            }
            Err(Miss::Failed(error)) => Err(error),
        }
    }
}

/// A link, if it stays on the server: nobody else may say what it is.
fn same_server(instance: &str, href: &str) -> Option<url::Url> {
    let server = instance::origin(instance).ok()?;
    server
        .join(href)
        .ok()
        .filter(|url| url.origin() == server.origin())
}

/// Whether this software honours idempotency keys.
fn keys(software: &wire::Software) -> KeySupport {
    let name = software.name.to_ascii_lowercase();
    let major = software
        .version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    let listed = KEEPS_KEYS
        .iter()
        .any(|(known, first)| *known == name && major.is_some_and(|major| major >= *first));
    if listed {
        KeySupport::Honoured { seconds: KEY_SECONDS }
    } else {
        KeySupport::NotHonoured
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mastodon", "4.5.0", true)]
    #[case("mastodon", "4.3.0-beta.1+glitch", true)]
    #[case("Mastodon", "2.0.0", true)]
    #[case("mastodon", "1.6.1", false)]
    #[case("mastodon", "", false)]
    #[case("mastodon", "latest", false)]
    #[case("gotosocial", "0.19.1", false)]
    #[case("pleroma", "2.9.0", false)]
    #[case("akkoma", "3.15.0", false)]
    #[case("misskey", "2026.3.0", false)]
    #[case("mitra", "4.0.0", false)]
    #[case("mastodon-like", "4.0.0", false)]
    fn keys_are_proven_by_software_and_version(
        #[case] name: &str,
        #[case] version: &str,
        #[case] honoured: bool,
    ) {
        let software = wire::Software {
            name: name.to_owned(),
            version: version.to_owned(),
        };
        let expected = if honoured {
            KeySupport::Honoured { seconds: 3_000 }
        } else {
            KeySupport::NotHonoured
        };
        assert_eq!(keys(&software), expected);
    }

    #[test]
    fn only_the_server_itself_says_what_it_is() {
        let server = "https://social.example.jp";
        assert!(same_server(server, "https://social.example.jp/nodeinfo/2.0").is_some());
        assert!(same_server(server, "/nodeinfo/2.0").is_some());
        for href in [
            "https://evil.example/nodeinfo",
            "http://social.example.jp/nodeinfo",
            "//evil.example/",
            "::",
        ] {
            let found = same_server(server, href);
            assert!(
                found.is_none_or(|url| url.host_str() == Some("social.example.jp")),
                "{href}"
            );
        }
        assert!(same_server(server, "http://social.example.jp/nodeinfo").is_none());
    }
}
