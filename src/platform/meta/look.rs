//! Looking for a post of Instagram or Threads whose publication had no answer: its container says whether it is
//! out, the account's list under which id. Neither alone is enough.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use super::{
    super::{AskError, Sought},
    Graph,
    publishing::Seen,
    stage::{Stage, Told, WHOLE},
    wire::{self, After, List},
};
use crate::{
    domain::{
        attempt::{RemoteRef, Sighting},
        revision::Part,
    },
    vault::Credential,
};

/// How far the platform's clock may be behind ours.
const CLOCK_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// A list may lack for so long what is out.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// How many pages are read at most, and how much is on one.
const PAGES: usize = 5;
const PER_PAGE: &str = "50";

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub(in crate::platform) enum Doubt {
    #[error("{0}")]
    Ours(&'static str),
    #[error(transparent)]
    Server(#[from] AskError),
}

/// What the container says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Witness {
    Published,
    NotPublished,
    Silent,
}

/// A list of the account's posts.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct Listing {
    /// Where it is, behind the account's id.
    pub(in crate::platform) edge: &'static str,
    /// Which fields are asked for.
    pub(in crate::platform) fields: &'static str,
}

/// A post in a list.
#[derive(Debug, Deserialize)]
pub(in crate::platform) struct Listed {
    id: String,
    #[serde(default, alias = "caption")]
    text: Option<String>,
    #[serde(deserialize_with = "wire::time")]
    timestamp: DateTime<Utc>,
    permalink: Option<String>,
    media_type: Option<String>,
}

impl Listed {
    fn says(&self, text: &str) -> bool {
        as_kept(self.text.as_deref().unwrap_or_default()) == as_kept(text)
    }

    /// Whether it shows as many pictures and films.
    fn shows(&self, part: &Part) -> bool {
        let kind = self.media_type.as_deref().unwrap_or_default();
        match part.media.len() {
            0 => !matches!(kind, "IMAGE" | "VIDEO" | "CAROUSEL_ALBUM"),
            1 => matches!(kind, "IMAGE" | "VIDEO"),
            _ => kind == "CAROUSEL_ALBUM",
        }
    }

    fn remote(&self) -> RemoteRef {
        RemoteRef {
            id: self.id.clone(),
            url: self.permalink.clone().filter(|url| url.starts_with("https://")),
        }
    }
}

/// The same text has one form only, without the white space around it.
pub(in crate::platform) fn as_kept(text: &str) -> String {
    text.trim().replace("\r\n", "\n").nfc().collect()
}

impl Graph {
    /// Asks the container and reads the account's posts since the attempt.
    pub(super) async fn search(
        &self,
        sought: &Sought,
        listing: Listing,
        credential: &Credential,
    ) -> Sighting {
        let found = self.find(sought, listing, credential).await;
        found.unwrap_or_else(|doubt| Sighting::CannotTell {
            why: doubt.to_string(),
        })
    }

    async fn find(
        &self,
        sought: &Sought,
        listing: Listing,
        credential: &Credential,
    ) -> Result<Sighting, Doubt> {
        let part = sought.payload.parts.get(usize::from(sought.part));
        let part = part.ok_or(Doubt::Ours("the post has no such part"))?;
        let witness = self.witness(sought, credential).await;
        let listed = self.listed(sought, listing, credential).await?;
        let alike: Vec<&Listed> = listed.iter().filter(|post| post.says(&part.text)).collect();
        match (witness, alike.as_slice()) {
            (Witness::Published | Witness::Silent, [only]) if only.shows(part) => {
                Ok(Sighting::Seen(only.remote()))
            }
            (Witness::Published, []) => Err(Doubt::Ours(
                "its container says that it is out, but it is not in the list of posts yet",
            )),
            (_, [_, _, ..]) => Err(Doubt::Ours("several posts of that time say the same")),
            (Witness::NotPublished, [_]) => Err(Doubt::Ours(
                "a post of that time says the same, but its container says that it is not out",
            )),
            (_, [_]) => Err(Doubt::Ours(
                "a post of that time says the same with other pictures",
            )),
            (Witness::Silent, []) => Err(Doubt::Ours(
                "it is not in the list of posts, and its container says nothing",
            )),
            (Witness::NotPublished, []) if self.caller.now() < sought.intended_at + SETTLED_AFTER => Err(
                Doubt::Ours("it is not in the list of posts yet, which may run behind"),
            ),
            (Witness::NotPublished, []) => Ok(Sighting::Absent),
        }
    }

    async fn witness(&self, sought: &Sought, credential: &Credential) -> Witness {
        let (Stage::Finished { id, .. } | Stage::Working { id, .. }) = Stage::of(&sought.handles, WHOLE)
        else {
            return Witness::Silent;
        };
        match self.container(&sought.instance, id, credential).await {
            Ok(Seen::Told(Told::Published)) => Witness::Published,
            Ok(Seen::Told(Told::Working | Told::Finished | Told::Failed(_))) => Witness::NotPublished,
            // What is gone may have been published before.
            Ok(Seen::Told(Told::Gone) | Seen::Missing) | Err(_) => Witness::Silent,
        }
    }

    /// Every post since shortly before the attempt: an unbroken view, or an error.
    async fn listed(
        &self,
        sought: &Sought,
        listing: Listing,
        credential: &Credential,
    ) -> Result<Vec<Listed>, Doubt> {
        if !wire::is_id(&sought.remote_account) {
            return Err(Doubt::Ours("the account's id is none of this platform"));
        }
        let since = sought.intended_at - CLOCK_MARGIN;
        let (mut found, mut place): (Vec<Listed>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES {
            let seconds = since.timestamp().to_string();
            let mut query = vec![
                ("fields", listing.fields),
                ("limit", PER_PAGE),
                ("since", &seconds),
            ];
            query.extend(place.as_deref().map(|place| ("after", place)));
            let path = [sought.remote_account.as_str(), listing.edge];
            let page: List<Listed> = self.ask(&sought.instance, &path, &query, credential).await?;
            let next = match page.after() {
                After::Page(next) if place.as_deref() == Some(next) => return Err(odd()),
                After::Unknown => return Err(odd()),
                After::Page(next) => Some(next.to_owned()),
                After::End => None,
            };
            let is_sorted = page
                .data
                .is_sorted_by(|one, other| one.timestamp >= other.timestamp);
            if !is_sorted || page.data.iter().any(|post| !wire::is_id(&post.id)) {
                return Err(odd());
            }
            let reaches_back = page.data.last().is_some_and(|oldest| oldest.timestamp < since);
            found.extend(page.data.into_iter().filter(|post| post.timestamp >= since));
            match next {
                Some(next) if !reaches_back => place = Some(next),
                _ => return Ok(found),
            }
        }
        Err(Doubt::Ours(
            "the attempt lies further back than the posts that are read",
        ))
    }
}

fn odd() -> Doubt {
    Doubt::Ours("the list of posts makes no sense")
}
