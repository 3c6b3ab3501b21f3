//! Containers of Instagram and Threads: what will be published is put together first, piece by piece, and the
//! platform fetches the pictures. Nothing of it is in public, and a container that nobody publishes is gone after a
//! day. Each may be published once.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{
    super::{
        Prepared, Preparing,
        caller::{bad_instance, said_to, unfit, unready, without_file},
        order::Order,
    },
    Graph,
    publishing::Seen,
    stage::{Stage, Told, WHOLE, child, is_final},
    wire,
};
use crate::{
    domain::{
        attempt::Outcome,
        media::{Family, MediaKind},
        preparation::{Follows, Handles},
        revision::{Act, Media, Payload},
    },
    vault::Credential,
};

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

/// One part, as it is to be said.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct Said<'a> {
    pub(in crate::platform) act: Act,
    pub(in crate::platform) payload: &'a Payload,
    /// Which part of it, from 0.
    pub(in crate::platform) part: u16,
    pub(in crate::platform) follows: Option<&'a Follows>,
}

impl<'a> From<&Preparing<'a>> for Said<'a> {
    fn from(what: &Preparing<'a>) -> Self {
        Self {
            act: what.act,
            payload: what.payload,
            part: what.part,
            follows: what.follows,
        }
    }
}

impl<'a> From<&Order<'a>> for Said<'a> {
    fn from(order: &Order<'a>) -> Self {
        Self {
            act: order.act,
            payload: order.payload,
            part: order.part,
            follows: order.follows,
        }
    }
}

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
    /// The pictures and films.
    fn media(&self) -> &[Media];

    /// One of several pictures and films.
    fn child(&self, shown: &Shown<'_>) -> Fields;

    /// What is published.
    fn whole(&self, whole: &Whole<'_>) -> Fields;
}

/// One post that is put together.
pub(super) struct Assembly<'a> {
    pub(super) graph: &'a Graph,
    pub(super) what: Preparing<'a>,
    pub(super) recipe: &'a dyn Recipe,
    pub(super) credential: &'a Credential,
}

impl Assembly<'_> {
    /// Takes the first step that is missing.
    pub(super) async fn step(&self) -> Result<Prepared, Outcome> {
        let (handles, recipe) = (self.what.handles, self.recipe);
        if !matches!(Stage::of(handles, WHOLE), Stage::Missing { .. }) {
            return self.follow(WHOLE).await;
        }
        let whole = match recipe.media() {
            [] => Whole::Words,
            [only] => Whole::One(self.shown(only).await?),
            several => {
                let stages: Vec<Stage<'_>> = (0..several.len())
                    .map(|place| Stage::of(handles, &child(place)))
                    .collect();
                // All are made before the first one is waited for: the platform fetches them side by side.
                let missing = stages
                    .iter()
                    .position(|stage| matches!(stage, Stage::Missing { .. }));
                if let Some(place) = missing {
                    let fields = recipe.child(&self.shown(&several[place]).await?);
                    return self.create(&child(place), &fields).await;
                }
                let working = stages
                    .iter()
                    .position(|stage| matches!(stage, Stage::Working { .. }));
                if let Some(place) = working {
                    return self.follow(&child(place)).await;
                }
                Whole::Several(stages.iter().filter_map(Stage::id).collect())
            }
        };
        self.create(WHOLE, &recipe.whole(&whole)).await
    }

    /// Gives a picture or film an address, which the platform opens when its container is made.
    async fn shown<'m>(&self, media: &'m Media) -> Result<Shown<'m>, Outcome> {
        let platform = self.graph.dialect.platform();
        let no_file = |error| without_file(&error);
        // Only what it is: the platform fetches the bytes itself.
        let file = self.what.files.open(media, platform).await.map_err(no_file)?;
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
            Seen::Told(Told::Failed(why)) => Ok(Told::Failed(said_to(&why, self.credential))),
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
        let children = if name == WHOLE {
            self.recipe.media().len()
        } else {
            0
        };
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
