//! Looking for a status whose publication had no answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{AskError, Sought, caller::Miss, instance},
    Mastodon, html, remote,
    wire::{self, Listed},
};
use crate::{
    domain::attempt::{RemoteRef, Sighting},
    vault::Credential,
};

/// How far the server's clock may be behind ours.
const CLOCK_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// How many pages are read at most, and how much is on one.
const PAGES: usize = 5;
const PER_PAGE: &str = "40";

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

/// What comparing one status shows.
enum Comparison {
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
        let Some(part) = sought.payload.parts.get(usize::from(sought.part)) else {
            return Err(Doubt::Ours("the post has no such part"));
        };
        let since = sought.intended_at - CLOCK_MARGIN;
        let (mut before, mut doubt) = (None, None);
        for _ in 0..PAGES {
            let page = self.page(sought, before.as_deref(), credential).await?;
            for status in page.iter().filter(|status| is_candidate(status, since)) {
                match self
                    .compare(&sought.instance, status, &part.text, credential)
                    .await?
                {
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
            .append_pair("exclude_reblogs", "true")
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

fn is_candidate(status: &Listed, since: DateTime<Utc>) -> bool {
    status.created_at >= since && status.reblog.is_none()
}

/// Servers keep a text without the white space around it, and some write ends of lines their own way.
fn as_kept(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// Whether every server shows a text as it was sent: mentions lose their host, and some servers take the
/// other characters for markup. Where this does not hold, a difference proves nothing.
fn renders_plainly(text: &str) -> bool {
    !text.contains(['@', '*', '_', '`', '~', '[', '\\', '<', '>', '#'])
}
