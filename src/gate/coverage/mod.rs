//! How each clause of a guideline is kept under a policy: by which rule, words, workflow, route, attestation or
//! field, and whether these weigh what the clause asks. What a later capability will keep is open, not kept.

mod clauses;
mod table;
pub mod workflows;

use serde::Serialize;

use super::{
    policy::{Bilingual, PolicyDocument},
    rules,
};
use crate::{
    domain::{account_policy::PolicyField, finding::Severity, revision::Kind, seat::Seat},
    vocabulary,
};
pub use clauses::{Catalogue, Clause, Guideline, Later, Letter, ParseWayError, Way};
pub use table::table;

vocabulary! {
    /// Where a clause stands.
    State {
        /// Everything that it asks is kept now.
        Kept = "kept",
        /// Something is missing.
        Open = "open",
        /// No posting gateway can see it.
        Outside = "outside",
    }
}

/// How the clauses of one or more guidelines are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The profile's name.
    pub profile: String,
    /// Each guideline.
    pub guidelines: Vec<GuidelineCoverage>,
}

/// How the clauses of one guideline are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuidelineCoverage {
    /// The guideline's id.
    pub id: String,
    /// Whose it is.
    pub municipality: Bilingual,
    /// How many clauses stand where.
    pub counts: Counts,
    /// Its clauses, in its order.
    pub clauses: Vec<ClauseCoverage>,
}

/// How many clauses stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Kept.
    pub kept: usize,
    /// Open.
    pub open: usize,
    /// Outside.
    pub outside: usize,
    /// All that a gateway can keep: kept and open.
    pub of: usize,
}

/// How one clause is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseCoverage {
    /// Its id.
    pub id: String,
    /// What it asks.
    pub asks: Bilingual,
    /// How it is to be kept.
    pub letter: Letter,
    /// Where it stands.
    pub state: State,
    /// On what that rests.
    pub kept_by: Vec<Keeper>,
    /// What helps without being enough by itself.
    pub helped_by: Vec<Keeper>,
    /// Why it is open; empty otherwise.
    pub missing: Vec<Missing>,
}

/// A way in which a clause is kept, as this policy has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Keeper {
    /// Which.
    pub way: Way,
    /// How much it weighs; none for a workflow.
    pub weighs: Option<Severity>,
    /// What it is, where the id does not say so.
    pub title: Option<Bilingual>,
}

/// Why a clause is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Missing {
    /// A capability that does not exist yet.
    Later {
        /// Its id.
        id: String,
        /// What it will be.
        title: Bilingual,
    },
    /// The policy has no such rule, and demands no such thing.
    NoSuchRule {
        /// Which.
        way: Way,
    },
    /// A rule weighs less than the clause asks.
    TooLight {
        /// Which.
        way: Way,
        /// What it weighs.
        weighs: Severity,
        /// What the clause asks.
        asks: Severity,
    },
    /// Nothing is named that would keep it.
    Nothing,
}

/// How the clauses of the guideline that a profile follows are kept; of all guidelines if it names none.
#[must_use]
pub fn coverage(document: &PolicyDocument, catalogue: &Catalogue) -> Coverage {
    let follows = document.profile.guideline.as_deref();
    let guidelines = catalogue
        .guidelines
        .iter()
        .filter(|guideline| follows.is_none_or(|id| id == guideline.id))
        .map(|guideline| guideline_coverage(document, catalogue, guideline))
        .collect();
    Coverage {
        profile: document.profile.name.clone(),
        guidelines,
    }
}

fn guideline_coverage(
    document: &PolicyDocument,
    catalogue: &Catalogue,
    guideline: &Guideline,
) -> GuidelineCoverage {
    let clauses: Vec<ClauseCoverage> = catalogue
        .clauses
        .iter()
        .filter(|clause| clause.guideline == guideline.id)
        .map(|clause| clause_coverage(document, catalogue, clause))
        .collect();
    GuidelineCoverage {
        id: guideline.id.clone(),
        municipality: Bilingual {
            ja: guideline.municipality_ja.clone(),
            en: guideline.municipality_en.clone(),
        },
        counts: Counts::of(&clauses),
        clauses,
    }
}

impl Counts {
    fn of(clauses: &[ClauseCoverage]) -> Self {
        let count = |state| clauses.iter().filter(|clause| clause.state == state).count();
        let (kept, open) = (count(State::Kept), count(State::Open));
        Self {
            kept,
            open,
            outside: count(State::Outside),
            of: kept + open,
        }
    }
}

fn clause_coverage(document: &PolicyDocument, catalogue: &Catalogue, clause: &Clause) -> ClauseCoverage {
    let keepers = |ways: &[Way]| ways.iter().map(|way| Keeper::of(document, way)).collect();
    let kept_by: Vec<Keeper> = keepers(&clause.by);
    let missing = match clause.kept {
        Letter::Outside => Vec::new(),
        _ => missing(catalogue, clause, &kept_by),
    };
    let state = match (clause.kept, missing.is_empty()) {
        (Letter::Outside, _) => State::Outside,
        (_, true) => State::Kept,
        (_, false) => State::Open,
    };
    ClauseCoverage {
        id: clause.id.clone(),
        asks: clause.asks(),
        letter: clause.kept,
        state,
        kept_by,
        helped_by: keepers(&clause.also),
        missing,
    }
}

fn missing(catalogue: &Catalogue, clause: &Clause, kept_by: &[Keeper]) -> Vec<Missing> {
    let asks = asked(clause.kept);
    let later = clause.open.iter().filter_map(|id| catalogue.capability(id));
    let mut missing: Vec<Missing> = kept_by
        .iter()
        .filter_map(|keeper| keeper.falls_short(asks))
        .collect();
    missing.extend(later.map(|later| Missing::Later {
        id: later.id.clone(),
        title: Bilingual {
            ja: later.ja.clone(),
            en: later.en.clone(),
        },
    }));
    if kept_by.is_empty() && missing.is_empty() {
        missing.push(Missing::Nothing);
    }
    missing
}

/// What a rule must weigh for a letter.
const fn asked(letter: Letter) -> Severity {
    match letter {
        Letter::Enforced => Severity::Block,
        Letter::Gated => Severity::Confirm,
        Letter::Recorded | Letter::Assisted | Letter::Outside => Severity::Notice,
    }
}

impl Keeper {
    fn of(document: &PolicyDocument, way: &Way) -> Self {
        let (weighs, title) = match way {
            Way::Rule(id) => (weight_of_rule(document, id), None),
            Way::Words(category) => weight_of_words(document, category),
            Way::Workflow(name) => (None, workflows::find(name).map(described)),
            Way::Route(seat) => weight_of_seat(document, *seat),
            Way::Attestation(name) => weight_of_attestation(document, name),
            Way::Field(field) => weight_of_field(document, *field),
        };
        Self {
            way: way.clone(),
            weighs,
            title,
        }
    }

    fn falls_short(&self, asks: Severity) -> Option<Missing> {
        match (&self.way, self.weighs) {
            (Way::Workflow(_), _) => None,
            (way, None) => Some(Missing::NoSuchRule { way: way.clone() }),
            (way, Some(weighs)) if weighs < asks => Some(Missing::TooLight {
                way: way.clone(),
                weighs,
                asks,
            }),
            (_, Some(_)) => None,
        }
    }
}

fn weight_of_rule(document: &PolicyDocument, id: &str) -> Option<Severity> {
    let info = rules::all().find(|info| info.id == id)?;
    if id == "account.credential_overdue" && document.profile.credential_days.is_none() {
        return None; // it finds nothing
    }
    if info.is_floor() {
        return Some(info.severity);
    }
    Some(chosen(document, id).unwrap_or(info.severity))
}

fn weight_of_words(document: &PolicyDocument, category: &str) -> (Option<Severity>, Option<Bilingual>) {
    let list = document.words.iter().find(|list| list.category == category);
    let weighs = list.map(|list| chosen(document, &format!("words.{category}")).unwrap_or(list.severity));
    (weighs, list.map(|list| list.title.clone()))
}

fn weight_of_seat(document: &PolicyDocument, seat: Seat) -> (Option<Severity>, Option<Bilingual>) {
    let mut kinds = Kind::ALL.iter();
    let asked = kinds.any(|kind| document.profile.seats(*kind).contains(&seat));
    (asked.then_some(Severity::Block), Some(both(seat.title())))
}

fn weight_of_attestation(document: &PolicyDocument, name: &str) -> (Option<Severity>, Option<Bilingual>) {
    let mut attestations = document.profile.attestations.iter();
    let found = attestations.find(|attestation| attestation.name == name);
    (
        found.map(|_| Severity::Block),
        found.map(|attestation| attestation.text.clone()),
    )
}

fn weight_of_field(document: &PolicyDocument, field: PolicyField) -> (Option<Severity>, Option<Bilingual>) {
    let is_asked = document.profile.account_policy.contains_key(&field);
    let weighs = weight_of_rule(document, "account.policy_incomplete").filter(|_| is_asked);
    (weighs, Some(both(field.title())))
}

fn both((ja, en): (&str, &str)) -> Bilingual {
    Bilingual {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

fn chosen(document: &PolicyDocument, rule: &str) -> Option<Severity> {
    document.profile.severities.get(rule).copied()
}

fn described(workflow: &workflows::Workflow) -> Bilingual {
    both((workflow.ja, workflow.en))
}

#[cfg(test)]
mod proofs;
#[cfg(test)]
mod tests;
