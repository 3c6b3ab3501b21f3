//! Looking for a post whose publication had no answer.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{
    super::{AskError, Sought, caller::Miss, instance},
    X,
    remote::{Remote, is_id},
    shown::{self, Likeness},
    wire::{Listed, Page},
};
use crate::{
    domain::{
        attempt::{RemoteRef, Sighting},
        revision::Act,
    },
    vault::Credential,
};

/// From how long before the attempt on posts are read: clocks differ.
const BEFORE: TimeDelta = TimeDelta::minutes(5);

/// A list may lack for so long what is out: reads at X run behind.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// How many pages are read at most, and how much is on one.
const PAGES: usize = 5;
const PER_PAGE: &str = "100";

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

/// What one listed post is to the one that is sought.
enum Comparison {
    Same(RemoteRef),
    Different,
    Unclear(&'static str),
}

impl X {
    /// Reads the account's posts since the attempt.
    pub(super) async fn search(&self, sought: &Sought, credential: &Credential) -> Sighting {
        match self.find(sought, credential).await {
            Ok(Some(remote)) => Sighting::Seen(remote),
            Ok(None) => Sighting::Absent,
            Err(doubt) => Sighting::CannotTell {
                why: doubt.to_string(),
            },
        }
    }

    /// "Absent" needs the whole list from the attempt to now, and some time since; anything less is an error.
    async fn find(&self, sought: &Sought, credential: &Credential) -> Result<Option<RemoteRef>, Doubt> {
        let since = sought.intended_at - BEFORE;
        let (mut next, mut doubt) = (None, None);
        for _ in 0..PAGES {
            let page = self.page(sought, next.as_deref(), credential).await?;
            for listed in page.data.iter().filter(|listed| listed.created_at >= since) {
                match self.compare(sought, listed)? {
                    Comparison::Same(remote) => return Ok(Some(remote)),
                    Comparison::Different => {}
                    Comparison::Unclear(why) => doubt = Some(why),
                }
            }
            match (page.meta.next_token, doubt) {
                (Some(token), _) => next = Some(token),
                (None, Some(why)) => return Err(Doubt::Ours(why)),
                (None, None) => return self.settled(sought.intended_at).map(|()| None),
            }
        }
        Err(Doubt::Ours(
            "there are more posts since the attempt than are read",
        ))
    }

    fn settled(&self, intended_at: DateTime<Utc>) -> Result<(), Doubt> {
        if self.caller.now() < intended_at + SETTLED_AFTER {
            return Err(Doubt::Ours(
                "it is not in the list yet, which at X may run behind",
            ));
        }
        Ok(())
    }

    /// One page, newest first.
    async fn page(
        &self,
        sought: &Sought,
        next: Option<&str>,
        credential: &Credential,
    ) -> Result<Page, Doubt> {
        if !is_id(&sought.remote_account) {
            return Err(Doubt::Ours("the account's id is none of this platform"));
        }
        let path = ["2", "users", &sought.remote_account, "tweets"];
        let mut url = instance::endpoint(&sought.instance, &path).map_err(Miss::from)?;
        let since = (sought.intended_at - BEFORE).to_rfc3339_opts(SecondsFormat::Secs, true);
        let without_reposts = (sought.act != Act::Repost).then_some(("exclude", "retweets"));
        url.query_pairs_mut()
            .append_pair("max_results", PER_PAGE)
            .append_pair("start_time", &since)
            .append_pair(
                &self.settings.fields_parameter,
                "created_at,entities,referenced_tweets",
            )
            .extend_pairs(without_reposts)
            .extend_pairs(next.map(|token| ("pagination_token", token)));
        let page: Page = self.ask(url, Some(credential)).await?;
        let odd = page.data.len() != page.meta.result_count
            || page.data.iter().any(|listed| !is_id(&listed.id))
            || page
                .meta
                .next_token
                .as_deref()
                .is_some_and(|token| next == Some(token));
        match (odd, page.errors.is_empty()) {
            (true, _) => Err(Doubt::Ours("the list of posts makes no sense")),
            (false, false) => Err(Doubt::Ours("X could not show all posts")),
            (false, true) => Ok(page),
        }
    }

    fn compare(&self, sought: &Sought, listed: &Listed) -> Result<Comparison, Doubt> {
        let refers_to = sought.payload.refers_to.as_deref();
        let has = |kind: &str| {
            listed
                .referenced_tweets
                .iter()
                .any(|other| other.kind == kind && Some(other.id.as_str()) == refers_to)
        };
        let web = &self.settings.authorize;
        let post = || Remote::Post(&listed.id).with_address(web);
        let compared = match (sought.act, sought.part) {
            (Act::Repost, _) if !has("retweeted") => Comparison::Different,
            (Act::Repost, _) => Comparison::Same(
                Remote::Repost {
                    by: &sought.remote_account,
                    of: refers_to.unwrap_or_default(),
                }
                .with_address(web),
            ),
            (Act::Reply, 0) if !has("replied_to") => Comparison::Different,
            (Act::Quote, 0) if !has("quoted") => Comparison::Different,
            _ => match likeness(sought, listed)? {
                Likeness::Same => Comparison::Same(post()),
                Likeness::ButForLinks => {
                    Comparison::Unclear("a post of that time differs in nothing but its links")
                }
                Likeness::Different if listed.edit_history_tweet_ids.len() > 1 => {
                    Comparison::Unclear("a post of that time was edited since")
                }
                Likeness::Different => Comparison::Different,
            },
        };
        Ok(compared)
    }
}

/// Compares the texts; X puts mentions before an answer.
fn likeness(sought: &Sought, listed: &Listed) -> Result<Likeness, Doubt> {
    let part = sought.payload.parts.get(usize::from(sought.part));
    let ours = &part.ok_or(Doubt::Ours("the post has no such part"))?.text;
    let quoted = sought
        .payload
        .refers_to
        .as_deref()
        .filter(|_| sought.act == Act::Quote);
    let mut likeness = shown::compare(ours, listed, quoted);
    let answers = sought.act == Act::Reply || sought.part > 0;
    let mut shorter = if answers {
        shown::without_mention(listed)
    } else {
        None
    };
    while let (Likeness::Different, Some(listed)) = (likeness, &shorter) {
        likeness = shown::compare(ours, listed, quoted);
        shorter = shown::without_mention(listed);
    }
    Ok(likeness)
}
