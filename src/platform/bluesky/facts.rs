//! What a server says of itself, and what follows from it.

use url::Url;

use super::{
    super::{AskError, ServerFacts, said::said},
    Bluesky, prepare,
    session::shown_to,
    wire,
};
use crate::{
    domain::account::{KeySupport, Limits},
    vault::Credential,
};

/// How long a call may be repeated under the same record key. The key itself does not age; but if somebody took
/// the post down in between, a repetition would bring it back.
const KEY_SECONDS: u32 = 600;

/// What the record's rules allow, in grapheme clusters.
const MAX_CHARACTERS: u32 = 300;

/// The first version (0.x) of the reference server of which this was tried.
const FIRST_PROVEN: u32 = 4;

impl Bluesky {
    /// Reads the software of the server on which the account's records live.
    pub(super) async fn read_facts(
        &self,
        instance: &str,
        credential: Option<&Credential>,
    ) -> Result<ServerFacts, AskError> {
        let home = match credential {
            Some(credential) => {
                let session = self.session(instance, credential).await?;
                prepare::home_of(&session, shown_to(instance, credential))
            }
            None => instance.to_owned(),
        };
        let health: wire::Health = self.ask(&home, "_health", &[]).await?;
        Ok(ServerFacts {
            limits: Limits {
                max_characters: MAX_CHARACTERS,
                // As they are written: nothing is shortened.
                characters_per_url: 0,
                film_bytes: None,
            },
            keys: keys(&home, &health.version),
            software: said(&format!("AT Protocol PDS {}", health.version), &[]),
        })
    }
}

/// Whether the server is the reference one: it says a bare version (others add their name to it), or its
/// operator, who writes it, runs it.
fn keys(home: &str, version: &str) -> KeySupport {
    if is_reference(version) || is_of_the_makers(home) {
        KeySupport::Honoured { seconds: KEY_SECONDS }
    } else {
        KeySupport::NotHonoured
    }
}

fn is_reference(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let (major, minor, patch) = (numbers.next(), numbers.next(), numbers.next());
    match (major.flatten(), minor.flatten(), patch.flatten()) {
        (Some(0), Some(minor), Some(_)) => minor >= FIRST_PROVEN && numbers.next().is_none(),
        _ => false,
    }
}

fn is_of_the_makers(home: &str) -> bool {
    let url = Url::parse(home).ok().filter(|url| url.scheme() == "https");
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| host == "bsky.social" || host.ends_with(".host.bsky.network"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://pds.example.jp", "0.5.35", true)]
    #[case("https://pds.example.jp", "0.4.0", true)]
    #[case("https://pds.example.jp", "0.3.0", false)]
    #[case("https://pds.example.jp", "0.3.0-beta.3", false)]
    #[case("https://pds.example.jp", "1.0.0", false)]
    #[case("https://pds.example.jp", "0.5", false)]
    #[case("https://pds.example.jp", "0.5.35.1", false)]
    #[case("https://pds.example.jp", "cocoon 0.5.0", false)]
    #[case("https://pds.example.jp", "", false)]
    #[case("https://pds.example.jp", "3f2a9c1", false)]
    #[case("https://bsky.social", "3f2a9c1", true)]
    #[case("https://enoki.us-east.host.bsky.network", "3f2a9c1", true)]
    #[case("http://bsky.social", "3f2a9c1", false)]
    #[case("https://evilhost.bsky.network", "3f2a9c1", false)]
    #[case("https://bsky.social.example.jp", "3f2a9c1", false)]
    fn keys_are_proven_by_software_and_version(
        #[case] home: &str,
        #[case] version: &str,
        #[case] honoured: bool,
    ) {
        let is_honoured = keys(home, version) == KeySupport::Honoured { seconds: 600 };
        assert_eq!(is_honoured, honoured);
    }
}
