//! What is done before the call: the account's server is found, the record's key is chosen, what it refers to is
//! read, its pictures or its film are uploaded. None of it is in public.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::Value;
use url::Url;

use super::{
    super::{
        Prepared, Preparing,
        caller::{bad_instance, unfit, unready, without_file},
    },
    Bluesky,
    ask::{Missed, method, refused_unread},
    consent::{Heard, Part},
    plan::{Draft, Plan},
    ready::{Ready, With},
    record::{Answers, Picture, StrongRef},
    session::shown_to,
    tid::tid,
    uri::{self, AtUri},
    wire,
};
use crate::{
    domain::{account::Platform, attempt::Outcome, preparation::Handles, revision::Media},
    net::{Answer, Request, Streamed},
    platform::Opened,
    vault::Credential,
};

/// How old the time in a record may be when it goes out. The key stays, whatever its age: it is what a second
/// call is recognised by.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// Servers throw away what no record refers to, after an hour at the earliest. Longer than posts are made ready
/// ahead of their time.
const UPLOAD_LIFE: TimeDelta = TimeDelta::minutes(10);

/// The largest picture that the record's rules allow.
const LARGEST_PICTURE: u64 = 2_000_000;

/// The largest film: 300,000,000 by the newest rules, and many servers have older ones.
const LARGEST_FILM: u64 = 100_000_000;

/// What the author of a post lets others do.
const POSTGATES: &str = "app.bsky.feed.postgate";
/// Who may answer in a thread.
const THREADGATES: &str = "app.bsky.feed.threadgate";

impl Bluesky {
    /// Takes the next step.
    pub(super) async fn make_ready(&self, what: Preparing<'_>, credential: &Credential) -> Prepared {
        match self.next(&what, credential).await {
            Ok(Some(handles)) => Prepared::Step(handles),
            Ok(None) => Prepared::Ready,
            Err(outcome) => Prepared::Refused(outcome),
        }
    }

    /// The handles with one thing more; none if nothing is left to do.
    async fn next(&self, what: &Preparing<'_>, credential: &Credential) -> Result<Option<Handles>, Outcome> {
        let plan = Plan::of(Draft::from(what)).map_err(unfit)?;
        let (ready, handles) = (Ready(what.handles), what.handles.clone());
        let Ok(pds) = ready.pds() else {
            let pds = self.find_home(what, credential).await?;
            return Ok(Some(handles.with_pds(&pds)));
        };
        if let Some(handles) = self.timed(&ready, &handles) {
            return Ok(Some(handles));
        }
        if let Some(handles) = self.referred(what, pds, &plan).await? {
            return Ok(Some(handles));
        }
        for handle in plan.mentions() {
            if ready.mentioned(&handle).is_err() {
                let did = self.resolve(pds, &handle).await?;
                return Ok(Some(handles.with_mention(&handle, did.as_deref())));
            }
        }
        self.pictured(what, pds, &plan, credential).await
    }

    /// The server on which the account's records live: behind an entryway it is another one.
    async fn find_home(&self, what: &Preparing<'_>, credential: &Credential) -> Result<String, Outcome> {
        let session = self.session(what.instance, credential).await;
        let session = session.map_err(|missed| missed.of_a_step("the session"))?;
        if session.did != what.remote_account {
            return Err(Outcome::RejectedReauth {
                why: "the credential belongs to another account".to_owned(),
            });
        }
        Ok(home_of(&session, shown_to(what.instance, credential)))
    }

    /// Chooses the key, once, and the time, as late as can be.
    fn timed(&self, ready: &Ready<'_>, handles: &Handles) -> Option<Handles> {
        let now = self.caller.now();
        if ready.rkey().is_err() {
            let key = tid(now, self.chance.number());
            return Some(handles.clone().with_key(&key).with_time(now));
        }
        let written = ready.created_at().ok()?.parse::<DateTime<Utc>>().ok();
        let is_fresh = written.is_some_and(|at| now - at < FRESH);
        (!is_fresh).then(|| handles.clone().with_time(now))
    }

    /// Reads what the record refers to, and whether its author lets us.
    async fn referred(
        &self,
        what: &Preparing<'_>,
        pds: &str,
        plan: &Plan<'_>,
    ) -> Result<Option<Handles>, Outcome> {
        let (ready, handles) = (Ready(what.handles), || what.handles.clone());
        let (answers, subject, quoted) = match plan {
            Plan::Repost(subject) => (None, Some(subject), None),
            Plan::Post(post) => (post.answers.as_ref(), post.quotes.as_ref(), post.quotes.as_ref()),
        };
        if let Some(parent) = answers.filter(|_| ready.answers().is_err()) {
            let answers = self.thread(pds, parent, what.remote_account).await?;
            return Ok(Some(handles().with_answers(&answers)));
        }
        let Some(subject) = subject.filter(|_| ready.subject().is_err()) else {
            return Ok(None);
        };
        let found = self.strong(pds, subject).await?.1;
        if quoted.is_some() {
            self.may_quote(pds, &found, what.remote_account).await?;
        }
        Ok(Some(handles().with_subject(&found)))
    }

    /// What is answered and where its thread begins, if its author lets everybody answer.
    async fn thread(&self, pds: &str, parent: &AtUri<'_>, own: &str) -> Result<Answers, Outcome> {
        let (kept, parent) = self.strong(pds, parent).await?;
        let root = kept.root().unwrap_or_else(|| parent.clone());
        if let Some(gate) = self.gate(pds, &root, THREADGATES, own).await?
            && gate.get("allow").is_some_and(Value::is_array)
        {
            return Err(unfit("the author of the thread lets only some people answer"));
        }
        Ok(Answers { root, parent })
    }

    async fn may_quote(&self, pds: &str, subject: &StrongRef, own: &str) -> Result<(), Outcome> {
        let gate = self.gate(pds, subject, POSTGATES, own).await?;
        let rules = gate
            .as_ref()
            .and_then(|gate| gate.get("embeddingRules")?.as_array());
        let forbids = |rule: &Value| {
            rule["$type"]
                .as_str()
                .is_some_and(|kind| kind.ends_with("#disableRule"))
        };
        if rules.is_some_and(|rules| rules.iter().any(forbids)) {
            return Err(unfit("the author of the post does not let others quote it"));
        }
        Ok(())
    }

    /// What the author of somebody else's post allows, in a record beside it; none if they forbid nothing.
    async fn gate(
        &self,
        pds: &str,
        of: &StrongRef,
        collection: &str,
        own: &str,
    ) -> Result<Option<Value>, Outcome> {
        let Some(post) = AtUri::parse(&of.uri).filter(|post| post.repo != own) else {
            return Ok(None);
        };
        match self.record(pds, &AtUri { collection, ..post }).await {
            Ok(kept) => Ok(Some(kept.value)),
            Err(Missed::NoRecord | Missed::NotIndexed) => Ok(None),
            Err(missed) => Err(missed.of_a_step("what the author allows")),
        }
    }

    /// A record by address and content.
    async fn strong(&self, pds: &str, uri: &AtUri<'_>) -> Result<(wire::Kept, StrongRef), Outcome> {
        let kept = self.record(pds, uri).await;
        let kept = kept.map_err(|missed| missed.of_a_step("the post that is referred to"))?;
        match kept.strong() {
            Some(strong) if AtUri::parse(&strong.uri).is_some() => Ok((kept, strong)),
            _ => Err(unready("the post that is referred to")),
        }
    }

    /// Whom a handle means. Nobody is an answer too: then it stays a word.
    async fn resolve(&self, pds: &str, handle: &str) -> Result<Option<String>, Outcome> {
        let name = "com.atproto.identity.resolveHandle";
        match self.ask::<wire::Resolved>(pds, name, &[("handle", handle)]).await {
            Ok(resolved) => Ok(Some(resolved.did).filter(|did| uri::is_did(did))),
            Err(Missed::Failed(Outcome::RejectedPermanent { .. })) => Ok(None),
            Err(missed) => Err(missed.of_a_step("the one who is mentioned")),
        }
    }

    /// Uploads the next picture that is not there, or not for sure any more.
    async fn pictured(
        &self,
        what: &Preparing<'_>,
        pds: &str,
        plan: &Plan<'_>,
        credential: &Credential,
    ) -> Result<Option<Handles>, Outcome> {
        let (ready, now) = (Ready(what.handles), self.caller.now());
        let Plan::Post(post) = plan else { return Ok(None) };
        let is_there = |index| ready.uploaded_at(index).is_some_and(|at| now - at < UPLOAD_LIFE);
        let mut pictures = post.part.media.iter().enumerate();
        let Some((index, media)) = pictures.find(|(index, _)| !is_there(*index)) else {
            return Ok(None);
        };
        let picture = self.upload(what, pds, media, credential).await?;
        Ok(Some(what.handles.clone().with_picture(index, &picture, now)))
    }

    async fn upload(
        &self,
        what: &Preparing<'_>,
        pds: &str,
        media: &Media,
        credential: &Credential,
    ) -> Result<Picture, Outcome> {
        let url = method(pds, "com.atproto.repo.uploadBlob").map_err(|_| bad_instance())?;
        let mut sent = self.send_file(what, &url, media, credential).await?;
        if sent.heard == Heard::Again {
            sent = self.send_file(what, &url, media, credential).await?;
        }
        if sent.heard == Heard::Again {
            return Err(refused_unread());
        }
        let uploaded = self.told::<wire::Uploaded>(&sent.answer, credential);
        let blob = uploaded
            .map_err(|missed| missed.of_a_step("the picture or film"))?
            .blob;
        if !is_blob(&blob, sent.length, &sent.media_type) {
            return Err(unready("a picture or film"));
        }
        let (width, height) = sent.size;
        Ok(Picture { blob, width, height })
    }

    /// Sends a file, which is read while it leaves: for another try it is opened anew.
    async fn send_file(
        &self,
        what: &Preparing<'_>,
        url: &Url,
        media: &Media,
        credential: &Credential,
    ) -> Result<Sent, Outcome> {
        let file = what.files.open(media, Platform::Bluesky).await;
        let file = file.map_err(|error| without_file(&error))?;
        fits(&file, what)?;
        let request = Request::new(Method::POST, url.clone())
            .stream(Streamed::new(file.source, file.length))
            .header(ACCEPT, "application/json")
            .and_then(|request| request.header(CONTENT_TYPE, &file.media_type));
        let answer = self.caller.upload(self.signed(request, credential)).await?;
        Ok(Sent {
            heard: self.nonces.hear(Part::Home, url, &answer),
            answer,
            length: file.length,
            size: file.size,
            media_type: file.media_type,
        })
    }
}

/// A file that was sent.
struct Sent {
    answer: Answer,
    heard: Heard,
    length: u64,
    size: (u32, u32),
    media_type: String,
}

/// Where a session's account keeps its records.
pub(super) fn home_of(session: &wire::Session, instance: &str) -> String {
    let told = session.did_doc.as_ref().and_then(wire::DidDocument::pds);
    told.unwrap_or_else(|| instance.trim_end_matches('/').to_owned())
}

/// Whether the record's rules allow it.
fn fits(file: &Opened, what: &Preparing<'_>) -> Result<(), Outcome> {
    if !file.is_film() {
        return match file.media_type.starts_with("image/") {
            false => Err(unfit("only pictures and films can be sent to this platform")),
            true if file.length > LARGEST_PICTURE => {
                Err(unfit("the picture is larger than this platform takes"))
            }
            true => Ok(()),
        };
    }
    let part = what.payload.parts.get(usize::from(what.part));
    match file.media_type.as_str() {
        "video/mp4" if file.length > LARGEST_FILM => {
            Err(unfit("the film is larger than this platform takes"))
        }
        "video/mp4" if part.is_some_and(|part| part.media.len() > 1) => {
            Err(unfit("a film goes alone on this platform"))
        }
        "video/mp4" => Ok(()),
        other => Err(unfit(format!("{other} cannot be sent to this platform; MP4 can"))),
    }
}

/// Whether the server kept all of it, as what it is: a picture as some picture, a film as this kind of film.
fn is_blob(blob: &Value, length: u64, media_type: &str) -> bool {
    let family = media_type
        .split_once('/')
        .map_or(media_type, |(family, _)| family);
    blob["$type"] == "blob"
        && blob["ref"]["$link"].is_string()
        && blob["mimeType"]
            .as_str()
            .and_then(|kind| kind.split_once('/'))
            .is_some_and(|(kept, _)| kept == family)
        && blob["size"] == length
}
