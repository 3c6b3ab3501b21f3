//! The clauses of the guidelines and what is said to keep each (config/clauses.toml).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    super::policy::{Bilingual, PolicyError},
    workflows,
};
use crate::{
    domain::{account_policy::PolicyField, seat::Seat},
    vocabulary,
};

vocabulary! {
    /// How a clause is to be kept.
    Letter {
        /// The gate refuses what breaks it; nobody can wave it through.
        Enforced = "E",
        /// It needs a recorded human act before anything leaves.
        Gated = "G",
        /// The fact is kept and shown where it is due.
        Recorded = "R",
        /// A workflow, a checklist or a template walks people through it.
        Assisted = "A",
        /// No posting gateway can see it.
        Outside = "O",
    }
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The guidelines.
    #[serde(rename = "guideline")]
    pub guidelines: Vec<Guideline>,
    /// What is still missing.
    #[serde(rename = "later", default)]
    pub later: Vec<Later>,
    /// The clauses, in the order of the guidelines.
    #[serde(rename = "clause")]
    pub clauses: Vec<Clause>,
}

/// One guideline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guideline {
    /// Its id, such as `akita`.
    pub id: String,
    /// What the ids of its clauses begin with, such as `AKI`.
    pub prefix: String,
    /// Whose it is, in Japanese.
    pub municipality_ja: String,
    /// Whose it is, in English.
    pub municipality_en: String,
    /// What it is called.
    pub title_ja: String,
}

/// A capability that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// Its id.
    pub id: String,
    /// What it will be, in Japanese.
    pub ja: String,
    /// What it will be, in English.
    pub en: String,
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its stable id, such as `AKI-7.1b`.
    pub id: String,
    /// Its guideline.
    pub guideline: String,
    /// How it is to be kept.
    pub kept: Letter,
    /// What it asks, in Japanese.
    pub asks_ja: String,
    /// What it asks, in English.
    pub asks_en: String,
    /// On what the letter rests.
    #[serde(default)]
    pub by: Vec<Way>,
    /// What helps without being enough by itself.
    #[serde(default)]
    pub also: Vec<Way>,
    /// The later capabilities without which it is not kept.
    #[serde(default)]
    pub open: Vec<String>,
}

/// A way in which a clause is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A rule of the gate, by its id.
    Rule(String),
    /// A category of words, by its id.
    Words(String),
    /// Something that the service as a whole does: see [`workflows`].
    Workflow(String),
    /// A seat that routes must have at least.
    Route(Seat),
    /// Something that people assure, by its name in the profile.
    Attestation(String),
    /// A field that an account's policy must have.
    Field(PolicyField),
}

/// A text that names no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `rule:…`, `words:…`, `workflow:…`, `route:…`, `attestation:…` or `field:…`")]
pub struct ParseWayError;

impl FromStr for Way {
    type Err = ParseWayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, name) = text.split_once(':').ok_or(ParseWayError)?;
        match kind {
            "rule" => Ok(Self::Rule(name.to_owned())),
            "words" => Ok(Self::Words(name.to_owned())),
            "workflow" => Ok(Self::Workflow(name.to_owned())),
            "route" => name.parse().map(Self::Route).map_err(|_| ParseWayError),
            "attestation" => Ok(Self::Attestation(name.to_owned())),
            "field" => name.parse().map(Self::Field).map_err(|_| ParseWayError),
            _ => Err(ParseWayError),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::Words(name) => write!(f, "words:{name}"),
            Self::Workflow(name) => write!(f, "workflow:{name}"),
            Self::Route(seat) => write!(f, "route:{seat}"),
            Self::Attestation(name) => write!(f, "attestation:{name}"),
            Self::Field(field) => write!(f, "field:{field}"),
        }
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Way {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl Catalogue {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is no such file, or names a guideline, a capability or a workflow that does not exist.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let unreadable = |why: String| PolicyError::Unreadable {
            file: "clauses".to_owned(),
            why,
        };
        let catalogue: Self = toml::from_str(text).map_err(|why| unreadable(why.to_string()))?;
        for clause in &catalogue.clauses {
            catalogue
                .check(clause)
                .map_err(|why| unreadable(format!("{}: {why}", clause.id)))?;
        }
        Ok(catalogue)
    }

    fn check(&self, clause: &Clause) -> Result<(), String> {
        if self.guideline(&clause.guideline).is_none() {
            return Err(format!("there is no guideline {:?}", clause.guideline));
        }
        if self.clauses.iter().filter(|other| other.id == clause.id).count() > 1 {
            return Err("it stands there twice".to_owned());
        }
        if let Some(open) = clause.open.iter().find(|open| self.capability(open).is_none()) {
            return Err(format!("there is no capability {open:?}"));
        }
        for way in clause.by.iter().chain(&clause.also) {
            if let Way::Workflow(name) = way
                && workflows::find(name).is_none()
            {
                return Err(format!("there is no workflow {name:?}"));
            }
        }
        Ok(())
    }

    /// A guideline by its id.
    #[must_use]
    pub fn guideline(&self, id: &str) -> Option<&Guideline> {
        self.guidelines.iter().find(|guideline| guideline.id == id)
    }

    /// A clause by its id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// A later capability by its id.
    #[must_use]
    pub fn capability(&self, id: &str) -> Option<&Later> {
        self.later.iter().find(|later| later.id == id)
    }
}

impl Clause {
    /// What it asks.
    #[must_use]
    pub fn asks(&self) -> Bilingual {
        Bilingual {
            ja: self.asks_ja.clone(),
            en: self.asks_en.clone(),
        }
    }
}
