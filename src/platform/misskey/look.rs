//! Looking for a note whose publication had no answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{AskError, Sought, caller::Miss},
    Misskey, media, remote,
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
const CLOCK_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// How many pages are read at most, and how much is on one.
const PAGES: usize = 5;
const PER_PAGE: u32 = 100;

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
enum Doubt {
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

/// By what the note that is looked for is recognised.
struct Sign<'a> {
    text: &'a str,
    /// What it passes on or quotes.
    renoted: Option<&'a str>,
    /// What it answers, where that is known.
    answered: Option<&'a str>,
    files: Vec<&'a str>,
}

/// What comparing one note shows.
enum Comparison {
    Same,
    Different,
    Unclear(&'static str),
}

impl Misskey {
    /// Reads the account's newest notes back to the attempt.
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
        let sign = Sign::of(sought)?;
        let since = sought.intended_at - CLOCK_MARGIN;
        let (mut until, mut doubt) = (None, None);
        for _ in 0..PAGES {
            let page = self.page(sought, until.as_deref(), credential).await?;
            for note in page.iter().filter(|note| note.created_at >= since) {
                match sign.compare(note) {
                    Comparison::Same => return Ok(Some(remote(&sought.instance, note.id.clone()))),
                    Comparison::Different => {}
                    Comparison::Unclear(why) => doubt = Some(why),
                }
            }
            match page.last() {
                Some(oldest) if oldest.created_at >= since => until = Some(oldest.id.clone()),
                _ => return doubt.map_or(Ok(None), |why| Err(Doubt::Ours(why))),
            }
        }
        Err(Doubt::Ours(
            "the attempt lies further back than the posts that are read",
        ))
    }

    /// One page, newest first, from before a note on.
    async fn page(
        &self,
        sought: &Sought,
        until: Option<&str>,
        credential: &Credential,
    ) -> Result<Vec<Listed>, Doubt> {
        if !wire::is_id(&sought.remote_account) {
            return Err(Doubt::Ours("the account's id is none of this platform"));
        }
        let body = wire::ListNotes {
            user_id: &sought.remote_account,
            limit: PER_PAGE,
            until_id: until,
            with_replies: true,
            with_renotes: true,
            include_replies: true,
            include_my_renotes: true,
        };
        let page: Vec<Listed> = self
            .question(&sought.instance, &["users", "notes"], &body, credential)
            .await?;
        let is_sorted = page
            .windows(2)
            .all(|two| newer_first(two[0].created_at, two[1].created_at));
        let is_odd = |note: &Listed| !wire::is_id(&note.id) || until == Some(note.id.as_str());
        if !is_sorted || page.iter().any(is_odd) {
            return Err(Doubt::Ours("the list of posts makes no sense"));
        }
        Ok(page)
    }
}

fn newer_first(one: DateTime<Utc>, next: DateTime<Utc>) -> bool {
    one >= next
}

impl<'a> Sign<'a> {
    fn of(sought: &'a Sought) -> Result<Self, Doubt> {
        let part = sought.payload.parts.get(usize::from(sought.part));
        let part = part.ok_or(Doubt::Ours("the post has no such part"))?;
        let files = media::ids(&sought.handles, part.media.len());
        let refers_to = sought.payload.refers_to.as_deref().filter(|_| sought.part == 0);
        Ok(Self {
            text: part.text.trim(),
            renoted: refers_to.filter(|_| matches!(sought.act, Act::Repost | Act::Quote)),
            answered: refers_to.filter(|_| sought.act == Act::Reply),
            files: files.ok_or(Doubt::Ours("the ids of its pictures are not known"))?,
        })
    }

    fn compare(&self, note: &Listed) -> Comparison {
        let words = note.text.as_deref().unwrap_or_default().trim();
        let refers = note.renote_id.as_deref() == self.renoted
            && self
                .answered
                .is_none_or(|id| note.reply_id.as_deref() == Some(id));
        let shows = note
            .file_ids
            .iter()
            .map(String::as_str)
            .eq(self.files.iter().copied());
        match (words == self.text && refers, shows) {
            (true, true) => Comparison::Same,
            (true, false) => Comparison::Unclear("a post of that time says the same with other pictures"),
            (false, _) if note.updated_at.as_ref().is_some_and(|at| !at.is_null()) => {
                Comparison::Unclear("a post of that time was edited since")
            }
            (false, _) => Comparison::Different,
        }
    }
}
