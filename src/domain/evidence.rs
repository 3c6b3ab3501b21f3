//! What was seen outside before the gate was asked: where links lead, what pictures contain, what an
//! outside checker says. The gate looks at nothing itself; what is missing here fails closed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    correction::CorrectedStanding,
    digest::{MediaDigest, RevisionDigest},
    finding::Severity,
    ids::AccountId,
    media::MediaFacts,
};
use crate::vocabulary;

vocabulary! {
    /// How the look at a link ended.
    LinkEnd {
        /// A page answered.
        Reached = "reached",
        /// The server says that there is no such page (404, 410).
        NotFound = "not_found",
        /// The host does not exist.
        NoSuchHost = "no_such_host",
        /// The certificate is not valid for the host.
        Certificate = "certificate",
        /// A hop leads to an address that is not public: private, loopback, link-local, metadata.
        Private = "private",
        /// More redirects than are followed.
        TooManyHops = "too_many_hops",
        /// No answer in time, or one that says nothing about the page (5xx, 429, a cut connection).
        NoAnswer = "no_answer",
    }
}

/// What the look at one link found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLook {
    /// When.
    pub at: DateTime<Utc>,
    /// Every address of the chain, the link itself first, as absolute URLs without user information.
    pub hops: Vec<String>,
    /// How it ended.
    pub end: LinkEnd,
}

/// What was read from the bytes of a picture or film, as they would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureLook {
    /// The texts of QR codes in it. Those in a film are not read.
    pub codes: Vec<String>,
    /// Whether its EXIF data hold a position. The position itself is never kept.
    pub position: Position,
    /// What decides whether a platform takes it.
    pub facts: MediaFacts,
}

vocabulary! {
    /// Whether a picture tells where it was taken.
    Position {
        /// It does not.
        Absent = "absent",
        /// It does.
        Present = "present",
    }
}

/// One answer of the outside checker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideFinding {
    /// Its rule: a short name of lower-case letters, digits and `_`.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What to tell people, in Japanese.
    pub message_ja: String,
    /// What to tell people, in English.
    pub message_en: String,
}

/// What the outside checker said of a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutsideLook {
    /// No checker is configured.
    #[default]
    NotConfigured,
    /// It could not be asked, or its answer could not be understood.
    Unavailable,
    /// It answered for the revision with this digest.
    Answered {
        /// What it judged.
        revision: RevisionDigest,
        /// What it found.
        findings: Vec<OutsideFinding>,
    },
}

/// Everything that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Looks at links, by the link's address as the gate names it.
    pub links: BTreeMap<String, LinkLook>,
    /// Looks at pictures.
    pub pictures: BTreeMap<MediaDigest, PictureLook>,
    /// The outside checker.
    pub outside: OutsideLook,
    /// What a correction refers to, on each account, as far as it is ours.
    pub corrected: BTreeMap<AccountId, CorrectedStanding>,
}
