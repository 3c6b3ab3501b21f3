//! Looking for a status whose publication had no answer.

use chrono::TimeDelta;

use super::{
    super::{AskError, Sought, caller::Miss, instance},
    Mastodon, html, media, remote,
    wire::{self, Listed},
};
use crate::{
    domain::{
        attempt::{RemoteRef, Sighting},
        revision::Act,
    },
    vault::Credential,
};

/// How far the server's clock may be behind ours.
pub(super) const CLOCK_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// How many pages are read at most, and how much is on one.
const PAGES: usize = 5;
const PER_PAGE: &str = "40";

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Doubt {
    #[error("{0}")]
    Ours(&'static str),
    #[error(transparent)]
    Server(#[from] AskError),
}

impl From<Miss> for Doubt {
    fn from(miss: Miss) -> Self {
        Self::Server(miss.into())
    }
}

/// What comparing one status shows.
pub(super) enum Comparison {
    Same,
    Different,
    Unclear(&'static str),
}

impl Mastodon {
    /// Reads the account's newest posts back to the attempt.
    pub(super) async fn search(&self, sought: &Sought, credential: &Credential) -> Sighting {
        match self.find(sought, credential).await {
            Ok(Some(remote)) => Sighting::Seen(remote),
            Ok(None) => Sighting::Absent,
            Err(doubt) => Sighting::CannotTell {
                why: doubt.to_string(),
            },
        }
    }

    /// "Absent" needs an unbroken view from now back to the attempt; anything less is an error.
    async fn find(&self, sought: &Sought, credential: &Credential) -> Result<Option<RemoteRef>, Doubt> {
        if sought.act == Act::Correct {
            return self.find_edited(sought, credential).await;
        }
        let sign = Sign::of(sought)?;
        let since = sought.intended_at - CLOCK_MARGIN;
        let (mut before, mut doubt) = (None, None);
        for _ in 0..PAGES {
            let page = self.page(sought, before.as_deref(), credential).await?;
            for status in page.iter().filter(|status| status.created_at >= since) {
                match self.compare(&sought.instance, status, &sign, credential).await? {
                    Comparison::Same => return Ok(Some(remote(status.id.clone(), status.url.clone()))),
                    Comparison::Different => {}
                    Comparison::Unclear(why) => doubt = Some(why),
                }
            }
            match page.last() {
                Some(oldest) if oldest.created_at >= since => before = Some(oldest.id.clone()),
                _ => return doubt.map_or(Ok(None), |why| Err(Doubt::Ours(why))),
            }
        }
        Err(Doubt::Ours(
            "the attempt lies further back than the posts that are read",
        ))
    }

    /// One page, newest first, from before a status on.
    async fn page(
        &self,
        sought: &Sought,
        before: Option<&str>,
        credential: &Credential,
    ) -> Result<Vec<Listed>, Doubt> {
        if !wire::is_id(&sought.remote_account) {
            return Err(Doubt::Ours("the account's id is none of this platform"));
        }
        let path = ["api", "v1", "accounts", &sought.remote_account, "statuses"];
        let mut url = instance::endpoint(&sought.instance, &path).map_err(Miss::from)?;
        url.query_pairs_mut()
            .append_pair("limit", PER_PAGE)
            .append_pair("exclude_reblogs", without_reblogs(sought.act))
            .extend_pairs(before.map(|id| ("max_id", id)));
        let page: Vec<Listed> = self.ask(url, Some(credential)).await?;
        if page
            .iter()
            .any(|status| !wire::is_id(&status.id) || before == Some(status.id.as_str()))
        {
            return Err(Doubt::Ours("the list of posts makes no sense"));
        }
        Ok(page)
    }

    async fn compare(
        &self,
        instance: &str,
        status: &Listed,
        sign: &Sign<'_>,
        credential: &Credential,
    ) -> Result<Comparison, Doubt> {
        match (sign, &status.reblog) {
            (Sign::PassesOn(id), Some(passed_on)) if passed_on.id == *id => Ok(Comparison::Same),
            (Sign::PassesOn(_), _) | (Sign::Says { .. }, Some(_)) => Ok(Comparison::Different),
            (Sign::Says { text, media }, None) => {
                let words = self.compare_words(instance, status, text, credential).await?;
                Ok(match words {
                    Comparison::Same if !shows(status, media) => {
                        Comparison::Unclear("a post of that time says the same with other pictures")
                    }
                    words => words,
                })
            }
        }
    }

    pub(super) async fn compare_words(
        &self,
        instance: &str,
        status: &Listed,
        text: &str,
        credential: &Credential,
    ) -> Result<Comparison, Doubt> {
        let path = ["api", "v1", "statuses", &status.id, "source"];
        let (same, certain) = match self
            .ask_at::<wire::Source>(instance, &path, Some(credential))
            .await
        {
            Ok(source) => (as_kept(&source.text) == as_kept(text), true),
            Err(Miss::NotOffered(_)) => (
                html::to_text(&status.content) == html::fold(text),
                renders_plainly(text),
            ),
            Err(miss @ Miss::Failed(_)) => return Err(miss.into()),
        };
        Ok(match (same, &status.edited_at) {
            (true, _) => Comparison::Same,
            (false, Some(_)) => Comparison::Unclear("a post of that time was edited since"),
            (false, None) if !certain => {
                Comparison::Unclear("the server shows its posts only in its own form")
            }
            (false, None) => Comparison::Different,
        })
    }
}

/// By what the post that is looked for is recognised.
enum Sign<'a> {
    /// By its words and the ids of its pictures and films.
    Says { text: &'a str, media: Vec<&'a str> },
    /// By the post that it passes on.
    PassesOn(&'a str),
}

impl<'a> Sign<'a> {
    fn of(sought: &'a Sought) -> Result<Self, Doubt> {
        let part = sought.payload.parts.get(usize::from(sought.part));
        let part = part.ok_or(Doubt::Ours("the post has no such part"))?;
        if sought.act == Act::Repost {
            let id = sought.payload.refers_to.as_deref();
            return id
                .map(Self::PassesOn)
                .ok_or(Doubt::Ours("what was passed on is not known"));
        }
        let media = media::ids(&sought.handles, part.media.len());
        let media = media.ok_or(Doubt::Ours("the ids of its pictures are not known"))?;
        Ok(Self::Says {
            text: &part.text,
            media,
        })
    }
}

const fn without_reblogs(act: Act) -> &'static str {
    match act {
        Act::Repost => "false",
        Act::New | Act::Reply | Act::Quote | Act::Correct => "true",
    }
}

pub(super) fn shows(status: &Listed, media: &[&str]) -> bool {
    let shown = status
        .media_attachments
        .iter()
        .map(|attached| attached.id.as_str());
    shown.eq(media.iter().copied())
}

/// Servers keep a text without the white space around it, and some write ends of lines their own way.
pub(super) fn as_kept(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// Whether every server shows a text as it was sent: mentions lose their host, and some servers take the
/// other characters for markup. Where this does not hold, a difference proves nothing.
pub(super) fn renders_plainly(text: &str) -> bool {
    !text.contains(['@', '*', '_', '`', '~', '[', '\\', '<', '>', '#'])
}
