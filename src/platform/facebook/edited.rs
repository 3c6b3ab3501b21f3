//! Looking at a post whose edit had no answer: what stands there now is compared with what was to stand there.

use super::{
    super::Sought,
    Facebook,
    look::{BEFORE, Change, Doubt, Listed},
    wire::Edit,
};
use crate::{domain::attempt::Sighting, vault::Credential};

impl Facebook {
    /// The post, if it says what the correction says. That nothing changed at it since the attempt proves that the
    /// edit is not there; any change since then, and be it a comment, proves nothing. Nor does "it does not exist": the
    /// same words are said of what the credential may not read.
    pub(super) async fn find_edited(
        &self,
        sought: &Sought,
        edit: Edit<'_>,
        credential: &Credential,
    ) -> Result<Sighting, Doubt> {
        let fields = format!("id,{},created_time,updated_time,permalink_url", edit.words());
        let query = [("fields", fields.as_str())];
        let post: Listed = self
            .graph
            .ask(&sought.instance, &[edit.id], &query, credential)
            .await?;
        match post.updated_time {
            _ if post.id != edit.id => Err(Doubt::Ours("the platform showed another post")),
            _ if post.says(edit.text) => Ok(Sighting::Seen(self.seen(&post))),
            Some(Change(at)) if at < sought.intended_at - BEFORE => Ok(Sighting::Absent),
            _ => Err(Doubt::Ours(
                "the post says something else, and something changed at it since",
            )),
        }
    }
}
