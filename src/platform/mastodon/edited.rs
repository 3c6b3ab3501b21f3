//! Looking at a status whose edit had no answer: what stands there now is compared with what was to stand there.

use chrono::{DateTime, Utc};

use super::{
    super::{Sought, caller::Miss},
    Mastodon,
    look::{CLOCK_MARGIN, Comparison, Doubt, shows},
    media, remote,
    wire::{self, Listed},
};
use crate::{domain::attempt::RemoteRef, vault::Credential};

impl Mastodon {
    /// The status, if it says what the correction says. That it was never edited since the attempt, or is gone, proves
    /// that the edit is not there; another edit since then proves nothing.
    pub(super) async fn find_edited(
        &self,
        sought: &Sought,
        credential: &Credential,
    ) -> Result<Option<RemoteRef>, Doubt> {
        let part = sought.payload.parts.get(usize::from(sought.part));
        let part = part.ok_or(Doubt::Ours("the post has no such part"))?;
        let media = media::ids(&sought.handles, part.media.len());
        let media = media.ok_or(Doubt::Ours("the ids of its pictures are not known"))?;
        let Some(status) = self.status(sought, credential).await? else {
            return Ok(None);
        };
        let words = self
            .compare_words(&sought.instance, &status, &part.text, credential)
            .await?;
        let language = sought.payload.language.as_deref();
        let speaks =
            language.is_none() || status.language.is_none() || status.language.as_deref() == language;
        let is_edited = was_edited(&status, sought.intended_at - CLOCK_MARGIN);
        match words {
            Comparison::Same if speaks && shows(&status, &media) => Ok(Some(remote(status.id, status.url))),
            Comparison::Unclear(why) if status.edited_at.is_none() => Err(Doubt::Ours(why)),
            _ if is_edited => Err(Doubt::Ours("the post was edited since, to something else")),
            _ => Ok(None),
        }
    }

    /// The status as it is now; none if it is gone.
    async fn status(&self, sought: &Sought, credential: &Credential) -> Result<Option<Listed>, Doubt> {
        let id = sought.payload.refers_to.as_deref().filter(|id| wire::is_id(id));
        let id = id.ok_or(Doubt::Ours("what was corrected is not known"))?;
        let path = ["api", "v1", "statuses", id];
        match self
            .ask_at::<Listed>(&sought.instance, &path, Some(credential))
            .await
        {
            Ok(status) if status.id == id => Ok(Some(status)),
            Ok(_) => Err(Doubt::Ours("the server showed another post")),
            Err(Miss::NotOffered(_)) => Ok(None),
            Err(miss) => Err(miss.into()),
        }
    }
}

/// Whether a status was edited since a time; a time that cannot be read may be any.
fn was_edited(status: &Listed, since: DateTime<Utc>) -> bool {
    status.edited_at.as_ref().is_some_and(|at| {
        let at = at.as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
        at.is_none_or(|at| at >= since)
    })
}
