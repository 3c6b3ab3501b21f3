//! Platforms of several characters. What is in public here is the truth by which everything is judged.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::chance::Chance;
use crate::domain::{
    account::KeySupport,
    attempt::{IdempotencyKey, Outcome, RemoteRef, Sighting},
    ids::{DeliveryId, PostId},
};

/// How far back a look reads before the attempt.
const LOOK_MARGIN: Duration = Duration::minutes(2);

/// What a server makes of idempotency keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Remembers them for an hour.
    Honoured,
    /// Does not look at them.
    Ignored,
    /// Remembers them until it is restarted.
    ForgottenOnRestart,
}

/// How a server behaves; in percent where it is a number.
#[derive(Debug, Clone)]
pub(crate) struct Character {
    pub(crate) keys: Keys,
    /// Refuses what it published before.
    pub(crate) refuses_duplicates: bool,
    /// How long a post is out before the timeline shows it.
    pub(crate) stale: Duration,
    pub(crate) unreachable: u64,
    pub(crate) lost_on_the_way: u64,
    pub(crate) refuses: u64,
    pub(crate) answer_lost: u64,
    pub(crate) unreadable: u64,
    pub(crate) slow: u64,
    pub(crate) timeline_broken: u64,
}

impl Character {
    pub(crate) fn of(chance: &mut Chance) -> Self {
        let keys = [
            Keys::Honoured,
            Keys::Honoured,
            Keys::Ignored,
            Keys::ForgottenOnRestart,
        ];
        let trouble = *chance.pick(&[0, 5, 20, 40, 60]).unwrap_or(&5);
        let mut some = || *chance.pick(&[0, trouble, trouble]).unwrap_or(&0);
        let (unreachable, lost_on_the_way, refuses) = (some(), some(), some());
        let (answer_lost, unreadable, slow, timeline_broken) = (some(), some(), some(), some());
        Self {
            keys: *chance.pick(&keys).unwrap_or(&Keys::Ignored),
            refuses_duplicates: chance.percent(30),
            stale: *chance
                .pick(&[Duration::zero(), Duration::zero(), Duration::seconds(60)])
                .unwrap_or(&Duration::zero()),
            unreachable,
            lost_on_the_way,
            refuses,
            answer_lost,
            unreadable,
            slow,
            timeline_broken,
        }
    }

    /// The same server on a good day.
    pub(crate) fn is_well(&mut self) {
        self.unreachable = 0;
        self.lost_on_the_way = 0;
        self.refuses = 0;
        self.answer_lost = 0;
        self.unreadable = 0;
        self.slow = 0;
        self.timeline_broken = 0;
    }

    /// What the register says of it: proven, never assumed, the margin taken off.
    pub(crate) const fn registered(&self) -> KeySupport {
        match self.keys {
            Keys::Honoured => KeySupport::Honoured { seconds: 3_000 },
            Keys::Ignored | Keys::ForgottenOnRestart => KeySupport::NotHonoured,
        }
    }
}

/// Something that citizens see.
#[derive(Debug, Clone)]
pub(crate) struct Public {
    pub(crate) remote: RemoteRef,
    pub(crate) post: PostId,
    pub(crate) delivery: DeliveryId,
    pub(crate) content: u64,
    pub(crate) at: DateTime<Utc>,
}

/// A request to publish, on its way.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) post: PostId,
    pub(crate) delivery: DeliveryId,
    pub(crate) content: u64,
    pub(crate) key: IdempotencyKey,
}

/// One account's server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) character: Character,
    pub(crate) public: Vec<Public>,
    keys: BTreeMap<uuid::Uuid, (RemoteRef, DateTime<Utc>)>,
}

impl Server {
    pub(crate) const fn new(character: Character) -> Self {
        Self {
            character,
            public: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    pub(crate) fn restart(&mut self) {
        if self.character.keys == Keys::ForgottenOnRestart {
            self.keys.clear();
        }
    }

    /// A request arrives. Tells what is answered; what reaches the sender is another matter.
    pub(crate) fn take(&mut self, request: &Request, now: DateTime<Utc>, chance: &mut Chance) -> Outcome {
        if chance.percent(self.character.refuses) {
            return refusal(now, chance);
        }
        if let Some(remote) = self.remembered(request.key, now) {
            return Outcome::Published(remote);
        }
        let same = |public: &Public| public.content == request.content;
        if self.character.refuses_duplicates && self.public.iter().any(same) {
            let why = "duplicate".to_owned();
            return Outcome::RejectedDuplicate { why };
        }
        let remote = RemoteRef {
            id: self.public.len().to_string(),
            url: None,
        };
        self.public.push(Public {
            remote: remote.clone(),
            post: request.post,
            delivery: request.delivery,
            content: request.content,
            at: now,
        });
        if self.character.keys != Keys::Ignored {
            self.keys.insert(request.key.uuid(), (remote.clone(), now));
        }
        Outcome::Published(remote)
    }

    fn remembered(&self, key: IdempotencyKey, now: DateTime<Utc>) -> Option<RemoteRef> {
        let (remote, since) = self.keys.get(&key.uuid())?;
        (now < *since + Duration::hours(1)).then(|| remote.clone())
    }

    /// Whether a request under this key would publish nothing new, or could not be told apart from one that
    /// did: the truth, which the register can only approach.
    pub(crate) fn is_out(&self, delivery: DeliveryId) -> Option<&Public> {
        self.public.iter().find(|public| public.delivery == delivery)
    }

    /// Reads the timeline back to an attempt.
    pub(crate) fn look(
        &self,
        content: u64,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        chance: &mut Chance,
    ) -> Sighting {
        if chance.percent(self.character.timeline_broken) {
            let why = "the timeline cannot be read".to_owned();
            return Sighting::CannotTell { why };
        }
        let shown = |public: &&Public| {
            public.content == content
                && public.at + self.character.stale <= now
                && since - LOOK_MARGIN <= public.at
        };
        match self.public.iter().find(shown) {
            Some(public) => Sighting::Seen(public.remote.clone()),
            None => Sighting::Absent,
        }
    }
}

fn refusal(now: DateTime<Utc>, chance: &mut Chance) -> Outcome {
    let why = "refused".to_owned();
    match chance.between(0, 10) {
        0 => Outcome::RejectedReauth { why },
        1 => Outcome::RejectedPermanent { why },
        2 => Outcome::RejectedDuplicate { why },
        3..=5 => {
            let again = Some(now + chance.seconds(0, 1_800));
            Outcome::RejectedTransient { why, again }
        }
        6..=7 => Outcome::RejectedTransient { why, again: None },
        // A 5xx proves nothing, even from a server that took nothing.
        _ => Outcome::Unknown { why },
    }
}
