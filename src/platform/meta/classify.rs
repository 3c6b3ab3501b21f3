//! What an answer of the three proves: tables of their codes, and [`Outcome::Unknown`] for whatever stands in none.
//!
//! They say "an error occurred" of posts that are out, so only what their documents call a refusal is one.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{
        HandlesAfter, Reply,
        caller::{only_a_step, said_to},
    },
    Dialect, usage,
    wire::{self, Fault},
};
use crate::{
    domain::attempt::{Outcome, RemoteRef},
    net::Answer,
    vault::Credential,
};

/// How long is waited for what is not to be seen yet, or not fetched yet.
const MOMENT: TimeDelta = TimeDelta::seconds(15);

/// How long is waited when the day's posts are used up: the day is counted back from each moment.
const PART_OF_DAY: TimeDelta = TimeDelta::hours(1);

/// What was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// What makes something public: a post, or other words in its place.
    Publication,
    /// What removes it.
    Removal,
    /// What does neither.
    Step,
}

/// What a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The credential is refused.
    Reauth,
    /// It is refused for good.
    Permanent,
    /// Too much was asked.
    Throttled,
    /// Not accepted; after this time it may be.
    Later(TimeDelta),
    /// Not accepted: what was prepared is gone.
    Anew,
    /// The same is out already, it says.
    Duplicate,
    /// It may be out or not.
    Doubt,
}

/// Reads answers with what is needed to do so.
#[derive(Clone, Copy)]
pub(in crate::platform) struct Reader<'a> {
    pub(super) credential: &'a Credential,
    pub(super) dialect: Dialect,
    pub(super) now: DateTime<Utc>,
}

impl Reader<'_> {
    /// What the answer to a publication proves.
    pub(in crate::platform) fn publication(
        &self,
        answer: &Answer,
        remote: impl FnOnce(String) -> RemoteRef,
    ) -> Reply {
        if !answer.status.is_success() {
            return self.refused(answer, Call::Publication);
        }
        let outcome = match wire::created(&answer.body) {
            Some(id) => Outcome::Published(remote(id)),
            None => self.doubt(answer),
        };
        self.reply(answer, outcome)
    }

    /// What the answer to an edit proves. It tells no id: what is edited keeps its own.
    pub(in crate::platform) fn edit(&self, answer: &Answer, edited: RemoteRef) -> Reply {
        self.done(answer, Call::Publication, edited)
    }

    /// What the answer to a removal proves. "It does not exist" is no proof that it is gone: the same words are
    /// said of what the credential may not touch.
    pub(super) fn removal(&self, answer: &Answer, id: &str) -> Reply {
        let id = id.to_owned();
        self.done(answer, Call::Removal, RemoteRef { id, url: None })
    }

    fn done(&self, answer: &Answer, call: Call, to: RemoteRef) -> Reply {
        if !answer.status.is_success() {
            return self.refused(answer, call);
        }
        let outcome = match wire::succeeded(&answer.body) {
            true => Outcome::Published(to),
            false => self.doubt(answer),
        };
        self.reply(answer, outcome)
    }

    /// What the answer to a step of the preparation proves that gave nothing.
    pub(in crate::platform) fn step(&self, answer: &Answer) -> Outcome {
        only_a_step(self.refused(answer, Call::Step).outcome)
    }

    /// What an answer says, for people.
    pub(super) fn why(&self, answer: &Answer) -> String {
        let status = answer.status.as_u16();
        match Fault::of(&answer.body) {
            Some(fault) => said_to(&format!("{status}: {}", fault.text()), self.credential),
            None => format!("{status} without a readable reason"),
        }
    }

    fn doubt(&self, answer: &Answer) -> Outcome {
        let why = format!("{}: a success that cannot be read", answer.status.as_u16());
        Outcome::Unknown { why }
    }

    fn reply(&self, answer: &Answer, outcome: Outcome) -> Reply {
        Reply {
            outcome,
            budget: usage::budget(&answer.headers, self.now),
            handles: HandlesAfter::Keep,
        }
    }

    fn refused(&self, answer: &Answer, call: Call) -> Reply {
        let why = self.why(answer);
        let verdict = self.verdict(answer, call);
        let outcome = match verdict {
            Verdict::Reauth => Outcome::RejectedReauth { why },
            Verdict::Permanent => Outcome::RejectedPermanent { why },
            Verdict::Duplicate => Outcome::RejectedDuplicate { why },
            Verdict::Doubt => Outcome::Unknown { why },
            Verdict::Throttled => {
                let again = Some(usage::again(&answer.headers, self.now));
                Outcome::RejectedTransient { why, again }
            }
            Verdict::Later(wait) => {
                let again = Some(self.now + wait);
                Outcome::RejectedTransient { why, again }
            }
            Verdict::Anew => Outcome::RejectedTransient { why, again: None },
        };
        let handles = match verdict {
            Verdict::Anew => HandlesAfter::Forget,
            _ => HandlesAfter::Keep,
        };
        Reply {
            handles,
            ..self.reply(answer, outcome)
        }
    }

    fn verdict(&self, answer: &Answer, call: Call) -> Verdict {
        let status = answer.status.as_u16();
        match Fault::of(&answer.body) {
            Some(fault) if (400..500).contains(&status) => {
                let own = match self.dialect {
                    Dialect::Facebook => of_pages(&fault),
                    Dialect::Instagram => of_instagram(&fault, call),
                    Dialect::Threads => of_threads(&fault, call),
                };
                own.or_else(|| of_all(&fault)).unwrap_or(Verdict::Doubt)
            }
            // Without the API's own words it is somebody between us who answers. Two answers mean the same from
            // whoever gives them: nothing of the call was worked on.
            None if status == 429 => Verdict::Throttled,
            None if status == 413 => Verdict::Permanent,
            _ => Verdict::Doubt,
        }
    }
}

/// What all three say.
fn of_all(fault: &Fault) -> Option<Verdict> {
    let verdict = match fault.code {
        _ if fault.is_of_credential() => Verdict::Reauth,
        _ if fault.is_throttle() => Verdict::Throttled,
        // Posts have come out in spite of it.
        Some(1 | 2) => Verdict::Doubt,
        _ if fault.is_transient => Verdict::Doubt,
        Some(3 | 10 | 200..=299) => Verdict::Permanent,
        Some(100) => Verdict::Permanent,
        _ => return None,
    };
    Some(verdict)
}

/// What is said of a page's posts.
fn of_pages(fault: &Fault) -> Option<Verdict> {
    let is = |codes: &[i64]| codes.iter().any(|code| fault.is(*code));
    if is(&[506, 1_404_082, 1_366_051]) {
        return Some(Verdict::Duplicate);
    }
    // A temporary error of the processing, before anything is published.
    if is(&[1_363_047, 1_609_010]) {
        return Some(Verdict::Later(MOMENT));
    }
    // Blocked for a while, or for what it says: trying again makes it worse. A link that is not taken.
    is(&[368, 1_609_005, 1_609_008, 1_366_046]).then_some(Verdict::Permanent)
}

/// What Instagram says, by the official table. `media_publish` has answered "blocked" and worse to posts that are
/// out: there only what its documents call a wrong parameter, a wrong credential or a full quota is a refusal.
fn of_instagram(fault: &Fault, call: Call) -> Option<Verdict> {
    let verdict = match (call, fault.code, fault.subcode()) {
        (_, _, 2_207_051) => Verdict::Doubt,
        // It has expired: it cannot be published any more, and was not.
        (_, _, 2_207_020) => Verdict::Anew,
        (_, _, 2_207_042) => Verdict::Later(PART_OF_DAY),
        (_, _, 2_207_050 | 2_207_006) => Verdict::Permanent,
        (_, _, 2_207_008 | 2_207_027) | (_, Some(24 | 9_007), _) => Verdict::Later(MOMENT),
        (_, Some(100), _) => Verdict::Permanent,
        (Call::Publication, Some(4), _) => Verdict::Doubt,
        (Call::Publication, ..) => return None,
        (_, Some(9_004), _) | (_, _, 2_207_003 | 2_207_052 | 2_207_032 | 2_207_053) => Verdict::Later(MOMENT),
        (_, Some(1), 2_207_057) | (_, Some(352 | 36_000 | 36_001 | 36_003 | 36_004), _) => Verdict::Permanent,
        _ => return None,
    };
    Some(verdict)
}

/// What Threads says.
fn of_threads(fault: &Fault, call: Call) -> Option<Verdict> {
    let verdict = match (call, fault.code, fault.subcode()) {
        (_, _, 2_207_051) => Verdict::Doubt,
        (_, _, 4_279_013) => Verdict::Permanent,
        // What was made a moment ago is not to be seen everywhere yet.
        (_, Some(24), _) => Verdict::Later(MOMENT),
        (Call::Publication, Some(4), _) => Verdict::Doubt,
        (Call::Step, ..) if fault.text().contains("LINK_LIMIT_EXCEEDED") => Verdict::Permanent,
        _ => return None,
    };
    Some(verdict)
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
