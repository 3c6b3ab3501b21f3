//! Looking for a record whose publication had no answer: its key was chosen beforehand, so it is there or not.

use super::{
    super::Sought,
    Bluesky,
    ask::Missed,
    plan::{POSTS, REPOSTS},
    ready::Ready,
    remote,
    uri::{self, AtUri},
    wire,
};
use crate::domain::{attempt::Sighting, revision::Act};

impl Bluesky {
    /// Reads the record under its key, on the account's own server: an index of others may lag behind.
    pub(super) async fn search(&self, sought: &Sought) -> Sighting {
        let cannot = |why: &str| Sighting::CannotTell { why: why.to_owned() };
        let ready = Ready(&sought.handles);
        let (Ok(pds), Ok(rkey)) = (ready.pds(), ready.rkey()) else {
            return cannot("the key of the record is not known");
        };
        if !uri::is_did(&sought.remote_account) {
            return cannot("the account's id is none of this platform");
        }
        let place = AtUri {
            repo: &sought.remote_account,
            collection: collection(sought.act),
            rkey,
        };
        match self.record(pds, &place).await {
            Ok(kept) if is_the_same(sought, &kept, &place) => Sighting::Seen(remote(&place)),
            Ok(_) => cannot("the record was changed since"),
            Err(Missed::NoRecord) => Sighting::Absent,
            Err(Missed::NotIndexed) => cannot("the server does not keep the account's records"),
            Err(Missed::Failed(outcome)) => cannot(outcome.why()),
        }
    }
}

const fn collection(act: Act) -> &'static str {
    match act {
        Act::Repost => REPOSTS,
        Act::New | Act::Reply | Act::Quote | Act::Correct => POSTS,
    }
}

fn is_the_same(sought: &Sought, kept: &wire::Kept, place: &AtUri<'_>) -> bool {
    let part = sought.payload.parts.get(usize::from(sought.part));
    let says_the_same = match sought.act {
        Act::Repost => {
            let subject = Ready(&sought.handles).subject().ok();
            subject.is_some_and(|subject| kept.text("/subject/uri") == Some(&subject.uri))
        }
        // No such edit leaves from here.
        Act::Correct => false,
        Act::New | Act::Reply | Act::Quote => {
            part.is_some_and(|part| kept.text("/text") == Some(part.text.as_str()))
        }
    };
    kept.uri == place.to_string() && says_the_same
}
