//! Containers of Instagram and Threads: what will be published is put together first, piece by piece, and the
//! platform fetches the pictures. Nothing of it is in public, and a container that nobody publishes is gone after a
//! day. Each may be published once.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use super::{
    super::{
        Prepared, Preparing, Reply,
        caller::{bad_instance, unfit, unready, without_file},
        order::Order,
    },
    Dialect, Graph, wire,
    wire::Fault,
};
use crate::{
    domain::{
        account,
        attempt::{Outcome, RemoteRef},
        media::{Family, MediaKind},
        preparation::Handles,
        revision::Media,
    },
    vault::Credential,
};

/// The name under which the container is kept that is published.
pub(super) const WHOLE: &str = "container";

/// Right after it was made a container is not to be seen everywhere yet.
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(3);

/// For so long "it does not exist" may mean "not yet".
const UNSEEN: TimeDelta = TimeDelta::seconds(60);

/// What was looked at so recently is not looked at again before it is published.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// Work that takes longer does not come to an end.
const LONGEST_WORK: TimeDelta = TimeDelta::minutes(10);

/// How often a container is made anew at most: each one is counted, and what fails three times is not fetched.
const TRIES: u8 = 3;

/// The fields of a form.
pub(in crate::platform) type Fields = Vec<(&'static str, String)>;

/// A picture or film, where the platform can fetch it.
#[derive(Debug)]
pub(in crate::platform) struct Shown<'a> {
    pub(in crate::platform) family: Family,
    pub(in crate::platform) address: Url,
    pub(in crate::platform) alt: &'a str,
}

/// What stands in the container that is published.
#[derive(Debug)]
pub(in crate::platform) enum Whole<'a> {
    /// Words alone.
    Words,
    /// One picture or film.
    One(Shown<'a>),
    /// Several, by the ids of their own containers.
    Several(Vec<&'a str>),
}

/// How one platform writes down what a container holds.
pub(in crate::platform) trait Recipe: Send + Sync {
    /// One of several pictures and films.
    fn child(&self, shown: &Shown<'_>) -> Fields;

    /// What is published.
    fn whole(&self, whole: &Whole<'_>) -> Fields;
}

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage<'a> {
    /// There is none; so many were made that came to nothing.
    Missing { tries: u8 },
    /// The platform works on it.
    Working {
        id: &'a str,
        since: DateTime<Utc>,
        tries: u8,
    },
    /// It can be published, as was seen at this time.
    Finished {
        id: &'a str,
        seen: DateTime<Utc>,
        tries: u8,
    },
}

impl<'a> Stage<'a> {
    /// Reads what `Display` wrote. What cannot be read is made anew.
    pub(super) fn of(handles: &'a Handles, name: &str) -> Self {
        let text = handles.get(name).unwrap_or_default();
        let fields: Vec<&str> = text.split(' ').collect();
        let time = |text: &str| DateTime::from_timestamp(text.parse().ok()?, 0);
        let tries = fields.last().and_then(|tries| tries.parse().ok()).unwrap_or(0);
        match fields[..] {
            ["working", id, since, _] if wire::is_id(id) => {
                time(since).map(|since| Self::Working { id, since, tries })
            }
            ["finished", id, seen, _] if wire::is_id(id) => {
                time(seen).map(|seen| Self::Finished { id, seen, tries })
            }
            _ => None,
        }
        .unwrap_or(Self::Missing { tries })
    }

    const fn tries(&self) -> u8 {
        match self {
            Self::Missing { tries } | Self::Working { tries, .. } | Self::Finished { tries, .. } => *tries,
        }
    }

    fn kept(&self, handles: &Handles, name: &str) -> Handles {
        handles.clone().with(name, self.to_string())
    }
}

impl fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { tries } => write!(f, "missing {tries}"),
            Self::Working { id, since, tries } => write!(f, "working {id} {} {tries}", since.timestamp()),
            Self::Finished { id, seen, tries } => write!(f, "finished {id} {} {tries}", seen.timestamp()),
        }
    }
}

/// What a platform says of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// It works on it.
    Working,
    /// It can be published.
    Finished,
    /// It is published.
    Published,
    /// It is gone.
    Gone,
    /// Nothing will become of it.
    Failed(String),
}

/// The two names under which the two platforms tell it.
#[derive(Deserialize)]
struct State {
    status_code: Option<String>,
    status: Option<String>,
    error_message: Option<String>,
}

impl State {
    fn told(self, dialect: Dialect) -> Option<Told> {
        let (code, detail) = match dialect {
            Dialect::Threads => (self.status, self.error_message),
            Dialect::Instagram | Dialect::Facebook => (self.status_code, self.status),
        };
        match code?.as_str() {
            "IN_PROGRESS" => Some(Told::Working),
            "FINISHED" => Some(Told::Finished),
            "PUBLISHED" => Some(Told::Published),
            "EXPIRED" => Some(Told::Gone),
            "ERROR" => Some(Told::Failed(detail.unwrap_or_default())),
            _ => None,
        }
    }
}

/// Whether a failed container would fail again: the picture or film is not one that the platform takes.
fn is_final(detail: &str) -> bool {
    let of_threads = ["INVALID_", "FAILED_PROCESSING_"];
    let of_instagram = [
        "2207004", "2207005", "2207009", "2207010", "2207023", "2207026", "2207028", "2207040", "2207057",
    ];
    of_threads
        .iter()
        .chain(&of_instagram)
        .any(|word| detail.contains(word))
}

/// The name under which one of several pictures and films is kept.
fn child(place: usize) -> String {
    format!("child/{place}")
}

/// One post that is put together.
pub(in crate::platform) struct Assembly<'a> {
    pub(in crate::platform) graph: &'a Graph,
    pub(in crate::platform) what: Preparing<'a>,
    pub(in crate::platform) media: &'a [Media],
    pub(in crate::platform) credential: &'a Credential,
}

impl Assembly<'_> {
    /// Takes the first step that is missing.
    pub(in crate::platform) async fn step(&self, recipe: &dyn Recipe) -> Result<Prepared, Outcome> {
        let handles = self.what.handles;
        if !matches!(Stage::of(handles, WHOLE), Stage::Missing { .. }) {
            return self.follow(WHOLE).await;
        }
        let whole = match self.media {
            [] => Whole::Words,
            [only] => Whole::One(self.shown(only).await?),
            several => {
                let mut ids = Vec::with_capacity(several.len());
                for (place, media) in several.iter().enumerate() {
                    match Stage::of(handles, &child(place)) {
                        Stage::Finished { id, .. } => ids.push(id),
                        Stage::Working { .. } => return self.follow(&child(place)).await,
                        Stage::Missing { .. } => {
                            let fields = recipe.child(&self.shown(media).await?);
                            return self.create(&child(place), &fields).await;
                        }
                    }
                }
                Whole::Several(ids)
            }
        };
        self.create(WHOLE, &recipe.whole(&whole)).await
    }

    /// Gives a picture or film an address, which the platform opens when its container is made.
    async fn shown<'m>(&self, media: &'m Media) -> Result<Shown<'m>, Outcome> {
        let platform = match self.graph.dialect {
            Dialect::Facebook => account::Platform::Facebook,
            Dialect::Instagram => account::Platform::Instagram,
            Dialect::Threads => account::Platform::Threads,
        };
        let no_file = |error| without_file(&error);
        let file = self.what.files.file(media, platform).await.map_err(no_file)?;
        let kind = MediaKind::ALL
            .iter()
            .find(|kind| kind.content_type() == file.media_type);
        let kind = kind.ok_or_else(|| unfit(format!("{} cannot be sent", file.media_type)))?;
        let address = self.what.files.address(media, platform).await.map_err(no_file)?;
        if address.scheme() != "https" {
            return Err(unfit("pictures and films are fetched over https"));
        }
        Ok(Shown {
            family: kind.family(),
            address,
            alt: &media.alt,
        })
    }

    async fn create(&self, name: &str, fields: &Fields) -> Result<Prepared, Outcome> {
        let (what, graph) = (&self.what, self.graph);
        let tries = Stage::of(what.handles, name).tries();
        let path = [what.remote_account, graph.dialect.containers()];
        let request = graph.post(what.instance, &path, fields, self.credential);
        let answer = graph.caller.step(request.map_err(|_| bad_instance())?).await?;
        let id = answer.status.is_success().then(|| wire::created(&answer.body));
        match id.flatten() {
            Some(id) => {
                let since = graph.caller.now();
                let made = Stage::Working {
                    id: &id,
                    since,
                    tries,
                };
                Ok(Prepared::Step(made.kept(what.handles, name)))
            }
            None if answer.status.is_success() => Err(unready("a container")),
            None => Err(graph.reader(self.credential).step(&answer)),
        }
    }

    /// Asks what became of a container that was made.
    async fn follow(&self, name: &str) -> Result<Prepared, Outcome> {
        let now = self.graph.caller.now();
        let handles = self.what.handles;
        let (id, since, known) = match Stage::of(handles, name) {
            Stage::Finished { seen, .. } if now - seen < FRESH => return Ok(Prepared::Ready),
            Stage::Working { since, .. } if now - since < FIRST_LOOK => {
                return Ok(self.later(since + FIRST_LOOK));
            }
            Stage::Finished { id, seen, .. } => (id, seen, true),
            Stage::Working { id, since, .. } => (id, since, false),
            Stage::Missing { .. } => return Err(unready("a container")),
        };
        let tries = Stage::of(handles, name).tries();
        match self.told(id, now - since).await? {
            // Nothing is new: what is known stays as it is.
            Told::Finished if known => Ok(Prepared::Ready),
            Told::Finished => {
                let finished = Stage::Finished { id, seen: now, tries };
                Ok(Prepared::Step(finished.kept(handles, name)))
            }
            Told::Working if now - since < LONGEST_WORK => Ok(self.later(now + pause(now - since))),
            Told::Working => self.anew(name, "it takes too long"),
            Told::Gone => self.anew(name, "it is gone"),
            Told::Failed(why) if is_final(&why) => {
                Err(unfit(format!("the platform cannot use a picture or film: {why}")))
            }
            Told::Failed(why) => self.anew(name, &why),
            // Somebody has published it, and only this delivery knows of it.
            Told::Published => Err(Outcome::RejectedDuplicate {
                why: format!("the container {id} is published already"),
            }),
        }
    }

    async fn told(&self, id: &str, age: TimeDelta) -> Result<Told, Outcome> {
        match self
            .graph
            .container(self.what.instance, id, self.credential)
            .await?
        {
            Seen::Told(Told::Failed(why)) => {
                Ok(Told::Failed(super::super::caller::said_to(&why, self.credential)))
            }
            Seen::Told(told) => Ok(told),
            Seen::Missing if age < UNSEEN => Ok(Told::Working),
            Seen::Missing => Ok(Told::Gone),
        }
    }

    fn later(&self, again: DateTime<Utc>) -> Prepared {
        let handles = self.what.handles.clone();
        Prepared::Later { handles, again }
    }

    /// Forgets a container that comes to nothing, with everything in it.
    fn anew(&self, name: &str, why: &str) -> Result<Prepared, Outcome> {
        let tries = Stage::of(self.what.handles, name).tries() + 1;
        if tries >= TRIES {
            let why = format!("nothing came of {tries} containers: {why}");
            return Err(Outcome::RejectedPermanent { why });
        }
        let missing = Stage::Missing { tries };
        let handles = missing.kept(self.what.handles, name);
        let children = if name == WHOLE { self.media.len() } else { 0 };
        let names = (0..children).map(child);
        let known = |handles: &Handles, name: &String| handles.get(name).is_some();
        let handles = names.fold(handles, |handles, name| {
            if known(&handles, &name) {
                missing.kept(&handles, &name)
            } else {
                handles
            }
        });
        Ok(Prepared::Step(handles))
    }
}

/// How long the platform is left alone that works for so long already.
fn pause(age: TimeDelta) -> TimeDelta {
    match age.num_seconds() {
        ..30 => TimeDelta::seconds(5),
        30..120 => TimeDelta::seconds(15),
        _ => TimeDelta::seconds(60),
    }
}

/// What a question after a container shows.
#[derive(Debug)]
pub(super) enum Seen {
    /// This.
    Told(Told),
    /// It does not exist, it says.
    Missing,
}

impl Dialect {
    /// Where containers are made.
    const fn containers(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::Instagram | Self::Facebook => "media",
        }
    }

    /// Where they are published.
    const fn publication(self) -> &'static str {
        match self {
            Self::Threads => "threads_publish",
            Self::Instagram | Self::Facebook => "media_publish",
        }
    }

    /// By which fields a container's state is told.
    const fn state(self) -> &'static str {
        match self {
            Self::Threads => "status,error_message",
            Self::Instagram | Self::Facebook => "status_code,status",
        }
    }
}

impl Graph {
    /// Publishes a container once. Only `Platform::publish` may lead here: it has the authorisation.
    pub(in crate::platform) async fn publish_container(
        &self,
        order: &Order<'_>,
        credential: &Credential,
    ) -> Reply {
        let Stage::Finished { id, .. } = Stage::of(order.handles, WHOLE) else {
            return unready("the container").into();
        };
        let Some(account) = order.remote_account.filter(|id| wire::is_id(id)) else {
            return unfit("the account is not connected").into();
        };
        let path = [account, self.dialect.publication()];
        let Ok(request) = self.post(order.instance, &path, [("creation_id", id)], credential) else {
            return bad_instance().into();
        };
        match self.caller.change(request, order.send_by).await {
            // Where people read it the answer does not say, and no second question is worth a doubt.
            Ok(answer) => self
                .reader(credential)
                .publication(&answer, |id| RemoteRef { id, url: None }),
            Err(outcome) => outcome.into(),
        }
    }

    /// Asks what became of a container.
    pub(super) async fn container(
        &self,
        server: &str,
        id: &str,
        credential: &Credential,
    ) -> Result<Seen, Outcome> {
        let query = [("fields", self.dialect.state())];
        let request = self.get(server, &[id], &query, credential);
        let answer = self.caller.step(request.map_err(|_| bad_instance())?).await?;
        if answer.status.is_success() {
            let state: Option<State> = serde_json::from_slice(&answer.body).ok();
            let told = state.and_then(|state| state.told(self.dialect));
            return told.map(Seen::Told).ok_or_else(|| unready("a container"));
        }
        let is_missing = Fault::of(&answer.body).is_some_and(|fault| fault.is_missing());
        match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND if is_missing => Ok(Seen::Missing),
            _ => Err(self.reader(credential).step(&answer)),
        }
    }
}
