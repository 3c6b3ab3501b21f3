//! Where a container stands: what we keep of it, and what its platform says.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Dialect, wire};
use crate::domain::preparation::Handles;

/// The name under which the container is kept that is published.
pub(super) const WHOLE: &str = "container";

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage<'a> {
    /// There is none; so many were made that came to nothing.
    Missing { tries: u8 },
    /// The platform works on it.
    Working {
        id: &'a str,
        since: DateTime<Utc>,
        tries: u8,
    },
    /// It can be published, as was seen at this time.
    Finished {
        id: &'a str,
        seen: DateTime<Utc>,
        tries: u8,
    },
}

impl<'a> Stage<'a> {
    /// Reads what `Display` wrote. What cannot be read is made anew.
    pub(super) fn of(handles: &'a Handles, name: &str) -> Self {
        let text = handles.get(name).unwrap_or_default();
        let fields: Vec<&str> = text.split(' ').collect();
        let time = |text: &str| DateTime::from_timestamp(text.parse().ok()?, 0);
        let tries = fields.last().and_then(|tries| tries.parse().ok()).unwrap_or(0);
        match fields[..] {
            ["working", id, since, _] if wire::is_id(id) => {
                time(since).map(|since| Self::Working { id, since, tries })
            }
            ["finished", id, seen, _] if wire::is_id(id) => {
                time(seen).map(|seen| Self::Finished { id, seen, tries })
            }
            _ => None,
        }
        .unwrap_or(Self::Missing { tries })
    }

    pub(super) const fn id(&self) -> Option<&'a str> {
        match self {
            Self::Missing { .. } => None,
            Self::Working { id, .. } | Self::Finished { id, .. } => Some(id),
        }
    }

    pub(super) const fn tries(&self) -> u8 {
        match self {
            Self::Missing { tries } | Self::Working { tries, .. } | Self::Finished { tries, .. } => *tries,
        }
    }

    pub(super) fn kept(&self, handles: &Handles, name: &str) -> Handles {
        handles.clone().with(name, self.to_string())
    }
}

impl fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { tries } => write!(f, "missing {tries}"),
            Self::Working { id, since, tries } => write!(f, "working {id} {} {tries}", since.timestamp()),
            Self::Finished { id, seen, tries } => write!(f, "finished {id} {} {tries}", seen.timestamp()),
        }
    }
}

/// What a platform says of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// It works on it.
    Working,
    /// It can be published.
    Finished,
    /// It is published.
    Published,
    /// It is gone.
    Gone,
    /// Nothing will become of it.
    Failed(String),
}

/// The two names under which the two platforms tell it.
#[derive(Deserialize)]
pub(super) struct State {
    status_code: Option<String>,
    status: Option<String>,
    error_message: Option<String>,
}

impl State {
    pub(super) fn told(self, dialect: Dialect) -> Option<Told> {
        let (code, detail) = match dialect {
            Dialect::Threads => (self.status, self.error_message),
            Dialect::Instagram | Dialect::Facebook => (self.status_code, self.status),
        };
        match code?.as_str() {
            "IN_PROGRESS" => Some(Told::Working),
            "FINISHED" => Some(Told::Finished),
            "PUBLISHED" => Some(Told::Published),
            "EXPIRED" => Some(Told::Gone),
            "ERROR" => Some(Told::Failed(detail.unwrap_or_default())),
            _ => None,
        }
    }
}

/// Whether a failed container would fail again: the picture or film is not one that the platform takes.
pub(super) fn is_final(detail: &str) -> bool {
    let of_threads = ["INVALID_", "FAILED_PROCESSING_"];
    let of_instagram = [
        "2207004", "2207005", "2207009", "2207010", "2207023", "2207026", "2207028", "2207040", "2207057",
    ];
    of_threads
        .iter()
        .chain(&of_instagram)
        .any(|word| detail.contains(word))
}

/// The name under which one of several pictures and films is kept.
pub(super) fn child(place: usize) -> String {
    format!("child/{place}")
}
