//! What a profile demands besides rules: least routes, attestations, and fields of an account's policy.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Policy, PolicyError, names,
    policy::{Bilingual, Profile},
};
use crate::{
    domain::{
        account::Account,
        account_policy::PolicyField,
        actor::OrganizationRole,
        attestation::{Given, Giver},
        revision::{Act, Content, Kind},
        seat::Seat,
    },
    vocabulary,
};

/// Kinds of post; none named means all but emergencies, since these are not stopped by what nobody named.
type Kinds = BTreeSet<Kind>;

fn means(kinds: &Kinds, kind: Kind) -> bool {
    if kinds.is_empty() {
        kind != Kind::Emergency
    } else {
        kinds.contains(&kind)
    }
}

fn meant(kinds: &Kinds) -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| means(kinds, *kind))
}

/// The seats that a route must have at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeastRoute {
    /// For which kinds of post; all but emergencies if none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: Kinds,
    /// Who signs.
    pub asks: Vec<Seat>,
    /// The clauses that this keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<String>,
}

vocabulary! {
    /// What an attestation is about.
    #[derive(Default)]
    About {
        /// The post.
        #[default]
        Post = "post",
        /// Its pictures, films and documents: not asked of a post without any.
        Media = "media",
    }
}

impl About {
    const fn is_post(&self) -> bool {
        matches!(self, Self::Post)
    }
}

/// Something that people have to assure, since no machine sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// Its name, of lower-case letters, digits and `_`.
    pub name: String,
    /// Who assures it: `author`, `approver` or `role:…`.
    pub by: Giver,
    /// What is assured.
    pub text: Bilingual,
    /// The clauses that this keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<String>,
    /// For which kinds of post; all but emergencies if none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: Kinds,
    /// For which acts; for all if none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub acts: BTreeSet<Act>,
    /// Whether it is asked of posts with media alone.
    #[serde(default, skip_serializing_if = "About::is_post")]
    pub about: About,
}

impl Attestation {
    /// Whether it is asked of a content.
    #[must_use]
    pub fn is_asked_of(&self, content: &Content) -> bool {
        let has_media = || {
            let mut parts = content.payloads().iter().flat_map(|payload| &payload.parts);
            parts.any(|part| !part.media.is_empty())
        };
        means(&self.kinds, content.kind)
            && (self.acts.is_empty() || self.acts.contains(&content.act))
            && (self.about == About::Post || has_media())
    }

    /// Whether somebody assured just this, word by word.
    #[must_use]
    pub fn says(&self, given: &Given) -> bool {
        given.name == self.name && given.wording == self.text.ja
    }

    /// Whether everything that `other` asks is asked by this one too, word by word.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let acts = self.acts.is_empty() || (!other.acts.is_empty() && other.acts.is_subset(&self.acts));
        self.name == other.name
            && self.by == other.by
            && self.text == other.text
            && (self.about == About::Post || other.about == About::Media)
            && meant(&other.kinds).all(|kind| means(&self.kinds, kind))
            && acts
    }
}

/// The fields that an account's policy must have, each with the clauses that it keeps.
pub type PolicyFields = BTreeMap<PolicyField, Vec<String>>;

impl Profile {
    /// The least routes for a kind of post.
    pub(super) fn least_routes(&self, kind: Kind) -> impl Iterator<Item = &LeastRoute> {
        self.routes.iter().filter(move |least| means(&least.kinds, kind))
    }

    /// Every seat that a kind of post is asked for, as often as the route that asks it most.
    pub(super) fn seats(&self, kind: Kind) -> Vec<Seat> {
        let mut most: BTreeMap<Seat, usize> = BTreeMap::new();
        for least in self.least_routes(kind) {
            let mut counts: BTreeMap<Seat, usize> = BTreeMap::new();
            for seat in &least.asks {
                *counts.entry(*seat).or_default() += 1;
            }
            for (seat, count) in counts {
                let known = most.entry(seat).or_default();
                *known = count.max(*known);
            }
        }
        most.into_iter()
            .flat_map(|(seat, count)| std::iter::repeat_n(seat, count))
            .collect()
    }
}

impl Policy {
    /// Everything that people have to assure.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.document().profile.attestations
    }

    /// The fields that an account's policy must have.
    #[must_use]
    pub fn account_policy(&self) -> &PolicyFields {
        &self.document().profile.account_policy
    }

    /// The fields that the policy of an account must have and lacks, with the clauses that demand them.
    #[must_use]
    pub fn empty_fields(
        &self,
        account: &Account,
        filled: Option<&BTreeSet<PolicyField>>,
    ) -> Vec<(PolicyField, &[String])> {
        let is_empty = |field: &PolicyField| filled.is_none_or(|filled| !filled.contains(field));
        self.account_policy()
            .iter()
            .filter(|(field, _)| field.concerns(account) && is_empty(field))
            .map(|(field, clauses)| (*field, clauses.as_slice()))
            .collect()
    }
}

/// Where a wrong demand stands: which array of tables, which of them, which key.
pub(super) type Place = (&'static str, usize, &'static str);

/// Every demand that nobody could meet.
pub(super) fn wrong_demands(profile: &Profile) -> Vec<(Place, PolicyError)> {
    let mut wrong = Vec::new();
    for (index, least) in profile.routes.iter().enumerate() {
        let duty_officer = [Seat::Holder(OrganizationRole::DutyOfficer)];
        if least.asks.is_empty() {
            wrong.push((("routes", index, "asks"), PolicyError::RouteOfNobody));
        } else if least.kinds.contains(&Kind::Emergency) && least.asks != duty_officer {
            wrong.push((("routes", index, "asks"), PolicyError::RouteOfEmergency));
        }
    }
    for (index, attestation) in profile.attestations.iter().enumerate() {
        let name = || attestation.name.clone();
        let texts = [&attestation.text.ja, &attestation.text.en];
        let earlier = &profile.attestations[..index];
        let mut add = |key, error| wrong.push((("attestations", index, key), error));
        if !names::is_name(&attestation.name) {
            add("name", PolicyError::Name(name()));
        }
        if earlier.iter().any(|other| other.name == attestation.name) {
            add("name", PolicyError::NameTwice(name()));
        }
        if texts.iter().any(|text| text.trim().is_empty()) {
            add("text", PolicyError::Silent(name()));
        }
        if let Some(kind) = without_giver(profile, attestation) {
            add("by", PolicyError::AttestationByNobody { name: name(), kind });
        }
    }
    wrong
}

/// A kind of post of which no signer could give an attestation, since no route has to ask for one.
fn without_giver(profile: &Profile, attestation: &Attestation) -> Option<Kind> {
    let Giver::Signer(seat) = attestation.by else {
        return None;
    };
    meant(&attestation.kinds).find(|kind| !profile.seats(*kind).contains(&seat))
}

#[cfg(test)]
#[path = "demands_tests.rs"]
mod tests;
