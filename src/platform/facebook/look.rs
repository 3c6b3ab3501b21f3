//! Looking for a post whose publication had no answer. A page's lists are ranked and have gaps: what is seen is
//! there, what is not seen proves nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    super::{
        AskError, Sought,
        meta::{
            as_kept,
            wire::{self, List},
        },
    },
    Facebook,
    wire::{Asked, Beside},
};
use crate::{
    domain::{
        attempt::{RemoteRef, Sighting},
        revision::Part,
    },
    vault::Credential,
};

/// From how long before the attempt on posts are read: clocks differ.
pub(super) const BEFORE: TimeDelta = TimeDelta::minutes(5);

const POSTS: (&str, &str) = (
    "published_posts",
    "id,message,created_time,permalink_url,application{id},attachments{media_type,target{id},subattachments{target{id}}}",
);
const FILMS: (&str, &str) = ("videos", "id,description,created_time,permalink_url");

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Doubt {
    #[error("{0}")]
    Ours(&'static str),
    #[error(transparent)]
    Server(#[from] AskError),
}

/// A post or a film, in a list or by itself.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    #[serde(alias = "description")]
    message: Option<String>,
    #[serde(deserialize_with = "wire::time")]
    created_time: DateTime<Utc>,
    /// Asked for where a post is looked at by itself.
    pub(super) updated_time: Option<Change>,
    permalink_url: Option<String>,
    application: Option<Named>,
    attachments: Option<Attachments>,
}

/// When something last changed at a post, a comment on it included.
#[derive(Debug, Deserialize)]
pub(super) struct Change(#[serde(deserialize_with = "wire::time")] pub(super) DateTime<Utc>);

#[derive(Debug, Deserialize)]
struct Named {
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Attachments {
    data: Vec<Attachment>,
}

#[derive(Debug, Deserialize)]
struct Attachment {
    media_type: Option<String>,
    target: Option<Named>,
    subattachments: Option<Subattachments>,
}

#[derive(Debug, Deserialize)]
struct Subattachments {
    data: Vec<Subattachment>,
}

#[derive(Debug, Deserialize)]
struct Subattachment {
    target: Option<Named>,
}

impl Listed {
    pub(super) fn says(&self, text: &str) -> bool {
        as_kept(self.message.as_deref().unwrap_or_default()) == as_kept(text)
    }

    fn attached(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().flat_map(|all| &all.data)
    }

    /// The ids of its pictures, as far as they are told.
    fn pictures(&self) -> Vec<&str> {
        let single = |one: &&Attachment| one.subattachments.is_none();
        let alone = self
            .attached()
            .filter(single)
            .filter_map(|one| one.target.as_ref());
        let among = self.attached().filter_map(|one| one.subattachments.as_ref());
        let among = among
            .flat_map(|all| &all.data)
            .filter_map(|one| one.target.as_ref());
        let mut ids: Vec<&str> = alone
            .chain(among)
            .filter_map(|target| target.id.as_deref())
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Whether it shows what was sent beside the text.
    fn shows(&self, beside: &Beside<'_>) -> bool {
        match beside {
            Beside::Film(_) => true,
            Beside::Photos(ids) if ids.is_empty() => {
                let is_picture = |kind: &str| matches!(kind, "photo" | "album" | "video");
                !self
                    .attached()
                    .any(|one| one.media_type.as_deref().is_some_and(is_picture))
            }
            Beside::Photos(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                self.pictures() == ids
            }
        }
    }
}

impl Facebook {
    /// Reads the page's posts since the attempt, or the post that was to be edited.
    pub(super) async fn search(&self, sought: &Sought, credential: &Credential) -> Sighting {
        let found = match Asked::of(sought.act, &sought.payload) {
            Ok(Asked::Post(part)) => self.find(sought, part, credential).await.map(Sighting::Seen),
            Ok(Asked::Edit(edit)) => self.find_edited(sought, edit, credential).await,
            Err(_) => Err(Doubt::Ours("there is no such post")),
        };
        found.unwrap_or_else(|doubt| Sighting::CannotTell {
            why: doubt.to_string(),
        })
    }

    async fn find(&self, sought: &Sought, part: &Part, credential: &Credential) -> Result<RemoteRef, Doubt> {
        let beside = Beside::of(&sought.handles, part.media.len())
            .map_err(|_| Doubt::Ours("the ids of its pictures are not known"))?;
        let listed = self.listed(sought, &beside, credential).await?;
        let alike: Vec<&Listed> = listed.iter().filter(|post| post.says(&part.text)).collect();
        match alike.as_slice() {
            [] => Err(Doubt::Ours(
                "it is not in the list of posts; such a list has gaps, so that this proves nothing",
            )),
            [only] if !only.shows(&beside) => Err(Doubt::Ours(
                "a post of that time says the same with other pictures",
            )),
            [only] if !self.is_ours(only) => Err(Doubt::Ours(
                "a post of that time says the same, but another program made it",
            )),
            [only] => Ok(self.seen(only)),
            _ => Err(Doubt::Ours("several posts of that time say the same")),
        }
    }

    /// The page's posts since shortly before the attempt, as many as are told.
    async fn listed(
        &self,
        sought: &Sought,
        beside: &Beside<'_>,
        credential: &Credential,
    ) -> Result<Vec<Listed>, Doubt> {
        if !wire::is_id(&sought.remote_account) {
            return Err(Doubt::Ours("the account's id is none of this platform"));
        }
        let since = sought.intended_at - BEFORE;
        let (edge, fields) = match beside {
            Beside::Photos(_) => POSTS,
            Beside::Film(_) => FILMS,
        };
        let seconds = since.timestamp().to_string();
        let query = [("fields", fields), ("since", seconds.as_str()), ("limit", "100")];
        let path = [sought.remote_account.as_str(), edge];
        let page: List<Listed> = self
            .graph
            .ask(&sought.instance, &path, &query, credential)
            .await?;
        let of_then = |post: &Listed| post.created_time >= since && wire::is_id(&post.id);
        Ok(page.data.into_iter().filter(of_then).collect())
    }

    /// Whether our application made it, or nobody tells who did.
    fn is_ours(&self, post: &Listed) -> bool {
        let maker = post.application.as_ref().and_then(|maker| maker.id.as_deref());
        let ours = self.graph.application().ok().map(|ours| ours.client_id.as_str());
        maker.zip(ours).is_none_or(|(maker, ours)| maker == ours)
    }

    pub(super) fn seen(&self, post: &Listed) -> RemoteRef {
        let told = post
            .permalink_url
            .clone()
            .filter(|url| url.starts_with("https://"));
        let by_id = self.remote(post.id.clone());
        RemoteRef {
            url: told.or(by_id.url),
            ..by_id
        }
    }
}
