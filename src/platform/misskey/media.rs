//! Pictures and films: put into the account's drive, with their descriptions, before the call.

use reqwest::Method;

use super::{
    super::{
        Prepared, Preparing,
        caller::{bad_instance, only_a_step, unfit, unready, without_file},
        multipart::Multipart,
    },
    Misskey, as_ours, classify, endpoint, wire,
};
use crate::{
    domain::{account::Platform, attempt::Outcome, preparation::Handles, revision::Media},
    net::Request,
    vault::Credential,
};

fn name(index: usize) -> String {
    format!("file/{index}")
}

/// The ids of what was made ready, in order; none if one of them was not.
pub(super) fn ids(handles: &Handles, count: usize) -> Option<Vec<&str>> {
    (0..count).map(|index| handles.get(&name(index))).collect()
}

impl Misskey {
    /// Takes the next step: one upload.
    pub(super) async fn make_ready(&self, what: Preparing<'_>, credential: &Credential) -> Prepared {
        let Some(part) = what.payload.parts.get(usize::from(what.part)) else {
            return Prepared::Refused(unfit(wire::Unfit::Parts));
        };
        let is_missing = |index: &usize| what.handles.get(&name(*index)).is_none();
        let mut files = part.media.iter().enumerate();
        let Some((index, media)) = files.find(|(index, _)| is_missing(index)) else {
            return Prepared::Ready;
        };
        match self.upload(&what, index, media, credential).await {
            Ok(id) => Prepared::Step(what.handles.clone().with(name(index), id)),
            Err(outcome) => Prepared::Refused(outcome),
        }
    }

    /// Always a file of its own: a server gives an equal one of before, with another description, unless it is
    /// told not to.
    async fn upload(
        &self,
        what: &Preparing<'_>,
        index: usize,
        media: &Media,
        credential: &Credential,
    ) -> Result<String, Outcome> {
        let file = what.files.open(media, Platform::Misskey).await;
        let file = file.map_err(|error| without_file(&error))?;
        let url = endpoint(what.instance, &["drive", "files", "create"]).map_err(|_| bad_instance())?;
        let label = format!("{index}");
        let mut form = Multipart::new(self.chance.boundary())
            .text("force", "true")
            .text("name", &label);
        if !media.alt.is_empty() {
            form = form.text("comment", &media.alt);
        }
        let request = form.into_request_with(("file", &label), file, Request::new(Method::POST, url));
        let answer = self.caller.upload(as_ours(request, credential)).await?;
        if !answer.status.is_success() {
            return Err(only_a_step(classify::refusal(
                &answer,
                credential,
                self.caller.now(),
            )));
        }
        match serde_json::from_slice::<wire::DriveFile>(&answer.body) {
            Ok(kept) if kept.comment.as_deref().unwrap_or_default() != media.alt => Err(unfit(
                "the server does not keep the description of a picture as it is",
            )),
            Ok(kept) if wire::is_id(&kept.id) => Ok(kept.id),
            _ => Err(unready("a picture or film")),
        }
    }
}
