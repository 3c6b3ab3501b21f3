//! What an answer of X proves. Whatever is in doubt is [`Outcome::Unknown`].

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{
        HandlesAfter, Reply,
        caller::said_to,
        headers::{self, X_APP_DAY, X_RATE_LIMIT, X_USER_DAY},
    },
    remote::Remote,
    wire::{self, Call, Problem},
};
use crate::{
    domain::{attempt::Outcome, flow::Budget},
    net::Answer,
    vault::Credential,
};

/// X counts in quarters of an hour; that long is waited when it does not tell.
const PERIOD: TimeDelta = TimeDelta::minutes(15);

/// The limits that X tells: of the minutes, of the day for the application, of the day for the account.
fn limits(answer: &Answer, now: DateTime<Utc>) -> impl Iterator<Item = Budget> {
    [X_RATE_LIMIT, X_APP_DAY, X_USER_DAY]
        .into_iter()
        .filter_map(move |limit| limit.budget(&answer.headers, now))
}

/// Reads answers with what is needed to do so.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) credential: &'a Credential,
    pub(super) web: &'a url::Url,
    pub(super) now: DateTime<Utc>,
}

impl Reader<'_> {
    /// What the answer to a publication proves.
    pub(super) fn publication(&self, answer: &Answer, call: &Call<'_>) -> Reply {
        let outcome = match (answer.status.is_success(), call) {
            (false, _) => return self.refused(answer),
            (true, Call::Post(_)) => wire::created(&answer.body)
                .map(|id| Outcome::Published(call.remote(&id).with_address(self.web))),
            (true, Call::Repost { .. }) => wire::data::<wire::Reposted>(&answer.body)
                .filter(|reposted| reposted.retweeted)
                .map(|_| Outcome::Published(call.remote("").with_address(self.web))),
        };
        self.reply(answer, outcome.unwrap_or_else(|| unreadable(answer)))
    }

    /// What the answer to a removal proves. What is gone already is what was wanted, if it is the API that says
    /// so and not something in front of it.
    pub(super) fn withdrawal(&self, answer: &Answer, remote: Remote<'_>) -> Reply {
        let done = || Outcome::Published(remote.with_address(self.web));
        let gone = match remote {
            Remote::Post(_) => wire::data::<wire::Removed>(&answer.body).is_some_and(|it| it.deleted),
            Remote::Repost { .. } => {
                wire::data::<wire::Reposted>(&answer.body).is_some_and(|it| !it.retweeted)
            }
        };
        let outcome = match answer.status.as_u16() {
            200..=299 if gone => done(),
            200..=299 => unreadable(answer),
            404 | 410 if Problem::of(&answer.body).is_some() => done(),
            404 | 410 => unknown(answer, "not found, but not in the words of the API"),
            _ => return self.refused(answer),
        };
        self.reply(answer, outcome)
    }

    /// What the answer to a step of the preparation proves that gave nothing. Nothing of a step is in public: what
    /// is in doubt is done again.
    pub(super) fn step(&self, answer: &Answer) -> Outcome {
        match self.refusal(answer) {
            Outcome::Unknown { why } => Outcome::RejectedTransient { why, again: None },
            outcome => outcome,
        }
    }

    fn reply(&self, answer: &Answer, outcome: Outcome) -> Reply {
        Reply {
            outcome,
            budget: budget(answer, self.now),
            handles: HandlesAfter::Keep,
        }
    }

    /// Uploads that X no longer knows are made once more; the post itself was not taken.
    fn refused(&self, answer: &Answer) -> Reply {
        let reply = self.reply(answer, self.refusal(answer));
        let text = wire::error_text(&answer.body).unwrap_or_default();
        if answer.status.as_u16() == 400 && text.to_lowercase().contains("media ids are invalid") {
            let why = self.why(answer);
            return Reply {
                outcome: Outcome::RejectedTransient { why, again: None },
                handles: HandlesAfter::Forget,
                ..reply
            };
        }
        reply
    }

    /// What an answer proves that is no success.
    fn refusal(&self, answer: &Answer) -> Outcome {
        let problem = Problem::of(&answer.body);
        let name = problem.as_ref().map_or("", Problem::name);
        let text = problem
            .as_ref()
            .map(Problem::text)
            .unwrap_or_default()
            .to_lowercase();
        let why = self.why(answer);
        match answer.status.as_u16() {
            401 => Outcome::RejectedReauth { why },
            402 => Outcome::RejectedPermanent {
                why: format!("the credits at X are used up: {why}"),
            },
            403 if text.contains("duplicate content") => Outcome::RejectedDuplicate { why },
            // The consent does not cover it, or the credential is of another kind: somebody connects it again.
            403 if matches!(name, "oauth1-permissions" | "unsupported-authentication") => {
                Outcome::RejectedReauth { why }
            }
            // The month's amount is used up: waiting a little does not help.
            429 if name == "usage-capped" => Outcome::RejectedPermanent { why },
            // The server refused to work on it: not "failed while working".
            425 | 429 => Outcome::RejectedTransient {
                why,
                again: Some(again(answer, self.now)),
            },
            400 | 403 | 404 | 405 | 410 | 413 | 415 | 422 => Outcome::RejectedPermanent { why },
            // A redirect may stand for "done, look there", and who answers 5xx or 408 may have done the work
            // before. X's own advice is to try again then: not with official posts.
            _ => Outcome::Unknown { why },
        }
    }

    fn why(&self, answer: &Answer) -> String {
        let code = answer.status.as_u16();
        match wire::error_text(&answer.body) {
            Some(text) => said_to(&format!("{code}: {text}"), self.credential),
            None => format!("{code} without a readable reason"),
        }
    }
}

/// When to ask again: when the last of the limits that are used up is renewed.
fn again(answer: &Answer, now: DateTime<Utc>) -> DateTime<Utc> {
    let used_up = limits(answer, now)
        .filter(|budget| budget.remaining == 0)
        .map(|budget| headers::bounded(budget.resets_at, now))
        .max();
    used_up
        .or_else(|| X_RATE_LIMIT.again(&answer.headers, now))
        .unwrap_or(now + PERIOD)
}

/// The tightest of the limits that X tells.
fn budget(answer: &Answer, now: DateTime<Utc>) -> Option<Budget> {
    limits(answer, now).min_by_key(|budget| budget.remaining)
}

fn unreadable(answer: &Answer) -> Outcome {
    unknown(answer, "a success that cannot be read")
}

fn unknown(answer: &Answer, what: &str) -> Outcome {
    Outcome::Unknown {
        why: format!("{}: {what}", answer.status.as_u16()),
    }
}
