//! Narrowcasts: messages to some of the friends. LINE takes such a call first and finds out later to whom it goes, so
//! what becomes of it is asked for by the id of the request.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    super::{Sought, instance, said::said},
    Line,
    wire::Messages,
};
use crate::{
    domain::{
        attempt::{RemoteRef, Sighting},
        audience::{Audience, Shortage, Span},
    },
    vault::Credential,
};

/// The body of a narrowcast.
#[derive(Debug, Serialize)]
pub(super) struct Narrowcast<'a> {
    #[serde(flatten)]
    messages: &'a Messages<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<Recipient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
}

impl<'a> Narrowcast<'a> {
    /// These messages for who was chosen.
    pub(super) fn of(messages: &'a Messages<'a>, audience: &Audience) -> Self {
        let demographic = all_of(demographics(audience), Demographic::Operator);
        Self {
            messages,
            recipient: all_of(recipients(audience), Recipient::Operator),
            filter: demographic.map(|demographic| Filter { demographic }),
            limit: Limit::of(audience),
        }
    }
}

/// Several conditions in one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Operator<T> {
    And(Vec<T>),
    Or(Vec<T>),
    Not(Box<T>),
}

/// Groups of friends.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Recipient {
    Audience { audience_group_id: u64 },
    Operator(Operator<Self>),
}

#[derive(Debug, Serialize)]
struct Filter {
    demographic: Demographic,
}

/// What LINE supposes of its users.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Demographic {
    Area { one_of: Vec<String> },
    Gender { one_of: Vec<String> },
    AppType { one_of: Vec<String> },
    Age(Borders),
    SubscriptionPeriod(Borders),
    Operator(Operator<Self>),
}

#[derive(Debug, Serialize)]
struct Borders {
    #[serde(skip_serializing_if = "Option::is_none")]
    gte: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lt: Option<String>,
}

impl Borders {
    fn of<T: fmt::Display>(span: &Span<T>) -> Self {
        let word = |border: &Option<T>| border.as_ref().map(ToString::to_string);
        Self {
            gte: word(&span.from),
            lt: word(&span.below),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to_remaining_quota: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forbid_partial_delivery: Option<bool>,
}

impl Limit {
    fn of(audience: &Audience) -> Option<Self> {
        let chosen = audience.chosen();
        // LINE takes the second only together with the first.
        let (up_to_remaining_quota, forbid_partial_delivery) = match chosen.shortage {
            None => (None, None),
            Some(Shortage::Fewer) => (Some(true), None),
            Some(Shortage::Nobody) => (Some(true), Some(true)),
        };
        let max = chosen.most.map(std::num::NonZeroU32::get);
        (max.is_some() || up_to_remaining_quota.is_some()).then_some(Self {
            max,
            up_to_remaining_quota,
            forbid_partial_delivery,
        })
    }
}

/// One condition is itself.
fn all_of<T>(mut conditions: Vec<T>, operator: fn(Operator<T>) -> T) -> Option<T> {
    match conditions.len() {
        0 | 1 => conditions.pop(),
        _ => Some(operator(Operator::And(conditions))),
    }
}

fn recipients(audience: &Audience) -> Vec<Recipient> {
    let chosen = audience.chosen();
    let one_of = |groups: &[u64]| {
        let mut groups: Vec<Recipient> = groups
            .iter()
            .map(|group| Recipient::Audience {
                audience_group_id: *group,
            })
            .collect();
        match groups.len() {
            0 | 1 => groups.pop(),
            _ => Some(Recipient::Operator(Operator::Or(groups))),
        }
    };
    let within = one_of(&chosen.groups);
    let without = one_of(&chosen.without_groups);
    let without = without.map(|groups| Recipient::Operator(Operator::Not(Box::new(groups))));
    within.into_iter().chain(without).collect()
}

fn demographics(audience: &Audience) -> Vec<Demographic> {
    fn words<T: fmt::Display>(list: &[T]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }
    let chosen = audience.chosen();
    let mut conditions = Vec::new();
    if !chosen.areas.is_empty() {
        let one_of = words(&chosen.areas);
        conditions.push(Demographic::Area { one_of });
    }
    if !chosen.genders.is_empty() {
        let one_of = words(&chosen.genders);
        conditions.push(Demographic::Gender { one_of });
    }
    if !chosen.apps.is_empty() {
        let one_of = words(&chosen.apps);
        conditions.push(Demographic::AppType { one_of });
    }
    if !chosen.ages.is_open() {
        conditions.push(Demographic::Age(Borders::of(&chosen.ages)));
    }
    if !chosen.friends_for.is_open() {
        conditions.push(Demographic::SubscriptionPeriod(Borders::of(&chosen.friends_for)));
    }
    conditions
}

/// Where LINE is with a narrowcast.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Waiting,
    Sending,
    Succeeded,
    Failed,
}

/// What LINE says of a narrowcast that it took.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    phase: Phase,
    success_count: Option<u64>,
    target_count: Option<u64>,
    failed_description: Option<String>,
    error_code: Option<i64>,
}

impl Progress {
    /// What it proves of the request with this id.
    fn shows(&self, id: &str) -> Sighting {
        let why = format!("LINE says of request {id}: {}", self.words());
        match self.phase {
            Phase::Waiting | Phase::Sending => Sighting::Underway { why },
            Phase::Succeeded => Sighting::Seen(RemoteRef {
                id: id.to_owned(),
                url: None,
            }),
            Phase::Failed if self.went_to_nobody() => Sighting::FellThrough { why },
            Phase::Failed => Sighting::CannotTell { why },
        }
    }

    /// Too few people, a group that is too small, cancelled as a whole: LINE had not begun. Of an error of its own
    /// (1), of a conflict (3) and of any other it does not say how far it came.
    fn went_to_nobody(&self) -> bool {
        matches!(self.error_code, Some(2 | 4 | 5)) && self.success_count.unwrap_or(0) == 0
    }

    fn words(&self) -> String {
        let text = match self.phase {
            Phase::Waiting => "it is finding out to whom it goes".to_owned(),
            Phase::Sending => "it is being sent".to_owned(),
            Phase::Succeeded => "it was sent".to_owned(),
            Phase::Failed => {
                let reason = match self.error_code {
                    Some(2) => "there are too few recipients",
                    Some(4) => "a group or its rest has fewer than 50 people",
                    Some(5) => "the month's messages do not suffice for everybody",
                    Some(3) => "an equal request was taken before",
                    _ => "an error of LINE's own",
                };
                let code = self
                    .error_code
                    .map_or_else(String::new, |code| format!(" ({code})"));
                let said = said(self.failed_description.as_deref().unwrap_or_default(), &[]);
                format!("it failed, {reason}{code} {said}").trim_end().to_owned()
            }
        };
        match (self.success_count, self.target_count) {
            (Some(got), Some(meant)) => format!("{text}; {got} of {meant} got it"),
            (Some(got), None) => format!("{text}; {got} got it"),
            (None, _) => text,
        }
    }
}

impl Line {
    /// Asks what became of a narrowcast that LINE took under this id.
    pub(super) async fn progress(&self, sought: &Sought, id: &str, credential: &Credential) -> Sighting {
        let path = ["v2", "bot", "message", "progress", "narrowcast"];
        let Ok(mut url) = instance::endpoint(&sought.instance, &path) else {
            let why = "the server's address is none".to_owned();
            return Sighting::CannotTell { why };
        };
        url.query_pairs_mut().append_pair("requestId", id);
        let asked: Result<Progress, _> = self.ask_at(&sought.instance, url, credential).await;
        match asked {
            Ok(progress) => progress.shows(id),
            Err(why) => Sighting::CannotTell {
                why: format!("LINE could not be asked for request {id}: {why}"),
            },
        }
    }
}
