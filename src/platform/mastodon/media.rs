//! Pictures and films: uploaded with their descriptions before the call, waited for while the server works.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde::Deserialize;

use super::{
    super::{
        Prepared, Preparing,
        caller::{bad_instance, only_a_step, unfit, without_file},
        headers::X_RATELIMIT,
        instance,
        multipart::Multipart,
    },
    Mastodon, as_ours, classify, wire,
};
use crate::{
    domain::{account::Platform, attempt::Outcome, preparation::Handles, revision::Media},
    net::{Answer, Request},
    vault::Credential,
};

/// How long a server that is still working is left alone.
const PAUSE: TimeDelta = TimeDelta::seconds(2);

/// Where one picture or film stands.
#[derive(Debug, PartialEq, Eq)]
enum Stage<'a> {
    /// It is not there.
    Missing,
    /// The server works on it.
    Processing(&'a str),
    /// It can be posted, under this id.
    Ready(&'a str),
}

const WORKING: &str = "processing";
const READY: &str = "ready";
const LOST: &str = "lost";

fn stage(handles: &Handles, index: usize) -> Stage<'_> {
    match (handles.get(&name(index)), handles.get(&state_name(index))) {
        (Some(id), Some(WORKING)) => Stage::Processing(id),
        (Some(id), Some(READY)) => Stage::Ready(id),
        _ => Stage::Missing,
    }
}

fn name(index: usize) -> String {
    format!("media/{index}")
}

fn state_name(index: usize) -> String {
    format!("media/{index}/state")
}

/// The ids of what was made ready, in order; none if one of them was not.
pub(super) fn ids(handles: &Handles, count: usize) -> Option<Vec<&str>> {
    let id = |index| match stage(handles, index) {
        Stage::Ready(id) => Some(id),
        Stage::Missing | Stage::Processing(_) => None,
    };
    (0..count).map(id).collect()
}

/// `MediaAttachment`.
#[derive(Deserialize)]
struct Attachment {
    id: String,
}

impl Mastodon {
    /// Takes the next step: one upload, or one question after one.
    pub(super) async fn make_ready(&self, what: Preparing<'_>, credential: &Credential) -> Prepared {
        let Some(part) = what.payload.parts.get(usize::from(what.part)) else {
            return Prepared::Refused(unfit(wire::Unfit::Parts));
        };
        for (index, media) in part.media.iter().enumerate() {
            let taken = match stage(what.handles, index) {
                Stage::Ready(_) => continue,
                Stage::Missing => self.upload(&what, index, media, credential).await,
                Stage::Processing(id) => self.ask_after(&what, index, id, credential).await,
            };
            return taken.unwrap_or_else(Prepared::Refused);
        }
        Prepared::Ready
    }

    async fn upload(
        &self,
        what: &Preparing<'_>,
        index: usize,
        media: &Media,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let file = what.files.open(media, Platform::Mastodon).await;
        let file = file.map_err(|error| without_file(&error))?;
        let url = instance::endpoint(what.instance, &["api", "v2", "media"]).map_err(|_| bad_instance())?;
        let request = Multipart::new(self.chance.boundary())
            .text("description", &media.alt)
            .into_request_with(
                ("file", &format!("{index}")),
                file,
                Request::new(Method::POST, url),
            );
        let answer = self.caller.upload(as_ours(request, credential)).await?;
        let handles = |id: &str| what.handles.clone().with(name(index), id);
        match (answer.status.as_u16(), attachment(&answer)) {
            (202, Some(id)) => Ok(self.later(handles(&id).with(state_name(index), WORKING))),
            (200..=299, Some(id)) => Ok(Prepared::Step(handles(&id).with(state_name(index), READY))),
            _ => Err(refused(&answer, credential, self.caller.now())),
        }
    }

    async fn ask_after(
        &self,
        what: &Preparing<'_>,
        index: usize,
        id: &str,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let path = ["api", "v1", "media", id];
        let url = instance::endpoint(what.instance, &path).map_err(|_| bad_instance())?;
        let answer = self
            .caller
            .step(as_ours(Ok(Request::new(Method::GET, url)), credential))
            .await?;
        let handles = what.handles.clone();
        match answer.status.as_u16() {
            206 => Ok(self.later(handles)),
            200 if attachment(&answer).as_deref() == Some(id) => {
                Ok(Prepared::Step(handles.with(state_name(index), READY)))
            }
            // The server has lost it: it is uploaded anew.
            404 => Ok(Prepared::Step(handles.with(state_name(index), LOST))),
            _ => Err(refused(&answer, credential, self.caller.now())),
        }
    }

    fn later(&self, handles: Handles) -> Prepared {
        let again = self.caller.now() + PAUSE;
        Prepared::Later { handles, again }
    }
}

/// The id of what was uploaded.
fn attachment(answer: &Answer) -> Option<String> {
    let attachment: Attachment = serde_json::from_slice(&answer.body).ok()?;
    wire::is_id(&attachment.id).then_some(attachment.id)
}

/// Why an upload was not taken. A success that cannot be read is none: what it made is never posted.
fn refused(answer: &Answer, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    if answer.status.is_success() {
        return Outcome::RejectedTransient {
            why: format!("{}: an upload without an id", answer.status.as_u16()),
            again: X_RATELIMIT.again(&answer.headers, now),
        };
    }
    only_a_step(classify::refusal(answer, credential, now))
}
