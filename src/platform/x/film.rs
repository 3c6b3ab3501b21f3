//! Films and moving pictures go to X in segments: begun, sent, ended, and waited for while X works on them. Each step
//! may be taken twice: a segment has its number, and what X forgot is begun anew.

use std::io::{Cursor, SeekFrom};

use chrono::TimeDelta;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use url::Url;

use super::{
    super::{
        Opened, Prepared, Preparing,
        caller::{bad_instance, said_to, unfit},
        instance,
        multipart::Multipart,
    },
    X, as_ours,
    upload::uploaded_name,
    wire,
};
use crate::{
    domain::{attempt::Outcome, preparation::Handles, revision::Media},
    net::{Answer, Request},
    vault::Credential,
};

/// How much one request carries. X takes a thousand segments of up to five megabytes.
pub(super) const SEGMENT: u64 = 4 * 1024 * 1024;

/// How many segments one step sends: what a crash makes be sent again.
const AT_ONCE: u64 = 4;

/// The largest film and the largest moving picture that X takes, in bytes.
const LARGEST_FILM: u64 = 512 * 1024 * 1024;
const LARGEST_GIF: u64 = 15 * 1024 * 1024;

/// How long X is left alone while it works, unless it says.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: i64 = 60;

/// Where a film stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage<'a> {
    /// X has an id for it, and the segments before this one.
    Sending {
        /// The id.
        id: &'a str,
        /// The next segment, from 0.
        next: u64,
    },
    /// All of it is there; X works on it.
    Processing(&'a str),
}

fn name(place: usize) -> String {
    format!("film/{place}")
}

fn next_name(place: usize) -> String {
    format!("film/{place}/next")
}

/// What stands in the place of the next segment once there is none.
const ENDED: &str = "ended";

/// Where the film at a place stands; none if there is none, or X forgot it.
pub(super) fn stage(handles: &Handles, place: usize) -> Option<Stage<'_>> {
    let id = handles.get(&name(place)).filter(|id| !id.is_empty())?;
    match handles.get(&next_name(place)) {
        Some(ENDED) => Some(Stage::Processing(id)),
        next => Some(Stage::Sending {
            id,
            next: next.and_then(|next| next.parse().ok()).unwrap_or(0),
        }),
    }
}

fn with_stage(handles: &Handles, place: usize, id: &str, next: impl ToString) -> Handles {
    let handles = handles.clone();
    handles
        .with(name(place), id)
        .with(next_name(place), next.to_string())
}

#[derive(Serialize)]
struct Beginning<'a> {
    media_category: &'static str,
    media_type: &'a str,
    total_bytes: u64,
}

/// What X says of an upload that it works on.
#[derive(Debug, Deserialize)]
struct Upload {
    #[serde(default)]
    processing_info: Option<Processing>,
}

#[derive(Debug, Deserialize)]
struct Processing {
    state: State,
    check_after_secs: Option<i64>,
    error: Option<Fault>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Pending,
    InProgress,
    Succeeded,
    Failed,
}

#[derive(Debug, Deserialize)]
struct Fault {
    message: Option<String>,
    name: Option<String>,
}

impl X {
    /// Begins the upload of a film or moving picture.
    pub(super) async fn begin_film(
        &self,
        what: &Preparing<'_>,
        place: usize,
        file: &Opened,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let (media_category, largest) = match file.media_type.as_str() {
            "video/mp4" | "video/quicktime" => ("tweet_video", LARGEST_FILM),
            "image/gif" => ("tweet_gif", LARGEST_GIF),
            other => return Err(unfit(format!("{other} cannot be sent to X"))),
        };
        if file.length > largest || file.length == 0 {
            return Err(unfit(
                "X takes films of up to 512 MB and moving pictures of up to 15 MB",
            ));
        }
        if is_accompanied(what) {
            return Err(unfit("a film or moving picture goes alone on X"));
        }
        let beginning = Beginning {
            media_category,
            media_type: &file.media_type,
            total_bytes: file.length,
        };
        let request = Request::new(Method::POST, at(what, &["initialize"])?).json(&beginning);
        let answer = self.caller.step(as_ours(request, credential)).await?;
        let id = answer.status.is_success().then(|| wire::created(&answer.body));
        let id = id
            .flatten()
            .ok_or_else(|| self.reader(credential).step(&answer))?;
        Ok(Prepared::Step(with_stage(what.handles, place, &id, 0)))
    }

    /// Takes the next step with a film that X has an id for.
    pub(super) async fn go_on_with_film(
        &self,
        what: &Preparing<'_>,
        (place, media): (usize, &Media),
        stage: Stage<'_>,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        match stage {
            Stage::Processing(id) => self.ask_after_film(what, place, id, credential).await,
            Stage::Sending { id, next } => {
                let file = self.opened(what, media).await?;
                let end = file.length.div_ceil(SEGMENT);
                if next >= end {
                    return self.end_film(what, place, id, credential).await;
                }
                let until = end.min(next + AT_ONCE);
                let url = at(what, &[id, "append"])?;
                match self
                    .send_segments(url, media, file, next..until, credential)
                    .await?
                {
                    Sent::All => Ok(Prepared::Step(with_stage(what.handles, place, id, until))),
                    Sent::Forgotten => Ok(anew(what, place)),
                }
            }
        }
    }

    async fn send_segments(
        &self,
        url: Url,
        media: &Media,
        mut file: Opened,
        numbers: std::ops::Range<u64>,
        credential: &Credential,
    ) -> Result<Sent, Outcome> {
        let unread = |why: std::io::Error| Outcome::NotSent { why: why.to_string() };
        let start = SeekFrom::Start(numbers.start * SEGMENT);
        file.source.seek(start).await.map_err(unread)?;
        for number in numbers {
            let length = SEGMENT.min(file.length - number * SEGMENT);
            let mut bytes = Vec::new();
            let mut segment = (&mut file.source).take(length);
            segment.read_to_end(&mut bytes).await.map_err(unread)?;
            let segment = Opened {
                length: bytes.len() as u64,
                source: Box::new(Cursor::new(bytes)),
                media_type: "application/octet-stream".to_owned(),
                size: file.size,
            };
            let request = Request::new(Method::POST, url.clone());
            let request = Multipart::new(media.digest.to_string())
                .text("segment_index", &number.to_string())
                .into_request_with(("media", "segment"), segment, request);
            let answer = self.caller.upload(as_ours(request, credential)).await?;
            match answer.status.as_u16() {
                200..=299 => {}
                404 | 410 => return Ok(Sent::Forgotten),
                _ => return Err(self.reader(credential).step(&answer)),
            }
        }
        Ok(Sent::All)
    }

    async fn end_film(
        &self,
        what: &Preparing<'_>,
        place: usize,
        id: &str,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let request = Request::new(Method::POST, at(what, &[id, "finalize"])?);
        let request = as_ours(Ok(request), credential);
        let answer = self.caller.step(request).await?;
        if answer.status.as_u16() == 400 {
            // It may have been ended before, by a worker that could not store that: X says what it has.
            return self.ask_after_film(what, place, id, credential).await;
        }
        self.worked_on(what, place, id, &answer, credential)
    }

    async fn ask_after_film(
        &self,
        what: &Preparing<'_>,
        place: usize,
        id: &str,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        let mut url = at(what, &[])?;
        url.query_pairs_mut()
            .append_pair("command", "STATUS")
            .append_pair("media_id", id);
        let request = as_ours(Ok(Request::new(Method::GET, url)), credential);
        let answer = self.caller.step(request).await?;
        self.worked_on(what, place, id, &answer, credential)
    }

    /// What X says of a film that is there as a whole. Without a word of work it is ready.
    fn worked_on(
        &self,
        what: &Preparing<'_>,
        place: usize,
        id: &str,
        answer: &Answer,
        credential: &Credential,
    ) -> Result<Prepared, Outcome> {
        if matches!(answer.status.as_u16(), 404 | 410) {
            return Ok(anew(what, place));
        }
        let upload = answer
            .status
            .is_success()
            .then(|| wire::data::<Upload>(&answer.body));
        let upload = upload
            .flatten()
            .ok_or_else(|| self.reader(credential).step(answer))?;
        let ended = with_stage(what.handles, place, id, ENDED);
        let Some(processing) = upload.processing_info else {
            return Ok(Prepared::Step(ended.with(uploaded_name(place), id)));
        };
        match processing.state {
            State::Succeeded => Ok(Prepared::Step(ended.with(uploaded_name(place), id))),
            State::Pending | State::InProgress => {
                let told = processing.check_after_secs.filter(|seconds| *seconds > 0);
                let pause = told.map_or(PAUSE, |seconds| TimeDelta::seconds(seconds.min(LONGEST_PAUSE)));
                Ok(Prepared::Later {
                    handles: ended,
                    again: self.caller.now() + pause,
                })
            }
            State::Failed => {
                let why = processing.error.and_then(|fault| fault.message.or(fault.name));
                let why = why.unwrap_or_else(|| "it does not say why".to_owned());
                let why = said_to(&why, credential);
                Err(unfit(format!("X could not process the film: {why}")))
            }
        }
    }
}

/// What became of segments.
enum Sent {
    /// X has them.
    All,
    /// X does not know the upload any more.
    Forgotten,
}

/// The upload begins anew.
fn anew(what: &Preparing<'_>, place: usize) -> Prepared {
    Prepared::Step(with_stage(what.handles, place, "", 0))
}

fn is_accompanied(what: &Preparing<'_>) -> bool {
    let part = what.payload.parts.get(usize::from(what.part));
    part.is_some_and(|part| part.media.len() > 1)
}

fn at(what: &Preparing<'_>, rest: &[&str]) -> Result<Url, Outcome> {
    let path = [["2", "media", "upload"].as_slice(), rest].concat();
    instance::endpoint(what.instance, &path).map_err(|_| bad_instance())
}
